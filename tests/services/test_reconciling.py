"""Reconciling: unknown dials, lost events, orphans of a dead process, strangers, each found out and never redialled."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from callcenter.domain.call import Call, CallStatus, EventKind, Outcome, Told
from callcenter.domain.client import Account
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.errors import Refused, Uncertain, Unreachable
from callcenter.services.calling import GUARD_SECONDS
from callcenter.services.dispatching import Dispatcher
from callcenter.services.planning import RING_MS
from callcenter.services.ports import ListedPage
from callcenter.services.reconciling import AFTER_RINGING, Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, dials
from tests import builders
from tests.fakes import FakeClock, FakeProvider, Lost, event_of
from tests.services.doubt import in_doubt, look

ENDED = {"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 5000}


async def dial_all(rt: Runtime) -> Dispatcher:
    dispatcher = Dispatcher(rt)
    while await dispatcher.step():
        await dispatcher.settled()
    await dispatcher.settled()
    return dispatcher


async def the_call(rt: Runtime, call_id: str) -> Call:
    return await rt.database.read(lambda tx: calls.get(tx, call_id))


async def the_dial(rt: Runtime, call_id: str) -> Dial:
    (dial,) = await rt.database.read(lambda tx: dials.of_call(tx, call_id))
    return dial


async def looks(rt: Runtime, clock: FakeClock, reconciler: Reconciler, *, hours: float) -> None:
    """Lets time pass in steps small enough for every look that is due."""
    end = clock.now() + timedelta(hours=hours)
    while clock.now() < end:
        clock.turn(timedelta(minutes=10) if hours > 1 else timedelta(seconds=20))
        dispatcher = Dispatcher(rt)
        await dispatcher.step()
        await dispatcher.settled()
        await reconciler.step()


async def test_a_call_whose_answer_was_lost_is_found_by_its_token(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    provider.answers.append(Lost(Uncertain("reset")))
    await dial_all(rt)
    assert (await the_dial(rt, call.call_id)).state is DialState.UNKNOWN
    clock.turn(11)
    await Reconciler(rt).step()
    dial = await the_dial(rt, call.call_id)
    assert dial.state is DialState.ACCEPTED
    assert dial.provider_call_id in provider.calls
    assert (await the_call(rt, call.call_id)).derived.checking is False
    assert len(provider.created) == 1


async def test_absence_is_proved_only_with_a_control_and_after_the_hold(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=2)
    known = await builders.saved_call(rt, client)
    await dial_all(rt)
    call = await builders.saved_call(rt, client, scheduled_at=clock.now())
    provider.answers.append(Uncertain("it never arrived"))
    await dial_all(rt)
    assert (await the_dial(rt, known.call_id)).provider_call_id is not None
    reconciler = Reconciler(rt)
    await looks(rt, clock, reconciler, hours=0.1)
    dial = await the_dial(rt, call.call_id)
    assert dial.state is DialState.UNKNOWN
    assert dial.slot_freed_at is not None, "two clean looks give the place back"
    assert len(provider.created) == 2, "the number stays held"
    await looks(rt, clock, reconciler, hours=23)
    assert (await the_dial(rt, call.call_id)).state is DialState.UNKNOWN
    await looks(rt, clock, reconciler, hours=3)
    states = [d.state for d in await rt.database.read(lambda tx: dials.of_call(tx, call.call_id))]
    assert states[0] is DialState.VOID
    assert states[1:] in ([], [DialState.ACCEPTED]), "once proved absent the call waits again, and may be dialled anew"


async def test_a_look_while_it_may_still_ring_proves_nothing(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=False)
    sent_at = clock.now()
    await look(rt, clock, minutes=20, step=5)
    dial = await the_dial(rt, call.call_id)
    clean = await rt.database.read(lambda tx: dials.clean_checks(tx, dial.dial_id))
    assert dial.checks > len(clean) >= 3, "it was looked for early too"
    assert min(clean) >= sent_at + timedelta(seconds=GUARD_SECONDS, milliseconds=RING_MS) + AFTER_RINGING


@pytest.mark.parametrize("broken", ["the first page", "the second page"])
async def test_half_a_listing_proves_nothing(any_rt: Runtime, provider: FakeProvider, clock: FakeClock, broken: str) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=False)
    ask, sought = provider.list_calls, (await the_dial(rt, call.call_id)).token

    async def half(*, token: str | None = None, cursor: str | None = None, **more: Any) -> ListedPage:
        if token != sought:
            return await ask(token=token, cursor=cursor, **more)
        is_first = cursor is None
        return ListedPage(items=(), cursor="more" if is_first else None, is_complete=is_first == (broken == "the second page"))

    provider.list_calls = half  # type: ignore[method-assign]
    await look(rt, clock, minutes=20)
    dial = await the_dial(rt, call.call_id)
    assert dial.checks >= 5
    assert await rt.database.read(lambda tx: dials.clean_checks(tx, dial.dial_id)) == []
    assert dial.slot_freed_at is None


async def test_without_a_control_nothing_is_proved_and_a_person_decides(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    provider.answers.append(Uncertain("it never arrived"))
    await dial_all(rt)
    await looks(rt, clock, Reconciler(rt), hours=26)
    dial = await the_dial(rt, call.call_id)
    assert dial.state is DialState.QUARANTINED
    assert dial.slot_freed_at is None
    assert (await the_call(rt, call.call_id)).derived.checking is True
    assert len(provider.created) == 1


async def test_dials_of_a_dead_process_are_unknown_then_found(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    dead = Dispatcher(rt)
    armed: list[Any] = []
    dead._send = armed.append  # type: ignore[method-assign]
    await dead.step()
    await provider.create_call(armed[0].request)  # it went out, and the process died before it heard the answer
    rt.name = "the process after the restart"
    clock.turn(20)
    long_ago = clock.now() - timedelta(days=9)  # leases run on the database's own time where it has one
    await rt.database.write(lambda tx: accounts.set_values(tx, client.account_id or "", now=clock.now(), expires_at=long_ago))
    await dial_all(rt)
    await Reconciler(rt).step()
    assert (await the_dial(rt, call.call_id)).state is DialState.ACCEPTED
    assert len(provider.created) == 1


async def test_results_of_lost_webhooks_are_fetched(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    await dial_all(rt)
    (provider_call_id,) = provider.calls
    analysed = {**ENDED, "summary": "They talked.", "call_successful": True}
    provider.tell(event_of(EventKind.SNAPSHOT, provider_call_id, values=analysed, started_seen=True))
    reconciler = Reconciler(rt)
    for _ in range(16):
        clock.turn(20)
        await Dispatcher(rt).step()
        await reconciler.step()
    after = await the_call(rt, call.call_id)
    assert after.derived.status is CallStatus.COMPLETED
    assert after.derived.outcome is Outcome.SUCCESSFUL
    assert after.told.summary == "They talked."


async def test_a_silent_call_is_fetched_though_nothing_can_be_listed(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    await dial_all(rt)

    async def no_lists(**_asked: Any) -> ListedPage:
        raise Unreachable("lists are away")

    provider.list_calls = no_lists  # type: ignore[method-assign]
    provider.tell(event_of(EventKind.SNAPSHOT, next(iter(provider.calls)), values=ENDED, started_seen=True))
    await look(rt, clock, minutes=5)
    assert (await the_call(rt, call.call_id)).derived.status is CallStatus.COMPLETED


async def test_what_another_process_has_to_ask_about_does_not_stand_in_the_way(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt, for_long = any_rt, clock.now() + timedelta(days=36_500)  # by the clock of PostgreSQL, too
    theirs = Account(account_id="account_theirs", holder="another", expires_at=for_long)
    await rt.database.write(lambda tx: accounts.add(tx, theirs, now=clock.now()))
    other = await builders.saved_client(rt, account_id=theirs.account_id)
    for nth in range(60):  # more than one step asks about
        told = Told(provider_call_id=f"call_{nth}")
        call = await builders.saved_call(rt, other, told=told)
        await rt.database.write(lambda tx, call=call: calls.check_at(tx, call.call_id, clock.now()))
        await builders.saved_dial(rt, call, state=DialState.UNKNOWN, next_check_at=clock.now())
    client = await builders.saved_client(rt, max_concurrent=3)
    silent = await builders.saved_call(rt, client)
    await dial_all(rt)
    provider.tell(event_of(EventKind.SNAPSHOT, next(iter(provider.calls)), values=ENDED, started_seen=True))
    provider.answers.append(Lost(Uncertain("reset")))
    doubtful = await builders.saved_call(rt, client)
    await dial_all(rt)
    listed = provider.list_calls

    async def no_sweeps(*, token: str | None = None, **asked: Any) -> ListedPage:
        if token is None:
            raise Unreachable("what was called lately cannot be listed")
        return await listed(token=token, **asked)

    provider.list_calls = no_sweeps  # type: ignore[method-assign]
    await look(rt, clock, minutes=3)
    assert (await the_call(rt, silent.call_id)).derived.status is CallStatus.COMPLETED
    assert (await the_dial(rt, doubtful.call_id)).state is DialState.ACCEPTED
    for rows in (calls.ROWS, dials.ROWS):
        asked = sa.select(sa.func.max(rows.c.checks)).where(rows.c.account_id == theirs.account_id)
        assert await rt.database.read(lambda tx, asked=asked: tx.execute(asked).scalar()) == 0, "that is for the other to do"


async def test_without_a_hold_absence_is_still_proved_no_sooner_than_ten_minutes_after_sending(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    rt.settings = rt.settings.model_copy(update={"number_hold_hours": 0.0})
    _client, call = await in_doubt(rt, provider, exists=False)
    await look(rt, clock, minutes=9.5)
    (dial,) = await rt.database.read(lambda tx: dials.of_call(tx, call.call_id))
    assert dial.state is DialState.UNKNOWN
    assert len(await rt.database.read(lambda tx: dials.clean_checks(tx, dial.dial_id))) >= 3
    await look(rt, clock, minutes=25)
    assert (await rt.database.read(lambda tx: dials.of_call(tx, call.call_id)))[0].state is DialState.VOID


async def test_a_call_placed_by_something_else_becomes_an_outside_call(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    stranger = event_of(
        EventKind.SNAPSHOT, "call_of_another_tool", values=ENDED, started_seen=True,
        from_number=client.from_number, to_number="+12125550199",
    )  # fmt: skip
    provider.calls["call_of_another_tool"] = stranger
    await dial_all(rt)
    await Reconciler(rt).step()
    found = await rt.database.read(lambda tx: calls.find_by_provider(tx, client.account_id or "", "call_of_another_tool"))
    assert found is not None
    assert found.origin.value == "outside"
    assert found.client_id == client.client_id
    assert found.derived.status is CallStatus.COMPLETED


async def test_a_call_of_our_own_with_an_unknown_token_stops_dialling(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    install_id = (await rt.database.read(clients.get_installation)).install_id
    provider.calls["call_from_the_future"] = event_of(
        EventKind.ONGOING, "call_from_the_future", token="f" * 32, install_id=install_id, to_number="+12125550198"
    )
    await dial_all(rt)
    await Reconciler(rt).step()
    account = await rt.database.read(lambda tx: accounts.get(tx, client.account_id or ""))
    assert account.paused_at is not None
    await builders.saved_call(rt, client)
    await dial_all(rt)
    assert provider.created == []


@pytest.mark.parametrize(("sure", "stops"), [(0, True), (20, True), (40, False)])
async def test_doubts_stop_an_account_only_where_they_are_many_of_what_it_sends(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock, sure: int, stops: bool
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=50)
    await rt.database.write(lambda tx: accounts.set_values(tx, client.account_id or "", now=clock.now(), provider_limit=50))
    for _ in range(sure + 3):
        await builders.saved_call(rt, client)
    provider.answers.extend([None] * sure + [Uncertain("the answer was lost")] * 3)
    await dial_all(rt)
    assert len(provider.created) == sure + 3
    account = await rt.database.read(lambda tx: accounts.get(tx, client.account_id or ""))
    assert (account.breaker_until is not None) is stops


async def test_an_account_that_is_told_to_wait_waits_with_all_its_calls(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=1)
    for _ in range(2):
        await builders.saved_call(rt, client)
    provider.answers.append(Refused("slow down", status=429, retry_after=timedelta(seconds=40)))
    await dial_all(rt)
    assert len(provider.created) == 1
    clock.turn(35)
    await dial_all(rt)
    await Reconciler(rt).step()
    assert len(provider.created) == 1
    clock.turn(6)
    await dial_all(rt)
    await Reconciler(rt).step()
    clock.turn(6)
    await dial_all(rt)
    assert len(provider.created) == 2


async def test_a_provider_that_is_down_is_asked_with_a_listing_before_calls_go_on(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=4)
    for _ in range(6):
        await builders.saved_call(rt, client)
    provider.answers.extend(Unreachable("refused") for _ in range(4))
    await dial_all(rt)
    account = await rt.database.read(lambda tx: accounts.get(tx, client.account_id or ""))
    assert account.breaker_until is not None
    created = len(provider.created)
    reconciler = Reconciler(rt)
    provider.trouble = Unreachable("refused")
    clock.turn(60)
    await dial_all(rt)
    await reconciler.step()
    assert len(provider.created) == created
    provider.trouble = None
    clock.turn(60)
    await dial_all(rt)
    await reconciler.step()
    await dial_all(rt)
    assert len(provider.created) > created


async def test_a_dial_that_nobody_looked_for_while_no_process_ran_is_looked_for_before_a_person_is_asked(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=2)
    await builders.saved_call(rt, client)
    await dial_all(rt)
    call = await builders.saved_call(rt, client, scheduled_at=clock.now())
    provider.answers.append(Uncertain("it never arrived"))
    await dial_all(rt)
    clock.turn(timedelta(hours=30))  # a weekend without any process
    await dial_all(rt)
    reconciler = Reconciler(rt)
    provider.trouble = Unreachable("still away")
    await reconciler.step()
    assert (await the_dial(rt, call.call_id)).state is DialState.UNKNOWN
    provider.trouble = None
    await looks(rt, clock, reconciler, hours=1.1)
    states = [d.state for d in await rt.database.read(lambda tx: dials.of_call(tx, call.call_id))]
    assert states[0] is DialState.VOID


async def test_a_dial_that_its_own_process_lost_sight_of_is_looked_for(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    dispatcher, reconciler = Dispatcher(rt), Reconciler(rt)
    armed: list[Any] = []
    dispatcher._send = armed.append  # type: ignore[method-assign]
    await dispatcher.step()
    await provider.create_call(armed[0].request)  # it went out; that its answer was stored we never heard
    for _ in range(16):
        clock.turn(20)
        await dispatcher.step()
        await reconciler.step()
    assert (await the_dial(rt, call.call_id)).state is DialState.ACCEPTED
    assert len(provider.created) == 1
