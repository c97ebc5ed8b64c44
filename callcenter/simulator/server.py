"""Runs a simulator: listens, answers, calls, sends webhooks, until told to stop."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Generator
from random import Random

import uvicorn

from callcenter.simulator.app import create_app
from callcenter.simulator.config import Clock, SimulatorConfig, Switches, WorkspaceSettings
from callcenter.simulator.faults import FaultPlan
from callcenter.simulator.gate import Gate
from callcenter.simulator.log import CreateLog, OnCreate
from callcenter.simulator.provider import Provider
from callcenter.simulator.wire import Lines, protocol_over

CLOSED_SECONDS = 5.0
BACKLOG = 512
FRESH_SECONDS = 0.5


class QuietServer(uvicorn.Server):
    """A server that leaves signals to whoever started it, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.ending = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        """Keeps the date of answers fresh until the end, and notices the end at once."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FRESH_SECONDS):
                    await self.ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes the listener and breaks off what is still being answered; connections are dropped by then."""
        for listener in self.servers:
            listener.close()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def end(self) -> None:
        """Lets `serve` return."""
        self.should_exit = True
        self.ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Simulator:
    """A provider on a port of its own. Start it in the running loop, or in a thread with a loop of its own."""

    def __init__(self, config: SimulatorConfig, *, clock: Clock, rng: Random, on_create: OnCreate | None = None) -> None:
        self.config = config
        self.clock = clock
        self.log = CreateLog(on_create=on_create)
        self.provider = Provider(config, clock=clock, rng=rng, log=self.log)
        self.lines = Lines(must_reset=lambda: self.provider.desk.connection_fault() is not None)
        self.url = ""
        self.port = 0
        self.server: QuietServer | None = None
        self.serving: asyncio.Task[None] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.stopped = asyncio.Event()
        self.thread: threading.Thread | None = None
        self.closed: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listens; gives the address, such as `http://127.0.0.1:8787`. Raises OSError when the port is taken."""
        listener = listen(self.config.host, self.config.port)
        self.port = listener.getsockname()[1]
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        self.url = self.provider.exchange.base_url = f"http://{host}:{self.port}"
        app = create_app(self.provider, set_faults=self.set_faults)
        self.server = QuietServer(
            uvicorn.Config(
                Gate(app, provider=self.provider, lines=self.lines),
                http=protocol_over(self.lines),
                ws="none",
                lifespan="off",
                proxy_headers=False,
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
            )
        )
        self.loop = asyncio.get_running_loop()
        self.serving = asyncio.ensure_future(self.server.serve(sockets=[listener]))
        up = asyncio.ensure_future(self.server.up.wait())
        await asyncio.wait({up, self.serving}, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if self.serving.done():
            await self.serving
        self.set_faults(self.config.faults)
        return self.url

    async def stop(self) -> None:
        """Breaks off every call and connection, and gives the port back."""
        if self.server is None or self.serving is None:
            return
        if self.closed is not None:
            self.closed.cancel()
        self.server.end()
        await self.provider.exchange.close()
        await self.provider.courier.close()
        self.lines.drop_all()
        await self.serving
        self.server = self.serving = None
        self.stopped.set()

    async def serve(self) -> None:
        """Starts, and runs until it is stopped or cancelled."""
        try:
            await self.start()
            await self.stopped.wait()
        finally:
            await self.stop()

    def set_faults(self, plan: FaultPlan) -> None:
        """Takes a new plan of faults, at once. May be called from any thread once the simulator runs."""
        self.provider.desk.replace(plan)
        seconds = self.provider.desk.closed_seconds()
        if seconds is not None and self.loop is not None:
            self.loop.call_soon_threadsafe(self.refuse_for, seconds or CLOSED_SECONDS)

    def set_switches(
        self, *, switches: Switches | None = None, settings: WorkspaceSettings | None = None, key: str | None = None
    ) -> None:
        """Changes how workspaces behave: one, or all with those to come."""
        self.provider.workspaces.set(settings=settings, switches=switches, key=key)

    def refuse_for(self, seconds: float) -> None:
        """Refuses connections for so long; open ones go on."""
        assert self.server is not None
        for listener in self.server.servers:
            listener.close()
        self.closed = asyncio.ensure_future(self.open_after(seconds))

    async def open_after(self, seconds: float) -> None:
        """Listens on the same port again."""
        await self.clock.sleep(seconds)
        assert self.server is not None
        await self.server.startup(sockets=[listen(self.config.host, self.port)])

    def start_in_thread(self) -> str:
        """Runs in a thread of its own; gives the address once it answers. The clock has to be safe to use there."""
        ready = threading.Event()
        problems: list[BaseException] = []

        async def run() -> None:
            try:
                await self.start()
            except BaseException as problem:
                problems.append(problem)
                return
            finally:
                ready.set()
            await self.stopped.wait()

        self.thread = threading.Thread(target=lambda: asyncio.run(run()), name="simulator", daemon=True)
        self.thread.start()
        ready.wait()
        if problems:
            raise problems[0]
        return self.url

    def stop_thread(self) -> None:
        """Stops what `start_in_thread` started, and waits for its end."""
        if self.thread is None or self.loop is None:
            return
        asyncio.run_coroutine_threadsafe(self.stop(), self.loop).result(timeout=10)
        self.thread.join(timeout=10)
        self.thread = None


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises OSError with a sentence when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without its protocol named, the loop would not turn off Nagle's algorithm: 40 ms more for every answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise OSError(problem.errno, f"Port {port} on {host} cannot be used: {problem.strerror}.") from problem
    return listener
