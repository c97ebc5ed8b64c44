"""The explanation is the decision: in any state the dispatcher dials a call exactly when the explanation says it may.

States are made up at random; where every rule that stands in the way can be dated, the call is not dialled one second before
the instant the explanation names, and is dialled at that instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from callcenter.domain.batch import BatchState
from callcenter.domain.blackout import Blackout
from callcenter.domain.call import Call, CallStatus, Derived
from callcenter.domain.client import FromNumber
from callcenter.domain.dial import DialState
from callcenter.domain.eligibility import Judgement
from callcenter.domain.hours import ALL_WEEK, DAYS, DEFAULT_HOURS, Window
from callcenter.domain.their_clock import TheirClock
from callcenter.services import explaining, onboarding
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, blackouts, calls, do_not_call
from callcenter.store.database import Tx
from tests import builders
from tests.conftest import make_rt
from tests.fakes import KEY, START, FakeClock

HOUR = timedelta(hours=1)
_KEPT = {"installation", "accounts", "account_keys"}
_SPLIT = "+14235550123"  # an area code with two time zones
#: Nights in which clocks change, both ways; and an ordinary day.
_STARTS = [START, datetime.fromisoformat("2026-10-31T22:00+00:00"), datetime.fromisoformat("2027-03-13T22:00+00:00")]
_offsets = st.sampled_from([-30 * HOUR, -2 * HOUR, timedelta(0), timedelta(seconds=40), 3 * HOUR, 20 * HOUR])


@dataclass(frozen=True)
class State:
    """What may stand in a call's way."""

    start: datetime
    zone: str | None
    windows: tuple[Window, ...]
    due: timedelta
    back_off: timedelta | None
    dials: tuple[timedelta, ...]
    closed: tuple[int, ...]
    breaker: timedelta | None
    pace: float | None
    line_pace: float | None
    is_spent: bool
    is_full: bool
    batch: BatchState | None
    batch_at: timedelta
    ends: timedelta | None
    stands: str | None


def _seldom(what: st.SearchStrategy[Any], *, else_: Any = None) -> st.SearchStrategy[Any]:
    """Mostly nothing stands in the way, or no state would ever have a date."""
    return st.integers(0, 3).flatmap(lambda nth: what if nth == 0 else st.just(else_))


_DIALS = st.lists(st.sampled_from([timedelta(minutes=1), HOUR, 10 * HOUR, 23 * HOUR, 24 * HOUR]), min_size=3, max_size=4)
_HOURS = st.sampled_from([DEFAULT_HOURS, (Window(DAYS, time(2), time(3)),), (Window(DAYS, time(8), time(8, 1)),)])
_BATCHES = [BatchState.SCHEDULED, BatchState.RUNNING, BatchState.PAUSED]
states = st.builds(
    State,
    start=st.sampled_from(_STARTS),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", None]),
    windows=st.booleans().flatmap(lambda is_open: st.just(ALL_WEEK) if is_open else _HOURS),
    due=_seldom(_offsets, else_=-HOUR),
    back_off=_seldom(_offsets),
    dials=_seldom(_DIALS.map(tuple), else_=(HOUR,)),
    closed=_seldom(st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True).map(tuple), else_=()),
    breaker=_seldom(st.just(timedelta(seconds=5))),
    pace=_seldom(st.just(0.05)),
    line_pace=_seldom(st.just(0.01)),
    is_spent=_seldom(st.just(True), else_=False),
    is_full=_seldom(st.booleans(), else_=False),
    batch=_seldom(st.sampled_from(_BATCHES)),
    batch_at=_offsets,
    ends=_seldom(st.just(12 * HOUR)),
    stands=_seldom(st.sampled_from([None, "do not call", "call paused", "client paused", "open dial", "clock off"])),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def one_rt(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """A runtime whose database is emptied before each state."""
    rt = make_rt(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "pg_url"))
    anyio.run(onboarding.ensure_installation, rt)
    yield rt
    rt.database.close()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=states)
def test_a_call_is_dialled_when_and_only_when_the_explanation_says_so(one_rt: Runtime, state: State) -> None:
    anyio.run(_holds, one_rt, state)


async def _holds(rt: Runtime, state: State) -> None:
    clock = rt.clock
    assert isinstance(clock, FakeClock)
    rt.providers.of(KEY).calls.clear()  # type: ignore[attr-defined]  # as it forgets, so does the database
    clock.set(state.start)
    call = await _made(rt, state)
    said = await explaining.explain(rt, builders.ADMIN, call.call_id)
    assert await _is_dialled(rt, call) == said.may_dial, said.reason
    if said.may_dial:
        event("may be dialled")
        return
    assert said.blocking is not None
    event(f"stopped by {said.blocked_by}")
    at = said.earliest_at
    if at is None or any(not result.ok and result.opens_at is None for result in said.rules):
        return
    event("has a date")
    clock.set(max(clock.now(), at - timedelta(seconds=1)))
    if clock.now() < at:
        assert not await _is_dialled(rt, call), f"a second before {at}: {said}"
    clock.set(at)
    assert await _is_dialled(rt, call), f"at {at}: {said} and then {await _said(rt, call)}"


async def _is_dialled(rt: Runtime, call: Call) -> bool:
    for _turn in range(2):  # the second after reconciling has seen that the provider is back
        dispatcher = Dispatcher(rt)
        await dispatcher.step()
        await dispatcher.settled()
        await Reconciler(rt).step()
    return (await rt.database.read(lambda tx: calls.get(tx, call.call_id))).derived.status is not CallStatus.SCHEDULED


async def _said(rt: Runtime, call: Call) -> Judgement:
    return await explaining.explain(rt, builders.ADMIN, call.call_id)


async def _made(rt: Runtime, state: State) -> Call:
    """Empties the database and writes the state into it; gives the call."""
    await rt.database.write(_emptied)
    now = rt.clock.now()
    client = await builders.saved_client(
        rt, calling_hours=state.windows, max_concurrent=1 if state.is_full else 5,
        daily_budget=1_000_000 if state.is_spent else None, paused_at=now if state.stands == "client paused" else None,
    )  # fmt: skip
    number = builders.number() if state.zone else _SPLIT
    lead = await builders.saved_lead(rt, client, timezone=state.zone, number=number)
    batch = None
    if state.batch is not None:
        ends = None if state.ends is None else now + state.ends
        batch = await builders.saved_batch(rt, client, state=state.batch, scheduled_at=now + state.batch_at, ends_at=ends)
    call = await builders.saved_call(
        rt, client, lead, batch, scheduled_at=now + state.due, look_again_at=now,
        not_before_at=None if state.back_off is None else now + state.back_off,
        paused_at=now if state.stands == "call paused" else None,
    )  # fmt: skip
    for ago in state.dials:
        await _dialled(rt, client, now - ago, number=number, to_number=number)
    if state.line_pace:
        await _dialled(rt, client, now - timedelta(seconds=40), from_number=client.from_number)
    if state.is_spent:
        await _dialled(rt, client, now - timedelta(seconds=1), dialled_at=now, cost=900_000)
    if state.is_full:
        await _dialled(rt, client, now, open_=True)
    if state.stands == "open dial":
        await _dialled(rt, client, now, number=number, to_number=number, open_=True)
    await rt.database.write(lambda tx: _rest(tx, rt, state, client.account_id or "", number))
    return call


async def _dialled(rt: Runtime, client: Any, at: datetime, *, open_: bool = False, **more: Any) -> None:
    """Another call of the client, dialled then; over by now unless `open_`."""
    status = CallStatus.RINGING if open_ else CallStatus.COMPLETED
    dialled_at, cost = more.pop("dialled_at", None), more.pop("cost", None)
    derived = Derived(status=status, dialled_at=dialled_at or at - 3 * 24 * HOUR)
    to_number = more.pop("to_number", None)
    made = builders.call(client, scheduled_at=at, derived=derived, **({"to_number": to_number} if to_number else {}))
    if cost is not None:
        made = replace(made, told=replace(made.told, cost=cost))
    await rt.database.write(lambda tx: calls.add(tx, made))
    freed = {} if open_ else {"slot_freed_at": at, "settled_at": at}
    state = DialState.ACCEPTED if open_ else DialState.FINISHED
    number = more.pop("number", made.to_number)
    await builders.saved_dial(rt, made, state=state, sent_at=at, planned_at=at, number=number, **freed)


def _rest(tx: Tx, rt: Runtime, state: State, account_id: str, number: str) -> None:
    now = rt.clock.now()
    ahead = timedelta(hours=1 if state.stands == "clock off" else 0)
    rt.providers.clock = TheirClock(now - ahead, rt.clock.boot())  # type: ignore[attr-defined]
    for days in state.closed:
        on: date = (now + timedelta(days=days)).date()
        day = Blackout(blackout_id=rt.new_id(), on=on, client_id=None, name="Day off", by="test", created_at=now)
        blackouts.add(tx, day)
    if state.stands == "do not call":
        do_not_call.add(
            tx, entry_id=rt.new_id(), number=number, client_id=None, why="asked", source="person", call_id=None, words=None,
            by="test", now=now,
        )  # fmt: skip
    line = FromNumber(number_id=rt.new_id(), account_id=account_id, number="+14155550100", seen_at=now)
    accounts.save_numbers(tx, account_id, [line], now=now)
    accounts.set_number(tx, account_id, line.number, now=now, pace_per_second=state.line_pace)
    accounts.set_values(
        tx, account_id, now=now, breaker_until=now + state.breaker if state.breaker else None, pace_per_second=state.pace,
        paced_at=None, clock_ahead_s=ahead.total_seconds() or None,
        paused_at=None, holder=None, expires_at=None, limits_read_at=now, swept_to=now, provider_limit=20,
    )  # fmt: skip


def _emptied(tx: Tx) -> None:
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name not in _KEPT:
            tx.execute(table.delete())
