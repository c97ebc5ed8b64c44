"""A batch that goes wrong pauses itself, on both databases: whatever goes wrong, once, and again only after it was resumed."""

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import EventKind
from callcenter.domain.client import Client
from callcenter.domain.errors import Refused
from callcenter.domain.stopping import StopRule
from callcenter.services import batching
from callcenter.services.browsing import live_board
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, transitions
from tests import builders
from tests.fakes import FakeClock, FakeProvider, event_of
from tests.services.test_dispatching import steps, tell


async def started(rt: Runtime, count: int, *, cap: int = 1, **more: object) -> tuple[Client, Batch]:
    client = await builders.saved_client(rt, max_concurrent=cap)
    batch = await builders.saved_batch(rt, client, **more)
    waiting = [builders.call(client, None, batch) for _ in range(count)]
    await rt.database.write(lambda tx: calls.add(tx, *waiting))
    return client, batch


async def the_batch(rt: Runtime, batch_id: str) -> Batch:
    return await rt.database.read(lambda tx: batches.get(tx, batch_id))


async def dial_and_end(rt: Runtime, provider: FakeProvider, dispatcher: Dispatcher, reason: str, *, most: int = 1) -> int:
    """Dials call after call and ends each with this reason; gives how many there were."""
    for nth in range(most):
        before = set(provider.calls)
        await steps(dispatcher)
        fresh = set(provider.calls) - before
        if not fresh:
            return nth
        for provider_call_id in fresh:
            values = {"disconnection_reason": reason, "provider_status": "error" if reason.startswith("error") else "ended"}
            await tell(rt, provider, event_of(EventKind.ENDED, provider_call_id, values=values))
        rt.clock.turn(1)  # type: ignore[attr-defined]
    return most


async def test_a_wrong_agent_does_not_burn_the_whole_batch(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _, batch = await started(rt, 200, cap=3)
    provider.trouble = Refused("no such agent", status=404, words="Agent not found")
    dispatcher = Dispatcher(rt)
    for _ in range(40):
        await steps(dispatcher)
        clock.turn(1)
    asked = provider.asked.count("create_call")
    assert 10 <= asked <= 12  # the tenth stopped it; two more were on the wire
    after = await the_batch(rt, batch.batch_id)
    assert after.state is BatchState.PAUSED
    assert after.state_why == "paused itself: 10 errors in the last 10 calls"


async def test_errors_that_pile_up_pause_it_once_and_say_so(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _, batch = await started(rt, 60)
    dispatcher = Dispatcher(rt)
    await dial_and_end(rt, provider, dispatcher, "user_hangup", most=11)
    assert await dial_and_end(rt, provider, dispatcher, "error_llm_websocket_open", most=30) == 10
    after = await the_batch(rt, batch.batch_id)
    assert (after.state, after.state_why) == (BatchState.PAUSED, "paused itself: 50 % errors in the last 20 calls")
    told = await rt.database.read(lambda tx: transitions.of(tx, batch.batch_id))
    assert [(each["to_state"], each["by"], each["why"]) for each in told if each["to_state"] == "paused"] == [
        ("paused", "callcenter", "paused itself: 50 % errors in the last 20 calls")
    ]
    (line,) = [each for each in (await live_board(rt, builders.MANAGER)).attention if each.kind == "batch_stopped"]
    assert (line.title, line.href) == ("Recall paused itself", f"/batches/{batch.batch_id}")
    assert line.detail == "50 % errors in the last 20 calls"


async def test_only_what_ended_since_it_was_resumed_counts(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _, batch = await started(rt, 60)
    dispatcher = Dispatcher(rt)
    assert await dial_and_end(rt, provider, dispatcher, "dial_failed", most=30) == 10
    await batching.resume(rt, builders.MANAGER, batch.batch_id)
    clock.turn(1)
    assert await dial_and_end(rt, provider, dispatcher, "dial_failed", most=9) == 9
    assert (await the_batch(rt, batch.batch_id)).state is BatchState.RUNNING
    assert await dial_and_end(rt, provider, dispatcher, "dial_failed", most=30) == 1
    assert (await the_batch(rt, batch.batch_id)).state is BatchState.PAUSED
    told = await rt.database.read(lambda tx: transitions.of(tx, batch.batch_id))
    assert [each["to_state"] for each in told][-3:] == ["paused", "running", "paused"]


async def test_what_ends_after_it_paused_itself_stops_nothing_again(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    _, batch = await started(rt, 60, cap=20)
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    values = {"disconnection_reason": "error_retell", "provider_status": "error"}
    for provider_call_id in list(provider.calls):
        await tell(rt, provider, event_of(EventKind.ENDED, provider_call_id, values=values))
    told = await rt.database.read(lambda tx: transitions.of(tx, batch.batch_id))
    assert [each["to_state"] for each in told] == ["running", "paused"]


async def test_a_refusal_for_now_is_no_error(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _, batch = await started(rt, 30)
    dispatcher = Dispatcher(rt)
    for _ in range(30):
        provider.answers.append(Refused("slow down", status=429))
        await steps(dispatcher)
        clock.turn(10)
    assert provider.asked.count("create_call") > 15
    assert (await the_batch(rt, batch.batch_id)).state is BatchState.RUNNING


async def test_nobody_answering_stops_it_only_when_asked_to(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    rule = StopRule(answer_percent=20, answer_of=15)
    _, plain = await started(rt, 20)
    dispatcher = Dispatcher(rt)
    assert await dial_and_end(rt, provider, dispatcher, "dial_no_answer", most=30) == 20
    assert (await the_batch(rt, plain.batch_id)).state is BatchState.DONE
    _, careful = await started(rt, 20, stop=rule)
    assert await dial_and_end(rt, provider, dispatcher, "dial_no_answer", most=30) == 15
    after = await the_batch(rt, careful.batch_id)
    assert (after.state, after.state_why) == (BatchState.PAUSED, "paused itself: 0 answered of the last 15 calls")
