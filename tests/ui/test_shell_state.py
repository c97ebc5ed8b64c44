"""The frame: what it shows for this person at this address, and the switch that stops all calling."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import rxconfig
from callcenter.services import onboarding, pausing
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.leads_state import LeadsState
from callcenter.ui.shell_state import USED_EVERY, ShellState
from tests import builders
from tests.fakes import FakeClock
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


async def _add_client(rt: Runtime, name: str) -> str:
    return (await builders.saved_client(rt, name=name)).client_id


async def test_the_frame_knows_who_is_looking_and_at_which_client(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    acme, harbor = await _add_client(running, "Acme"), await _add_client(running, "Harbor")
    cookie = await sign_in_as("viewer")
    await tab.run(ShellState.load, cookie=cookie, path=f"/calls?client={harbor}&status=failed&peek=k1&new=call")
    shell = await tab.state(ShellState)
    assert shell.is_loaded
    assert (shell.user_name, shell.role) == ("Viewer", "viewer")
    assert (shell.client_id, shell.client_name) == (harbor, "Harbor")
    assert [option.name for option in shell.clients] == ["Acme", "Harbor"]
    assert shell.clients[0].href == f"/calls?status=failed&client={acme}"
    assert shell.here == f"/calls?client={harbor}&status=failed&peek=k1"
    assert shell.new_call_href == shell.here + "&new=call"
    assert not shell.may_call
    assert not shell.may_manage


async def test_a_client_nobody_may_see_is_no_client(tab: FakeTab, sign_in_as: SignIn) -> None:
    await tab.run(ShellState.load, cookie=await sign_in_as("viewer"), path="/calls?client=someone-elses")
    assert (await tab.state(ShellState)).client_id == ""


async def test_pausing_says_so_on_every_page_and_can_be_undone(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("manager")
    await tab.run(ShellState.load, cookie=cookie)
    await tab.run(ShellState.ask_pause, cookie=cookie)
    shell = await tab.state(ShellState)
    assert shell.asks_pause
    assert shell.pause_facts == "New calls stop at once. 0 calls in progress go on until they hang up."
    await tab.run(ShellState.pause, cookie=cookie)
    shell = await tab.state(ShellState)
    assert shell.calling_paused
    assert not shell.asks_pause
    assert shell.paused_words.startswith("Calling is paused for everyone since 16:00 by ")
    await tab.run(ShellState.resume, cookie=cookie)
    assert not (await tab.state(ShellState)).calling_paused
    assert (await onboarding.installation_of(running)).calling_paused_at is None


async def test_resuming_asks_only_after_a_long_pause(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("manager")
    await tab.run(ShellState.load, cookie=cookie)
    await tab.run(ShellState.pause, cookie=cookie)
    await tab.run(ShellState.ask_resume, cookie=cookie)
    assert not (await tab.state(ShellState)).calling_paused, "a pause of seconds needs no question"
    await tab.run(ShellState.pause, cookie=cookie)
    assert isinstance(running.clock, FakeClock)
    running.clock.turn(timedelta(hours=2))
    await tab.run(ShellState.ask_resume, cookie=cookie)
    shell = await tab.state(ShellState)
    assert shell.calling_paused
    assert shell.asks_resume


async def test_who_may_not_pause_is_told_so_and_nothing_happens(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("agent")
    await tab.run(ShellState.pause, cookie=cookie)
    assert (await onboarding.installation_of(running)).calling_paused_at is None
    assert "was not paused" in str([event.payload for event in tab.events])


async def test_the_search_goes_to_the_calls(tab: FakeTab, sign_in_as: SignIn) -> None:
    await tab.run(ShellState.search({"q": " Maria & co "}), cookie=await sign_in_as("viewer"))
    assert "/calls?q=Maria+%26+co" in str([event.payload for event in tab.events])


async def test_the_search_speaks_as_people_do(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running, name="Acme")
    lead = await builders.saved_lead(running, client, name="", number="+14155550142")
    await builders.saved_call(running, client, lead)
    cookie = await sign_in_as("viewer")
    await tab.run(ShellState.load, cookie=cookie)
    await tab.run(ShellState.look_up("4155550142"), cookie=cookie)
    found = (await tab.state(ShellState)).found
    assert [(hit.kind, hit.word, hit.detail) for hit in found] == [
        ("lead", "(415) 555-0142", ""),
        ("call", "(415) 555-0142", "Acme · Scheduled"),
    ]


async def test_the_bell_lists_what_needs_attention(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running, name="Acme")
    await pausing.pause_client(running, builders.ADMIN, client.client_id)
    await tab.run(ShellState.load, cookie=await sign_in_as("viewer"))
    shell = await tab.state(ShellState)
    assert shell.attention == 1
    assert [(each.title, each.href, each.is_error) for each in shell.notices] == [
        ("Acme is paused", f"/clients/{client.client_id}", False)
    ]


def test_an_open_page_is_used_long_before_its_state_expires() -> None:
    assert timedelta(seconds=rxconfig.config.redis_token_expiration) > 2 * USED_EVERY


async def test_a_dialog_stays_over_its_page_and_is_closed_when_the_page_is_left(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn
) -> None:
    cookie = await sign_in_as("agent")
    await tab.run(ShellState.load, cookie=cookie, path="/leads")
    await tab.run(LeadsState.ask("add"), cookie=cookie, path="/leads")
    await tab.run(ShellState.load, cookie=cookie, path="/leads?q=ana")  # also after a reconnect
    assert (await tab.state(LeadsState)).asks == "add"
    await tab.run(ShellState.load, cookie=cookie, path="/calls")
    assert (await tab.state(LeadsState)).asks == ""
