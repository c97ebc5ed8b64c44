"""The simulator starts, stops, and runs in a thread; its port is its own."""

import asyncio
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.server import Simulator
from tests.simulator.conftest import KEY, Speak, Start, WallClock


async def test_a_taken_port_is_named(start: Start) -> None:
    first = await start()
    with pytest.raises(OSError, match=f"Port {first.port} on 127.0.0.1 cannot be used"):
        await start(port=first.port)


async def test_the_port_is_free_again_after_the_stop(start: Start) -> None:
    first = await start()
    await first.stop()
    await first.stop()
    again = await start(port=first.port)
    assert again.url == first.url


async def test_serving_ends_when_it_is_cancelled() -> None:
    simulator = Simulator(SimulatorConfig(port=0), clock=WallClock(), rng=random.Random(1))
    serving = asyncio.ensure_future(simulator.serve())
    done, _ = await asyncio.wait({serving}, timeout=0.2)
    assert not done
    assert simulator.url
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert simulator.server is None


def test_it_runs_in_a_thread_of_its_own() -> None:
    simulator = Simulator(SimulatorConfig(port=0), clock=WallClock(), rng=random.Random(1))
    url = simulator.start_in_thread()
    answer = httpx.get(f"{url}/get-concurrency", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.json()["current_concurrency"] == 0
    simulator.stop_thread()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/get-concurrency")


def test_a_thread_that_cannot_start_says_why() -> None:
    first = Simulator(SimulatorConfig(port=0), clock=WallClock(), rng=random.Random(1))
    first.start_in_thread()
    second = Simulator(SimulatorConfig(port=first.port), clock=WallClock(), rng=random.Random(1))
    with pytest.raises(OSError, match="cannot be used"):
        second.start_in_thread()
    first.stop_thread()


@pytest.mark.parametrize("speed", [0.5, 101])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="from 1 to 100"):
        SimulatorConfig(speed=speed)


async def test_the_date_of_answers_is_the_real_one(speak: Speak) -> None:
    api = await speak(speed=100.0)
    date = (await api.http.get("/get-concurrency")).headers["date"]
    assert abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()) < 5
