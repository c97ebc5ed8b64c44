"""The New call dialog: it never dials by itself, says what would happen, and shows how it goes."""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta

from callcenter.domain.hours import DAYS, Window
from callcenter.domain.search import CallFilter
from callcenter.services import browsing, calling, suppressing
from callcenter.services.runtime import Runtime
from callcenter.ui.pages import new_call_view
from callcenter.ui.pages.new_call_state import NewCallState
from tests.builders import ADMIN, AGENT, saved_client, saved_lead
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
NIGHT = (Window(DAYS, time(2), time(3)),)


async def _waiting(rt: Runtime) -> int:
    return (await browsing.count_of_calls(rt, ADMIN, CallFilter(statuses=("scheduled",))))[0]


async def _opened(tab: FakeTab, cookie: str, query: str) -> NewCallState:
    await tab.run(NewCallState.open(), cookie=cookie, path=f"/calls?new=call{query}")
    return await tab.state(NewCallState)


async def test_a_link_opens_it_filled_in_and_dials_nobody(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    lead = await saved_lead(running, client, name="Irene Kowalski", number="+12125550161")
    cookie = await sign_in_as("agent")
    state = await _opened(tab, cookie, f"&lead={lead.lead_id}")
    assert (state.is_open, state.client, state.lead_name, state.lead_number) == (
        True, client.client_id, "Irene Kowalski", "(212) 555-0161",
    )  # fmt: skip
    assert (state.verdict.is_off, state.verdict.word) == (False, "Call now")
    assert "Irene Kowalski on (212) 555-0161 now (11:00 for them)" in state.verdict.sentence
    assert await _waiting(running) == 0
    await tab.run(NewCallState.open(), cookie=cookie, path="/calls")
    assert not (await tab.state(NewCallState)).is_open


async def test_a_plus_that_arrives_as_a_blank_is_still_a_number(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    await saved_client(running)
    state = await _opened(tab, await sign_in_as("agent"), "&to=+12125550161")
    assert (state.to, state.verdict.number) == ("+12125550161", "+12125550161")


async def test_it_stays_shut_for_those_who_may_not_call(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    await saved_client(running)
    assert not (await _opened(tab, await sign_in_as("viewer"), "")).is_open


async def test_a_viewer_places_nothing_however_they_ask(running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await saved_client(running)
    cookie = await sign_in_as("viewer")
    await guarded_tab.run(NewCallState.place({}), cookie=cookie)
    await guarded_tab.run(NewCallState.set_to("+12125550161"), cookie=cookie)
    assert (await guarded_tab.state(NewCallState)).to == ""


async def test_typing_finds_leads_and_understands_numbers(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    lead = await saved_lead(running, client, name="Maria Gonzalez", number="+12125550161")
    await saved_lead(running, client, name="Amara Bell")
    cookie = await sign_in_as("agent")
    await _opened(tab, cookie, "")
    await tab.run(NewCallState.set_to("mar"), cookie=cookie)
    assert [hit.name for hit in (await tab.state(NewCallState)).hits] == ["Maria Gonzalez", "Amara Bell"]
    await tab.run(NewCallState.set_to("(212) 555-0161"), cookie=cookie)
    state = await tab.state(NewCallState)
    assert (state.hits, state.verdict.number, state.to_error) == ([], lead.number, "")
    await tab.run(NewCallState.set_to("+1 213 99 01"), cookie=cookie)
    state = await tab.state(NewCallState)
    assert (state.verdict.is_off, "is no phone number" in state.to_error) == (True, True)


async def test_placing_it_schedules_one_call_with_what_was_changed(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running, variables={"offer": "a cleaning", "clinic": "Acme"})
    lead = await saved_lead(running, client, name="Irene")
    cookie = await sign_in_as("agent")
    state = await _opened(tab, cookie, f"&lead={lead.lead_id}")
    known = {each.name: each.value for each in state.known}
    assert known == {"name": "Irene", "offer": "a cleaning", "clinic": "Acme"}
    await tab.run(NewCallState.set_agent("nobody's"), cookie=cookie)
    await tab.run(NewCallState.close(), cookie=cookie)  # the live card follows the call only while it is open
    given = {"known-name": "Irene", "known-offer": "a check-up", "known-clinic": "Acme", "known-secret": "x"}
    await tab.run(NewCallState.place(given), cookie=cookie)
    call_id = (await tab.state(NewCallState)).call.id
    call = await calling.get(running, ADMIN, call_id)
    assert (await _waiting(running), call.lead_id, call.agent_id) == (1, lead.lead_id, None)
    assert call.variables == {"offer": "a check-up", "clinic": "Acme", "name": "Irene"}
    await tab.run(NewCallState.cancel(), cookie=cookie)
    assert (await tab.state(NewCallState)).call.status == "cancelled"


async def test_nobody_on_the_do_not_call_list_is_called(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    lead = await saved_lead(running, client)
    await suppressing.suppress(running, AGENT, lead.number, client_id=client.client_id, why="asked")
    cookie = await sign_in_as("agent")
    state = await _opened(tab, cookie, f"&lead={lead.lead_id}")
    assert state.verdict.is_off
    assert [check.verdict for check in state.verdict.checks if "do-not-call" in check.words] == ["stop"]
    await tab.run(NewCallState.place({}), cookie=cookie)
    assert "do-not-call" in (await tab.state(NewCallState)).to_error
    assert await _waiting(running) == 0


async def test_outside_calling_hours_it_waits_unless_a_manager_says_why(
    running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn
) -> None:
    client = await saved_client(running, calling_hours=NIGHT)
    lead = await saved_lead(running, client, timezone="America/New_York")
    cookie = await sign_in_as("agent")
    state = await _opened(guarded_tab, cookie, f"&lead={lead.lead_id}")
    assert (state.verdict.word, state.verdict.holds_hours, state.verdict.is_off) == ("Call when allowed", True, False)
    await guarded_tab.run(NewCallState.set_overrides(True), cookie=cookie)
    assert not (await guarded_tab.state(NewCallState)).overrides
    boss = await sign_in_as("manager")
    await _opened(guarded_tab, boss, f"&lead={lead.lead_id}")
    await guarded_tab.run(NewCallState.set_overrides(True), cookie=boss)
    assert (await guarded_tab.state(NewCallState)).verdict.word == "Call now"
    await guarded_tab.run(NewCallState.place({"reason": " "}), cookie=boss)
    assert "Say why" in (await guarded_tab.state(NewCallState)).error
    assert await _waiting(running) == 0


async def test_a_time_that_is_over_is_refused(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    lead = await saved_lead(running, client)
    cookie = await sign_in_as("agent")
    await _opened(tab, cookie, f"&lead={lead.lead_id}")
    await tab.run(NewCallState.set_later(True), cookie=cookie)
    assert (await tab.state(NewCallState)).verdict.word == "Schedule call"
    for text in ((START - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "soon"):
        await tab.run(NewCallState.set_at(text), cookie=cookie)
        await tab.run(NewCallState.place({}), cookie=cookie)
        assert (await tab.state(NewCallState)).at_error
    assert await _waiting(running) == 0


def test_a_variable_reads_like_a_label() -> None:
    assert [new_call_view.label(name) for name in ("last_visit", "dentist", "due-for")] == ["Last visit", "Dentist", "Due for"]
