"""The list of calls: its filter stands in the address, rows stay where they are, and acts on many say the facts before."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.call import Call, CallStatus, Derived, Outcome
from callcenter.domain.client import Client
from callcenter.domain.paging import Page
from callcenter.domain.search import CallFilter, call_filter_from
from callcenter.domain.user import Actor
from callcenter.services import browsing, calling
from callcenter.services.runtime import Runtime
from callcenter.ui.pages import calls_filters, calls_shared, calls_views
from callcenter.ui.pages.calls_bulk import CallsBulk, plan_again, plan_cancel, plan_stop
from callcenter.ui.pages.calls_peek import CallPeek
from callcenter.ui.pages.calls_rows import CallRow, flashed, merged
from callcenter.ui.pages.calls_state import CallsState
from callcenter.ui.pages.calls_viewer import Viewer
from tests import builders
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
UTC = ZoneInfo("UTC")


def over(call_at: timedelta = timedelta(minutes=5), *, outcome: Outcome | None = None) -> Derived:
    """What is derived of a call that was dialled a while ago and is over."""
    at = START - call_at
    return Derived(status=CallStatus.COMPLETED, outcome=outcome, dialled_at=at, occurred_at=at, is_reached=True)


async def waiting(rt: Runtime, client: Client, **more: object) -> Call:
    """A call that is due and waits."""
    return await builders.saved_call(rt, client, derived=Derived(occurred_at=START), **more)


def targets(tab: FakeTab) -> list[str]:
    """The addresses that handlers sent the tab to."""
    return [event.payload["path"] for event in tab.events if event.name == "_redirect"]


async def test_a_page_shows_the_calls_that_its_address_asks_for(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running, name="Acme Dental")
    voicemail = await builders.saved_call(running, client, lead_name="Vera", derived=over(outcome=Outcome.VOICEMAIL))
    await builders.saved_call(running, client, lead_name="Sam", derived=over(outcome=Outcome.SALE_MADE))
    cookie = await sign_in_as("agent")
    await tab.run(CallsState.load, cookie=cookie, path="/calls?outcome=voicemail")
    state = await tab.state(CallsState)
    assert [row.id for row in state.rows] == [voicemail.call_id]
    assert (state.face, state.matches, state.shown) == ("ready", "1 call matches", "1–1 of 1")
    assert state.rows[0].client == "Acme Dental"
    assert state.filters.outcome.shown == "Voicemail"


async def test_a_change_of_the_peek_alone_asks_for_no_rows(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    cookie = await sign_in_as("agent")
    await tab.run(CallsState.load, cookie=cookie, path="/calls?q=vera")
    await builders.saved_call(running, client, lead_name="Vera", derived=over())
    await tab.run(CallsState.load, cookie=cookie, path="/calls?peek=abc&q=vera")
    state = await tab.state(CallsState)
    assert state.rows == []
    assert (state.peeked, state.close_href, state.peek_base) == ("abc", "/calls?q=vera", "/calls?q=vera&peek=")


async def test_an_empty_list_and_an_unknown_filter_say_so(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await tab.run(CallsState.load, cookie=await sign_in_as("viewer"), path="/calls?status=foo")
    state = await tab.state(CallsState)
    assert state.face == "empty"
    assert state.ignored == "Ignored a filter we don’t know: status=foo"
    assert not state.filters.is_on


async def test_a_damaged_cursor_leads_to_the_first_page(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await tab.run(CallsState.load, cookie=await sign_in_as("viewer"), path="/calls?cursor=broken&q=a")
    assert targets(tab) == ["/calls?q=a"]


async def test_what_is_planned_for_later_is_counted_not_listed(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    later = START + timedelta(days=2)
    await builders.saved_call(running, client, scheduled_at=later, derived=Derived(occurred_at=later))
    past = await builders.saved_call(running, client, derived=over())
    await tab.run(CallsState.load, cookie=await sign_in_as("viewer"), path="/calls")
    assert [row.id for row in (await tab.state(CallsState)).rows] == [past.call_id]
    now = running.clock.now()
    assert calls_views.later_than_now(CallFilter(), now=now).start == now + timedelta(seconds=1)
    asked = CallFilter(statuses=("scheduled",))
    assert calls_views.until_now(asked, now=now) == asked


async def test_a_choice_of_a_filter_is_a_new_address_in_a_fixed_order(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(CallsState.load, cookie=cookie, path="/calls?range=today&peek=abc")
    await tab.run(CallsState.toggle("outcome", "voicemail"), cookie=cookie, path="/calls?range=today&peek=abc")
    assert targets(tab) == ["/calls?outcome=voicemail&range=today&peek=abc"]


@pytest.mark.parametrize(
    ("event", "address"),
    [
        (CallsState.clear_filter("outcome"), "/calls?range=7d"),
        (CallsState.negate("outcome", True), "/calls?outcome=!voicemail&range=7d"),
        (CallsState.clear_all(), "/calls"),
        (CallsState.sort_by("duration"), "/calls?outcome=voicemail&range=7d&sort=-duration"),
        (CallsState.set_talk("min_s", "30"), "/calls?outcome=voicemail&range=7d&min_s=30"),
        (CallsState.set_day("from_on", "2026-11-01"), "/calls?outcome=voicemail&range=custom&from=2026-11-01"),
        (CallsState.search("  maria  g "), "/calls?q=maria%20g&outcome=voicemail&range=7d"),
    ],
)
async def test_each_control_leads_to_its_address(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn, event: object, address: str
) -> None:
    cookie, path = await sign_in_as("viewer"), "/calls?outcome=voicemail&range=7d"
    await tab.run(CallsState.load, cookie=cookie, path=path)
    await tab.run(event, cookie=cookie, path=path)
    assert targets(tab) == [address]


async def test_arguments_that_make_no_sense_change_nothing(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    for event in (
        CallsState.toggle("nothing", "x"),
        CallsState.toggle("outcome", "x" * 500),
        CallsState.sort_by("secret"),
        CallsState.set_talk("rows", "3"),
        CallsState.set_day("range", "2026-01-01"),
        CallsState.select("not here", True),
    ):
        await tab.run(event, cookie=cookie, path="/calls")
    assert targets(tab) == []
    assert (await tab.state(CallsState)).selected == []


async def test_a_person_sees_calls_of_their_clients_only(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    await builders.saved_call(running, client, derived=over())
    await builders.saved_call(running, None, derived=over())
    await tab.run(CallsState.load, cookie=await sign_in_as("manager"), path="/calls")
    assert len((await tab.state(CallsState)).rows) == 1


async def test_selecting_keeps_to_the_rows_of_the_page(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    first = await builders.saved_call(running, client, derived=over())
    second = await builders.saved_call(running, client, derived=over(timedelta(minutes=9)))
    cookie = await sign_in_as("agent")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    await tab.run(CallsState.select(second.call_id, True), cookie=cookie, path="/calls")
    state = await tab.state(CallsState)
    assert (state.selected, state.page_is_mixed) == ([second.call_id], True)
    await tab.run(CallsState.select_page(True), cookie=cookie, path="/calls")
    state = await tab.state(CallsState)
    assert (state.selected, state.page_is_selected) == ([first.call_id, second.call_id], True)


# -- acts on many --------------------------------------------------------------------------------------------------


async def test_cancelling_many_takes_only_what_waits_and_can_be_taken_back(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn
) -> None:
    client = await builders.saved_client(running)
    one = await waiting(running, client)
    await builders.saved_call(running, client, derived=over())
    cookie = await sign_in_as("agent")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    await tab.run(CallsState.select_page(True), cookie=cookie, path="/calls")
    await tab.run(CallsBulk.ask("cancel"), cookie=cookie, path="/calls")
    bulk = await tab.state(CallsBulk)
    assert bulk.facts.startswith("Cancel applies to 1 of 2. 1 call already ended.")
    assert bulk.word == "Cancel 1 call"
    await tab.run(CallsBulk.do, cookie=cookie, path="/calls")
    assert (await _call(running, one)).derived.status is CallStatus.CANCELLED
    assert (await tab.state(CallsState)).selected == []
    await tab.run(CallsBulk.take_back, cookie=cookie, path="/calls")
    assert (await _call(running, one)).derived.status is CallStatus.SCHEDULED


async def test_calling_many_again_schedules_each_person_once(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    number = builders.number()
    for minutes in (3, 9):
        await builders.saved_call(running, client, to_number=number, derived=over(timedelta(minutes=minutes)))
    cookie = await sign_in_as("agent")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    await tab.run(CallsState.select_page(True), cookie=cookie, path="/calls")
    await tab.run(CallsBulk.ask("again"), cookie=cookie, path="/calls")
    assert (await tab.state(CallsBulk)).word == "Call 1 person again"
    await tab.run(CallsBulk.do, cookie=cookie, path="/calls")
    await tab.run(CallsState.load, cookie=cookie, path="/calls?status=scheduled")
    (row,) = (await tab.state(CallsState)).rows
    assert row.status == "waiting"


async def test_everything_that_matches_means_what_the_list_says(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    due = await waiting(running, client)
    at = START + timedelta(days=2)
    later = await builders.saved_call(running, client, scheduled_at=at, derived=Derived(occurred_at=at))
    cookie = await sign_in_as("agent")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    for event in (CallsState.select_page(True), CallsState.select_all, CallsBulk.ask("cancel"), CallsBulk.do):
        await tab.run(event, cookie=cookie, path="/calls")
    assert (await _call(running, due)).derived.status is CallStatus.CANCELLED
    assert (await _call(running, later)).derived.status is CallStatus.SCHEDULED


async def test_a_viewer_may_do_nothing_with_calls(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    one = await waiting(running, client)
    cookie = await sign_in_as("viewer")
    await guarded_tab.run(CallsState.load, cookie=cookie, path="/calls")
    await guarded_tab.run(CallsState.select_page(True), cookie=cookie, path="/calls")
    await guarded_tab.run(CallsBulk.ask("cancel"), cookie=cookie, path="/calls")
    await guarded_tab.run(CallsBulk.do, cookie=cookie, path="/calls")
    assert (await guarded_tab.state(CallsBulk)).asks == ""
    assert (await _call(running, one)).derived.status is CallStatus.SCHEDULED


async def _call(rt: Runtime, call: Call) -> Call:
    return await calling.get(rt, builders.ADMIN, call.call_id)


async def test_the_plans_say_whom_they_leave_out(running: Runtime) -> None:
    client = await builders.saved_client(running)
    await waiting(running, client)
    await builders.saved_call(
        running, client, derived=Derived(status=CallStatus.IN_PROGRESS, occurred_at=START, dialled_at=START)
    )
    await builders.saved_call(running, client, derived=over())
    lines = (await browsing.page_of_calls(running, builders.ADMIN, CallFilter())).items
    assert plan_cancel(lines).facts.startswith("Cancel applies to 1 of 3. 1 call in progress goes on. 1 call already ended.")
    assert "2 calls are not over yet" in plan_again(lines).facts
    assert plan_stop(lines).facts.startswith("3 numbers go on the do-not-call list")
    assert plan_again(lines[:0]).lines == ()


# -- what is pure --------------------------------------------------------------------------------------------------


def row(call_id: str, status: str = "in_progress", outcome: str = "", *, flash: str = "") -> CallRow:
    """A row of which only these matter."""
    words = dict.fromkeys(
        ("name", "number", "client", "agent", "note", "follow_up", "duration", "running", "cost", "started", "started_at"), "-"
    )
    return CallRow(id=call_id, status=status, outcome=outcome, started_exact="", flash=flash, **words)


def test_rows_under_the_pointer_change_in_place_and_stay() -> None:
    shown = [row("a"), row("b")]
    fresh = [row("new"), row("b", "completed", "voicemail")]
    assert merged(shown, fresh) == [row("a"), row("b", "completed", "voicemail", flash="status outcome")]


def test_rows_that_nobody_holds_take_the_fresh_order() -> None:
    assert [each.id for each in flashed([row("a"), row("b")], [row("new"), row("a")])] == ["new", "a"]
    assert flashed([row("a")], [row("a", "completed")])[0].flash == "status"


def test_pages_that_show_the_same_are_given_one_list_to_share() -> None:
    shown, look = [row("a")], calls_shared.Look(Page((), newer=None, older=None, first=1), [row("a", "completed")])
    marked = look.over(shown)
    assert marked == [row("a", "completed", flash="status")]
    assert look.over(shown) is look.over([row("a")]) is marked
    assert look.over([row("a", "completed")])[0].flash == ""
    assert look.over(marked) is marked, "nothing changed, so nothing is sent"


def test_counts_that_are_not_known_yet_are_not_zero() -> None:
    viewer = Viewer(clients=(("k1", "Acme"),))
    none_yet = calls_filters.filters_of(CallFilter(), {}, viewer, batches=(), agents=())
    assert {choice.count for choice in none_yet.client.choices} == {-1}
    known = calls_filters.filters_of(CallFilter(), {"client": {}}, viewer, batches=(), agents=())
    assert [choice.count for choice in known.client.choices] == [0]


def test_a_filter_says_what_is_chosen_and_whether_it_is_not() -> None:
    asked = CallFilter(not_outcomes=("failed", "no_answer", "voicemail"), min_s=30)
    shown = calls_filters.filters_of(asked, {}, Viewer(), batches=(), agents=())
    assert (shown.outcome.shown, shown.outcome.is_negated) == ("Voicemail and 2 more", True)
    assert (shown.talk.shown, shown.on) == ("at least 30 s", "2")
    assert calls_filters.toggled(asked, "outcome", "failed").not_outcomes == ("no_answer", "voicemail")


def test_days_chosen_the_wrong_way_round_are_turned() -> None:
    asked = calls_filters.with_days(calls_filters.with_days(CallFilter(), "from_on", "2026-11-09"), "to_on", "2026-11-01")
    assert (str(asked.from_on), str(asked.to_on)) == ("2026-11-01", "2026-11-09")


@pytest.mark.parametrize(("word", "params"), calls_views.BUILT_IN)
def test_each_view_knows_itself_when_its_address_is_read_again(word: str, params: dict[str, list[str]]) -> None:
    asked, ignored = call_filter_from(params, tz=UTC, now=START)
    assert ignored == ()
    tabs = calls_views.tabs_of(replace(asked, clients=("k1",)), (), tz=UTC, now=START)
    assert [tab.word for tab in tabs if tab.is_current] == [word]
    assert all("client=k1" in tab.href for tab in tabs)


# -- the peek ------------------------------------------------------------------------------------------------------


async def test_the_peek_shows_the_call_of_its_address(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running, name="Acme Dental")
    call = await builders.saved_call(running, client, lead_name="Vera Lopez", derived=over(outcome=Outcome.SALE_MADE))
    await tab.run(CallPeek.load, cookie=await sign_in_as("viewer"), path=f"/calls?peek={call.call_id}")
    state = await tab.state(CallPeek)
    assert (state.face, state.head.who, state.head.client, state.head.outcome) == (
        "ready",
        "Vera Lopez",
        "Acme Dental",
        "sale_made",
    )


async def test_a_peek_at_a_call_of_another_client_shows_nothing(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await builders.saved_call(running, None, lead_name="Secret", derived=over())
    await tab.run(CallPeek.load, cookie=await sign_in_as("manager"), path=f"/calls?peek={call.call_id}")
    state = await tab.state(CallPeek)
    assert (state.face, state.head.who) == ("gone", "")


# -- holding still -------------------------------------------------------------------------------------------------


async def test_rows_stay_while_somebody_reads_and_new_ones_wait_behind_a_pill(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn
) -> None:
    client = await builders.saved_client(running)
    old = await builders.saved_call(running, client, derived=over())
    cookie = await sign_in_as("viewer")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    await tab.run(CallsState.hold("pointer", True), cookie=cookie, path="/calls")
    new = await builders.saved_call(running, client, derived=over(timedelta(seconds=30)))
    state = await tab.state(CallsState)
    state._take(await calls_shared.look_at(builders.ADMIN, CallFilter(), "", Viewer(), state.columns), ())
    assert ([row.id for row in state.rows], state.new_words) == ([old.call_id], "1 new call")
    await tab.run(CallsState.show_new, cookie=cookie, path="/calls")
    state = await tab.state(CallsState)
    assert ([row.id for row in state.rows], state.new_words) == ([new.call_id, old.call_id], "")


async def test_lists_of_people_with_the_same_rights_share_their_rows_and_others_do_not(running: Runtime) -> None:
    acme, other = await builders.saved_client(running), await builders.saved_client(running)
    seen = await builders.saved_call(running, acme, derived=over())
    await builders.saved_call(running, other, derived=over())
    limited = replace(builders.VIEWER, client_ids=frozenset({acme.client_id}))

    async def rows(actor: Actor, zone: str = "UTC") -> list[CallRow]:
        return (await calls_shared.look_at(actor, CallFilter(), "", Viewer(zone=zone), ["name"])).rows

    everything = await rows(builders.MANAGER)
    assert len(everything) == 2
    assert await rows(builders.VIEWER) is everything
    assert await rows(builders.ADMIN) is not everything, "who also sees calls of no client"
    assert [row.id for row in await rows(limited)] == [seen.call_id]
    in_paris = await rows(builders.MANAGER, "Europe/Paris")
    assert [row.started_exact for row in in_paris] != [row.started_exact for row in everything]


async def test_what_did_not_change_is_not_sent_again(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    await builders.saved_call(running, client, derived=over())
    await tab.run(CallsState.load, cookie=await sign_in_as("viewer"), path="/calls")
    state = await tab.state(CallsState)
    state._clean()
    state._take(await calls_shared.look_at(builders.VIEWER, CallFilter(), "", Viewer(), state.columns), ())
    assert state.dirty_vars == set()


@pytest.mark.parametrize("by", ["pointer", "focus"])
async def test_whoever_holds_lets_go_alone(tab: FakeTab, running: Runtime, sign_in_as: SignIn, by: str) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(CallsState.scrolled(0, 500), cookie=cookie)
    await tab.run(CallsState.hold(by, True), cookie=cookie)
    await tab.run(CallsState.hold("anything", True), cookie=cookie)
    await tab.run(CallsState.hold(by, False), cookie=cookie)
    assert (await tab.state(CallsState))._held_by == {"scroll"}
    await tab.run(CallsState.scrolled(0, 0), cookie=cookie)
    assert not (await tab.state(CallsState))._is_held()
