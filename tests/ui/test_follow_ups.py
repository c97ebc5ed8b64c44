"""Follow-ups: how pressing they are, when on both clocks, and the acts that settle them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.lines import FollowUpLine
from callcenter.services import browsing, reviewing
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.pages.follow_up_rows import groups_of, later_today, row_of, tomorrow_morning
from callcenter.ui.pages.follow_ups import FollowUpsState
from tests.builders import ADMIN, saved_call, saved_client, saved_lead
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
HOUR = timedelta(hours=1)
VIEWER = Viewer(zone="America/Los_Angeles")


def line(**more: object) -> FollowUpLine:
    """A follow-up in an hour with somebody in New York."""
    return FollowUpLine(**{
        "follow_up_id": "f1", "client_id": "c1", "client_name": "Acme", "lead_id": None, "call_id": None, "who": "Lee",
        "number": "+12125550100", "kind": "follow_up", "at": START + HOUR, "zone": "America/New_York", "is_sure": True,
        "words": "tomorrow", "why": "Asked for a call back", "owner": None, "source": "retell", "done_at": None, "rev": 0,
    } | more)  # type: ignore[arg-type]  # fmt: skip


async def saved(rt: Runtime, **more: object) -> str:
    """A follow-up on a call of its own; gives its id."""
    client = await saved_client(rt)
    lead = await saved_lead(rt, client, timezone="America/New_York")
    call = await saved_call(rt, client, lead)
    given = {"call_id": call.call_id, "at": START + HOUR} | more
    return (await reviewing.add_follow_up(rt, ADMIN, **given)).follow_up_id  # type: ignore[arg-type]


def test_what_presses_most_comes_under_its_own_heading() -> None:
    lines = [line(at=START - HOUR), line(at=START + HOUR), line(at=START + 20 * HOUR), line(at=START + 72 * HOUR), line(at=None)]
    groups = groups_of(lines, VIEWER, tab="todo", now=START)
    assert [(group.title, group.is_late) for group in groups] == [
        ("Overdue", True), ("Today", False), ("Tomorrow", False), ("Later", False), ("No time yet", False),
    ]  # fmt: skip


def test_appointments_stand_by_their_day() -> None:
    groups = groups_of([line(kind="appointment")], VIEWER, tab="appointments", now=START)
    assert [group.title for group in groups] == ["Today, Mon 23 Nov 2026"]
    assert "DTSTART:20261123T170000Z" in groups[0].rows[0].calendar.replace("%3A", ":")


def test_a_time_is_shown_on_both_clocks_where_they_differ() -> None:
    row = row_of(line(), VIEWER, tab="todo", now=START)
    assert (row.when, row.theirs) == ("Today 09:00 (in 1 h)", "12:00 for them (New York)")
    assert row_of(line(zone="America/Vancouver"), VIEWER, tab="todo", now=START).theirs == ""
    night = row_of(line(at=START + 14 * HOUR), VIEWER, tab="todo", now=START)
    assert night.theirs == "Tue 01:00 for them (New York)"


def test_an_unsure_time_shows_what_was_said() -> None:
    row = row_of(line(is_sure=False, words="sometime after lunch"), VIEWER, tab="todo", now=START)
    assert row.said == "sometime after lunch"
    assert row_of(line(), VIEWER, tab="todo", now=START).said == ""


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "nowhere"])
def test_tomorrow_morning_is_theirs(zone: str) -> None:
    at = tomorrow_morning(START, zone)
    local = {"America/New_York": -5, "Pacific/Auckland": 13, "nowhere": 0}[zone]
    assert (at + local * HOUR).hour == 9
    assert at > START


def test_later_today_is_on_a_quarter() -> None:
    assert later_today(datetime(2026, 11, 23, 9, 52, 40, tzinfo=UTC)) == datetime(2026, 11, 23, 11, 45, tzinfo=UTC)


async def test_done_leaves_the_list_and_can_be_taken_back(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    follow_up_id = await saved(running)
    cookie = await sign_in_as("agent")
    await tab.run(FollowUpsState.load, cookie=cookie, path="/followups")
    state = await tab.state(FollowUpsState)
    assert (state.face, [group.title for group in state.groups]) == ("ready", ["Today"])
    await tab.run(FollowUpsState.done(follow_up_id), cookie=cookie, path="/followups")
    assert (state.face, state.groups) == ("empty", [])
    assert "undone" in str(tab.events[-1].payload)
    await tab.run(FollowUpsState.undone(follow_up_id), cookie=cookie, path="/followups")
    assert state.face == "ready"


async def test_moving_keeps_the_old_time_for_undo(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    follow_up_id = await saved(running)
    cookie = await sign_in_as("agent")
    await tab.run(FollowUpsState.load, cookie=cookie, path="/followups")
    await tab.run(FollowUpsState.move(follow_up_id, "tomorrow"), cookie=cookie, path="/followups")
    (moved,) = await browsing.follow_up_list(running, ADMIN)
    assert moved.at == datetime(2026, 11, 24, 14, tzinfo=UTC)
    await tab.run(FollowUpsState.move_back(follow_up_id, (START + HOUR).isoformat()), cookie=cookie, path="/followups")
    (back,) = await browsing.follow_up_list(running, ADMIN)
    assert back.at == START + HOUR


async def test_a_picked_time_is_meant_on_their_clock_and_must_lie_ahead(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn
) -> None:
    follow_up_id = await saved(running)
    cookie = await sign_in_as("agent")
    await tab.run(FollowUpsState.load, cookie=cookie, path="/followups")
    await tab.run(FollowUpsState.ask_time(follow_up_id), cookie=cookie, path="/followups")
    state = await tab.state(FollowUpsState)
    assert (state.moved_at, state.moved_zone) == ("2026-11-23T12:00", "New York")
    for text, wrong in (("2026-11-20T10:00", "This time has passed."), ("soon", "Choose a day and a time.")):
        await tab.run(FollowUpsState.move_to({"moved_at": text}), cookie=cookie, path="/followups")
        assert state.move_error == wrong
    await tab.run(FollowUpsState.move_to({"moved_at": "2026-11-25T10:00"}), cookie=cookie, path="/followups")
    (moved,) = await browsing.follow_up_list(running, ADMIN)
    assert (moved.at, state.moved_id) == (datetime(2026, 11, 25, 15, tzinfo=UTC), "")


async def test_work_is_given_only_to_people_of_the_list(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    follow_up_id = await saved(running, owner="somebody@example.com")
    cookie = await sign_in_as("agent")
    await tab.run(FollowUpsState.load, cookie=cookie, path="/followups")
    await tab.run(FollowUpsState.assign(follow_up_id, "made@up.example"), cookie=cookie, path="/followups")
    assert (await browsing.follow_up_list(running, ADMIN))[0].owner == "somebody@example.com"
    await tab.run(FollowUpsState.assign(follow_up_id, "agent@example.com"), cookie=cookie, path="/followups")
    assert (await browsing.follow_up_list(running, ADMIN))[0].owner == "agent@example.com"


async def test_who_only_reads_settles_nothing(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    follow_up_id = await saved(running)
    cookie = await sign_in_as("viewer")
    await guarded_tab.run(FollowUpsState.done(follow_up_id), cookie=cookie, path="/followups")
    assert (await browsing.follow_up_list(running, ADMIN))[0].done_at is None
