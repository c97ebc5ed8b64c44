"""The simulator starts, stops, and runs in a thread; its port is its own."""

import ast
import asyncio
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from callcenter.simulator import server
from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.faults import FaultPlan, FaultRule
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


def test_faults_can_be_set_from_another_thread() -> None:
    simulator = Simulator(SimulatorConfig(port=0), clock=WallClock(), rng=random.Random(1))
    url = simulator.start_in_thread()
    rules = (FaultRule(do="status", status=503, on="get-concurrency"), FaultRule(do="refuse", seconds=60))
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, verify=False) as client:
        client.get("/get-api-key-info")
        simulator.set_faults(FaultPlan(rules=rules))
        assert client.get("/get-concurrency").status_code == 503
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/get-concurrency")
    simulator.stop_thread()


def test_nothing_is_shared_with_the_rest_of_the_product() -> None:
    for path in Path(server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            strangers = [name for name in names if name.startswith("callcenter") and not name.startswith("callcenter.simulator")]
            assert not strangers, (path.name, strangers)


async def test_the_date_of_answers_is_the_real_one(speak: Speak) -> None:
    api = await speak(speed=100.0)
    date = (await api.http.get("/get-concurrency")).headers["date"]
    assert abs((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()) < 5
