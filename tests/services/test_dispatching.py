"""The dispatcher on both databases: caps, order, refill, and every way a send can end."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.call import Call, CallStatus, EventKind, Outcome, Priority
from callcenter.domain.dial import DialState
from callcenter.domain.errors import Refused, Uncertain, Unreachable
from callcenter.services import calling, explaining, onboarding, receiving
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, dials
from tests import builders
from tests.fakes import OTHER_KEY, FakeClock, FakeProvider, Lost, encode, event_of


async def steps(dispatcher: Dispatcher, most: int = 20) -> None:
    """Steps until there is nothing left to do at this instant."""
    for _ in range(most):
        again = await dispatcher.step()
        await dispatcher.settled()
        if not again:
            return


async def tell(rt: Runtime, provider: FakeProvider, event: Any) -> str:
    """Sends an event as a signed webhook and gives what became of it."""
    raw = encode(provider.tell(event))
    signature = rt.providers.sign(raw, at=rt.clock.now())  # type: ignore[attr-defined]
    receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="127.0.0.1")
    assert receipt.status == 204
    return receipt.result


async def the_call(rt: Runtime, call_id: str) -> Call:
    return await rt.database.read(lambda tx: calls.get(tx, call_id))


async def the_dials(rt: Runtime, call_id: str) -> list[Any]:
    return await rt.database.read(lambda tx: dials.of_call(tx, call_id))


async def test_a_scheduled_call_is_dialled_once_with_its_token(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client, variables={"name": "Lee"})
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    await steps(dispatcher)
    (request,) = provider.created
    assert request.to_number == call.to_number
    assert request.variables == {"name": "Lee"}
    assert request.metadata["callcenter_token"] == request.token
    (dial,) = await the_dials(rt, call.call_id)
    assert dial.state is DialState.ACCEPTED
    assert dial.token == request.token
    assert (await the_call(rt, call.call_id)).derived.status is CallStatus.RINGING


async def test_never_more_than_the_cap_and_a_freed_place_is_refilled(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=2)
    for _ in range(5):
        await builders.saved_call(rt, client)
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    assert len(provider.created) == 2
    first = next(iter(provider.calls))
    await tell(rt, provider, event_of(EventKind.STARTED, first))
    await steps(dispatcher)
    assert len(provider.created) == 2
    ended = {"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 4000}
    await tell(rt, provider, event_of(EventKind.ENDED, first, values=ended, started_seen=True))
    assert rt.bus.said("slot")  # type: ignore[attr-defined]
    await steps(dispatcher)
    assert len(provider.created) == 3


async def test_urgent_calls_pass_those_that_wait(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=1)
    await builders.saved_call(rt, client)
    urgent = await builders.saved_call(rt, client, priority=Priority.URGENT)
    await steps(Dispatcher(rt))
    assert [request.to_number for request in provider.created] == [urgent.to_number]


@pytest.mark.parametrize(
    ("answer", "state", "status"),
    [
        (Unreachable("refused"), DialState.UNSENT, CallStatus.SCHEDULED),
        (Refused("slow down", status=429), DialState.REJECTED, CallStatus.SCHEDULED),
        (Refused("no such agent", status=422), DialState.REJECTED, CallStatus.FAILED),
        (Refused("bad request", status=400), DialState.REJECTED, CallStatus.FAILED),
        (Refused("bad key", status=401), DialState.REJECTED, CallStatus.SCHEDULED),
        (Uncertain("it stalled"), DialState.UNKNOWN, CallStatus.INITIATED),
        (Lost(Uncertain("reset")), DialState.UNKNOWN, CallStatus.INITIATED),
        (RuntimeError("a bug of ours"), DialState.UNKNOWN, CallStatus.INITIATED),
    ],
)
async def test_how_a_send_ends(
    any_rt: Runtime, provider: FakeProvider, answer: Exception, state: DialState, status: CallStatus
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    provider.answers.append(answer)
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    await steps(dispatcher)
    assert len(provider.created) == 1
    (dial,) = await the_dials(rt, call.call_id)
    assert dial.state is state
    after = await the_call(rt, call.call_id)
    assert after.derived.status is status
    assert after.derived.checking is (state is DialState.UNKNOWN)
    assert (dial.slot_freed_at is None) is (state is DialState.UNKNOWN)


async def test_an_unknown_dial_is_never_sent_again(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    provider.answers.append(Uncertain("it stalled"))
    dispatcher = Dispatcher(rt)
    for _ in range(30):
        await steps(dispatcher)
        clock.turn(timedelta(minutes=50))
    assert len(provider.created) == 1
    assert (await the_call(rt, call.call_id)).derived.status is CallStatus.INITIATED


async def test_a_refused_key_pauses_the_account(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=1)
    for _ in range(3):
        await builders.saved_call(rt, client)
    provider.answers.append(Refused("Invalid API Key.", status=401))
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    clock.turn(60)
    await steps(dispatcher)
    assert len(provider.created) == 1
    account = await rt.database.read(lambda tx: accounts.get(tx, client.account_id or ""))
    assert "Invalid API Key" in (account.paused_why or "")


async def test_a_busy_provider_is_asked_again_no_sooner_than_it_said(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    provider.answers.append(Refused("slow down", status=429, retry_after=timedelta(seconds=40)))
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    clock.turn(timedelta(seconds=39))
    await steps(dispatcher)
    assert len(await the_dials(rt, call.call_id)) == 1
    clock.turn(timedelta(seconds=6))
    await Reconciler(rt).step()  # a listing tells that it is there again
    await steps(dispatcher)
    assert [dial.state for dial in await the_dials(rt, call.call_id)] == [DialState.REJECTED, DialState.ACCEPTED]


async def test_what_a_refusal_teaches_does_not_overwrite_what_a_person_set(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    account_id = client.account_id or ""
    await rt.database.write(lambda tx: accounts.set_values(tx, account_id, now=rt.clock.now(), pace_per_second=50.0))
    call = await builders.saved_call(rt, client)
    provider.answers.append(Refused("Too many requests.", status=429))
    await steps(Dispatcher(rt))
    account = await rt.database.read(lambda tx: accounts.get(tx, account_id))
    assert (account.pace_per_second, account.learned_pace, account.paced_at) == (50.0, 1.0, rt.clock.now())
    (pace,) = [each for each in (await explaining.explain(rt, builders.ADMIN, call.call_id)).rules if each.rule == "pace"]
    assert pace.reason == (
        "Retell was getting too many calls, so they are spaced out to 1 a second for now; this one is next in a moment."
    )


async def test_a_call_refused_for_now_goes_out_after_the_back_off(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    provider.answers.append(Refused("slow down", status=429))
    dispatcher = Dispatcher(rt)
    await steps(dispatcher)
    again = (await the_call(rt, call.call_id)).not_before_at
    assert again is not None
    clock.set(again - timedelta(microseconds=1))
    await steps(dispatcher)
    assert len(provider.created) == 1
    clock.set(again)
    await steps(dispatcher)
    assert len(provider.created) == 2
    tokens = {request.token for request in provider.created}
    assert len(tokens) == 2


async def test_a_frozen_process_does_not_send(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    dispatcher = Dispatcher(rt)
    sent: list[Any] = []
    dispatcher._send = sent.append  # type: ignore[method-assign]
    await dispatcher.step()
    clock.turn(calling.GUARD_SECONDS + 0.1)
    await calling.send(rt, sent[0])
    assert provider.created == []
    (dial,) = await the_dials(rt, call.call_id)
    assert dial.state is DialState.UNSENT


async def test_a_process_that_is_stopped_while_it_asks_leaves_a_doubt_and_gives_its_lease_back(
    any_rt: Runtime, provider: FakeProvider
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    asked = asyncio.Event()

    async def hangs(_request: Any, *, guard: Any = None) -> Any:
        asked.set()
        await asyncio.Event().wait()

    provider.create_call = hangs  # type: ignore[method-assign]
    dispatcher = Dispatcher(rt)
    await dispatcher.step()
    await asked.wait()
    await dispatcher.stop(patience=0)
    (dial,) = await rt.database.read(lambda tx: dials.of_call(tx, call.call_id))
    assert dial.state is DialState.UNKNOWN, "whether it was read cannot be told any more"
    account = (await rt.database.read(accounts.listed))[0]
    assert account.holder is None, "another process may go on at once"


async def test_only_the_leaseholder_plans(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    first = Dispatcher(rt)
    await first.step()
    name, rt.name = rt.name, "another process"
    other = Dispatcher(rt)
    await builders.saved_call(rt, client)
    await steps(other)
    assert provider.created == []
    rt.name = name
    await steps(first)
    assert len(provider.created) == 1


async def test_events_before_the_answer_and_twice_change_nothing(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    dispatcher = Dispatcher(rt)
    armed: list[Any] = []
    dispatcher._send = armed.append  # type: ignore[method-assign]
    await dispatcher.step()
    token = armed[0].dial.token
    started = event_of(EventKind.STARTED, "call_00017001"[:13], token=token)
    ended = event_of(
        EventKind.ENDED,
        started.provider_call_id,
        token=token,
        values={"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 1000},
        started_seen=True,
    )
    assert await tell(rt, provider, ended) == "folded"
    assert await tell(rt, provider, started) == "folded"
    assert await tell(rt, provider, ended) == "again"
    after = await the_call(rt, call.call_id)
    assert after.derived.status is CallStatus.COMPLETED
    (dial,) = await the_dials(rt, call.call_id)
    assert dial.state is DialState.FINISHED
    assert dial.slot_freed_at is not None


async def test_no_answer_is_tried_again_as_often_as_allowed(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client, max_attempts=2)
    dispatcher = Dispatcher(rt)
    missed = {"disconnection_reason": "dial_no_answer", "provider_status": "not_connected"}
    for _ in range(4):
        await steps(dispatcher)
        for provider_call_id in list(provider.calls):
            await tell(rt, provider, event_of(EventKind.ENDED, provider_call_id, values=missed))
        clock.turn(timedelta(hours=3))
        await dispatcher.step()  # it has the lease again
        await Reconciler(rt).step()  # after hours our calls are compared with the provider's first
    assert len(provider.created) == 2
    found = await rt.database.read(
        lambda tx: calls.load(tx, calls.ROWS.c.root_call_id == call.call_id, limit=9, order=calls.ROWS.c.attempt_number)
    )
    assert [c.attempt_number for c in found] == [1, 2]
    assert [c.derived.outcome for c in found] == [Outcome.NO_ANSWER, Outcome.NO_ANSWER]


async def test_a_client_that_changes_accounts_keeps_one_cap(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=1)
    for _ in range(2):
        await builders.saved_call(rt, client)
    await steps(Dispatcher(rt))
    assert len(provider.created) == 1
    key = {"api_key": OTHER_KEY}
    moved = await onboarding.change_client(rt, builders.ADMIN, client.client_id, key)
    assert moved.client.account_id != client.account_id
    await steps(Dispatcher(rt))
    assert rt.providers.of(OTHER_KEY).created == []  # type: ignore[attr-defined]


async def test_a_call_cancelled_while_it_is_sent_is_stopped_once_its_id_is_known(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    dispatcher = Dispatcher(rt)
    armed: list[Any] = []
    dispatcher._send = armed.append  # type: ignore[method-assign]
    await dispatcher.step()
    await calling.cancel(rt, builders.AGENT, call.call_id)
    await calling.send(rt, armed[0])
    await Reconciler(rt).step()
    assert provider.stopped == list(provider.calls)
