"""A closed day stops calls on that day of the lead and no other, on both databases; who closed it is written down."""

from datetime import UTC, date, datetime, timedelta

import pytest

from callcenter.domain.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.domain.user import Actor, Role
from callcenter.services import closing, explaining
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import calls, transitions
from tests import builders
from tests.builders import ADMIN, AGENT, MANAGER, VIEWER
from tests.fakes import FakeClock

TODAY = "2026-11-23"  # of the clock the tests begin with


async def step(rt: Runtime) -> int:
    dispatcher = Dispatcher(rt)
    await dispatcher.step()
    await dispatcher.settled()
    return len(rt.providers.of("key_made_up_for_tests_0001").created)  # type: ignore[attr-defined]


async def test_nobody_is_called_on_a_closed_day_and_the_explanation_names_it(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    lead = await builders.saved_lead(rt, client, timezone="America/New_York")
    call = await builders.saved_call(rt, client, lead)
    day = await closing.close_day(rt, MANAGER, TODAY, name=" Thanks  giving ", client_id=client.client_id)
    assert await step(rt) == 0
    why = await explaining.explain(rt, VIEWER, call.call_id)
    assert why.reason == "It is Mon 11:00 for them (New York), Thanks giving, a day on which nobody is called."
    assert why.earliest_at == datetime(2026, 11, 24, 5, tzinfo=UTC)  # midnight in New York
    asleep = await rt.database.read(lambda tx: calls.get(tx, call.call_id))
    assert (asleep.look_again_at or clock.now()) > clock.now()
    await closing.open_day(rt, MANAGER, day.blackout_id, client_id=client.client_id)
    assert await step(rt) == 1
    told = await rt.database.read(lambda tx: transitions.of(tx, day.blackout_id))
    assert [(row["to_state"], row["by"], row["why"][:23]) for row in told] == [
        ("added", MANAGER.label, "2026-11-23 Thanks givin"), ("removed", MANAGER.label, "2026-11-23 Thanks givin"),
    ]  # fmt: skip


async def test_a_day_of_one_client_leaves_the_others_alone_and_one_of_everybody_does_not(any_rt: Runtime) -> None:
    rt = any_rt
    acme, other = await builders.saved_client(rt), await builders.saved_client(rt)
    mine = await closing.close_day(rt, MANAGER, "2026-12-25", name="Christmas", client_id=acme.client_id)
    all_of_us = await closing.close_day(rt, ADMIN, "2026-12-26", name="Boxing Day")
    assert await closing.closed_days(rt, VIEWER, client_id=acme.client_id) == [mine, all_of_us]
    assert await closing.closed_days(rt, VIEWER, client_id=other.client_id) == [all_of_us]
    assert await closing.closed_days(rt, VIEWER) == [all_of_us]
    assert (all_of_us.by, all_of_us.on) == (ADMIN.label, date(2026, 12, 26))
    for client_id, day in ((other.client_id, mine), (None, mine), (acme.client_id, all_of_us)):
        with pytest.raises(NotFound):
            await closing.open_day(rt, ADMIN, day.blackout_id, client_id=client_id)
    await closing.close_day(rt, MANAGER, "2026-12-25", name="Christmas", client_id=other.client_id)
    with pytest.raises(Conflict):
        await closing.close_day(rt, MANAGER, "2026-12-25", name="Again", client_id=acme.client_id)


async def test_closing_needs_a_manager_who_may_see_whom_it_touches(rt: Runtime) -> None:
    acme, other = await builders.saved_client(rt), await builders.saved_client(rt)
    limited = Actor(label="x", role=Role.MANAGER, user_id="9", client_ids=frozenset({acme.client_id}))
    await closing.close_day(rt, limited, "2026-12-25", name="Christmas", client_id=acme.client_id)
    with pytest.raises(Forbidden):
        await closing.close_day(rt, limited, "2026-12-25", name="Christmas")
    with pytest.raises(NotFound):
        await closing.close_day(rt, limited, "2026-12-25", name="Christmas", client_id=other.client_id)
    with pytest.raises(NotFound):
        await closing.closed_days(rt, limited, client_id=other.client_id)
    with pytest.raises(Forbidden):
        await closing.close_day(rt, AGENT, "2026-12-25", name="Christmas", client_id=acme.client_id)


@pytest.mark.parametrize(
    ("on", "name", "field"),
    [
        ("2026-13-01", "x", "on"), ("20261225", "x", "on"), ("", "x", "on"), ("2026-11-21", "x", "on"), ("2036-01-01", "x", "on"),
        (TODAY, " ", "name"), (TODAY, "x" * 81, "name"),
    ],
)  # fmt: skip
async def test_a_slip_is_told_at_its_field(rt: Runtime, on: str, name: str, field: str) -> None:
    with pytest.raises(Invalid) as told:
        await closing.close_day(rt, ADMIN, on, name=name)
    assert [name for name, _words in told.value.errors] == [field]


async def test_a_day_that_is_over_everywhere_is_not_listed(rt: Runtime, clock: FakeClock) -> None:
    await closing.close_day(rt, ADMIN, TODAY, name="Today")
    clock.turn(timedelta(days=1))
    assert [day.name for day in await closing.closed_days(rt, VIEWER)] == ["Today"]
    clock.turn(timedelta(days=1))
    assert await closing.closed_days(rt, VIEWER) == []
