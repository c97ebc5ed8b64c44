"""The demo's simulator, in a process of its own that ends with the demo, however the demo ends."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, create_connection, socket

from callcenter.adapters.clock import SystemClock
from callcenter.cli.demo_clients import TALKATIVE_NOW
from callcenter.domain.errors import Unavailable
from callcenter.settings import PROJECT_FOLDER
from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.server import Simulator

READY_SECONDS = 60


@contextlib.contextmanager
def simulator(port: int, *, speed: float, webhook_url: str) -> Generator[Callable[[], None]]:
    """Runs the simulator beside what is done inside; gives a function that waits until it answers.

    That raises Unavailable when it does not start.
    """
    command = [sys.executable, "-m", "callcenter.cli.demo_simulator", str(port), str(speed), webhook_url]
    process = subprocess.Popen(
        command, cwd=PROJECT_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the demo, which ends the simulator last
    )  # fmt: skip
    try:
        yield lambda: _wait_for(port, process)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()
        process.wait()


def port_for(remembered: Path) -> int:
    """Gives a free port, the one of the last time if it can be had: stored recordings lead there."""
    with contextlib.suppress(OSError, ValueError):
        port = int(remembered.read_text())
        if is_free(port):
            return port
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    remembered.write_text(str(port))
    return port


def is_free(port: int) -> bool:
    """Whether this machine's loopback has nobody listening on a port."""
    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Unavailable("The simulator did not start. Run `callcenter simulator` by itself to see why.")


def _end_with_parent() -> None:
    """Ends this process when the pipe from the demo closes, which it does even when the demo is killed."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


async def _run(port: int, *, speed: float, webhook_url: str) -> None:
    config = SimulatorConfig(port=port, webhook_url=webhook_url, speed=speed, workspace=TALKATIVE_NOW)
    await Simulator(config, clock=SystemClock(), rng=random.Random()).serve()


def main() -> None:
    """Serves until told to stop. Arguments: port, speed, webhook address."""
    port, speed, webhook_url = sys.argv[1:]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(int(port), speed=float(speed), webhook_url=webhook_url))


if __name__ == "__main__":
    main()
