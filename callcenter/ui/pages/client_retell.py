"""The Retell tab of a client: its key, a test of the connection, and which voice calls from which number."""

from collections.abc import Iterable, Mapping
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.services import connecting, onboarding, runtime
from callcenter.services.ports import AgentInfo
from callcenter.ui import session
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button, switch
from callcenter.ui.components.cards import card, fact, fact_if
from callcenter.ui.components.form import password_field
from callcenter.ui.components.icons import icon
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.pages.client_add import simulated_key
from callcenter.ui.pages.client_facts import NONE, Report, agents_of, report_of
from callcenter.ui.pages.client_state import ClientState, asked_id, read, refreshed
from callcenter.ui.pages.zones import Option, native_select
from callcenter.ui.session import ADMINS, ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import ShellState

_FIELDS: Mapping[str, str] = {"retell.apiKey": "api_key", "retell.agentId": "agent_id", "retell.fromNumber": "from_number"}


class ClientRetellState(rx.State):
    """The forms of the tab. A key goes from its field to the vault and is kept nowhere here."""

    report: Report = Report()
    agents: list[Option] = []
    agent: str = NONE
    agent_name: str = ""
    number: str = NONE
    may_simulate: bool = False
    form_key: str = ""
    errors: dict[str, str] = {}
    _loaded: str = ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Fills the forms once this tab is open; the agents are asked for afterwards, for Retell may be slow."""
        client = await self.get_state(ClientState)
        if client.tab not in ("retell", "overview") or client.face != "ready":
            return None
        await self._fill()
        return ClientRetellState.ask_agents

    async def _fill(self) -> None:
        rt, actor, client_id = runtime.current(), await session.who(self), asked_id(self)
        page, _view = await read(actor, client_id)
        client = page.client
        if self._loaded != client_id:
            self.report, self.agents, self._loaded = Report(), agents_of((), client.agent_id), client_id
        self.agent, self.number = client.agent_id or NONE, client.from_number or NONE
        self._name_agent()
        self.may_simulate, self.errors = rt.settings.simulator_url is not None, {}
        self.form_key = f"{client_id}-{client.rev}"

    @rx.event(background=True)
    @allow(*ANYONE)
    async def ask_agents(self) -> None:
        """Asks Retell which agents there are; when it does not answer, the one chosen is all there is to show."""
        client_id = asked_id(self)
        try:
            found = await connecting.agents_of(runtime.current(), await session.who(self), client_id)
        except CallCenterError:
            found = None
        async with self:
            if self._loaded == client_id:
                if found is not None:
                    self._take_agents(found)
                self.agent_name = self.agent_name or self.agent

    def _take_agents(self, found: Iterable[AgentInfo]) -> None:
        self.agents = agents_of(found, None if self.agent == NONE else self.agent)
        self._name_agent()

    def _name_agent(self) -> None:
        named = {each.value: each.word for each in self.agents}
        known = named.get(self.agent, "")
        self.agent_name = "none" if self.agent == NONE else "" if known == self.agent else known

    @rx.event(background=True)
    @allow(*MANAGERS)
    async def test(self) -> None:
        """Tests the connection with harmless reads."""
        rt, client_id = runtime.current(), asked_id(self)
        actor = await session.who(self)
        async with self:
            self.report = Report("asking", "Asking Retell…")
        report = await connecting.test_connection(rt, actor, client_id)
        async with self:
            self.report = report_of(report, await viewer_of(self))
            if report.ok:
                self._take_agents(report.agents)
            await refreshed(self)

    @rx.event
    @allow(*ADMINS)
    async def save_key(self, form: dict[str, Any]) -> Any:
        """Puts a new key in the place of the old one, and tests it."""
        key = str(form.get("api_key", "")).strip()
        if not key:
            self.errors = {"api_key": "Paste the key first."}
            return None
        return await self._change({"api_key": key}, "The key is kept.", then=ClientRetellState.test)

    @rx.event
    @allow(*ADMINS)
    async def use_default(self) -> Any:
        """Calls with the server's own key again."""
        return await self._change({"api_key": None}, "It calls with the server’s own key now.", then=ClientRetellState.test)

    @rx.event
    @allow(*ADMINS)
    async def set_simulated(self, is_simulated: bool) -> Any:
        """Switches between real and made-up calls."""
        if is_simulated:
            changes: dict[str, Any] = {"is_simulated": True, "api_key": simulated_key(runtime.current())}
            return await self._change(changes, "Calls are simulated now: no real phone rings.", then=ClientRetellState.test)
        return await self._change({"is_simulated": False}, "Simulation is off. Paste a Retell key if there is none.", then=None)

    @rx.event
    @allow(*ADMINS)
    async def set_may_resend(self, is_allowed: bool) -> Any:
        """Allows or forbids the repeat of a request whose answer was lost."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await connecting.allow_resending(rt, actor, asked_id(self), is_allowed=bool(is_allowed))
        except CallCenterError as error:
            return toasts.failed("Nothing was changed.", error.message)
        await refreshed(self)
        return toasts.done("Lost requests are repeated once." if is_allowed else "Lost requests are never repeated.")

    @rx.event
    @allow(*ADMINS)
    async def set_agent(self, agent: str) -> None:
        """Chooses the agent."""
        if agent in {each.value for each in self.agents}:
            self.agent = agent

    @rx.event
    @allow(*ADMINS)
    async def set_number(self, number: str) -> None:
        """Chooses the number that people see."""
        self.number = str(number)[:40]

    @rx.event
    @allow(*ADMINS)
    async def save_voice(self) -> Any:
        """Keeps the agent and the number."""
        changes = {
            "agent_id": None if self.agent == NONE else self.agent,
            "from_number": None if self.number == NONE else self.number,
        }
        return await self._change(changes, "Saved. New calls use it from now on.", then=None)

    async def _change(self, changes: dict[str, Any], words: str, *, then: Any) -> Any:
        rt, actor = runtime.current(), await session.who(self)
        try:
            await onboarding.change_client(rt, actor, asked_id(self), changes)
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            about = self.errors.get("form", "")
            return toasts.failed("Nothing was changed.", about) if about else None
        await self._fill()
        await refreshed(self)
        return [toasts.done(words), *([then] if then else [])]


def retell_tab() -> rx.Component:
    """The tab."""
    return rx.el.div(
        rx.el.div(_key_card(), rx.cond(ClientRetellState.report.face != "", _report()), class_name="stack gap-3"),
        _voice_card(),
        class_name="grid lg:grid-cols-2 gap-3 items-start",
    )


def _key_card() -> rx.Component:
    facts = ClientState.facts
    key = rx.cond(
        facts.key != "",
        rx.el.span(rx.el.span(facts.key, class_name="mono"), rx.cond(facts.is_default_key, ", the server’s own", "")),
        rx.el.span("none yet", class_name="quiet"),
    )
    known = rx.el.dl(
        fact("Key", key),
        fact_if("Limit at Retell", facts.account_limit),
        class_name="facts",
    )
    stopped = rx.el.div(
        icon("octagon_x"),
        rx.el.div(facts.account_paused, " Nothing was lost: calls wait. Paste a new key, or test again once it is settled."),
        class_name="note-box",
        data_accent_color="red",
        role="alert",
    )
    new_key = rx.el.form(
        password_field(
            rx.cond(facts.key != "", "New key", "Key"),
            name="api_key",
            error=form_errors.of(ClientRetellState.errors, "api_key"),
            help_text="From Retell’s dashboard, the one with the webhook mark. Kept sealed and never shown again.",
            auto_complete="off",
        ),
        rx.el.div(
            button("Save key", kind="main", type="submit"),
            rx.cond(
                ~facts.is_default_key & facts.has_key & ~facts.is_simulated,
                button("Use the server’s key", kind="ghost", on_click=ClientRetellState.use_default),
            ),
            class_name="row flex-wrap",
        ),
        on_submit=ClientRetellState.save_key,
        key=ClientRetellState.form_key,
        class_name="stack gap-3",
    )
    simulated = switch(
        "Simulated calls",
        checked=facts.is_simulated,
        on_change=ClientRetellState.set_simulated,
        help_text="The simulator makes this client’s calls up. No real phone rings.",
    )
    repeats = switch(
        "Repeat a request whose answer was lost",
        checked=facts.may_resend,
        on_change=ClientRetellState.set_may_resend,
        help_text="Once, under its own key: Retell promises that the same key makes no second call for an hour. Off: we only "
        "ask Retell, and the number waits until the call is found or proved not to exist. Holds for every client on this key.",
    )
    test = rx.cond(
        ShellState.may_manage & facts.has_key,
        button(
            "Test connection",
            icon_name="plug_zap",
            on_click=ClientRetellState.test,
            disabled=ClientRetellState.report.face == "asking",
        ),
    )
    return card(
        rx.el.div(
            rx.cond(facts.account_paused != "", stopped),
            known,
            rx.cond(ShellState.is_admin & ~facts.is_simulated, new_key),
            rx.cond(ShellState.is_admin & ClientRetellState.may_simulate, simulated),
            rx.cond(ShellState.is_admin & facts.has_key, repeats),
            class_name="stack gap-4",
        ),
        title="Connection",
        tools=test,
    )


def _report() -> rx.Component:
    report = ClientRetellState.report

    def line(found: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(found.name, class_name="clip"),
            rx.el.span(found.detail, class_name="mono quiet ml-auto clip"),
            class_name="row py-1",
        )

    def part(title: str, rows: Any) -> rx.Component:
        shown = rx.fragment(
            rx.el.h3(
                title, " ", rx.el.span(rows.length().to_string(), class_name="quiet font-normal"), class_name="m-0 font-medium"
            ),
            rx.el.ul(rx.foreach(rows, line), class_name="list-none m-0 p-0"),
        )
        return rx.cond(rows.length() > 0, shown)

    warnings = rx.foreach(
        report.warnings,
        lambda words: rx.el.div(icon("triangle_alert"), rx.el.div(words), class_name="note-box", data_accent_color="amber"),
    )
    verdict = rx.el.div(
        rx.match(report.face, ("good", icon("circle_check")), ("bad", icon("octagon_x")), icon("loader")),
        rx.el.div(report.words),
        class_name="note-box",
        data_accent_color=rx.match(report.face, ("good", "green"), ("bad", "red"), "gray"),
    )
    return card(
        rx.el.div(verdict, warnings, part("Agents", report.agents), part("Numbers", report.numbers), class_name="stack gap-3"),
        role="status",
    )


def _voice_card() -> rx.Component:
    facts, state = ClientState.facts, ClientRetellState
    form = rx.el.div(
        native_select(
            "Default agent",
            state.agents,
            name="agent_id",
            value=state.agent,
            on_change=state.set_agent,
            error=form_errors.of(state.errors, "agent_id"),
            help_text="Speaks in calls and batches that name no other.",
        ),
        native_select(
            "From-number",
            facts.numbers,
            name="from_number",
            value=state.number,
            on_change=state.set_number,
            error=form_errors.of(state.errors, "from_number"),
            help_text="What people see when it rings. Test the connection to bring this list up to date.",
        ),
        rx.el.div(button("Save", kind="main", on_click=state.save_voice), class_name="row"),
        class_name="stack gap-4",
    )
    read_only = rx.el.dl(
        fact("Default agent", state.agent_name),
        fact("From-number", rx.cond(facts.from_number != "", facts.from_number, "none")),
        class_name="facts",
    )
    return card(rx.cond(ShellState.is_admin, form, read_only), title="Voice and number")
