"""What a call's news brings with it: what is not wanted any more does not wait again, and a batch ends with its last call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import Call, CallStatus, Derived, Outcome, Phase, Told
from callcenter.domain.ending import EndClass
from callcenter.domain.errors import Conflict, Refused
from callcenter.domain.retry import PerResult, RetryPolicy
from callcenter.services import batching, calling, concluding, leading, suppressing
from callcenter.services.batching import LaunchBatch
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls
from callcenter.store.database import Tx
from tests import builders
from tests.fakes import FakeClock, FakeProvider


async def the_batch(rt: Runtime, batch_id: str) -> Batch:
    return await rt.database.read(lambda tx: batches.get(tx, batch_id))


async def step(rt: Runtime) -> None:
    dispatcher = Dispatcher(rt)
    await dispatcher.step()
    await dispatcher.settled()


@pytest.mark.parametrize("act", ["cancel the batch", "suppress the number"])
async def test_a_call_in_flight_that_falls_does_not_wait_again_when_nobody_wants_it(
    any_rt: Runtime, provider: FakeProvider, act: str
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    lead = await builders.saved_lead(rt, client)
    batch = await builders.saved_batch(rt, client)
    call = await builders.saved_call(rt, client, lead, batch)
    dispatcher, armed = Dispatcher(rt), list[Any]()
    dispatcher._send = armed.append  # type: ignore[method-assign]
    await dispatcher.step()
    if act == "cancel the batch":
        await batching.cancel(rt, builders.MANAGER, batch.batch_id)
    else:
        await suppressing.suppress(rt, builders.MANAGER, lead.number, why="they asked")
    provider.answers.append(Refused("slow down", status=429))
    await calling.send(rt, armed[0])
    after = await rt.database.read(lambda tx: calls.get(tx, call.call_id))
    assert after.derived.status is CallStatus.CANCELLED
    assert after.closed_why


async def test_a_batch_ends_when_do_not_call_takes_its_last_call(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    lead = await builders.saved_lead(rt, client)
    batch = await builders.saved_batch(rt, client)
    await builders.saved_call(rt, client, lead, batch)
    await suppressing.suppress(rt, builders.MANAGER, lead.number, why="they asked")
    await step(rt)
    assert (await the_batch(rt, batch.batch_id)).state is BatchState.DONE


async def test_a_batch_past_its_end_cancels_what_waits_and_is_done(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    batch = await builders.saved_batch(rt, client, ends_at=clock.now() + timedelta(hours=1))
    call = await builders.saved_call(rt, client, None, batch, scheduled_at=clock.now() + timedelta(hours=2))
    await step(rt)
    assert (await the_batch(rt, batch.batch_id)).state is BatchState.RUNNING
    clock.turn(timedelta(hours=1))
    await step(rt)
    assert (await the_batch(rt, batch.batch_id)).state is BatchState.DONE
    after = await rt.database.read(lambda tx: calls.get(tx, call.call_id))
    assert (after.derived.status, after.closed_why) == (CallStatus.CANCELLED, "the batch is past its end")


async def test_a_batch_cancelled_while_its_calls_are_written_leaves_none_waiting(
    any_rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    wanted = [(await builders.saved_lead(rt, client)).lead_id for _ in range(2)]
    monkeypatch.setattr(batching, "CHUNK", 1)
    write, seen = rt.database.write, list[str]()

    async def write_and_cancel(work: Any) -> Any:
        answer = await write(work)
        drafts = await rt.database.read(lambda tx: batches.listed(tx, client_ids=None, states=[BatchState.DRAFT]))
        if drafts and not seen:
            seen.append(drafts[0].batch_id)
            await batching.cancel(rt, builders.MANAGER, drafts[0].batch_id)
        return answer

    monkeypatch.setattr(rt.database, "write", write_and_cancel)
    with pytest.raises(Conflict):
        await batching.launch(rt, builders.MANAGER, client.client_id, LaunchBatch(lead_ids=wanted))
    left = await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.batch_id == seen[0], limit=9))
    assert all(call.derived.status is CallStatus.CANCELLED for call in left)


async def nobody_answers(rt: Runtime, root: str) -> Call | None:
    """Lets the newest call of a chain end without an answer; gives the retry that it brought."""
    chain = await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.root_call_id == root, limit=9))
    newest = max(chain, key=lambda call: call.attempt_number)
    now = rt.clock.now()
    derived = Derived(status=CallStatus.FAILED, outcome=Outcome.NO_ANSWER, ended_class=EndClass.NOBODY.value, dialled_at=now)
    after = replace(newest, told=Told(phase=Phase.ENDED, ended_at=now), derived=derived)

    def work(tx: Tx) -> None:
        concluding.after_news(tx, rt, newest, calls.save(tx, newest, after, now=now), now=now)

    await rt.database.write(work)
    chain = await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.root_call_id == root, limit=9))
    return next((call for call in chain if call.attempt_number == newest.attempt_number + 1), None)


async def test_a_chain_obeys_what_its_batch_says_of_each_result(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, retry=RetryPolicy(after_minutes=5))
    retry = RetryPolicy(after_minutes=60, per={"no_answer": PerResult(2, 30)}, another_time_of_day=True)
    batch = await builders.saved_batch(rt, client, max_attempts=9, retry=retry)
    lead = await builders.saved_lead(rt, client, timezone="America/New_York")
    first = await builders.saved_call(rt, client, lead, batch, max_attempts=9)
    second = await nobody_answers(rt, first.call_id)
    assert second is not None
    assert second.scheduled_at == datetime(2026, 11, 23, 17, tzinfo=UTC)  # called at eleven in the morning: again at noon
    clock.set(second.scheduled_at)
    third = await nobody_answers(rt, first.call_id)
    assert third is not None
    assert third.scheduled_at == datetime(2026, 11, 23, 22, tzinfo=UTC)  # then in the evening
    clock.set(third.scheduled_at)
    assert await nobody_answers(rt, first.call_id) is None  # two more tries after no answer, however many are allowed in all


@pytest.mark.parametrize(
    "act", ["nothing", "delete the lead", "suppress the number", "cancel the batch", "past its end", "last attempt"]
)
async def test_whoever_was_not_reached_is_tried_again_unless_something_stands_against_it(
    any_rt: Runtime, clock: FakeClock, act: str
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    lead = await builders.saved_lead(rt, client, timezone="America/New_York")
    most = 1 if act == "last attempt" else 2
    batch = await builders.saved_batch(rt, client, max_attempts=most, ends_at=clock.now() + timedelta(hours=1))
    call = await builders.saved_call(
        rt, client, lead, batch, max_attempts=most, derived=Derived(status=CallStatus.IN_PROGRESS, dialled_at=clock.now())
    )
    match act:
        case "delete the lead":
            await leading.delete_lead(rt, builders.MANAGER, lead.lead_id)
        case "suppress the number":
            await suppressing.suppress(rt, builders.MANAGER, lead.number, why="they asked")
        case "cancel the batch":
            await batching.cancel(rt, builders.MANAGER, batch.batch_id)
        case "past its end":
            clock.turn(timedelta(hours=1))
    retry = await nobody_answers(rt, call.call_id)
    assert (retry is not None) == (act == "nothing")


async def test_an_end_that_is_told_twice_brings_one_retry(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    before = await builders.saved_call(rt, client, max_attempts=5)
    derived = Derived(status=CallStatus.FAILED, outcome=Outcome.NO_ANSWER, ended_class=EndClass.NOBODY.value)
    after = replace(before, told=Told(phase=Phase.ENDED, ended_at=clock.now()), derived=derived)
    for _ in range(2):
        await rt.database.write(lambda tx: concluding.after_news(tx, rt, before, after, now=clock.now()))
    chain = await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.root_call_id == before.call_id, limit=9))
    assert len(chain) == 2
