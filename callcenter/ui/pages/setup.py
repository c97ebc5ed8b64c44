"""The first person of a new installation: the one-time code from the log, who they are, and where the workspace is."""

import reflex as rx

from callcenter.services import runtime, signing_in
from callcenter.ui import shell
from callcenter.ui.components.form import text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.nav import brand
from callcenter.ui.pages.entrance import PROBLEMS, heading, posted, problem, waiting_words
from callcenter.ui.pages.new_password import new_password_field
from callcenter.ui.pages.zones import Option, countries, native_select, zones
from callcenter.ui.session import allow

_TRY = ("flask_conical", "Try a simulated call, no real phone rings")
_THEN = (
    ("key_round", "Connect your Retell account"),
    ("upload", "Import leads and set calling hours"),
    ("user_plus", "Invite your team"),
)


class SetupState(rx.State):
    """What was typed, kept by the browser so that a refused form comes back filled in; never the password."""

    code: str = ""
    problem: str = ""
    wrong_field: str = ""
    wrong_words: str = ""
    zones: list[Option] = []
    can_simulate: bool = False
    name: str = rx.SessionStorage("", name="setup-name")
    email: str = rx.SessionStorage("", name="setup-email")
    workspace: str = rx.SessionStorage("", name="setup-workspace")
    country: str = rx.SessionStorage("US", name="setup-country")
    zone: str = rx.SessionStorage("America/New_York", name="setup-zone")

    @rx.event
    @allow()
    async def load(self) -> object:
        """Reads the address; there is nothing to do here once somebody has signed up."""
        rt = runtime.current()
        if not await signing_in.needs_setup(rt):
            return rx.redirect("/login")
        self.can_simulate = rt.settings.simulator_url is not None
        query = self.router.url.query_parameters
        kind, field = query.get("error", ""), query.get("field", "")
        self.code = query.get("code", "")[:200]
        self.wrong_field = "code" if kind == "wrong" else field if kind == "field" else ""
        self.wrong_words = PROBLEMS.get(self.wrong_field, "")
        self.problem = waiting_words(query.get("seconds", "")) if kind == "wait" else ""
        self._show_zones()
        return None

    def _show_zones(self) -> None:
        self.zones = list(zones(self.country))
        if self.zone not in {each.value for each in self.zones}:
            self.zone = self.zones[0].value

    @rx.event
    @allow()
    async def set_name(self, text: str) -> None:
        """Keeps the name."""
        self.name = str(text)[:200]

    @rx.event
    @allow()
    async def set_email(self, text: str) -> None:
        """Keeps the address."""
        self.email = str(text)[:320]

    @rx.event
    @allow()
    async def set_workspace(self, text: str) -> None:
        """Keeps the name of the workspace."""
        self.workspace = str(text)[:200]

    @rx.event
    @allow()
    async def set_country(self, code: str) -> None:
        """Chooses a country and offers its time zones."""
        if code in {each.value for each in countries()}:
            self.country = code
            self._show_zones()

    @rx.event
    @allow()
    async def set_zone(self, zone: str) -> None:
        """Chooses a time zone."""
        if zone in {each.value for each in self.zones}:
            self.zone = zone


def setup_page() -> rx.Component:
    """The page: the form, and where to find the code beside it."""
    form = rx.el.div(
        brand(20),
        rx.el.div(
            heading("Set up your call centre", "You are the first person here, so you become an admin."), class_name="mt-7"
        ),
        rx.el.div(problem(SetupState.problem), class_name="mt-4 empty:hidden"),
        rx.el.div(_form(), class_name="mt-5"),
        class_name="w-full max-w-[432px]",
    )
    return shell.bare(
        rx.el.div(
            rx.el.div(form, class_name="flex justify-center px-4 py-10 lg:py-20", style={"background": "var(--page)"}),
            _beside(),
            class_name="grid self-stretch grow min-h-dvh -mx-4 -my-6 lg:grid-cols-[minmax(0,1fr)_600px]",
        )
    )


def _error(field: str) -> rx.Var:
    return rx.cond(SetupState.wrong_field == field, SetupState.wrong_words, "")


def _form() -> rx.Component:
    code = text_field(
        "One-time code", name="code", error=_error("code"), default_value=SetupState.code, key=SetupState.code,
        auto_complete="off", spell_check=False, required=True, style={"font_family": "var(--mono)"},
    )  # fmt: skip
    who = rx.el.div(
        text_field(
            "Your name", name="name", error=_error("name"), value=SetupState.name, on_change=SetupState.set_name,
            auto_complete="name", required=True, max_length=120,
        ),
        text_field(
            "E-mail", name="email", error=_error("email"), value=SetupState.email, on_change=SetupState.set_email,
            type="email", auto_complete="username", required=True,
        ),
        class_name="grid sm:grid-cols-2 gap-3 gap-y-4",
    )  # fmt: skip
    place = rx.el.div(
        native_select(
            "Country", list(countries()), name="country", error=_error("country"), value=SetupState.country,
            on_change=SetupState.set_country,
        ),
        native_select(
            "Time zone", SetupState.zones, name="timezone", error=_error("timezone"), value=SetupState.zone,
            on_change=SetupState.set_zone,
        ),
        class_name="grid sm:grid-cols-2 gap-3 gap-y-4",
    )  # fmt: skip
    workspace = text_field(
        "Workspace", name="workspace", error=_error("workspace"), value=SetupState.workspace, required=True, max_length=120,
        on_change=SetupState.set_workspace, help_text="What your team is called. It stands at the top of every page.",
    )  # fmt: skip
    parts = (code, who, new_password_field(error=_error("password")), workspace, place)
    return posted(*parts, to="/api/session/setup", word="Create workspace", class_name="stack gap-5")


def _beside() -> rx.Component:
    log = rx.el.pre(
        "Nobody can sign in yet. Open the set-up page.\n",
        rx.el.span("address=", class_name="quiet"),
        "…/setup?code=",
        rx.el.mark(
            "the code", class_name="px-1 rounded-sm", style={"background": "var(--indigo-a3)", "color": "var(--indigo-12)"}
        ),
        class_name="card mono p-3.5 m-0 mt-3 whitespace-pre-wrap leading-5",
    )
    return rx.el.aside(
        rx.el.h2("Where is the code?", class_name="m-0 text-base leading-6 font-medium"),
        rx.el.p(
            "The server wrote it to its log when it started. It works once, and only until the first person is set up.",
            class_name="quiet m-0 mt-1",
        ),
        log,
        rx.el.p(
            icon("info", 12), "Lost it? Restart the server, it writes a new one.", class_name="row quiet small m-0 mt-2 gap-1"
        ),
        rx.el.h2("Then", class_name="m-0 mt-10 mb-1 text-base leading-6 font-medium"),
        rx.el.ul(
            rx.cond(SetupState.can_simulate, _step(*_TRY)), *(_step(*each) for each in _THEN), class_name="list-none m-0 p-0"
        ),
        aria_label="Help",
        class_name="hidden lg:block px-18 pt-[140px]",
        style={"border_left": "1px solid var(--gray-a5)"},
    )


def _step(icon_name: str, word: str) -> rx.Component:
    return rx.el.li(rx.el.span(icon(icon_name), class_name="quiet flex"), word, class_name="row gap-3 h-9")


on_load = [SetupState.load]
