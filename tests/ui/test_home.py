"""Live: the board in words, calls that end stay a moment, and the first steps of an admin."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.batch import BatchState
from callcenter.domain.call import CallStatus, Derived, Outcome
from callcenter.services import browsing, calling
from callcenter.services.browsing.pages import RateTile
from callcenter.services.runtime import Runtime
from callcenter.store import calls
from callcenter.ui.pages import home_rows as rows
from callcenter.ui.pages.home_checklist import Checklist, steps_of
from callcenter.ui.pages.home_state import STAYS, HomeState
from tests import builders
from tests.fakes import START, FakeClock
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


def going_on(status: CallStatus = CallStatus.IN_PROGRESS, *, since: int = 60) -> Derived:
    """What is derived of a call that goes on since so many seconds."""
    at = START - timedelta(seconds=since)
    return Derived(status=status, occurred_at=at, dialled_at=at)


async def end(rt: Runtime, call_id: str, outcome: Outcome) -> None:
    """Ends a call as its news would."""
    before = await calling.get(rt, builders.ADMIN, call_id)
    told = replace(before.told, ended_at=rt.clock.now(), duration_ms=42_000, started_seen=True)
    derived = replace(before.derived, status=CallStatus.COMPLETED, outcome=outcome)
    after = replace(before, told=told, derived=derived)
    await rt.database.write(lambda tx: calls.save(tx, before, after, now=rt.clock.now(), by="test"))


async def shown(tab: FakeTab, rt: Runtime) -> list[tuple[str, bool]]:
    """Who stands among those in progress after another look, and whether their call is over."""
    state = await tab.state(HomeState)
    board = await browsing.live_board(rt, builders.ADMIN, tz="UTC")
    state._show(board)
    return [(row.who, row.is_over) for row in state.talks]


async def test_the_board_says_who_is_on_the_phone(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running, name="Acme Dental", max_concurrent=5)
    await builders.saved_call(running, client, lead_name="Vera Lopez", derived=going_on())
    await builders.saved_call(running, client, derived=Derived(occurred_at=START))
    await tab.run(HomeState.load, cookie=await sign_in_as("viewer"), path="/")
    state = await tab.state(HomeState)
    (row,) = state.talks
    assert (row.who, row.client, row.status, row.is_over) == ("Vera Lopez", "Acme Dental", "in_progress", False)
    assert (state.tiles.in_progress.value, state.tiles.in_progress.note) == ("1", "1 talking, 0 dialling")
    assert (state.tiles.waiting.value, state.face) == ("1", "ready")
    assert [(slot.name, slot.cap) for slot in state.slots] == [("Acme Dental", 5)]
    assert state.side == "Mon 23 Nov, 16:00 · UTC"


async def test_an_empty_board_says_so(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(HomeState.enter, cookie=cookie, path="/?wall=1")
    await tab.run(HomeState.load, cookie=cookie, path="/?wall=1")
    state = await tab.state(HomeState)
    assert (state.is_wall, state.nobody) == (True, "Nobody is on the phone, and nobody waits.")
    assert state.tiles.answered.face == "unknown"


async def test_a_call_that_ends_stays_a_moment_in_its_place(
    tab: FakeTab, running: Runtime, clock: FakeClock, sign_in_as: SignIn
) -> None:
    client = await builders.saved_client(running)
    first = await builders.saved_call(running, client, lead_name="First", derived=going_on(since=90))
    await builders.saved_call(running, client, lead_name="Second", derived=going_on(since=30))
    await tab.run(HomeState.load, cookie=await sign_in_as("viewer"), path="/")
    await end(running, first.call_id, Outcome.SALE_MADE)
    assert await shown(tab, running) == [("First", True), ("Second", False)]
    assert (await tab.state(HomeState)).talks[0].outcome == "sale_made"
    clock.turn(STAYS + timedelta(seconds=1))
    assert await shown(tab, running) == [("Second", False)]


async def test_a_call_that_ended_stays_while_the_pointer_is_over_it(
    tab: FakeTab, running: Runtime, clock: FakeClock, sign_in_as: SignIn
) -> None:
    call = await builders.saved_call(running, await builders.saved_client(running), lead_name="First", derived=going_on())
    cookie = await sign_in_as("viewer")
    await tab.run(HomeState.load, cookie=cookie, path="/")
    await tab.run(HomeState.hold(True), cookie=cookie)
    await end(running, call.call_id, Outcome.SALE_MADE)
    await shown(tab, running)
    clock.turn(60)
    assert await shown(tab, running) == [("First", True)]
    await tab.run(HomeState.hold(False), cookie=cookie)
    assert await shown(tab, running) == []


async def test_new_calls_come_in_at_the_end_and_only_while_following(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    await builders.saved_call(running, client, lead_name="First", derived=going_on(since=30))
    cookie = await sign_in_as("viewer")
    await tab.run(HomeState.load, cookie=cookie, path="/")
    await builders.saved_call(running, client, lead_name="Older", derived=going_on(since=300))
    assert [who for who, _ in await shown(tab, running)] == ["First", "Older"]
    await tab.run(HomeState.set_follows(False), cookie=cookie)
    await builders.saved_call(running, client, lead_name="New", derived=going_on(since=1))
    assert [who for who, _ in await shown(tab, running)] == ["First", "Older"]


async def test_a_manager_pauses_a_batch_from_here_and_lets_it_go_on(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    batch = await builders.saved_batch(running, client, name="Recall")
    await builders.saved_call(running, client, None, batch, derived=Derived(occurred_at=START))
    cookie = await sign_in_as("manager")
    await tab.run(HomeState.load, cookie=cookie, path="/")
    (row,) = (await tab.state(HomeState)).batches
    assert (row.name, row.may_toggle, row.is_paused) == ("Recall", True, False)
    await tab.run(HomeState.pause(batch.batch_id), cookie=cookie)
    page = await browsing.batch_page(running, builders.ADMIN, batch.batch_id)
    assert page.batch.state is BatchState.PAUSED
    await tab.run(HomeState.resume(batch.batch_id), cookie=cookie)
    page = await browsing.batch_page(running, builders.ADMIN, batch.batch_id)
    assert page.batch.state is BatchState.RUNNING


async def test_an_agent_cannot_pause_a_batch(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    batch = await builders.saved_batch(running, await builders.saved_client(running))
    await guarded_tab.run(HomeState.pause(batch.batch_id), cookie=await sign_in_as("agent"))
    page = await browsing.batch_page(running, builders.ADMIN, batch.batch_id)
    assert page.batch.state is BatchState.RUNNING


async def test_only_an_admin_has_first_steps(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await builders.saved_client(running)
    running.settings = running.settings.model_copy(update={"simulator_url": "http://127.0.0.1:9"})
    await tab.run(Checklist.load, cookie=await sign_in_as("manager"))
    assert (await tab.state(Checklist)).steps == []
    await tab.run(Checklist.load, cookie=await sign_in_as("admin"))
    checklist = await tab.state(Checklist)
    assert (len(checklist.steps), checklist.is_wanted) == (7, True)
    assert checklist.next_title == "Try a simulated call"
    await tab.run(Checklist.wave_away, cookie=await sign_in_as("viewer"))
    assert not (await tab.state(Checklist)).is_wanted


# -- what is pure --------------------------------------------------------------------------------------------------


def test_a_step_is_done_once_it_is_true() -> None:
    steps = steps_of((), people=2, has_called=True, can_simulate=True)
    assert [step.title for step in steps if step.is_done] == ["Make your login", "Try a simulated call", "Invite someone"]
    assert steps[1].href == "/clients", "there is nobody to call for yet"


def test_nothing_is_promised_that_this_server_cannot_simulate() -> None:
    steps = steps_of((), people=1, has_called=False, can_simulate=False)
    assert [step.title for step in steps][:2] == ["Make your login", "Connect Retell"]


@pytest.mark.parametrize(
    ("count", "base", "points", "expected"),
    [
        (318, 523, 4, ("61 %", "", "318 of 523", "▲ 4 pts", True)),
        (318, 523, -2, ("61 %", "", "318 of 523", "▼ 2 pts", False)),
        (3, 7, 40, ("3", "of 7", "Too few for a rate", "", True)),
    ],
)
def test_a_rate_stands_with_its_base_and_without_it_when_there_are_few(
    count: int, base: int, points: int, expected: tuple[str, str, str, str, bool]
) -> None:
    tile = rows._rate(RateTile(count=count, base=base, change_points=points, hours=(None, 0.5)), "")
    assert (tile.value, tile.suffix, tile.note, tile.change, tile.is_good) == expected


def test_hours_without_calls_before_the_first_and_after_the_last_are_left_out() -> None:
    bars = rows.hour_bars(((7, 0), (8, 10), (10, 5), (11, 0)))
    assert [(bar.hour, bar.count, bar.height) for bar in bars] == [("08", "10", 100.0), ("09", "0", 0.0), ("10", "5", 50.0)]
    assert rows.hour_bars(((7, 0),)) == []


def test_the_zone_beside_the_title_is_said_as_people_say_it() -> None:
    assert rows.title_side(START, "America/Los_Angeles") == "Mon 23 Nov, 08:00 · Pacific time"
    assert rows.title_side(START, "Europe/Berlin") == "Mon 23 Nov, 17:00 · Berlin time"
