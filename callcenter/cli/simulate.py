"""Only the stand-in for Retell, until it is stopped."""

import asyncio
import random
import signal
from dataclasses import replace
from pathlib import Path

from callcenter.adapters.clock import SystemClock
from callcenter.domain.errors import Conflict, Invalid
from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.faults import FaultPlan
from callcenter.simulator.server import Simulator


def simulate(*, port: int, webhook_url: str | None, speed: float, seed: int | None, faults: Path | None) -> None:
    """Serves the simulator on loopback. Raises Invalid for a fault plan that makes no sense, Conflict for a taken port."""
    config = SimulatorConfig(port=port, webhook_url=webhook_url, speed=speed)
    if faults is not None:
        try:
            config = replace(config, faults=FaultPlan.read(faults))
        except ValueError as error:
            raise Invalid(str(error)) from error
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop is a stop
    asyncio.run(_serve(Simulator(config, clock=SystemClock(), rng=random.Random(seed)), port))


async def _serve(simulator: Simulator, port: int) -> None:
    try:
        url = await simulator.start()
    except OSError as error:
        raise Conflict(f"Port {port} cannot be used: {error.strerror}. Choose another with --port.") from error
    print(f"Simulator at {url}. Any API key that begins with key_ works. Ctrl-C stops it.", flush=True)
    try:
        await simulator.stopped.wait()
    finally:
        await simulator.stop()
