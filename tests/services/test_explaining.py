"""What holds a batch up is said by the rules that dialling obeys, on both databases, and without standing in anybody's way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.domain.batch import Batch
from callcenter.domain.errors import NotFound
from callcenter.domain.hours import DEFAULT_HOURS
from callcenter.services import batching, explaining, suppressing
from callcenter.services.batching import LaunchBatch
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, do_not_call
from tests import builders
from tests.builders import ADMIN, MANAGER, VIEWER
from tests.fakes import FakeClock

NINE_IN_DENVER = datetime(2026, 11, 24, 16, tzinfo=UTC)


async def launched(rt: Runtime, **more: Any) -> tuple[Batch, list[str]]:
    """A batch of four in New York and three in Denver, two at a time, inside the careful hours; and its leads."""
    client = await builders.saved_client(rt, calling_hours=DEFAULT_HOURS, **more)
    zones = ["America/New_York"] * 4 + ["America/Denver"] * 3
    leads = [(await builders.saved_lead(rt, client, timezone=zone)).lead_id for zone in zones]
    wish = LaunchBatch(lead_ids=[*leads, "nobody"], max_concurrent=2)
    return (await batching.launch(rt, MANAGER, client.client_id, wish)).batch, leads


async def test_a_batch_is_explained_lead_by_lead(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    clock.turn(NINE_IN_DENVER - timedelta(minutes=90) - clock.now())  # 09:30 in New York, 07:30 in Denver
    await Dispatcher(rt).step()
    await Reconciler(rt).step()  # whoever dials has just compared our calls with the provider's
    batch, leads = await launched(rt)
    first = await rt.database.read(lambda tx: calls.next_of_batch(tx, batch.batch_id, limit=9))
    hers = next(call for call in first if call.lead_id == leads[0])
    # on the list for this client since launch, by hand in the store, so that the call still waits
    await rt.database.write(lambda tx: do_not_call.add(
        tx, entry_id=rt.new_id(), number=hers.to_number, client_id=None, why="asked", source="person", call_id=None,
        words=None, by="test", now=clock.now(),
    ))  # fmt: skip
    found = await explaining.explain_batch(rt, VIEWER, batch.batch_id)
    assert (found.counts.leads, found.counts.refused, found.waiting, found.rules.judged) == (7, 1, 7, 7)
    assert [(s.rule, s.stopped, s.left) for s in found.rules.stops if s.stopped] == [
        ("may_be_called", 1, 6), ("hours", 3, 3), ("batch_cap", 1, 2),
    ]  # fmt: skip
    assert found.rules.may_dial == 2
    assert found.rules.openings == ((NINE_IN_DENVER, 3),)
    await Dispatcher(rt).step()
    states = (await rt.database.read(lambda tx: batches.counts(tx, [batch])))[batch.batch_id]
    assert states.leads - states.scheduled == found.rules.may_dial
    after = await explaining.explain_batch(rt, VIEWER, batch.batch_id)
    assert (after.waiting, after.rules.may_dial) == (5, 0)


async def test_no_call_is_left_out_when_the_client_has_no_account(any_rt: Runtime) -> None:
    batch, _leads = await launched(any_rt, account_id=None)
    found = await explaining.explain_batch(any_rt, ADMIN, batch.batch_id)
    assert sum(stop.stopped for stop in found.rules.stops) == 7
    assert {stop.rule for stop in found.rules.stops if stop.stopped} <= {"hours", "client_on"}


async def test_another_clients_batch_is_not_there(rt: Runtime) -> None:
    batch, _leads = await launched(rt)
    stranger = builders.Actor(label="x", role=VIEWER.role, user_id="9", client_ids=frozenset({"other"}))
    with pytest.raises(NotFound):
        await explaining.explain_batch(rt, stranger, batch.batch_id)


async def test_an_answer_that_took_long_is_given_again_for_a_while(
    rt: Runtime, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, _leads = await launched(rt)
    slow = explaining.batch_in

    def takes_a_second(*args: Any, **more: Any) -> explaining.BatchExplanation:
        clock.turn(timedelta(seconds=1))
        return slow(*args, **more)

    monkeypatch.setattr(explaining, "batch_in", takes_a_second)
    before = await explaining.explain_batch(rt, ADMIN, batch.batch_id)
    waiting = (await rt.database.read(lambda tx: calls.next_of_batch(tx, batch.batch_id, limit=1)))[0]
    await suppressing.suppress(rt, MANAGER, waiting.to_number, why="asked")
    assert await explaining.explain_batch(rt, ADMIN, batch.batch_id) is before
    clock.turn(timedelta(seconds=20))
    after = await explaining.explain_batch(rt, ADMIN, batch.batch_id)
    assert (before.waiting, after.waiting) == (7, 6)
