"""One client: how it is doing, its Retell account, its webhook and its limits."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.services import onboarding, runtime
from callcenter.ui import session, shell
from callcenter.ui.components import faces, tabs, toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import card, fact, fact_if
from callcenter.ui.components.confirm import confirm
from callcenter.ui.components.form import text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.tile import number_tile, tiles
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.client_limits import ClientLimitsState, limits_tab
from callcenter.ui.pages.client_retell import ClientRetellState, retell_tab
from callcenter.ui.pages.client_state import TABS, ClientState, asked_id, read, refreshed
from callcenter.ui.pages.client_webhook import ClientWebhookState, webhook_tab
from callcenter.ui.pages.client_words import health_badge
from callcenter.ui.pages.closed_days import ClosedDaysState
from callcenter.ui.pages.end_calls import end_calls_button, end_calls_dialog
from callcenter.ui.pages.entrance import problem
from callcenter.ui.pages.zones import Option, countries, native_select, zones
from callcenter.ui.session import ADMINS, ANYONE, allow
from callcenter.ui.shell_state import ShellState

_FIELDS: Mapping[str, str] = {"name": "name", "country": "country", "timezone": "timezone"}


class ClientAboutState(rx.State):
    """The form with a client's name and place."""

    name: str = ""
    country: str = "US"
    zone: str = "UTC"
    zones: list[Option] = []
    form_key: str = ""
    errors: dict[str, str] = {}
    _loaded: str = ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Fills the form once its tab is open; what is being typed stays after a reconnect."""
        client = await self.get_state(ClientState)
        if client.tab != "overview" or client.face != "ready":
            self._loaded = ""
        elif self._loaded != asked_id(self):
            await self._fill()

    async def _fill(self) -> None:
        page, _view = await read(await session.who(self), asked_id(self))
        client = page.client
        self.name, self.country, self.zone = client.name, client.country, client.timezone
        self.zones, self.errors, self._loaded = _zones_with(client.country, client.timezone), {}, client.client_id
        self.form_key = f"{client.client_id}-{client.rev}"

    @rx.event
    @allow(*ADMINS)
    async def set_country(self, code: str) -> None:
        """Chooses a country and offers its time zones."""
        if code in {each.value for each in countries()}:
            self.country, self.zones = code, list(zones(code))
            if self.zone not in {each.value for each in self.zones}:
                self.zone = self.zones[0].value

    @rx.event
    @allow(*ADMINS)
    async def set_zone(self, zone: str) -> None:
        """Chooses a time zone."""
        if zone in {each.value for each in self.zones}:
            self.zone = zone

    @rx.event
    @allow(*ADMINS)
    async def save(self, form: dict[str, Any]) -> Any:
        """Keeps the name and the place."""
        rt, actor, rev = runtime.current(), await session.who(self), (await self.get_state(ClientState))._rev
        changes = {"name": str(form.get("name", "")), "country": self.country, "timezone": self.zone}
        try:
            await onboarding.change_client(rt, actor, asked_id(self), changes, rev=rev)
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return None
        await self._fill()
        await refreshed(self)
        return toasts.done("Saved.")


def _zones_with(country: str, zone: str) -> list[Option]:
    """The zones of a country, and the one chosen even if it lies elsewhere."""
    found = list(zones(country))
    return found if zone in {each.value for each in found} else [*found, *(each for each in zones() if each.value == zone)]


def client_page() -> rx.Component:
    """The page."""
    state = ClientState
    shown = rx.match(
        state.tab,
        ("retell", _once_filled(ClientRetellState.form_key, retell_tab(), faces.skeleton_card(6))),
        ("webhook", webhook_tab()),
        ("limits", _once_filled(ClientLimitsState.form_key, limits_tab(), faces.skeleton_card(6))),
        _overview_tab(),
    )
    body = rx.match(
        state.face,
        ("loading", faces.skeleton_rows(6, what="the client")),
        ("gone", faces.gone("There is no such client.", back="All clients", href="/clients")),
        ("error", faces.page_error("The client could not be loaded.", "Nothing was lost.", on_retry=state.load)),
        shown,
    )
    return shell.frame(
        rx.el.div(body, class_name="pt-4"),
        _off_dialog(),
        end_calls_dialog(),
        nav="clients",
        title=rx.cond(state.name != "", state.name, "Client"),
        back=("Clients", "/clients"),
        beside=rx.cond(state.face == "ready", health_badge(state.facts.health, state.facts.health_words)),
        actions=rx.cond(state.face == "ready", _actions()),
        sub=rx.cond(state.face == "ready", rx.el.span(state.facts.where)),
        tabs=tabs.tab_bar(
            *[tabs.tab(word, state.base + "?tab=" + name, is_current=state.tab == name) for name, word in TABS], label="Client"
        ),
        phone_title=state.name,
        face=state.face,
    )


def _actions() -> rx.Component:
    facts = ClientState.facts
    pause = rx.cond(
        facts.is_paused,
        rx.fragment(
            end_calls_button(ClientState.name), button("Resume", icon_name="play", kind="main", on_click=ClientState.resume)
        ),
        button("Pause", icon_name="pause", on_click=ClientState.pause),
    )
    return rx.cond(ShellState.may_manage & facts.is_active, pause)


def _overview_tab() -> rx.Component:
    facts = ClientState.facts
    paused = rx.el.div(icon("pause"), rx.el.div(facts.paused_words), class_name="note-box mb-3", data_accent_color="amber")
    numbers = tiles(
        number_tile(
            "In progress",
            facts.in_progress,
            suffix=facts.cap,
            note=facts.waiting + " waiting",
            href="/calls?status=scheduled&client=" + facts.id,
        ),
        number_tile("Calls today", facts.today, note="dialled and over", href="/calls?range=today&client=" + facts.id),
        number_tile("Answered today", facts.answered, note=facts.answered_base, href="/analytics?range=today&client=" + facts.id),
        number_tile("Success today", facts.success, note=facts.success_base, href="/analytics?range=today&client=" + facts.id),
        number_tile("Cost today", facts.cost, note=facts.budget),
        number_tile("Leads", facts.leads, note="on its lists", href="/leads?client=" + facts.id),
        columns=6,
    )
    known = rx.el.dl(
        fact("Calling hours", facts.hours),
        fact_if("Note", facts.hours_note),
        fact(
            "Default agent",
            rx.cond(ClientRetellState.agent_name != "", ClientRetellState.agent_name, rx.el.i(class_name="bone h-3 w-24")),
        ),
        fact("From-number", rx.cond(facts.from_number != "", facts.from_number, "none: nothing is dialled")),
        fact("Retell key", rx.cond(facts.key != "", rx.el.span(facts.key, class_name="mono"), "none")),
        fact("Last event", facts.last_event),
        class_name="facts",
    )
    more = rx.el.div(
        link("Calls", href="/calls?client=" + facts.id),
        link("Leads", href="/leads?client=" + facts.id),
        link("Batches", href="/batches?client=" + facts.id),
        class_name="row gap-4 mt-4",
    )
    return rx.el.div(
        rx.cond(facts.is_paused, paused),
        numbers,
        rx.el.div(
            card(known, more, title="How it calls"), rx.cond(ShellState.is_admin, _about_card()), class_name="desk-grid mt-3"
        ),
    )


def _about_card() -> rx.Component:
    state = ClientAboutState
    form = rx.el.form(
        problem(form_errors.of(state.errors, "form")),
        text_field(
            "Name", name="name", default_value=state.name, required=True, max_length=120,
            error=form_errors.of(state.errors, "name"),
        ),
        native_select("Country", list(countries()), name="country", value=state.country, on_change=state.set_country),
        native_select(
            "Time zone", state.zones, name="timezone", value=state.zone, on_change=state.set_zone,
            help_text="When its days begin. People are called by their own clocks.",
        ),
        rx.el.div(
            button("Save", kind="main", type="submit"),
            rx.cond(
                ClientState.facts.is_active,
                button("Switch off…", kind="ghost", on_click=ClientState.ask_off(True)),
                button("Switch on", on_click=ClientState.set_active(True)),
            ),
            class_name="row",
        ),
        on_submit=state.save,
        reset_on_submit=False,
        key=state.form_key,
        class_name="stack gap-4",
    )  # fmt: skip
    return card(_once_filled(state.form_key, form, faces.skeleton_card(6)), title="Name and place")


def _once_filled(form_key: rx.Var, form: Any, bones: rx.Component) -> rx.Component:
    """A form whose values come a moment after the page: bones until they are those of this client."""
    return rx.cond(form_key.startswith(ClientState.facts.id + "-"), form, bones)


def _off_dialog() -> rx.Component:
    return confirm(
        is_open=ClientState.asks_off,
        on_close=ClientState.ask_off(False),
        title="Switch this client off?",
        facts="Nothing is dialled for it any more. Calls in progress go on until they hang up, and everything is kept.",
        safe_word="Leave it on",
        word="Switch off",
        icon_name="power",
        on_confirm=ClientState.set_active(False),
    )


on_enter = [ClientState.enter]
on_load = [
    ClientState.load, ClientAboutState.load, ClientRetellState.load, ClientWebhookState.load, ClientLimitsState.load,
    ClosedDaysState.load, ClientState.watch,
]  # fmt: skip
