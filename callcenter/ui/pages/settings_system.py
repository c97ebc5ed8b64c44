"""Settings of the installation: what the workspace is called, and what it runs on."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.search import CallFilter
from callcenter.services import browsing, checking, onboarding, runtime
from callcenter.services.runtime import Runtime
from callcenter.ui import session, theme, words
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import Fact, card, fact_list
from callcenter.ui.components.form import text_field
from callcenter.ui.components.status_badge import tint_badge
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.entrance import problem
from callcenter.ui.pages.events_rows import bytes_words
from callcenter.ui.pages.zones import Option, countries, native_select, zones
from callcenter.ui.session import ADMINS, allow
from callcenter.ui.shell_state import ShellState

_FIELDS: Mapping[str, str] = {"name": "workspace", "timezone": "timezone", "country": "country"}

#: What is on its way, by what it is and its state as stored.
_ON_ITS_WAY: Mapping[tuple[str, str], str] = {
    **{("calls", state): f"Calls {look.word.lower()}" for state, look in theme.STATUS.items()},
    ("dials", "planned"): "Dials about to be sent",
    ("dials", "sending"): "Dials being sent",
    ("dials", "accepted"): "Dials taken by Retell",
    ("dials", "live"): "Dials going on",
    ("dials", "unknown"): "Dials in doubt",
    ("events", "new"): "Events not yet applied",
    ("events", "stale"): "Events kept out of order",
    ("events", "unmatched"): "Events of unknown calls",
    ("events", "poison"): "Events that could not be applied",
}


class SystemState(rx.State):
    """The workspace's form, and facts about the installation."""

    name: str = ""
    country: str = "US"
    zone: str = "UTC"
    zones: list[Option] = []
    errors: dict[str, str] = {}
    form_key: str = ""
    is_ready: bool = True
    runs_on: list[Fact] = []
    holds: list[Fact] = []
    on_its_way: list[Fact] = []

    @rx.event
    @allow(*ADMINS)
    async def load(self) -> None:
        """Reads the workspace and looks at everything it needs."""
        if self.router.url.path.rstrip("/") != "/settings/system":
            self.form_key = ""
            return
        rt = runtime.current()
        if not self.form_key:
            home = await onboarding.installation_of(rt)
            self.name, self.country, self.zone = home.name, home.country, home.timezone
            self.errors, self.form_key = {}, home.install_id
            self._show_zones()
        await self._look(rt)

    def _show_zones(self) -> None:
        found = list(zones(self.country))
        if self.zone not in {each.value for each in found}:
            found += [each for each in zones() if each.value == self.zone]
        self.zones = found

    async def _look(self, rt: Runtime) -> None:
        actor = await session.who(self)
        ready = await checking.readiness(rt)
        self.is_ready, self.runs_on = ready.is_ready, _runs_on(rt, ready)
        calls, is_capped = await browsing.count_of_calls(rt, actor, CallFilter(), cap=1_000_000)
        leads = await browsing.page_of_leads(rt, actor, LeadFilter(), limit=1)
        events = await browsing.events_page(rt, actor, limit=1)
        self.holds = [
            Fact("Calls", words.count(calls) + ("+" if is_capped else "")),
            Fact("Leads", words.count(leads.total or 0)),
            Fact("Clients", words.count(len(await browsing.client_list(rt, actor)))),
            Fact("Events today", f"{words.count(events.today)}, {bytes_words(events.bytes_kept)} kept"),
        ]
        counts = await checking.counts(rt)
        self.on_its_way = [
            Fact(_ON_ITS_WAY.get((what, state), f"{what} {state}".replace("_", " ").capitalize()), words.count(count))
            for what, states in counts.items()
            for state, count in sorted(states.items())
        ]

    @rx.event
    @allow(*ADMINS)
    async def set_country(self, code: str) -> None:
        """Chooses a country and offers its time zones."""
        if code in {each.value for each in countries()}:
            self.country = code
            self.zones = list(zones(code))
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
        """Keeps the workspace."""
        rt, actor = runtime.current(), await session.who(self)
        given = {"name": str(form.get("workspace", "")), "country": self.country, "timezone": self.zone}
        try:
            home = await onboarding.installation_of(rt)
            await onboarding.change_installation(rt, actor, **given, currency=home.currency)
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return None
        self.errors = {}
        return [toasts.done("Saved."), ShellState.load]


def _runs_on(rt: Runtime, ready: checking.Readiness) -> list[Fact]:
    settings = rt.settings
    works = {True: "works", False: "does not answer"}
    database = "SQLite" if settings.is_sqlite else "PostgreSQL"
    bus = "Redis, for several processes" if settings.redis_url else "inside this one process"
    return [
        Fact("Version", version("callcenter")),
        Fact("Database", f"{database}, {works[ready.database]}"),
        Fact("Schema", "up to date" if ready.schema else "behind: run callcenter migrate"),
        Fact("Notices", f"{bus}, {works[ready.bus]}"),
        Fact("Public address", settings.public_url or "not set: Retell cannot send news"),
        Fact("Simulator", "there" if settings.simulator_url else "none"),
        Fact("This process", rt.name),
    ]


def system_section() -> rx.Component:
    """The section."""
    state = SystemState
    verdict = rx.cond(
        state.is_ready,
        tint_badge("Ready", hue="green", icon_name="circle_check"),
        tint_badge("Not ready", hue="red", icon_name="octagon_x"),
    )
    facts = rx.el.div(
        card(fact_list(state.runs_on), title="Runs on", tools=verdict),
        card(fact_list(state.holds), title="Holds"),
        rx.cond(state.on_its_way.length() > 0, card(fact_list(state.on_its_way), title="On its way")),
        class_name="stack gap-3",
    )
    return rx.el.div(_workspace_card(), facts, class_name="grid lg:grid-cols-2 gap-3 items-start")


def _workspace_card() -> rx.Component:
    state = SystemState
    form = rx.el.form(
        problem(form_errors.of(state.errors, "form")),
        text_field(
            "Name", name="workspace", default_value=state.name, required=True, max_length=120,
            error=form_errors.of(state.errors, "workspace"),
        ),
        native_select(
            "Country", list(countries()), name="country", value=state.country, on_change=state.set_country,
            help_text="Numbers of this country are written the national way.",
        ),
        native_select("Time zone", state.zones, name="timezone", value=state.zone, on_change=state.set_zone),
        rx.el.div(button("Save", kind="main", type="submit"), class_name="row"),
        on_submit=state.save,
        reset_on_submit=False,
        key=state.form_key,
        class_name="stack gap-4",
    )  # fmt: skip
    return card(form, title="Workspace")
