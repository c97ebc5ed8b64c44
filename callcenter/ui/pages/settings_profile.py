"""Settings of the person looking: name, time zone, theme, password, and where they are signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx
from reflex.style import color_mode, set_color_mode

from callcenter.domain.errors import CallCenterError
from callcenter.services import runtime, signing_in, staffing
from callcenter.services.signing_in import Session
from callcenter.ui import session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button, switch
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.form import password_field, text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.status_badge import tint_badge
from callcenter.ui.components.times import time_ago
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.entrance import PROBLEMS, posted, problem, waiting_words
from callcenter.ui.pages.new_password import new_password_field
from callcenter.ui.pages.zones import native_select, zones
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.shell_state import ShellState

_FIELDS: Mapping[str, str] = {"name": "name", "timezone": "timezone"}
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SignIn:
    """One place somebody is signed in at."""

    id: str
    device: str
    address: str
    seen: str
    seen_at: str
    is_this: bool


class ProfileState(rx.State):
    """The page of the person looking."""

    name: str = ""
    email: str = ""
    zone: str = "UTC"
    keys: str = rx.LocalStorage("", name="hotkeys")
    announcements: str = rx.LocalStorage("", name="announce")
    has_password: bool = True
    sign_ins: list[SignIn] = []
    has_others: bool = False
    errors: dict[str, str] = {}
    form_key: str = ""
    password_problem: str = ""
    old_wrong: str = ""
    new_wrong: str = ""
    was_changed: bool = False

    @rx.event
    @allow(*ANYONE)
    async def set_keys(self, is_on: bool) -> None:
        """Whether single letters do something; the script that listens to them reads it where it is kept."""
        self.keys = "" if is_on else "off"

    @rx.event
    @allow(*ANYONE)
    async def set_announcements(self, is_on: bool) -> None:
        """Whether screen readers hear what changes by itself."""
        self.announcements = "" if is_on else "off"

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads who is looking, and what the address says about a changed password."""
        if not _is_here(self.router.url.path):
            self.form_key = ""
            return
        rt, actor = runtime.current(), await session.who(self)
        user = await staffing.me(rt, actor)
        self._read_address(self.router.url.query_parameters)
        if not self.form_key:
            self.name, self.zone, self.errors = user.name, user.timezone, {}
            self.form_key = f"{user.user_id}-{user.rev}"
        self.email, self.has_password = user.email, user.has_password
        await self._show_sign_ins()

    def _read_address(self, query: Mapping[str, str]) -> None:
        kind, field = query.get("error", ""), query.get("field", "")
        self.password_problem = waiting_words(query.get("seconds", "")) if kind == "wait" else ""
        self.old_wrong = PROBLEMS["old"] if kind and field == "old" else ""
        self.new_wrong = PROBLEMS["new"] if kind and field == "new" else ""
        self.was_changed = query.get("done", "") == "password"

    async def _show_sign_ins(self) -> None:
        rt, actor = runtime.current(), await session.who(self)
        mine = await signing_in.session_of(rt, session.cookie_value(self))
        this_id = mine[1].session_id if mine else ""
        found = await staffing.sessions_of(rt, actor)
        now, zone = rt.clock.now(), self.zone
        self.sign_ins = sorted((_sign_in(each, this_id, now=now, zone=zone) for each in found), key=lambda row: not row.is_this)
        self.has_others = any(not row.is_this for row in self.sign_ins)

    @rx.event
    @allow(*ANYONE)
    async def save(self, form: dict[str, Any]) -> Any:
        """Keeps name and time zone."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            user = await staffing.change_me(rt, actor, name=str(form.get("name", "")), timezone=str(form.get("timezone", "")))
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return None
        self.name, self.zone, self.errors = user.name, user.timezone, {}
        return [toasts.done("Saved."), ShellState.load]

    @rx.event
    @allow(*ANYONE)
    async def end(self, session_id: str) -> Any:
        """Signs out one other browser."""
        rt, actor = runtime.current(), await session.who(self)
        await staffing.end_sessions(rt, actor, str(session_id))
        session.forget()
        await self._show_sign_ins()
        return toasts.done("Signed out there.")

    @rx.event
    @allow(*ANYONE)
    async def end_others(self) -> Any:
        """Signs out everywhere but here."""
        rt, actor = runtime.current(), await session.who(self)
        for row in self.sign_ins:
            if not row.is_this:
                await staffing.end_sessions(rt, actor, row.id)
        session.forget()
        await self._show_sign_ins()
        return toasts.done("Signed out everywhere else.")


def _is_here(path: str) -> bool:
    return path.rstrip("/") in ("/settings", "/settings/profile")


def _sign_in(each: Session, this_id: str, *, now: datetime, zone: str) -> SignIn:
    return SignIn(
        id=each.session_id,
        device=device_words(each.user_agent),
        address=each.address,
        seen=words.ago(each.seen_at, now=now, zone=zone),
        seen_at=each.seen_at.isoformat(timespec="seconds"),
        is_this=each.session_id == this_id,
    )


def device_words(agent: str) -> str:
    """A browser's own long name in two words: "Chrome on Windows"."""
    browser = next((word for mark, word in _BROWSERS if mark in agent), "A browser")
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


def profile_section() -> rx.Component:
    """The section."""
    return rx.el.div(
        rx.el.div(_you_card(), _look_card(), class_name="stack gap-3"),
        rx.el.div(_sign_ins_card(), _password_card(), class_name="stack gap-3"),
        class_name="grid lg:grid-cols-2 gap-3 items-start",
    )


def _you_card() -> rx.Component:
    state = ProfileState
    form = rx.el.form(
        problem(form_errors.of(state.errors, "form")),
        text_field(
            "Name", name="name", default_value=state.name, required=True, max_length=120, auto_complete="name",
            error=form_errors.of(state.errors, "name"),
        ),
        native_select(
            "Time zone", list(zones()), name="timezone", default_value=state.zone, error=form_errors.of(state.errors, "timezone"),
            help_text="All times are shown in it. On a lead, theirs stands beside it.",
        ),
        rx.el.div(
            button("Save", kind="main", type="submit"), rx.el.span(state.email, class_name="quiet clip"), class_name="row gap-3"
        ),
        on_submit=state.save,
        reset_on_submit=False,
        key=state.form_key,
        class_name="stack gap-4",
    )  # fmt: skip
    return card(form, title="You")


def _look_card() -> rx.Component:
    def choice(mode: str, word: str, icon_name: str) -> rx.Component:
        return rx.el.button(
            icon(icon_name),
            word,
            type="button",
            on_click=set_color_mode(mode),
            aria_pressed=rx.cond(color_mode == mode, "true", "false"),
            class_name="gap-2",
        )

    themes = rx.el.div(
        choice("system", "System", "monitor"),
        choice("light", "Light", "sun"),
        choice("dark", "Dark", "moon"),
        role="group",
        aria_label="Theme",
        class_name="segments",
    )
    keys = switch(
        "Keys of a single letter",
        checked=ProfileState.keys != "off",
        on_change=ProfileState.set_keys,
        help_text="Like c for a new call; ? lists them all. Off, for those who speak to their computer. Ctrl K stays.",
    )
    announcements = switch(
        "Announce live changes",
        checked=ProfileState.announcements != "off",
        on_change=ProfileState.set_announcements,
        help_text="Screen readers hear a summary, every 20 seconds at most.",
    )
    return card(
        rx.el.div(rx.el.span("Theme", class_name="field-label"), themes, class_name="stack gap-2 items-start"),
        keys,
        announcements,
        rx.el.p("Kept in this browser.", class_name="quiet small m-0"),
        title="Look and keys",
        class_name="[&>.card-body]:grid [&>.card-body]:gap-4",
    )


def _sign_ins_card() -> rx.Component:
    def row(each: Any) -> rx.Component:
        here = rx.cond(
            each.is_this,
            tint_badge("This browser", hue="indigo"),
            button("Sign out", size="small", on_click=ProfileState.end(each.id)),
        )
        return rx.el.div(
            icon("monitor_smartphone", class_name="quiet"),
            rx.el.div(
                rx.el.span(each.device, class_name="strong"),
                rx.el.span(
                    time_ago(each.seen, each.seen_at),
                    rx.cond(each.address != "", " · " + each.address, ""),
                    class_name="quiet small",
                ),
                class_name="stack grow",
            ),
            here,
            class_name="row gap-3 min-h-14",
        )

    everywhere = rx.cond(ProfileState.has_others, button("Sign out others", on_click=ProfileState.end_others))
    return card(card_rows(rx.foreach(ProfileState.sign_ins, row)), title="Where you are signed in", tools=everywhere, body=False)


def _password_card() -> rx.Component:
    state = ProfileState
    changed = rx.el.div(
        icon("circle_check"),
        rx.el.div("Your password is changed. All other sign-ins of yours have ended."),
        class_name="note-box mb-4",
        data_accent_color="green",
        role="status",
    )
    form = posted(
        problem(state.password_problem),
        rx.el.input(type="hidden", name="username", value=state.email, auto_complete="username", read_only=True),
        password_field("Old password", name="old", auto_complete="current-password", required=True, error=state.old_wrong),
        new_password_field("New password", name="new", error=state.new_wrong),
        to="/api/session/password",
        word="Change password",
    )
    none = rx.el.p("You signed in without a password, so there is none to change.", class_name="quiet m-0")
    return card(rx.cond(state.was_changed, changed), rx.cond(state.has_password, form, none), title="Password")
