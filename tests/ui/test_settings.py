"""Settings: oneself, the team, tokens that are shown once, and the installation."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import pytest

from callcenter.services import alerting, onboarding, pausing, signing_in, staffing
from callcenter.services.runtime import Runtime
from callcenter.ui import session
from callcenter.ui.bell import BellState
from callcenter.ui.pages.settings import SettingsState
from callcenter.ui.pages.settings_audit import AuditState
from callcenter.ui.pages.settings_notices import NoticesState
from callcenter.ui.pages.settings_profile import ProfileState, device_words
from callcenter.ui.pages.settings_system import SystemState
from callcenter.ui.pages.settings_team import TeamState
from callcenter.ui.pages.settings_tokens import TokensState
from callcenter.ui.shell_state import ShellState
from tests.builders import ADMIN, MANAGER, saved_client
from tests.fakes import FakeClock
from tests.ui.conftest import PASSWORD, FakeTab

SignIn = Callable[[str], Awaitable[str]]
PROFILE, TEAM, TOKENS, SYSTEM_PATH = "/settings/profile", "/settings/team", "/settings/tokens", "/settings/system"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "words"), [(CHROME, "Chrome on Windows"), (IPHONE, "Safari on iPhone"), ("curl/8", "A browser"), ("", "A browser")]
)
def test_a_browser_in_two_words(agent: str, words: str) -> None:
    assert device_words(agent) == words


async def test_people_change_their_own_name_and_zone(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(ProfileState.load, cookie=cookie, path=PROFILE)
    await tab.run(ProfileState.save({"name": " Ana  Duarte ", "timezone": "Nowhere/City"}), cookie=cookie, path=PROFILE)
    state = await tab.state(ProfileState)
    assert set(state.errors) == {"timezone"}
    await tab.run(ProfileState.save({"name": " Ana  Duarte ", "timezone": "Europe/Berlin"}), cookie=cookie, path=PROFILE)
    assert (state.name, state.zone, state.errors) == ("Ana Duarte", "Europe/Berlin", {})


async def test_single_letters_and_announcements_are_turned_off_and_on(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(ProfileState.set_keys(False), cookie=cookie, path=PROFILE)
    await tab.run(ProfileState.set_announcements(False), cookie=cookie, path=PROFILE)
    state = await tab.state(ProfileState)
    assert (state.keys, state.announcements) == ("off", "off")
    await tab.run(ProfileState.set_keys(True), cookie=cookie, path=PROFILE)
    assert (state.keys, state.announcements) == ("", "off")


async def test_other_sign_ins_are_ended_and_this_one_stays(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("agent")
    other = await signing_in.sign_in(running, "agent@example.com", PASSWORD, agent=IPHONE)
    await tab.run(ProfileState.load, cookie=cookie, path=PROFILE)
    state = await tab.state(ProfileState)
    assert [(row.device, row.is_this) for row in state.sign_ins] == [("A browser", True), ("Safari on iPhone", False)]
    await tab.run(ProfileState.end_others, cookie=cookie, path=PROFILE)
    assert ([row.is_this for row in state.sign_ins], state.has_others) == ([True], False)
    assert await signing_in.actor_of(running, other) is None
    assert await signing_in.actor_of(running, signing_in.cookie_from(cookie)) is not None


async def test_a_refused_password_is_worded_here(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("agent")
    await tab.run(ProfileState.load, cookie=cookie, path=f"{PROFILE}?error=field&field=old&message=made+up")
    state = await tab.state(ProfileState)
    assert (state.old_wrong, state.new_wrong) == ("The old password is wrong.", "")
    await tab.run(ProfileState.load, cookie=cookie, path=f"{PROFILE}?done=password")
    assert state.was_changed


async def test_sections_for_admins_load_only_for_admins(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("manager")
    await tab.run(SettingsState.enter, cookie=cookie, path=TEAM)
    await tab.run(SettingsState.load, cookie=cookie, path=TEAM)
    assert ((await tab.state(SettingsState)).part, (await tab.state(TeamState)).people) == ("team", [])


async def test_a_new_person_gets_a_link_that_works(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie, client = await sign_in_as("admin"), await saved_client(running, name="Acme")
    await tab.run(TeamState.load, cookie=cookie, path=TEAM)
    await tab.run(TeamState.open_new, cookie=cookie, path=TEAM)
    await tab.run(TeamState.set_limited(True), cookie=cookie, path=TEAM)
    await tab.run(TeamState.toggle_client(client.client_id), cookie=cookie, path=TEAM)
    await tab.run(TeamState.save({"email": "no address", "name": "Tom"}), cookie=cookie, path=TEAM)
    state = await tab.state(TeamState)
    assert state.errors == {"email": "This is no e-mail address."}
    await tab.run(TeamState.save({"email": "tom@example.com", "name": "Tom"}), cookie=cookie, path=TEAM)
    tom = next(person for person in state.people if person.email == "tom@example.com")
    assert (tom.role_word, tom.sees, tom.is_invited) == ("Team member", "Acme", True)
    base, _, secret = state.link.rpartition("/")
    assert base == "http://localhost:3000/invite"
    assert (await staffing.whose_link(running, unquote(secret))).email == "tom@example.com"
    await tab.run(TeamState.close, cookie=cookie, path=TEAM)
    assert state.link == ""


async def test_the_last_admin_stays(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(TeamState.load, cookie=cookie, path=TEAM)
    state = await tab.state(TeamState)
    me = state.people[0]
    await tab.run(TeamState.ask_off(me.id), cookie=cookie, path=TEAM)
    await tab.run(TeamState.deactivate, cookie=cookie, path=TEAM)
    assert "last admin" in str(tab.events[-1].payload)
    assert (await staffing.users_of(running, ADMIN))[0].is_active
    await tab.run(TeamState.open(me.id), cookie=cookie, path=TEAM)
    await tab.run(TeamState.set_role("viewer"), cookie=cookie, path=TEAM)
    await tab.run(TeamState.save({"name": me.name}), cookie=cookie, path=TEAM)
    assert "last admin" in state.errors["form"]


async def test_somebody_shut_out_is_out_at_once_and_can_come_back(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie, other = await sign_in_as("admin"), await sign_in_as("viewer")
    await tab.run(TeamState.load, cookie=cookie, path=TEAM)
    state = await tab.state(TeamState)
    viewer = next(person for person in state.people if person.role == "viewer")
    assert await session.actor_of(signing_in.cookie_from(other)) is not None
    await tab.run(TeamState.ask_off(viewer.id), cookie=cookie, path=TEAM)
    await tab.run(TeamState.deactivate, cookie=cookie, path=TEAM)
    assert await session.actor_of(signing_in.cookie_from(other)) is None
    await tab.run(TeamState.reactivate(viewer.id), cookie=cookie, path=TEAM)
    assert all(person.is_active for person in state.people)


async def test_a_token_is_shown_once(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(TokensState.load, cookie=cookie, path=TOKENS)
    await tab.run(TokensState.open, cookie=cookie, path=TOKENS)
    await tab.run(
        TokensState.add({"token_name": "CRM", "role": "agent", "client": "all", "expires": "30"}), cookie=cookie, path=TOKENS
    )
    state = await tab.state(TokensState)
    assert state.secret.startswith("cc_")
    assert state.curl == f"curl -H 'Authorization: Bearer {state.secret}' http://localhost:3000/api/calls?limit=5"
    assert await signing_in.actor_of_token(running, state.secret) is not None
    (row,) = state.tokens
    assert (row.name, row.last4, row.role, row.expires) == (
        "CRM",
        f"cc_…{state.secret[-4:]}",
        "Team member",
        "ends Wed 23 Dec 2026",
    )
    await tab.run(TokensState.close, cookie=cookie, path=TOKENS)
    assert (state.secret, state.curl) == ("", "")


async def test_an_ended_token_opens_nothing(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(TokensState.add({"token_name": "CRM", "role": "made up"}), cookie=cookie, path=TOKENS)
    state = await tab.state(TokensState)
    secret = state.secret
    assert state.tokens[0].role == "Viewer"
    await tab.run(TokensState.ask_revoke(state.tokens[0].id), cookie=cookie, path=TOKENS)
    await tab.run(TokensState.revoke, cookie=cookie, path=TOKENS)
    assert (state.tokens[0].is_over, state.tokens[0].expires) == (True, "ended")
    assert await signing_in.actor_of_token(running, secret) is None


async def test_only_admins_make_tokens(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("manager")
    await guarded_tab.run(TokensState.add({"token_name": "CRM", "role": "admin"}), cookie=cookie, path=TOKENS)
    assert (await guarded_tab.state(TokensState)).secret == ""
    assert await staffing.tokens_of(running, ADMIN) == []


async def test_the_workspace_is_changed_and_the_system_looked_at(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(SystemState.load, cookie=cookie, path=SYSTEM_PATH)
    state = await tab.state(SystemState)
    facts = {fact.name: fact.value for fact in (*state.runs_on, *state.holds)}
    assert facts["Database"] == "SQLite, works"
    assert facts["Calls"] == "0"
    await tab.run(SystemState.set_country("DE"), cookie=cookie, path=SYSTEM_PATH)
    await tab.run(SystemState.save({"workspace": ""}), cookie=cookie, path=SYSTEM_PATH)
    assert set(state.errors) == {"workspace"}
    await tab.run(SystemState.save({"workspace": "Nordwind"}), cookie=cookie, path=SYSTEM_PATH)
    home = await onboarding.installation_of(running)
    assert (home.name, home.country, home.timezone) == ("Nordwind", "DE", "Europe/Berlin")


async def test_the_audit_says_who_did_what_and_can_be_narrowed(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie, client = await sign_in_as("admin"), await saved_client(running, name="Acme")
    await pausing.pause_client(running, MANAGER, client.client_id, "no staff")
    await tab.run(AuditState.load, cookie=cookie, path="/settings/audit?on=client")
    state = await tab.state(AuditState)
    (row,) = [row for row in state.rows if row.did == "Paused"]
    assert (row.who, row.name, row.href, row.detail) == ("Max", "Acme", f"/clients/{client.client_id}", "No staff")
    await tab.run(AuditState.choose("who", MANAGER.label), cookie=cookie, path="/settings/audit?on=client")
    assert "who=max%40example.com&on=client" in str(tab.events[-1])


async def test_the_audit_is_not_for_managers(guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await guarded_tab.run(AuditState.load, cookie=await sign_in_as("manager"), path="/settings/audit")
    assert ((await guarded_tab.state(AuditState)).rows, (await guarded_tab.state(AuditState)).people) == ([], [])


async def test_notices_are_unread_until_they_are_read(
    tab: FakeTab, running: Runtime, clock: FakeClock, sign_in_as: SignIn
) -> None:
    cookie, client, path = await sign_in_as("agent"), await saved_client(running, name="Acme"), "/settings/notices"
    clock.turn(1)
    await pausing.pause_client(running, MANAGER, client.client_id, "no staff")
    await alerting.step(running)
    await tab.run(NoticesState.load, cookie=cookie, path=path)
    await tab.run(ShellState.load, cookie=cookie, path=path)
    (row,) = (await tab.state(NoticesState)).rows
    assert (row.title, row.detail, row.href, row.is_unread) == (
        "Acme is paused",
        "no staff",
        f"/clients/{client.client_id}",
        True,
    )
    assert (await tab.state(ShellState)).unread == 1
    clock.turn(1)
    await tab.run(NoticesState.read_all, cookie=cookie, path=path)
    assert ((await tab.state(ShellState)).unread, (await tab.state(NoticesState)).rows[0].is_unread) == (0, False)


async def test_the_bell_asks_for_its_entries_when_it_is_opened(
    tab: FakeTab, running: Runtime, clock: FakeClock, sign_in_as: SignIn
) -> None:
    cookie, client = await sign_in_as("agent"), await saved_client(running, name="Acme")
    clock.turn(1)
    await pausing.pause_client(running, MANAGER, client.client_id)
    await alerting.step(running)
    await tab.run(ShellState.load, cookie=cookie)
    assert (await tab.state(BellState)).told == []
    await tab.run(BellState.open(True), cookie=cookie)
    assert [(each.title, each.is_unread) for each in (await tab.state(BellState)).told] == [("Acme is paused", True)]
    clock.turn(1)
    await tab.run(BellState.read_all, cookie=cookie)
    assert [each.is_unread for each in (await tab.state(BellState)).told] == [False]
