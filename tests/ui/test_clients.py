"""Clients: the list, adding one, its limits and its key, and who may change what."""

from collections.abc import Awaitable, Callable
from typing import Any

import reflex as rx

from callcenter.adapters.retell.provider import Retell
from callcenter.domain.client import Client
from callcenter.domain.retry import PerResult, RetryPolicy
from callcenter.services import onboarding
from callcenter.services.onboarding import ClientView
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.client import ClientAboutState
from callcenter.ui.pages.client_add import AddClientState
from callcenter.ui.pages.client_limits import ClientLimitsState
from callcenter.ui.pages.client_retell import ClientRetellState
from callcenter.ui.pages.client_state import ClientState
from callcenter.ui.pages.client_webhook import ClientWebhookState
from callcenter.ui.pages.clients import ClientsState
from tests.builders import ADMIN, saved_client
from tests.fakes import KEY as ACCOUNT_KEY
from tests.fakes import FakeProviders
from tests.served import served
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
KEY = "key_for_a_test_0042"
LIMITS: dict[str, Any] = {"max_concurrent": "7", "daily_budget": "12,50", "retry_minutes": "45", "retry_no_answer": True}


async def opened(tab: FakeTab, client: Client, cookie: str, *states: Any, tab_name: str = "overview") -> str:
    """Opens a client's page on a tab, and the forms of these states; gives the path."""
    path = f"/clients/{client.client_id}?tab={tab_name}"
    for event in (ClientState.enter, ClientState.load, *(state.load for state in states)):
        await tab.run(event, cookie=cookie, path=path)
    return path


async def view_of(rt: Runtime, client: Client) -> ClientView:
    return await onboarding.get_client(rt, ADMIN, client.client_id)


async def test_the_list_counts_clients_and_says_when_there_are_none(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("viewer")
    await tab.run(ClientsState.load, cookie=cookie, path="/clients")
    state = await tab.state(ClientsState)
    assert state.face == "empty"
    await saved_client(running, name="Acme")
    await tab.run(ClientsState.load, cookie=cookie, path="/clients")
    assert (state.face, state.side) == ("ready", "1 client, 0 calls in progress")
    assert [(row.name, row.health) for row in state.rows] == [("Acme", "connected")]


async def test_another_clients_page_is_let_go_of_at_once(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    acme = await saved_client(running, name="Acme")
    cookie = await sign_in_as("viewer")
    await opened(tab, acme, cookie)
    state = await tab.state(ClientState)
    assert (state.face, state.name) == ("ready", "Acme")
    await tab.run(ClientState.enter, cookie=cookie, path="/clients/another?tab=limits")
    state = await tab.state(ClientState)
    assert (state.face, state.name, state.facts.id, state.tab) == ("loading", "", "", "limits")


async def test_a_client_is_added_and_its_key_is_nowhere_in_the_page(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(AddClientState.open, cookie=cookie, path="/clients")
    form = {"name": "Acme", "max_concurrent": "3", "api_key": KEY}
    await tab.run(AddClientState.add(form), cookie=cookie, path="/clients")
    (view,) = await onboarding.clients_of(running, ADMIN)
    assert (view.client.name, view.client.max_concurrent, view.last4) == ("Acme", 3, KEY[-4:])
    assert any(f"/clients/{view.client.client_id}?tab=retell" in str(event.payload) for event in tab.events)
    assert KEY not in str(tab.deltas)


async def test_what_is_wrong_stands_next_to_its_field(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(AddClientState.open, cookie=cookie, path="/clients")
    await tab.run(AddClientState.add({"name": "", "max_concurrent": "lots", "api_key": ""}), cookie=cookie, path="/clients")
    state = await tab.state(AddClientState)
    assert set(state.errors) == {"name", "max_concurrent"}
    assert state.is_open
    await tab.run(AddClientState.add({"name": "Acme", "max_concurrent": "3", "api_key": "short"}), cookie=cookie, path="/clients")
    assert state.errors == {"api_key": "This is no Retell API key."}


async def test_a_simulated_client_needs_no_key(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("admin")
    await tab.run(AddClientState.open, cookie=cookie, path="/clients")
    await tab.run(AddClientState.set_simulated(True), cookie=cookie, path="/clients")
    await tab.run(AddClientState.add({"name": "Trial", "max_concurrent": "3"}), cookie=cookie, path="/clients")
    (view,) = await onboarding.clients_of(running, ADMIN)
    assert view.is_simulated


async def test_a_page_of_nobody_says_so(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await tab.run(ClientState.load, cookie=await sign_in_as("viewer"), path="/clients/nobody")
    assert (await tab.state(ClientState)).face == "gone"


async def test_pausing_holds_and_can_be_taken_back(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running, name="Acme"), await sign_in_as("manager")
    path = await opened(tab, client, cookie)
    await tab.run(ClientState.pause, cookie=cookie, path=path)
    state = await tab.state(ClientState)
    assert (state.facts.is_paused, state.facts.health) == (True, "paused")
    await tab.run(ClientState.resume, cookie=cookie, path=path)
    assert not state.facts.is_paused


async def test_limits_are_kept_and_admins_also_set_trying_again(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("admin")
    path = await opened(tab, client, cookie, ClientLimitsState, tab_name="limits")
    await tab.run(ClientLimitsState.save(LIMITS), cookie=cookie, path=path)
    saved = (await view_of(running, client)).client
    assert (saved.max_concurrent, saved.daily_budget) == (7, 12_500_000)
    assert saved.retry is not None
    assert (saved.retry.on, saved.retry.after_minutes) == (("no_answer",), 45)
    assert saved.calling_hours == client.calling_hours


async def test_each_reason_to_try_again_has_its_own_limit_and_pause(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("admin")
    path = await opened(tab, client, cookie, ClientLimitsState, tab_name="limits")
    form = LIMITS | {"retry_voicemail": True, "retry_times_voicemail": "1", "retry_after_voicemail": "1440",
                     "retry_times_failed": "2", "retry_other_time": True}  # fmt: skip
    await tab.run(ClientLimitsState.save(form), cookie=cookie, path=path)
    saved = (await view_of(running, client)).client.retry
    assert saved == RetryPolicy(("no_answer", "voicemail"), 45, {"voicemail": PerResult(1, 1440)}, another_time_of_day=True)
    state = await tab.state(ClientLimitsState)
    assert [(each.result, each.is_on, each.times, each.minutes) for each in state.limits.retries] == [
        ("no_answer", True, "", ""), ("voicemail", True, "1", "1440"), ("failed", False, "", ""),
    ]  # fmt: skip
    await tab.run(ClientLimitsState.save(form | {"retry_times_voicemail": "often"}), cookie=cookie, path=path)
    assert set((await tab.state(ClientLimitsState)).errors) == {"retry_per"}


async def test_a_manager_changes_limits_but_not_trying_again(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("manager")
    path = await opened(tab, client, cookie, ClientLimitsState, tab_name="limits")
    await tab.run(ClientLimitsState.save(LIMITS | {"calls_back": True}), cookie=cookie, path=path)
    saved = (await view_of(running, client)).client
    assert (saved.max_concurrent, saved.retry, saved.calls_back) == (7, None, True)
    await tab.run(ClientLimitsState.save(LIMITS), cookie=cookie, path=path)
    assert not (await view_of(running, client)).client.calls_back


async def test_hours_beyond_the_default_need_a_reason(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("manager")
    path = await opened(tab, client, cookie, ClientLimitsState, tab_name="limits")
    state = await tab.state(ClientLimitsState)
    await tab.run(ClientLimitsState.set_day("mon", "end", "21:00"), cookie=cookie, path=path)
    assert state.needs_reason
    await tab.run(ClientLimitsState.save(LIMITS), cookie=cookie, path=path)
    assert "Give the reason" in state.errors["hours_reason"]
    await tab.run(ClientLimitsState.save({**LIMITS, "hours_reason": "Agreed in writing"}), cookie=cookie, path=path)
    assert (state.errors, state.hours_changed) == ({}, False)


async def test_what_someone_else_changed_meanwhile_is_not_overwritten(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("admin")
    path = await opened(tab, client, cookie, ClientLimitsState, tab_name="limits")
    await onboarding.change_client(running, ADMIN, client.client_id, {"max_concurrent": 2})
    await tab.run(ClientLimitsState.save(LIMITS), cookie=cookie, path=path)
    assert (await view_of(running, client)).client.max_concurrent == 2
    assert "Someone changed this client" in (await tab.state(ClientLimitsState)).errors["form"]


async def test_own_pause_does_not_get_in_the_way_of_own_form(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("admin")
    path = await opened(tab, client, cookie, ClientLimitsState, tab_name="limits")
    await tab.run(ClientState.pause, cookie=cookie, path=path)
    await tab.run(ClientLimitsState.save(LIMITS), cookie=cookie, path=path)
    assert (await view_of(running, client)).client.max_concurrent == 7


async def test_a_new_key_is_tested_at_once_and_shown_by_its_end(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("admin")
    path = await opened(tab, client, cookie, ClientRetellState, tab_name="retell")
    await tab.run(ClientRetellState.save_key({"api_key": ""}), cookie=cookie, path=path)
    state = await tab.state(ClientRetellState)
    assert state.errors == {"api_key": "Paste the key first."}
    await tab.run(ClientRetellState.save_key({"api_key": KEY}), cookie=cookie, path=path)
    assert (await view_of(running, client)).last4 == KEY[-4:]
    assert state.report.face in ("good", "bad")
    assert (await tab.state(ClientState)).facts.key == f"•••• {KEY[-4:]}"
    assert KEY not in str(tab.deltas)


async def test_an_admin_lets_lost_requests_be_repeated(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("admin")
    path = await opened(tab, client, cookie, ClientRetellState, tab_name="retell")
    assert not (await tab.state(ClientState)).facts.may_resend
    await tab.run(ClientRetellState.set_may_resend(True), cookie=cookie, path=path)
    assert (await tab.state(ClientState)).facts.may_resend


async def test_name_and_place_are_for_admins(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await saved_client(running, name="Acme")
    manager, admin = await sign_in_as("manager"), await sign_in_as("admin")
    path = await opened(guarded_tab, client, manager, ClientAboutState)
    await guarded_tab.run(ClientAboutState.save({"name": "Taken over"}), cookie=manager, path=path)
    assert (await view_of(running, client)).client.name == "Acme"
    path = await opened(guarded_tab, client, admin, ClientAboutState)
    await guarded_tab.run(ClientAboutState.save({"name": "Acme Dental"}), cookie=admin, path=path)
    assert (await view_of(running, client)).client.name == "Acme Dental"


def test_no_form_keeps_a_key() -> None:
    for state in (AddClientState, ClientRetellState, ClientState):
        assert issubclass(state, rx.State)
        assert not [name for name in state.vars if "api_key" in name or name == "key"]


async def test_a_test_event_is_told_step_by_step_without_the_key(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    acme, cookie = await saved_client(running, name="Acme"), await sign_in_as("manager")
    running.providers = Retell(base_url="http://127.0.0.1:9", simulator_url=None, clock=running.clock)
    async with served(running):
        path = await opened(tab, acme, cookie, ClientWebhookState, tab_name="webhook")
        await tab.run(ClientWebhookState.send_test, cookie=cookie, path=path)
    await running.providers.close()
    state, client = await tab.state(ClientWebhookState), await tab.state(ClientState)
    assert (state.face, [(step.name, step.is_good) for step in state.steps]) == (
        "told", [("Connection", True), ("Answer", True), ("Signature", True), ("Events", True)],
    )  # fmt: skip
    assert state.event_href.startswith("/events/")
    assert [(kind.name, kind.count) for kind in client.facts.event_kinds] == [("Test", "1")]
    assert ACCOUNT_KEY not in str(tab.deltas)
    other = await saved_client(running, name="Other")
    await opened(tab, other, cookie, ClientWebhookState, tab_name="webhook")
    assert (state.face, state.steps, state.event_href) == ("", [], "")


async def test_only_managers_and_admins_send_one(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    acme, cookie = await saved_client(running, name="Acme"), await sign_in_as("agent")
    running.settings = running.settings.model_copy(update={"public_url": "http://127.0.0.1:9"})
    path = await opened(guarded_tab, acme, cookie, ClientWebhookState, tab_name="webhook")
    await guarded_tab.run(ClientWebhookState.send_test, cookie=cookie, path=path)
    assert isinstance(running.providers, FakeProviders)
    assert (running.providers.posted, (await guarded_tab.state(ClientWebhookState)).steps) == ([], [])
    await guarded_tab.run(ClientWebhookState.send_test, cookie=await sign_in_as("manager"), path=path)
    assert len(running.providers.posted) == 1
