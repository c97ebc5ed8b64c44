"""Taking a cancelled call up again: it is dialled after all, or refused; never does it wait for what cannot come."""

import asyncio
import threading
from datetime import timedelta

import pytest

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import Call, CallStatus
from callcenter.domain.errors import Conflict
from callcenter.services import batching, calling, concluding, leading, suppressing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls
from callcenter.store.database import Tx
from tests import builders
from tests.builders import MANAGER
from tests.fakes import START, FakeClock


async def _cancelled(rt: Runtime, **more: object) -> tuple[Batch, Call]:
    """A batch whose only call is cancelled by a person, so that it is done."""
    client = await builders.saved_client(rt)
    batch = await builders.saved_batch(rt, client, **more)
    call = await builders.saved_call(rt, client, await builders.saved_lead(rt, client), batch)
    await calling.cancel(rt, MANAGER, call.call_id)
    return batch, call


async def _batch(rt: Runtime, batch: Batch) -> Batch:
    return await rt.database.read(lambda tx: batches.get(tx, batch.batch_id))


async def test_taking_up_the_last_call_takes_up_its_batch(any_rt: Runtime) -> None:
    batch, call = await _cancelled(any_rt)
    assert (await _batch(any_rt, batch)).state is BatchState.DONE
    await calling.undo_cancel(any_rt, MANAGER, call.call_id)
    again = await _batch(any_rt, batch)
    assert (again.state, again.finished_at) == (BatchState.RUNNING, None)
    dispatcher = Dispatcher(any_rt)
    await dispatcher.step()
    await dispatcher.settled()
    assert (await calling.get(any_rt, MANAGER, call.call_id)).derived.dialled_at == START


async def test_a_batch_that_was_paused_is_paused_again(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    batch = await builders.saved_batch(any_rt, client)
    call = await builders.saved_call(any_rt, client, None, batch)
    await batching.pause(any_rt, MANAGER, batch.batch_id, why="a look")
    await calling.cancel(any_rt, MANAGER, call.call_id)
    assert (await _batch(any_rt, batch)).state is BatchState.DONE
    await calling.undo_cancel(any_rt, MANAGER, call.call_id)
    again = await _batch(any_rt, batch)
    assert (again.state, again.state_why) == (BatchState.PAUSED, f"paused by {MANAGER.label}: a look")


async def test_a_call_of_a_cancelled_batch_is_not_taken_up(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    batch = await builders.saved_batch(any_rt, client)
    call, _other = [await builders.saved_call(any_rt, client, None, batch) for _ in range(2)]
    await calling.cancel(any_rt, MANAGER, call.call_id)
    await batching.cancel(any_rt, MANAGER, batch.batch_id)
    with pytest.raises(Conflict, match="batch cancelled by"):
        await calling.undo_cancel(any_rt, MANAGER, call.call_id)


async def test_a_call_of_a_batch_past_its_end_is_not_taken_up(any_rt: Runtime, clock: FakeClock) -> None:
    batch, call = await _cancelled(any_rt, ends_at=START + timedelta(hours=1))
    clock.turn(timedelta(hours=1))
    with pytest.raises(Conflict, match="past its end"):
        await calling.undo_cancel(any_rt, MANAGER, call.call_id)
    assert (await _batch(any_rt, batch)).state is BatchState.DONE


@pytest.mark.parametrize("since", ["do not call", "lead deleted"])
async def test_a_call_to_somebody_who_may_not_be_called_any_more_is_not_taken_up(any_rt: Runtime, since: str) -> None:
    _batch, call = await _cancelled(any_rt)
    if since == "do not call":
        await suppressing.suppress(any_rt, MANAGER, call.to_number, client_id=None, why="they asked")
    else:
        await leading.delete_lead(any_rt, MANAGER, call.lead_id or "")
    with pytest.raises(Conflict):
        await calling.undo_cancel(any_rt, MANAGER, call.call_id)
    assert (await calling.get(any_rt, MANAGER, call.call_id)).derived.status is CallStatus.CANCELLED


@pytest.mark.postgres
async def test_who_cancels_a_batch_waits_for_a_call_that_is_just_coming_back_to_it(pg_rt: Runtime) -> None:
    """Or the call would wait in a batch that is over: neither sees the other's change."""
    client = await builders.saved_client(pg_rt)
    batch = await builders.saved_batch(pg_rt, client)
    call = await builders.saved_call(pg_rt, client, None, batch)
    judged, may_commit = threading.Event(), threading.Event()

    def coming_back(tx: Tx) -> str | None:
        found = calls.get(tx, call.call_id, lock=True)
        off = concluding.called_off(tx, found)
        judged.set()
        assert may_commit.wait(20)
        return off

    returning = asyncio.create_task(pg_rt.database.write(coming_back))
    await asyncio.to_thread(judged.wait, 20)
    cancelling = asyncio.ensure_future(batching.cancel(pg_rt, MANAGER, batch.batch_id))
    done, _ = await asyncio.wait({cancelling}, timeout=0.3)
    assert not done, "it would not see the call that comes back"
    may_commit.set()
    assert await returning is None
    await cancelling
    assert (await calling.get(pg_rt, MANAGER, call.call_id)).derived.status is CallStatus.CANCELLED
