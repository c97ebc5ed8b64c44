"""Batches place their calls as places, times and windows allow."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.simulator.batches import CallWindow, window_of
from callcenter.simulator.config import Switches, WorkspaceSettings
from callcenter.simulator.refusals import Refusal
from tests.simulator.conftest import FROM, Api, Speak

TASKS = [{"to_number": f"+1212555017{n}", "metadata": {"simulate": {"outcome": "busy", "ring_seconds": 0.5}}} for n in range(6)]


async def post(api: Api, **more: Any) -> Any:
    return await api.http.post("/create-batch-call", json={"from_number": FROM, "tasks": TASKS, **more})


async def test_calls_start_as_places_become_free(speak: Speak) -> None:
    api = await speak(workspace=WorkspaceSettings(base_concurrency=3))
    answer = (await post(api, name="recall", reserved_concurrency=1)).json()
    assert answer["batch_call_id"].startswith("batch_call_")
    assert (answer["name"], answer["total_task_count"]) == ("recall", 6)
    assert answer["scheduled_timestamp"] > 1e12
    most, items = 0, []
    async with asyncio.timeout(10):
        while len(items) < 6:
            most = max(most, (await api.http.get("/get-concurrency")).json()["current_concurrency"])
            items = (await api.list()).json()["items"]
    assert most <= 2
    assert {item["batch_call_id"] for item in items} == {answer["batch_call_id"]}


async def test_a_bad_task_spoils_the_batch_or_is_passed_over(speak: Speak) -> None:
    api = await speak(switches=Switches(scheduled_timestamp_unit="s"))
    tasks = [*TASKS[:1], {"to_number": "0155"}]
    assert (await post(api, tasks=tasks)).status_code == 400
    api.simulator.set_switches(switches=Switches(bad_task="skip", scheduled_timestamp_unit="s"))
    answer = (await post(api, tasks=tasks)).json()
    assert answer["total_task_count"] == 1
    assert answer["scheduled_timestamp"] < 1e11


async def test_a_batch_for_later_waits(speak: Speak) -> None:
    api = await speak()
    later = datetime.now(UTC).timestamp() * 1000 + 400
    await post(api, trigger_timestamp=later)
    assert (await api.list()).json()["items"] == []
    async with asyncio.timeout(10):
        while len((await api.list()).json()["items"]) < 6:
            pass


@pytest.mark.parametrize(
    "window",
    [
        {"windows": []},
        {"windows": [{"start": 600, "end": 600}]},
        {"windows": [{"start": 600, "end": 1441}]},
        {"windows": [{"start": "9", "end": 1000}]},
        {"windows": [{"start": 0, "end": 60}], "timezone": "Mars/Olympus"},
        {"windows": [{"start": 0, "end": 60}], "day": ["Someday"]},
    ],
)
def test_windows_that_make_no_sense_are_refused(window: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        window_of({"call_time_window": window})


def test_a_window_is_half_open_in_its_zone_on_its_days() -> None:
    window = CallWindow(windows=((540, 600), (1380, 1440)), timezone="Europe/Berlin", days=("Monday",))
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert [window.is_open(monday.replace(hour=hour)) for hour in (7, 8, 9, 22, 23)] == [False, True, False, True, False]
    assert not window.is_open(monday.replace(day=24, hour=8))
