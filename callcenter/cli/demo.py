"""All of it, nothing set: an embedded database of its own, the simulator, demo data, and the web app."""

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import structlog

from callcenter import wiring
from callcenter.cli import database, demo_data, logs, serve
from callcenter.domain.errors import Conflict, Unavailable
from callcenter.settings import PROJECT_FOLDER, load_settings

log = structlog.get_logger(__name__)

FOLDER = PROJECT_FOLDER / "data"
DATABASE = FOLDER / "demo.db"
SECRET = FOLDER / "demo-secret"
#: Written beside a database that the demo made; `--reset` deletes nothing without it.
MARK = FOLDER / "demo.db.made-by-demo"


def demo(*, port: int, speed: float, reset: bool) -> None:
    """Runs the demo until Ctrl-C. Raises Conflict when the port is taken, Unavailable when something cannot start."""
    _require_free(port)
    FOLDER.mkdir(exist_ok=True)
    simulator_port = _free_port()
    url = os.environ.get("CALLCENTER_DATABASE_URL") or f"sqlite:///{DATABASE}"
    os.environ |= {
        "CALLCENTER_DATABASE_URL": url,
        "CALLCENTER_SECRET_KEY": os.environ.get("CALLCENTER_SECRET_KEY") or _secret(),
        "CALLCENTER_SIMULATOR_URL": f"http://127.0.0.1:{simulator_port}",
        "CALLCENTER_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    wiring.this_is_the_demo(speed)
    settings = load_settings()
    logs.configure(settings)
    if reset:
        _forget()
    if not DATABASE.exists():
        MARK.touch()
    database.migrate(settings.database_url)
    with _simulator(simulator_port, speed=speed, webhook_url=f"http://127.0.0.1:{port}/api/calls/webhook/retell"):
        asyncio.run(_prepare())
        print(f"\n  callcenter demo: open http://localhost:{port} and click “Look around”. Ctrl-C stops it.\n", flush=True)
        serve.serve_app(host="127.0.0.1", port=port)


async def _prepare() -> None:
    rt = wiring.make_runtime(load_settings())
    try:
        await demo_data.prepare(rt)
    finally:
        await rt.providers.close()
        await asyncio.to_thread(rt.database.close)


def _secret() -> str:
    if not SECRET.exists():
        SECRET.touch(mode=0o600)
        SECRET.write_text(secrets.token_hex(32))
    return SECRET.read_text()


def _forget() -> None:
    if not MARK.exists():
        return
    for path in (DATABASE, Path(f"{DATABASE}-wal"), Path(f"{DATABASE}-shm")):
        path.unlink(missing_ok=True)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Conflict(f"Port {port} is in use. Stop what uses it, or choose another: --port {port + 1}.") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _simulator(port: int, *, speed: float, webhook_url: str) -> Generator[None]:
    """Runs the simulator in a process of its own, and ends it with this one."""
    command = [sys.executable, "-m", "callcenter.cli.main", "simulator", "--port", str(port), "--speed", str(speed)]
    process = subprocess.Popen([*command, "--webhook-url", webhook_url], cwd=PROJECT_FOLDER, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise Unavailable("The simulator did not start. Run `callcenter simulator` by itself to see why.")
