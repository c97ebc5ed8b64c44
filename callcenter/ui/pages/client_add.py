"""Adding a client: its name, where it is, and the Retell key it calls with."""

from typing import Any

import reflex as rx

from callcenter.domain.client_input import ClientInput
from callcenter.domain.errors import CallCenterError
from callcenter.services import connecting, onboarding, runtime
from callcenter.services.runtime import Runtime
from callcenter.ui import live, session
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button, switch
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.form import password_field, text_field
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.entrance import problem
from callcenter.ui.pages.zones import Option, countries, native_select, zones
from callcenter.ui.session import ADMINS, allow
from callcenter.ui.shell_state import closed_when_left

_FIELDS = {
    "name": "name",
    "country": "country",
    "timezone": "timezone",
    "maxConcurrent": "max_concurrent",
    "retell.apiKey": "api_key",
}


@closed_when_left("clients", is_open=False)
class AddClientState(rx.State):
    """The dialog; the key goes from the form to the vault and is kept nowhere here."""

    is_open: bool = False
    may_simulate: bool = False
    is_simulated: bool = False
    has_default: bool = False
    country: str = "US"
    zone: str = "America/New_York"
    zones: list[Option] = []
    errors: dict[str, str] = {}

    @rx.event
    @allow(*ADMINS)
    async def open(self) -> None:
        """Opens it, where the workspace is."""
        rt = runtime.current()
        home = await onboarding.installation_of(rt)
        self.may_simulate = rt.settings.simulator_url is not None
        self.has_default = rt.settings.retell_api_key is not None
        self.is_simulated, self.errors = self.may_simulate and rt.is_demo, {}
        self.country, self.zone = home.country, home.timezone
        self._show_zones()
        self.is_open = True

    def _show_zones(self) -> None:
        self.zones = list(zones(self.country))
        if self.zone not in {each.value for each in self.zones}:
            self.zone = self.zones[0].value

    @rx.event
    @allow(*ADMINS)
    async def close(self) -> None:
        """Closes it."""
        self.is_open = False

    @rx.event
    @allow(*ADMINS)
    async def set_simulated(self, is_simulated: bool) -> None:
        """Chooses between real and made-up calls."""
        self.is_simulated = bool(is_simulated) and self.may_simulate

    @rx.event
    @allow(*ADMINS)
    async def set_country(self, code: str) -> None:
        """Chooses a country and offers its time zones."""
        if code in {each.value for each in countries()}:
            self.country = code
            self._show_zones()

    @rx.event
    @allow(*ADMINS)
    async def set_zone(self, zone: str) -> None:
        """Chooses a time zone."""
        if zone in {each.value for each in self.zones}:
            self.zone = zone

    @rx.event
    @allow(*ADMINS)
    async def add(self, form: dict[str, Any]) -> Any:
        """Adds the client, tests its key, and goes to its page."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            view = await onboarding.add_client(rt, actor, self._given(rt, form))
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return None
        client_id = view.client.client_id
        self.is_open, self.errors = False, {}
        live.hub.bump("clients", "all")
        report = await connecting.test_connection(rt, actor, client_id)
        said = (
            toasts.done(f"{view.client.name} is added.")
            if report.ok
            else toasts.failed("Added, but not connected yet.", report.problem)
        )
        return [rx.redirect(f"/clients/{client_id}?tab=retell"), said]

    def _given(self, rt: Runtime, form: dict[str, Any]) -> ClientInput:
        cap = str(form.get("max_concurrent", "")).strip()
        key = str(form.get("api_key", "")).strip()
        if self.is_simulated and not key:
            key = simulated_key(rt)
        return ClientInput(
            name=str(form.get("name", "")),
            country=self.country,
            timezone=self.zone,
            max_concurrent=int(cap) if cap.isascii() and cap.isdigit() and len(cap) < 6 else 0,
            api_key=key or None,
            is_simulated=self.is_simulated,
        )


def simulated_key(rt: Runtime) -> str:
    """A key for the simulator, which takes any: each client gets a workspace of its own."""
    return f"key_simulated_{rt.new_secret(64)}"


def add_client_dialog() -> rx.Component:
    """The dialog; the page that mounts it has a button with `AddClientState.open`."""
    place = rx.el.div(
        native_select(
            "Country", list(countries()), name="country", value=AddClientState.country, on_change=AddClientState.set_country,
        ),
        native_select(
            "Time zone", AddClientState.zones, name="timezone", value=AddClientState.zone, on_change=AddClientState.set_zone,
            error=form_errors.of(AddClientState.errors, "timezone"),
        ),
        class_name="grid sm:grid-cols-2 gap-3",
    )  # fmt: skip
    key = password_field(
        "Retell key",
        name="api_key",
        error=form_errors.of(AddClientState.errors, "api_key"),
        help_text=rx.cond(
            AddClientState.has_default,
            "Kept sealed and never shown again. Leave it empty to call with the server’s own key.",
            "Kept sealed and never shown again. You can paste it later; until then nothing is dialled.",
        ),
        auto_complete="off",
        data_1p_ignore=True,
    )
    simulated = switch(
        "Simulated calls",
        checked=AddClientState.is_simulated,
        on_change=AddClientState.set_simulated,
        help_text="The simulator makes the calls up. No real phone rings, no key is needed.",
    )
    form = rx.el.form(
        problem(form_errors.of(AddClientState.errors, "form")),
        text_field(
            "Name",
            name="name",
            error=form_errors.of(AddClientState.errors, "name"),
            required=True,
            max_length=120,
            auto_focus=True,
        ),
        place,
        text_field(
            "At a time",
            name="max_concurrent",
            type="number",
            min=1,
            max=1000,
            default_value="5",
            required=True,
            error=form_errors.of(AddClientState.errors, "max_concurrent"),
            help_text="How many calls may run together. You can change it at any time.",
        ),
        rx.cond(AddClientState.may_simulate, simulated),
        rx.cond(AddClientState.is_simulated, rx.fragment(), key),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=AddClientState.close, needs_server=False),
            button("Add client", kind="main", type="submit", data_hotkey="mod+enter"),
            class_name="actions",
        ),
        on_submit=AddClientState.add,
        reset_on_submit=False,
        class_name="stack gap-4",
    )
    return dialog(form, is_open=AddClientState.is_open, on_close=AddClientState.close, title="Add client", width=480)
