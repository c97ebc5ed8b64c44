"""Signing in: a form the browser posts itself, and one click in the demo."""

import reflex as rx

from callcenter.services import onboarding, runtime, signing_in
from callcenter.ui import session
from callcenter.ui.components.buttons import text_button
from callcenter.ui.components.form import password_field, text_field
from callcenter.ui.pages.entrance import card_page, heading, own_path, posted, problem, waiting_words
from callcenter.ui.session import allow

_FORGOT = "An admin of your team can make a link with which you set a new password: Settings, Team."


class LoginState(rx.State):
    """What the page says; nothing typed passes through here."""

    workspace: str = ""
    is_demo: bool = False
    next_path: str = "/"
    problem: str = ""
    has_forgotten: bool = False

    @rx.event
    @allow()
    async def load(self) -> object:
        """Reads the address; sends on whoever is signed in, and the first person of all to the set-up."""
        rt, query = runtime.current(), self.router.url.query_parameters
        path = own_path(query.get("next", "/"))
        if await signing_in.needs_setup(rt) and not rt.is_demo:
            return rx.redirect("/setup")
        if await session.actor_of(session.cookie_value(self)) is not None:
            return rx.redirect(path)
        self.workspace = (await onboarding.installation_of(rt)).name or "Call center"
        self.is_demo, self.next_path = rt.is_demo, path
        self.problem = _problem(query.get("error", ""), query.get("seconds", ""))
        return None

    @rx.event
    @allow()
    async def forgot(self) -> None:
        """Says what to do without the password."""
        self.has_forgotten = not self.has_forgotten


def _problem(kind: str, seconds: str) -> str:
    if kind == "wait":
        return waiting_words(seconds)
    return "The address or the password is wrong." if kind else ""


def login_page() -> rx.Component:
    """The page."""
    return card_page(
        rx.cond(LoginState.is_demo, _demo(), _sign_in()),
        workspace=LoginState.workspace,
        below=rx.cond(
            LoginState.is_demo, "Nothing you do here reaches anyone.", "No account? Ask an admin of your team for an invite."
        ),
    )


def _sign_in() -> rx.Component:
    return rx.el.div(heading("Sign in"), problem(LoginState.problem), _form(), class_name="stack gap-4")


def _demo() -> rx.Component:
    look = posted(
        _next(), to="/api/session/demo", word="Look around", icon_name="flask_conical", aria_label="Look around the demo"
    )
    folded = rx.el.details(
        rx.el.summary("Sign in with a password", class_name="link list-none text-center [&::-webkit-details-marker]:hidden"),
        rx.el.div(_form(), class_name="pt-4"),
        open=LoginState.problem != "",
    )
    return rx.el.div(
        heading("Try the demo", "Made-up clients and leads, and calls going on. Every call is simulated: no real phone rings."),
        look,
        problem(LoginState.problem),
        folded,
        class_name="stack gap-4",
    )


def _next() -> rx.Component:
    return rx.el.input(type="hidden", name="next", value=LoginState.next_path, read_only=True)


def _form() -> rx.Component:
    forgot = text_button(
        "Forgot it?", on_click=LoginState.forgot, aria_expanded=rx.cond(LoginState.has_forgotten, "true", "false")
    )
    return posted(
        _next(),
        text_field(
            "E-mail", name="email", type="email", is_large=True, auto_complete="username", required=True, spell_check=False
        ),
        password_field(
            "Password",
            name="password",
            class_name="input-large",
            auto_complete="current-password",
            required=True,
            side=forgot,
            help_text=rx.cond(LoginState.has_forgotten, _FORGOT, ""),
        ),
        to="/api/session",
        word="Sign in",
    )


on_load = [LoginState.load]
