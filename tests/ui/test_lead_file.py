"""A list on its way in: its columns, what is refused, and the tag by which its leads are found again."""

from collections.abc import Awaitable, Callable

from callcenter.domain.lead_search import LeadFilter
from callcenter.services import browsing, drafting
from callcenter.services.runtime import Runtime
from callcenter.ui import session
from callcenter.ui.pages.lead_file import MOST_PASTED, LeadFileState
from callcenter.ui.pages.lead_import import LeadImportState
from tests.builders import ADMIN, saved_client
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
ROWS = "Full name,Mobile,dentist\nLee Reyes,(212) 555-0123,Dr. Lee\nNobody,12,x\nTwice,(212) 555-0123,\n"


async def _pasted(tab: FakeTab, cookie: str, client_id: str, text: str) -> str:
    path = f"/leads/import?client={client_id}"
    await tab.run(LeadImportState.load(), cookie=cookie, path=path)
    await tab.run(LeadFileState.paste({"pasted": text, "client": client_id}), cookie=cookie, path=path)
    went = [str(event.payload["path"]) for event in tab.events if "redirect" in event.name]
    await tab.run(LeadImportState.load(), cookie=cookie, path=went[-1])
    return went[-1]


async def test_pasted_rows_are_matched_imported_and_reported(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    cookie = await sign_in_as("agent")
    path = await _pasted(tab, cookie, client.client_id, ROWS)
    state = await tab.state(LeadFileState)
    assert (state.step, state.rows, [column.target for column in state.columns]) == ("match", 3, ["name", "phone", "variable"])
    await tab.run(LeadFileState.set_tag("spring; recall"), cookie=cookie, path=path)
    await tab.run(LeadFileState.run(), cookie=cookie, path=path)
    state = await tab.state(LeadFileState)
    assert (state.step, state.report.imported, state.report.refused, state.tagged) == ("report", "1", 2, "spring recall")
    assert [(row.line, row.value) for row in state.refused] == [("3", "12"), ("4", "(212) 555-0123")]
    page = await browsing.page_of_leads(running, ADMIN, LeadFilter(tags=("spring recall",)))
    assert [line.name for line in page.items] == ["Lee Reyes"]
    # the draft remembers, so the page may be left and opened again
    await tab.run(LeadImportState.load(), cookie=cookie, path=path)
    assert (await tab.state(LeadFileState)).step == "report"


async def test_bare_numbers_are_a_list_too(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    cookie = await sign_in_as("agent")
    await _pasted(tab, cookie, client.client_id, "(212) 555-0123\n+1 212 555 0124\n")
    state = await tab.state(LeadFileState)
    assert (state.rows, [column.target for column in state.columns], state.problem) == (2, ["phone"], "")


async def test_without_a_number_column_nothing_is_imported(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    cookie = await sign_in_as("agent")
    path = await _pasted(tab, cookie, client.client_id, ROWS)
    await tab.run(LeadFileState.set_target(1, "left-out"), cookie=cookie, path=path)
    assert (await tab.state(LeadFileState)).problem == "Say which column is the number."
    await tab.run(LeadFileState.run(), cookie=cookie, path=path)
    assert (await tab.state(LeadFileState)).step == "match"
    await tab.run(LeadFileState.set_target(2, "phone"), cookie=cookie, path=path)
    await tab.run(LeadFileState.set_target(1, "phone"), cookie=cookie, path=path)
    assert [column.target for column in (await tab.state(LeadFileState)).columns] == ["name", "phone", "left-out"]


async def test_what_cannot_be_taken_is_said_beside_the_field(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    cookie = await sign_in_as("agent")
    for given, words in (
        ({"pasted": ROWS, "client": ""}, "Choose the client"),
        ({"pasted": "  ", "client": client.client_id}, "Paste the rows"),
        ({"pasted": "x" * (MOST_PASTED + 1), "client": client.client_id}, "too long"),
    ):
        await tab.run(LeadFileState.paste(given), cookie=cookie, path="/leads/import")
        assert words in (await tab.state(LeadFileState)).paste_error


async def test_a_list_of_somebody_else_is_not_shown(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    boss = await session.actor_of((await sign_in_as("admin")).split("=", 1)[1])
    assert boss is not None
    theirs = await drafting.begin(running, boss, "import", client_id=client.client_id, file=ROWS.encode())
    cookie = await sign_in_as("agent")
    await tab.run(LeadImportState.load(), cookie=cookie, path=f"/leads/import?draft={theirs.draft_id}")
    state = await tab.state(LeadFileState)
    assert (state.step, state.columns) == ("choose", [])
