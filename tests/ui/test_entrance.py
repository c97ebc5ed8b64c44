"""Before the door: where a signed-out person may be sent, what is said when something was wrong, and the first set-up."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote

import pytest

from callcenter.domain.user import SYSTEM, Role
from callcenter.services import onboarding, runtime, signing_in, staffing
from callcenter.services.runtime import Runtime
from callcenter.ui import session
from callcenter.ui.pages.entrance import own_path, waiting_words
from callcenter.ui.pages.invite import InviteState
from callcenter.ui.pages.login import LoginState
from callcenter.ui.pages.new_password import PasswordState
from callcenter.ui.pages.setup import SetupState
from callcenter.ui.pages.zones import countries, zones
from tests.ui.conftest import PASSWORD, FakeTab

SignIn = Callable[[str], Awaitable[str]]


def targets(tab: FakeTab) -> list[str]:
    """The addresses that handlers sent the tab to."""
    return [event.payload["path"] for event in tab.events if event.name == "_redirect"]


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/calls/42?tab=events", "/calls/42?tab=events"),
        ("https://example.com", "/"),
        ("//example.com", "/"),
        ("/\\example.com", "/"),
        ("/calls\\..", "/"),
        ("/login?next=/login", "/"),
        ("/api/session/end", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_stays_on_this_site(asked: str, led_to: str) -> None:
    assert own_path(asked) == led_to


@pytest.mark.parametrize(
    ("seconds", "wait"), [("20", "20 s"), ("121", "3 min"), ("900", "15 min"), ("x", "60 s"), ("9" * 40, "60 s")]
)
def test_how_long_to_wait_is_said(seconds: str, wait: str) -> None:
    assert waiting_words(seconds) == f"Too many tries. Wait {wait}, then try again."


async def test_without_anybody_the_first_page_is_the_set_up(tab: FakeTab, running: Runtime) -> None:
    await tab.run(LoginState.load, path="/login")
    assert targets(tab) == ["/setup"]


async def test_who_is_signed_in_is_led_where_they_were_going(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(LoginState.load, cookie=cookie, path="/login?next=/calls/42")
    assert targets(tab) == ["/calls/42"]


async def test_the_page_never_says_what_the_address_made_up(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await sign_in_as("viewer")
    await tab.run(LoginState.load, path="/login?error=wrong&message=Call+555-0100+now&next=/leads")
    state = await tab.state(LoginState)
    assert (state.problem, state.next_path) == ("The address or the password is wrong.", "/leads")
    assert not state.is_demo


async def test_one_click_is_offered_only_in_the_demo(tab: FakeTab, running: Runtime) -> None:
    runtime.set_current(replace(running, is_demo=True))
    await tab.run(LoginState.load, path="/login")
    assert (await tab.state(LoginState)).is_demo
    assert targets(tab) == []


async def test_the_set_up_is_closed_once_there_is_somebody(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await tab.run(SetupState.load, path="/setup?code=abc")
    assert (await tab.state(SetupState)).code == "abc"
    await sign_in_as("admin")
    await tab.run(SetupState.load, path="/setup?code=abc")
    assert targets(tab) == ["/login"]


async def test_a_refused_set_up_names_its_field(tab: FakeTab, running: Runtime) -> None:
    await tab.run(SetupState.load, path="/setup?code=abc&error=field&field=email&message=made+up")
    state = await tab.state(SetupState)
    assert (state.wrong_field, state.wrong_words) == ("email", "This is no e-mail address.")
    await tab.run(SetupState.load, path="/setup?code=abc&error=wrong")
    assert "newest one" in (await tab.state(SetupState)).wrong_words


async def test_a_country_offers_its_zones(tab: FakeTab, running: Runtime) -> None:
    await tab.run(SetupState.load, path="/setup")
    await tab.run(SetupState.set_country("DE"), path="/setup")
    state = await tab.state(SetupState)
    assert state.zone == "Europe/Berlin"
    assert {each.value for each in state.zones} == {"Europe/Berlin", "Europe/Busingen"}
    await tab.run(SetupState.set_zone("America/New_York"), path="/setup")
    await tab.run(SetupState.set_country("XX"), path="/setup")
    assert (state.zone, state.country) == ("Europe/Berlin", "DE")


def test_every_country_has_a_name_and_every_zone_is_offered_somewhere() -> None:
    assert len(countries()) > 200
    assert "Los Angeles (Pacific)" in {each.word for each in zones("US")}
    assert len({each.value for each in zones()}) == len(zones())
    assert zones()[0].value == "UTC"


@pytest.mark.parametrize(
    ("typed", "score", "words"),
    [("", -1, ""), ("abc", 0, "Too short: 5 more characters."), ("abcdefg", 0, "Too short: 1 more character.")],
)
async def test_a_password_is_judged_while_typed(tab: FakeTab, typed: str, score: int, words: str) -> None:
    await tab.run(PasswordState.judge(typed))
    state = await tab.state(PasswordState)
    assert (state.score, state.words) == (score, words)


async def test_a_password_that_would_be_refused_is_not_called_fair(tab: FakeTab) -> None:
    await tab.run(PasswordState.judge("password1"))
    state = await tab.state(PasswordState)
    assert (state.score < 2, "easy to guess" in state.words) == (True, True)
    await tab.run(PasswordState.judge(PASSWORD))
    assert state.score == 4
    assert PASSWORD not in str(tab.deltas)


async def test_a_link_greets_its_person_once(tab: FakeTab, running: Runtime) -> None:
    user = await staffing.add_user(running, SYSTEM, email="tom@example.com", name="Tom", role=Role.AGENT)
    link = await staffing.link_for(running, SYSTEM, user.user_id)
    path = f"/invite/{quote(link, safe='')}"
    await tab.run(InviteState.load, path=path)
    state = await tab.state(InviteState)
    assert (state.face, state.hello, state.email, state.kind) == ("ready", "Hello Tom", "tom@example.com", "invite")
    await staffing.use_link(running, state.link, PASSWORD)
    await tab.run(InviteState.load, path=path)
    assert state.face == "over"


async def test_a_made_up_link_leads_nowhere(tab: FakeTab, running: Runtime) -> None:
    await tab.run(InviteState.load, path="/reset/nonsense")
    state = await tab.state(InviteState)
    assert (state.face, state.kind, state.link) == ("over", "reset", "")


async def test_the_workspace_stands_over_the_form(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    actor = await session.actor_of(signing_in.cookie_from(cookie))
    assert actor
    await onboarding.change_installation(running, actor, name="Northwind", country="US", timezone="UTC")
    await tab.run(LoginState.load, path="/login")
    assert (await tab.state(LoginState)).workspace == "Northwind"
