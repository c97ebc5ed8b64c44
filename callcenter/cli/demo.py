"""All of it, nothing set: an embedded database of its own, the simulator, demo data, and the web app."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from callcenter import wiring
from callcenter.cli import database, demo_data, demo_keeper, demo_memory, demo_simulator, frontend, logs, serve
from callcenter.cli.demo_files import DemoFiles
from callcenter.domain.errors import CallCenterError, Conflict
from callcenter.services.runtime import Runtime
from callcenter.settings import PROJECT_FOLDER, Settings, load_settings

log = structlog.get_logger(__name__)

FOLDER = PROJECT_FOLDER / "data"


def demo(*, port: int, speed: float, reset: bool) -> None:
    """Runs the demo until Ctrl-C. Raises Conflict when the port is taken, Unavailable when something cannot start."""
    if not demo_simulator.is_free(port):
        raise Conflict(f"Port {port} is in use. Stop what uses it, or choose another: --port {port + 1}.")
    FOLDER.mkdir(exist_ok=True)
    files = DemoFiles(FOLDER)
    is_own = _choose_database(files, reset=reset)
    simulator_port = demo_simulator.port_for(files.simulator_port)
    os.environ["CALLCENTER_SIMULATOR_URL"] = f"http://127.0.0.1:{simulator_port}"
    os.environ["CALLCENTER_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    if not load_settings().secret_keys:
        os.environ["CALLCENTER_SECRET_KEY"] = files.secret()
    wiring.this_is_the_demo(speed, loop=demo_keeper.keep)
    settings = load_settings()
    logs.configure(settings)
    webhook_url = f"http://127.0.0.1:{port}/api/calls/webhook/retell"
    with demo_simulator.simulator(simulator_port, speed=speed, webhook_url=webhook_url) as wait_for_simulator:
        database.migrate(settings.database_url)
        wait_for_simulator()
        making = _InBackground(settings, _make)
        frontend.prepare("127.0.0.1", port)  # builds the pages, where that is needed, while the past is made
        making.wait()
        if is_own:
            files.finish()
        _InBackground(settings, lambda rt: demo_memory.remind(rt, is_rest=True))
        print(f"\n  callcenter demo: open http://localhost:{port} and click “Look around”. Ctrl-C stops it.\n", flush=True)
        serve.serve_app(host="127.0.0.1", port=port)


def _choose_database(files: DemoFiles, *, reset: bool) -> bool:
    """Decides which database is used; gives whether it is the demo's own. Raises Conflict when another is to be deleted."""
    if "database_url" in load_settings().model_fields_set:
        if reset:
            raise Conflict("--reset deletes only the database the demo made itself; CALLCENTER_DATABASE_URL names another.")
        return False
    os.environ["CALLCENTER_DATABASE_URL"] = f"sqlite:///{files.database}"
    os.environ["RETELL_API_KEY"] = ""  # no real phone rings, whatever key lies about here
    files.begin(reset=reset)
    return True


async def _make(rt: Runtime) -> None:
    """Makes what the demo shows where it is missing, and reminds the simulator of the calls it had."""
    gc.disable()  # nothing made here is garbage before it is written; looking for some costs a tenth of the time
    try:
        await demo_data.prepare(rt)
        await demo_memory.remind(rt)
    finally:
        gc.enable()


class _InBackground:
    """Some work with a runtime of its own, in a thread that does not keep the process alive."""

    def __init__(self, settings: Settings, work: Callable[[Runtime], Coroutine[Any, Any, object]]) -> None:
        self._settings, self._work = settings, work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Waits for the end, and raises what went wrong."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._with_runtime())
        except CallCenterError as error:
            self._error = error
            log.warning("the demo could not remember everything", why=error.message)
        except BaseException as error:
            self._error = error
            log.exception("the demo's own work failed")

    async def _with_runtime(self) -> None:
        rt = wiring.make_runtime(self._settings)
        try:
            await self._work(rt)
        finally:
            await rt.providers.close()
            await asyncio.to_thread(rt.database.close)
