"""What a lead wished on a call is done once and at once: call back, never call again; and who was reached is left in peace."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.domain.call import Call, CallStatus, EventKind, Turn
from callcenter.domain.client import Client
from callcenter.domain.errors import Unreachable
from callcenter.domain.hours import DEFAULT_HOURS
from callcenter.domain.lead import Lead
from callcenter.domain.lines import FollowUpLine
from callcenter.services import applying, reviewing, suppressing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import calls, follow_ups
from tests import builders
from tests.builders import AGENT, MANAGER
from tests.fakes import FakeClock, FakeProvider, event_of

#: Tuesday seven in the morning in New York: sure, and before anybody may be called there.
EARLY = {"callback_at": "2026-11-24T07:00"}
NINE = datetime(2026, 11, 24, 14, tzinfo=UTC)


async def dialled(rt: Runtime, provider: FakeProvider, client: Client, lead: Lead | None = None, **more: Any) -> tuple[Call, str]:
    """A call that the provider has taken; with its id there."""
    call = await builders.saved_call(rt, client, lead, scheduled_at=rt.clock.now(), **more)
    known = set(provider.calls)
    dispatcher = Dispatcher(rt)
    await dispatcher.step()
    await dispatcher.settled()
    (provider_call_id,) = set(provider.calls) - known
    return call, provider_call_id


async def told(rt: Runtime, client: Client, provider_call_id: str, kind: EventKind, **values: Any) -> None:
    values = {"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 30_000} | values
    event = event_of(kind, provider_call_id, values={"ended_at": rt.clock.now(), **values}, started_seen=True)
    now, account = rt.clock.now(), client.account_id or ""
    await rt.database.write(lambda tx: applying.apply(tx, rt, account_id=account, event=event, now=now, by="test"))


async def left(rt: Runtime, call: Call) -> tuple[list[Call], tuple[FollowUpLine, ...]]:
    """The calls of this number that wait, and the follow-ups of the call."""
    waiting = (calls.ROWS.c.to_number == call.to_number) & (calls.ROWS.c.status == "scheduled")
    return await rt.database.read(lambda tx: (calls.load(tx, waiting, limit=9), follow_ups.of_call(tx, call.call_id)))


async def callers(rt: Runtime, **more: Any) -> tuple[Client, Lead]:
    client = await builders.saved_client(rt, calling_hours=DEFAULT_HOURS, **more)
    return client, await builders.saved_lead(rt, client, timezone="America/New_York")


async def test_a_sure_wish_becomes_one_call_in_a_chain_of_its_own(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client, lead = await callers(rt, calls_back=True)
    batch = await builders.saved_batch(rt, client, max_attempts=3)
    call, theirs = await dialled(rt, provider, client, lead, batch=batch, max_attempts=3)
    wish = {"disconnection_reason": "user_requested_callback", "custom": EARLY}
    for kind in (EventKind.ENDED, EventKind.ANALYSED, EventKind.ANALYSED):
        await told(rt, client, theirs, kind, **wish, summary=f"{kind} {clock.turn(1)}")
    (again,), promised = await left(rt, call)
    assert promised == ()
    assert again.scheduled_at == NINE
    assert (again.lead_id, again.root_call_id, again.attempt_number, again.max_attempts) == (lead.lead_id, again.call_id, 1, 3)
    assert (again.batch_id, again.retry) == (None, batch.retry)
    assert again.notes == "Asked to be called back: 2026-11-24T07:00"


@pytest.mark.parametrize("hindrance", ["switch off", "not sure", "suppressed"])
async def test_any_other_wish_waits_for_a_person(any_rt: Runtime, provider: FakeProvider, hindrance: str) -> None:
    rt = any_rt
    client, lead = await callers(rt, calls_back=hindrance != "switch off")
    call, theirs = await dialled(rt, provider, client, lead)
    if hindrance == "suppressed":
        await suppressing.suppress(rt, MANAGER, lead.number, client_id=client.client_id, why="by letter")
    custom = {"callback_date": "2026-11-24"} if hindrance == "not sure" else EARLY
    await told(rt, client, theirs, EventKind.ANALYSED, custom=custom)
    waiting, (line,) = await left(rt, call)
    assert waiting == []
    expected = (NINE, False) if hindrance == "not sure" else (NINE - timedelta(hours=2), True)
    assert (line.at, line.is_sure, line.kind) == (*expected, "follow_up")


async def test_a_wish_in_words_is_dated_and_asks_to_be_checked(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client, lead = await callers(rt, calls_back=True)
    call, theirs = await dialled(rt, provider, client, lead)
    turns = (Turn("agent", "Hello?"), Turn("user", "I'm busy, please call me back Thursday after four."))
    await told(rt, client, theirs, EventKind.ANALYSED, turns=turns)
    waiting, (line,) = await left(rt, call)
    assert waiting == []
    assert (line.at, line.is_sure, line.words) == (datetime(2026, 11, 26, 21, tzinfo=UTC), False, turns[1].text)


@pytest.mark.parametrize("provider_is_away", [False, True])
async def test_a_wish_is_kept_though_the_analysis_never_comes(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock, provider_is_away: bool
) -> None:
    rt = any_rt
    client, lead = await callers(rt)
    call, theirs = await dialled(rt, provider, client, lead)
    wish = {"disconnection_reason": "user_requested_callback"}
    values = {"provider_status": "ended", "duration_ms": 30_000, "ended_at": clock.now(), **wish}
    provider.tell(event_of(EventKind.ENDED, theirs, values=values, started_seen=True))
    await told(rt, client, theirs, EventKind.ENDED, **wish)
    if provider_is_away:
        provider.trouble = Unreachable("away")
    reconciler = Reconciler(rt)
    for minutes in range(1, 30):
        clock.turn(60)
        await Dispatcher(rt).step()
        await reconciler.step()
        if minutes < 10:
            assert (await left(rt, call))[1] == (), "the analysis may still come"
    _waiting, (line,) = await left(rt, call)
    assert (line.at, line.is_sure, line.words) == (None, False, "Asked for a call back")
    await told(rt, client, theirs, EventKind.ANALYSED, **wish, custom=EARLY)
    _waiting, (line,) = await left(rt, call)
    assert (line.at, line.is_sure) == (NINE - timedelta(hours=2), True), "better late than never"


async def test_a_late_analysis_leaves_alone_what_a_person_has_decided(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client, lead = await callers(rt)
    call, theirs = await dialled(rt, provider, client, lead)
    await told(rt, client, theirs, EventKind.ANALYSED, custom={"callback_date": "2026-11-24"})
    _waiting, (line,) = await left(rt, call)
    chosen = clock.now() + timedelta(days=3)
    await reviewing.move_follow_up(rt, AGENT, line.follow_up_id, chosen)
    await told(rt, client, theirs, EventKind.ANALYSED, custom=EARLY, summary="more")
    _waiting, (line,) = await left(rt, call)
    assert line.at == chosen


async def test_do_not_call_said_on_a_call_holds_at_once_for_every_client(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client, lead = await callers(rt)
    other = await builders.saved_client(rt)
    theirs_too = await builders.saved_lead(rt, other, number=lead.number)
    call, theirs = await dialled(rt, provider, client, lead, max_attempts=3)
    later = clock.now() + timedelta(hours=1)
    await builders.saved_call(rt, other, theirs_too, scheduled_at=later)
    await builders.saved_call(rt, client, lead, scheduled_at=later)
    turns = (Turn("agent", "Hello?"), Turn("user", "Take me off your list and don't call me again."))
    await told(rt, client, theirs, EventKind.ENDED, turns=turns)
    assert (await left(rt, call))[0] == []
    for each in (client, other):
        assert await rt.database.read(lambda tx, each=each: suppressing.is_suppressed(tx, lead.number, each.client_id))
    fresh = await builders.saved_call(rt, other, theirs_too, scheduled_at=clock.now())
    await Dispatcher(rt).step()
    assert len(provider.created) == 1
    assert (await rt.database.read(lambda tx: calls.get(tx, fresh.call_id))).derived.status is CallStatus.SCHEDULED


async def test_who_was_reached_elsewhere_loses_the_retries_that_wait_and_nothing_else(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client, lead = await callers(rt)
    later = clock.now() + timedelta(hours=1)
    retry = await builders.saved_call(rt, client, lead, scheduled_at=later, attempt_number=2, max_attempts=3)
    first = await builders.saved_call(rt, client, lead, scheduled_at=later)
    somebody = await builders.saved_lead(rt, client)
    bystander = await builders.saved_call(rt, client, somebody, scheduled_at=later, attempt_number=2, max_attempts=3)
    _call, theirs = await dialled(rt, provider, client, lead)
    await told(rt, client, theirs, EventKind.ENDED)

    async def now_is(call: Call) -> Call:
        return await rt.database.read(lambda tx: calls.get(tx, call.call_id))

    assert (await now_is(retry)).derived.status is CallStatus.CANCELLED
    assert (await now_is(retry)).closed_why == "reached in the meantime"
    for each in (first, bystander):
        assert (await now_is(each)).derived.status is CallStatus.SCHEDULED
