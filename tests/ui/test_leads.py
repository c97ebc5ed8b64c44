"""Leads on screen: the list with its filters, one lead, and the do-not-call list."""

from collections.abc import Awaitable, Callable

from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.lines import LeadLine
from callcenter.services import leading, suppressing
from callcenter.services.calling import ScheduleCall, schedule
from callcenter.services.runtime import Runtime
from callcenter.ui.pages import leads_rows
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.pages.do_not_call_state import DoNotCallState
from callcenter.ui.pages.lead_state import LeadPageState
from callcenter.ui.pages.leads_state import LeadsState
from callcenter.ui.shell_state import ShellState
from tests.builders import ADMIN, AGENT, saved_client, saved_lead
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


def _went(tab: FakeTab) -> list[str]:
    return [str(event.payload["path"]) for event in tab.events if "redirect" in event.name]


async def _list(tab: FakeTab, cookie: str, path: str = "/leads") -> LeadsState:
    await tab.run(ShellState.load(), cookie=cookie, path=path)
    await tab.run(LeadsState.load(), cookie=cookie, path=path)
    return await tab.state(LeadsState)


async def test_the_address_says_which_leads(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    made = await leading.add_lead(
        running, ADMIN, client.client_id, leading.LeadInput(name="Ana", phone="+12125550123", tags=("vip",))
    )
    await saved_lead(running, client, name="Ben")
    cookie = await sign_in_as("viewer")
    assert (await _list(tab, cookie)).total == 2
    state = await _list(tab, cookie, "/leads?tag=vip&colour=red")
    assert ([row.id for row in state.rows], state.matches) == ([made.lead_id], "1 lead matches")
    assert (state.filters.tags_shown, state.filters.is_on, state.batch_href) == ("vip", True, "/batches/new?tag=vip")
    empty = await _list(tab, cookie, "/leads?q=nobody")
    assert (empty.face, empty.filters.is_on) == ("empty", True)


async def test_a_click_on_a_filter_is_a_new_address(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    await saved_lead(running, client)
    cookie = await sign_in_as("viewer")
    await _list(tab, cookie)
    await tab.run(LeadsState.toggle("outcome", "no_answer"), cookie=cookie)
    await tab.run(LeadsState.toggle("outcome", "nonsense"), cookie=cookie)
    await tab.run(LeadsState.sort_by("name"), cookie=cookie)
    await tab.run(LeadsState.sort_by("drop table"), cookie=cookie)
    assert _went(tab) == ["/leads?outcome=no_answer", "/leads?sort=name"]


async def test_adding_a_lead_says_what_is_wrong_beside_its_field(
    running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn
) -> None:
    client = await saved_client(running)
    cookie = await sign_in_as("agent")
    await _list(guarded_tab, cookie)
    for given, field in (
        ({"client": "", "phone": "+12125550123"}, "client"),
        ({"client": client.client_id, "phone": "12"}, "phone"),
        ({"client": client.client_id, "phone": "+12125550123", "email": "no address"}, "email"),
    ):
        await guarded_tab.run(LeadsState.add(given), cookie=cookie)
        assert (await guarded_tab.state(LeadsState)).error_field == field
    await guarded_tab.run(LeadsState.add({"client": client.client_id, "phone": "+12125550123", "tags": "a, b"}), cookie=cookie)
    (where,) = _went(guarded_tab)
    assert (await leading.get_lead(running, ADMIN, where.removeprefix("/leads/"))).tags == ("a", "b")


async def test_those_selected_can_be_tagged_and_become_a_batch(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client, other = await saved_client(running), await saved_client(running)
    lead, stranger = await saved_lead(running, client), await saved_lead(running, other)
    cookie = await sign_in_as("manager")
    await _list(tab, cookie)
    for lead_id in (lead.lead_id, stranger.lead_id):
        await tab.run(LeadsState.select(lead_id, True), cookie=cookie)
    await tab.run(LeadsState.start_batch(), cookie=cookie)
    assert _went(tab) == []  # two clients
    await tab.run(LeadsState.tag({"tags": "spring"}), cookie=cookie)
    assert (await leading.get_lead(running, ADMIN, stranger.lead_id)).tags == ("spring",)
    await tab.run(LeadsState.select(lead.lead_id, True), cookie=cookie)
    await tab.run(LeadsState.start_batch(), cookie=cookie)
    assert [where.split("=")[0] for where in _went(tab)] == ["/batches/new?draft"]


async def test_a_lead_is_edited_and_nobody_overwrites_a_colleague(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    lead = await leading.add_lead(
        running, ADMIN, client.client_id, leading.LeadInput(name="Ana", phone="+12125550123", variables={"dentist": "Dr. Lee"})
    )
    cookie, path = await sign_in_as("agent"), f"/leads/{lead.lead_id}"
    await tab.run(LeadPageState.load(), cookie=cookie, path=path)
    given = {"name": "Ana Bell", "phone": "+12125550123", "var-dentist": "", "new-name": "last visit", "new-value": "May"}
    await tab.run(LeadPageState.save(given), cookie=cookie, path=path)
    changed = await leading.get_lead(running, ADMIN, lead.lead_id)
    assert (changed.name, dict(changed.variables)) == ("Ana Bell", {"last_visit": "May"})
    await leading.change_lead(running, ADMIN, lead.lead_id, {"name": "Changed by Max"})
    await tab.run(LeadPageState.save(given), cookie=cookie, path=path)
    state = await tab.state(LeadPageState)
    assert (state.error_field, "Someone changed this lead" in state.error) == ("form", True)
    assert (await leading.get_lead(running, ADMIN, lead.lead_id)).name == "Changed by Max"


async def test_do_not_call_cancels_what_waits_and_a_manager_lets_call_again(
    running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn
) -> None:
    client = await saved_client(running)
    lead = await saved_lead(running, client)
    await schedule(running, AGENT, client.client_id, ScheduleCall(lead_id=lead.lead_id))
    cookie, path = await sign_in_as("agent"), f"/leads/{lead.lead_id}"
    await guarded_tab.run(LeadPageState.load(), cookie=cookie, path=path)
    await guarded_tab.run(LeadPageState.stop({"why": "asked"}), cookie=cookie, path=path)
    state = await guarded_tab.state(LeadPageState)
    assert (state.lead.do_not_call, [row.status for row in state.calls]) == (True, ["cancelled"])
    await guarded_tab.run(LeadPageState.permit({"why": "a mistake"}), cookie=cookie, path=path)
    assert (await guarded_tab.state(LeadPageState)).lead.do_not_call
    boss = await sign_in_as("manager")
    await guarded_tab.run(LeadPageState.load(), cookie=boss, path=path)
    await guarded_tab.run(LeadPageState.permit({"why": " "}), cookie=boss, path=path)
    assert (await guarded_tab.state(LeadPageState)).error_field == "why"
    await guarded_tab.run(LeadPageState.permit({"why": "a mistake"}), cookie=boss, path=path)
    assert not (await guarded_tab.state(LeadPageState)).lead.do_not_call


async def test_a_deleted_lead_is_gone(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    lead = await saved_lead(running, await saved_client(running))
    cookie, path = await sign_in_as("agent"), f"/leads/{lead.lead_id}"
    await tab.run(LeadPageState.load(), cookie=cookie, path=path)
    await tab.run(LeadPageState.delete(), cookie=cookie, path=path)
    assert _went(tab) == ["/leads"]
    await tab.run(LeadPageState.load(), cookie=cookie, path=path)
    assert (await tab.state(LeadPageState)).face == "empty"


async def test_a_number_goes_on_the_list_and_off_with_a_reason(
    running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn
) -> None:
    await saved_client(running)
    cookie, path = await sign_in_as("manager"), "/leads/do-not-call"
    await guarded_tab.run(DoNotCallState.load(), cookie=cookie, path=path)
    assert (await guarded_tab.state(DoNotCallState)).face == "empty"
    await guarded_tab.run(DoNotCallState.add({"number": "12", "for": "all"}), cookie=cookie, path=path)
    assert (await guarded_tab.state(DoNotCallState)).error_field == "number"
    await guarded_tab.run(DoNotCallState.add({"number": "(212) 555-0123", "for": "all", "why": "mail"}), cookie=cookie, path=path)
    (row,) = (await guarded_tab.state(DoNotCallState)).rows
    assert (row.number, row.client, row.why) == ("(212) 555-0123", "All clients", "mail")
    await guarded_tab.run(DoNotCallState.ask_remove(row.id), cookie=cookie, path=path)
    await guarded_tab.run(DoNotCallState.remove({"reason": ""}), cookie=cookie, path=path)
    assert (await guarded_tab.state(DoNotCallState)).error_field == "reason"
    await guarded_tab.run(DoNotCallState.remove({"reason": "a mistake"}), cookie=cookie, path=path)
    assert (await guarded_tab.state(DoNotCallState)).rows == []


async def test_adding_a_number_can_be_undone_by_who_did_it(running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await saved_client(running)
    cookie, path = await sign_in_as("agent"), "/leads/do-not-call"
    await guarded_tab.run(DoNotCallState.load(), cookie=cookie, path=path)
    await guarded_tab.run(DoNotCallState.add({"number": "(212) 555-0123", "for": "all"}), cookie=cookie, path=path)
    await guarded_tab.run(DoNotCallState.undo("+12125550123", ""), cookie=cookie, path=path)
    assert (await suppressing.page_of_numbers(running, ADMIN)).items == ()


def _line(number: str, timezone: str | None = None) -> LeadLine:
    return LeadLine(
        lead_id="1", client_id="c", client_name="Acme", name="", number=number, email=None, external_id=None, timezone=timezone,
        zone="", zone_is_sure=False, tags=("a", "b", "c"), last_outcome=None, last_call_id=None, last_called_at=None, attempts=0,
        next_at=None, do_not_call=False, created_at=START, updated_at=START,
    )  # fmt: skip


def test_the_time_where_they_are_is_said_as_far_as_it_is_known() -> None:
    def local(number: str, timezone: str | None = None) -> tuple[str, str]:
        row = leads_rows.row_of(_line(number, timezone), Viewer(), now=START)
        return row.local, row.place

    assert local("+14155550142") == ("08:00", "Los Angeles")
    assert local("+14155550142", "Europe/Berlin") == ("17:00", "Berlin")
    assert local("+447700900123") == ("16:00", "")  # four zones with one time
    assert local("+18125550142") == ("10:00–11:00", "one of 2 zones")
    assert local("") == ("unknown", "set a time zone")


def test_filters_come_back_as_they_went() -> None:
    asked = leads_rows.toggled(LeadFilter(), "tag", "vip")
    asked = leads_rows.toggled(asked, "dnc", "false")
    assert (asked.tags, asked.do_not_call) == (("vip",), False)
    not_vip = leads_rows.negated(asked, True)
    assert (not_vip.tags, not_vip.not_tags) == ((), ("vip",))
    assert leads_rows.toggled(not_vip, "tag", "vip").not_tags == ()
    assert leads_rows.cleared(leads_rows.cleared(not_vip, "tag"), "dnc") == LeadFilter()
    assert leads_rows.toggled(asked, "nonsense", "x") == asked
