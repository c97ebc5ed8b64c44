"""Changing a batch while it runs: what holds from the next call on, what is written down, and two who change at once."""

from datetime import time, timedelta
from typing import Any

import pytest

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import CallStatus, EventKind, Priority
from callcenter.domain.errors import Conflict, Forbidden, Invalid, NotFound, Overtaken
from callcenter.domain.hours import DAYS, Window
from callcenter.domain.retry import PerResult, RetryPolicy
from callcenter.domain.stopping import StopRule
from callcenter.domain.user import Actor, Role
from callcenter.services import batching, editing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import calls, transitions
from tests import builders
from tests.builders import MANAGER
from tests.fakes import FakeClock, FakeProvider, event_of
from tests.services.test_dispatching import steps, tell, the_call


async def running(rt: Runtime, count: int = 3, *, cap: int = 5, **more: Any) -> tuple[Batch, list[str]]:
    client = await builders.saved_client(rt, max_concurrent=cap)
    batch = await builders.saved_batch(rt, client, **more)
    made = [builders.call(client, None, batch, max_attempts=batch.max_attempts) for _ in range(count)]
    await rt.database.write(lambda tx: calls.add(tx, *made))
    return batch, [each.call_id for each in made]


async def history(rt: Runtime, batch_id: str) -> list[tuple[str, str]]:
    found = await rt.database.read(lambda tx: transitions.of(tx, batch_id))
    return [(each["by"], each["why"]) for each in found if each["from_state"] == each["to_state"]]


async def test_every_field_is_changed_and_written_down(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    batch, ids = await running(rt)
    changes: dict[str, Any] = {
        "name": " Autumn ",
        "max_concurrent": 3,
        "priority": Priority.HIGH,
        "window": (Window(DAYS[:5], *_clock_times("09:00", "17:00")),),
        "max_attempts": 2,
        "retry": RetryPolicy(("no_answer",), 60, {"no_answer": PerResult(2, 30)}, another_time_of_day=True),
        "ends_at": clock.now() + timedelta(hours=3),
        "stop": StopRule(error_percent=None),
    }
    saved = await editing.edit(rt, MANAGER, batch.batch_id, changes, rev=0)
    for name, value in (changes | {"name": "Autumn"}).items():
        assert getattr(saved, name) == value, name
    assert (await the_call(rt, ids[0])).priority is Priority.HIGH
    assert (await the_call(rt, ids[0])).max_attempts == 2
    assert await history(rt, batch.batch_id) == [
        (
            "max@example.com",
            "name “Recall” → “Autumn”, at a time the client's limit → 3, priority normal → high, "
            "hours the client's → Mon–Fri 09:00–17:00, tries 1 → 2, "
            "tries again after no answer, voicemail, failed, 120 min later "
            "→ after no answer (2 times at most and 30 min later), 60 min later, "
            "at another time of day, "
            "end none → 23 Nov 2026 19:00 UTC, stops at 50 % errors of 20 → never",
        )
    ]


def _clock_times(*texts: str) -> list[Any]:
    return [time.fromisoformat(text) for text in texts]


async def test_what_changes_nothing_is_not_written_down(any_rt: Runtime) -> None:
    batch, _ = await running(any_rt)
    saved = await editing.edit(any_rt, MANAGER, batch.batch_id, {"priority": Priority.NORMAL, "name": ""})
    assert (saved.rev, await history(any_rt, batch.batch_id)) == (0, [])


async def test_of_two_changes_at_once_the_second_is_told_and_loses_nothing(any_rt: Runtime) -> None:
    rt = any_rt
    batch, _ = await running(rt)
    await editing.edit(rt, MANAGER, batch.batch_id, {"max_concurrent": 2}, rev=0)
    await batching.pause(rt, MANAGER, batch.batch_id)
    with pytest.raises(Overtaken) as late:
        await editing.edit(rt, builders.ADMIN, batch.batch_id, {"max_concurrent": 4}, rev=0)
    assert isinstance(late.value.current, Batch)
    assert late.value.current.max_concurrent == 2
    assert "max@example.com: at a time the client's limit → 2; max@example.com: paused by max@" in late.value.message
    again = await editing.edit(rt, builders.ADMIN, batch.batch_id, {"max_concurrent": 4}, rev=late.value.current.rev)
    assert (again.max_concurrent, again.state) == (4, BatchState.PAUSED)


async def test_it_holds_from_the_next_call_on(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    night = (Window(DAYS, *_clock_times("00:00", "00:01")),)
    batch, _ = await running(rt, 8, cap=4, window=night)
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    assert provider.created == []
    rt.wake_dispatcher.clear()
    await editing.edit(rt, MANAGER, batch.batch_id, {"window": None, "max_concurrent": 2})
    assert rt.bus.said("slot")  # type: ignore[attr-defined]
    await steps(dispatcher)
    assert len(provider.created) == 2
    await editing.edit(rt, MANAGER, batch.batch_id, {"max_concurrent": None})
    await steps(dispatcher)
    assert len(provider.created) == 4


async def test_fewer_tries_cancel_the_later_ones_that_wait(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    batch, _ = await running(rt, 1, max_attempts=3)
    await steps(Dispatcher(rt))
    missed = {"disconnection_reason": "dial_no_answer", "provider_status": "not_connected"}
    await tell(rt, provider, event_of(EventKind.ENDED, next(iter(provider.calls)), values=missed))
    found = await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.batch_id == batch.batch_id, limit=9))
    assert sorted(call.derived.status for call in found) == [CallStatus.FAILED, CallStatus.SCHEDULED]
    after = await editing.edit(rt, MANAGER, batch.batch_id, {"max_attempts": 1})
    found = await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.batch_id == batch.batch_id, limit=9))
    assert sorted(call.derived.status for call in found) == [CallStatus.CANCELLED, CallStatus.FAILED]
    assert after.state is BatchState.DONE


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_concurrent": 6}, "maxConcurrent"),
        ({"max_concurrent": 0}, "maxConcurrent"),
        ({"max_attempts": 11}, "maxAttempts"),
        ({"ends_at": builders.START}, "endsAt"),
        ({"window": (Window(DAYS, *_clock_times("06:00", "23:00")),)}, "window.reason"),
        ({"state": BatchState.DONE}, "state"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_changes(rt: Runtime, changes: dict[str, Any], field: str) -> None:
    batch, _ = await running(rt)
    with pytest.raises(Invalid) as refused:
        await editing.edit(rt, MANAGER, batch.batch_id, {"name": "Other", **changes})
    assert refused.value.field == field
    assert (await batching.get(rt, MANAGER, batch.batch_id)).batch == batch


async def test_who_may_and_what_is_over(rt: Runtime) -> None:
    batch, _ = await running(rt)
    with pytest.raises(Forbidden):
        await editing.edit(rt, builders.AGENT, batch.batch_id, {"name": "Mine"})
    stranger = Actor(label="stranger", role=Role.ADMIN, client_ids=frozenset({"another"}))
    with pytest.raises(NotFound):
        await editing.edit(rt, stranger, batch.batch_id, {"name": "Mine"})
    await batching.cancel(rt, MANAGER, batch.batch_id)
    with pytest.raises(Conflict):
        await editing.edit(rt, MANAGER, batch.batch_id, {"name": "Too late"})
