"""Settings of the team: who may sign in, as what, and the links with which they set a password."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.user import Role, User
from callcenter.services import runtime, staffing
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button, icon_button
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.confirm import confirm, dialog
from callcenter.ui.components.form import text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.status_badge import lined_badge, tint_badge
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.pages.entrance import problem
from callcenter.ui.pages.settings_roles import ROLE_WORDS, roles_card
from callcenter.ui.pages.zones import Option, native_select
from callcenter.ui.session import ADMINS, allow
from callcenter.ui.shell_state import closed_when_left

_FIELDS: Mapping[str, str] = {"email": "email", "name": "name", "role": "role"}
_ROLES = [Option(value, word) for value, word in ROLE_WORDS.items()]


@dataclass(frozen=True)
class Person:
    """Somebody of the team."""

    id: str
    name: str
    email: str
    initials: str
    role: str
    role_word: str
    sees: str
    seen: str
    is_active: bool
    is_invited: bool
    is_me: bool


@dataclass(frozen=True)
class ClientBox:
    """A client that a person may be limited to."""

    id: str
    name: str
    is_on: bool


@closed_when_left("settings", editing="", off_id="", link="")
class TeamState(rx.State):
    """The people, and the dialogs over them."""

    people: list[Person] = []
    count: str = ""
    editing: str = ""
    is_new: bool = False
    edit_name: str = ""
    edit_email: str = ""
    edit_role: str = "agent"
    is_limited: bool = False
    clients: list[ClientBox] = []
    errors: dict[str, str] = {}
    off_id: str = ""
    off_name: str = ""
    link: str = ""
    link_for: str = ""
    _users: dict[str, User] = {}

    @rx.event
    @allow(*ADMINS)
    async def load(self) -> None:
        """Reads everybody."""
        if self.router.url.path.rstrip("/") == "/settings/team":
            self.link = ""
            await self._show()

    async def _show(self) -> None:
        rt, actor = runtime.current(), await session.who(self)
        viewer = await viewer_of(self)
        users = await staffing.users_of(rt, actor)
        self._users = {user.user_id: user for user in users}
        named, now = dict(viewer.clients), rt.clock.now()
        rows = [_person(user, actor.user_id, named, now=now, zone=viewer.zone) for user in users]
        self.people = sorted(rows, key=lambda row: not row.is_active)
        active = sum(1 for row in rows if row.is_active)
        self.count = words.counted(active, "person", "people")

    @rx.event
    @allow(*ADMINS)
    async def open_new(self) -> None:
        """Opens the dialog that adds somebody."""
        await self._open(None)

    @rx.event
    @allow(*ADMINS)
    async def open(self, user_id: str) -> None:
        """Opens the dialog that changes somebody."""
        if str(user_id) in self._users:
            await self._open(self._users[str(user_id)])

    async def _open(self, user: User | None) -> None:
        viewer = await viewer_of(self)
        chosen = user.client_ids if user else frozenset[str]()
        self.clients = [ClientBox(key, name, key in chosen) for key, name in viewer.clients]
        self.edit_name, self.edit_email = (user.name, user.email) if user else ("", "")
        self.edit_role, self.is_limited = (user.role.value, user.is_limited) if user else ("agent", False)
        self.editing, self.is_new, self.errors = (user.user_id if user else "new"), user is None, {}

    @rx.event
    @allow(*ADMINS)
    async def close(self) -> None:
        """Closes every dialog, and forgets the link."""
        self.editing = self.off_id = self.link = ""

    @rx.event
    @allow(*ADMINS)
    async def set_role(self, role: str) -> None:
        """Chooses the role in the dialog."""
        self.edit_role = role if role in ROLE_WORDS else self.edit_role

    @rx.event
    @allow(*ADMINS)
    async def set_limited(self, is_limited: bool) -> None:
        """Chooses between all clients and some."""
        self.is_limited = bool(is_limited)

    @rx.event
    @allow(*ADMINS)
    async def toggle_client(self, client_id: str) -> None:
        """Lets them see one client, or not."""
        self.clients = [ClientBox(each.id, each.name, each.is_on ^ (each.id == client_id)) for each in self.clients]

    @rx.event
    @allow(*ADMINS)
    async def save(self, form: dict[str, Any]) -> Any:
        """Adds somebody and shows their link, or keeps what was changed."""
        rt, actor = runtime.current(), await session.who(self)
        only = frozenset(each.id for each in self.clients if each.is_on) if self.is_limited else None
        name = str(form.get("name", ""))
        try:
            if self.is_new:
                user = await staffing.add_user(
                    rt, actor, email=str(form.get("email", "")), role=Role(self.edit_role), name=name, client_ids=only
                )
            else:
                changes = {"name": name, "role": self.edit_role, "client_ids": only}
                before = self._users[self.editing]
                user = await staffing.change_user(rt, actor, before.user_id, changes, rev=before.rev)
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return None
        was_new, self.editing = self.is_new, ""
        await self._after()
        return TeamState.make_link(user.user_id) if was_new else toasts.done(f"{user.name} is saved.")

    @rx.event
    @allow(*ADMINS)
    async def make_link(self, user_id: str) -> Any:
        """Makes the one-use link with which somebody sets a password."""
        rt, actor = runtime.current(), await session.who(self)
        user = self._users.get(str(user_id))
        if user is None:
            return toasts.failed("There is no such person any more.")
        secret = await staffing.link_for(rt, actor, user.user_id)
        base = rt.settings.public_url or self.router.url.origin
        self.link = f"{base}/{'reset' if user.has_password else 'invite'}/{quote(secret, safe='')}"
        self.link_for = user.name
        return None

    @rx.event
    @allow(*ADMINS)
    async def ask_off(self, user_id: str) -> None:
        """Asks before somebody is shut out."""
        user = self._users.get(str(user_id))
        self.off_id, self.off_name = (user.user_id, user.name) if user else ("", "")

    @rx.event
    @allow(*ADMINS)
    async def deactivate(self) -> Any:
        """Shuts somebody out at once."""
        user_id, name = self.off_id, self.off_name
        self.off_id = ""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await staffing.deactivate(rt, actor, user_id)
        except CallCenterError as error:
            return toasts.failed(f"{name} was not deactivated.", error.message)
        await self._after()
        return toasts.done(f"{name} is shut out.", undo=TeamState.reactivate(user_id))

    @rx.event
    @allow(*ADMINS)
    async def reactivate(self, user_id: str) -> Any:
        """Lets somebody in again."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            user = await staffing.reactivate(rt, actor, str(user_id))
        except CallCenterError as error:
            return toasts.failed("That did not work.", error.message)
        await self._after()
        return toasts.done(f"{user.name} may sign in again.")

    async def _after(self) -> None:
        session.forget()
        live.hub.bump("users", "all")
        await self._show()


def _person(user: User, my_id: str | None, named: Mapping[str, str], *, now: datetime, zone: str) -> Person:
    sees = ", ".join(sorted(named.get(each, "?") for each in user.client_ids)) or "No client"
    return Person(
        id=user.user_id,
        name=user.name,
        email=user.email,
        initials=words.initials(user.name),
        role=user.role.value,
        role_word=ROLE_WORDS[user.role.value],
        sees=sees if user.is_limited else "All clients",
        seen=words.ago(user.last_seen_at, now=now, zone=zone) if user.last_seen_at else "never signed in",
        is_active=user.is_active,
        is_invited=user.is_active and not user.has_password and not user.is_demo,
        is_me=user.user_id == my_id,
    )


def team_section() -> rx.Component:
    """The section."""
    add = button("Add person", kind="main", icon_name="user_plus", on_click=TeamState.open_new)
    people = card(card_rows(rx.foreach(TeamState.people, _row)), title="People", count=TeamState.count, tools=add, body=False)
    return rx.el.div(people, roles_card(), _edit_dialog(), _link_dialog(), _off_dialog(), class_name="stack gap-3")


def _row(person: Any) -> rx.Component:
    who = rx.el.div(
        rx.el.span(
            rx.el.span(person.name, class_name="strong clip"),
            rx.cond(person.is_me, lined_badge("You")),
            rx.cond(person.is_invited, tint_badge("Invited", hue="amber", icon_name="mail")),
            rx.cond(person.is_active, rx.fragment(), tint_badge("Shut out", icon_name="ban")),
            class_name="row",
        ),
        rx.el.span(person.email, class_name="quiet small clip"),
        class_name="stack min-w-0",
    )
    menu = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(icon_button("ellipsis", "More for " + person.name)),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item(icon("pencil"), "Change…", on_click=TeamState.open(person.id)),
            rx.dropdown_menu.item(icon("link"), "Link for a new password…", on_click=TeamState.make_link(person.id)),
            rx.dropdown_menu.separator(),
            rx.cond(
                person.is_active,
                rx.dropdown_menu.item(icon("ban"), "Shut out…", on_click=TeamState.ask_off(person.id)),
                rx.dropdown_menu.item(icon("undo_2"), "Let in again", on_click=TeamState.reactivate(person.id)),
            ),
            align="end",
        ),
    )
    return rx.el.div(
        rx.el.span(person.initials, class_name="avatar cursor-default", aria_hidden="true"),
        who,
        rx.el.span(person.role_word),
        rx.el.span(person.sees, class_name="quiet clip max-md:hidden"),
        rx.el.span(person.seen, class_name="quiet small max-md:hidden"),
        menu,
        key=person.id,
        class_name="grid items-center gap-3 min-h-14 grid-cols-[32px_minmax(0,1fr)_auto_32px] "
        "md:grid-cols-[32px_minmax(0,1.4fr)_110px_minmax(0,1fr)_130px_32px]",
    )


def _edit_dialog() -> rx.Component:
    state = TeamState

    def box(each: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox", checked=each.is_on, on_change=lambda _on: state.toggle_client(each.id), class_name="check"
            ),
            each.name,
            class_name="check-row",
        )

    limits = rx.el.fieldset(
        rx.el.legend("Sees", class_name="field-label p-0 mb-1"),
        rx.el.div(
            rx.el.button(
                "All clients",
                type="button",
                aria_pressed=rx.cond(state.is_limited, "false", "true"),
                on_click=state.set_limited(False),
            ),
            rx.el.button(
                "Only some",
                type="button",
                aria_pressed=rx.cond(state.is_limited, "true", "false"),
                on_click=state.set_limited(True),
            ),
            role="group",
            class_name="segments",
        ),
        rx.cond(state.is_limited, rx.el.div(rx.foreach(state.clients, box), class_name="stack mt-2 max-h-48 overflow-y-auto")),
        class_name="m-0 p-0 border-0",
    )
    email = text_field(
        "E-mail", name="email", type="email", required=True, error=form_errors.of(state.errors, "email"), auto_complete="off"
    )
    form = rx.el.form(
        problem(form_errors.of(state.errors, "form")),
        rx.cond(state.is_new, email, rx.el.p(state.edit_email, class_name="quiet m-0")),
        text_field(
            "Name", name="name", default_value=state.edit_name, required=True, max_length=120,
            error=form_errors.of(state.errors, "name"), auto_complete="off",
        ),
        native_select(
            "Role", _ROLES, name="role", value=state.edit_role, on_change=state.set_role,
            error=form_errors.of(state.errors, "role"),
            help_text=rx.cond(state.is_new, "", "Another role signs them out, so that it holds at once."),
        ),
        limits,
        rx.el.div(
            button("Cancel", kind="quiet", on_click=state.close, needs_server=False),
            button(rx.cond(state.is_new, "Add and make a link", "Save"), kind="main", type="submit", data_hotkey="mod+enter"),
            class_name="actions",
        ),
        on_submit=state.save,
        reset_on_submit=False,
        key=state.editing,
        class_name="stack gap-4",
    )  # fmt: skip
    return dialog(
        form,
        is_open=state.editing != "",
        on_close=state.close,
        title=rx.cond(state.is_new, "Add person", "Change person"),
        width=440,
    )


def _link_dialog() -> rx.Component:
    return dialog(
        rx.el.div(
            rx.el.div(
                rx.el.code(TeamState.link, class_name="mono break-all grow"),
                button("Copy", icon_name="copy", data_copy=TeamState.link, needs_server=False),
                class_name="quiet-box row p-3",
            ),
            rx.el.p("It works once, for three days. Who has it can sign in as this person.", class_name="quiet"),
            rx.el.div(button("Done", kind="main", on_click=TeamState.close), class_name="actions"),
            class_name="stack gap-3 mt-3",
        ),
        is_open=TeamState.link != "",
        on_close=TeamState.close,
        title="Send this link to " + TeamState.link_for,
        description="They open it and set a password. No mail is sent by itself.",
        width=520,
    )


def _off_dialog() -> rx.Component:
    return confirm(
        is_open=TeamState.off_id != "",
        on_close=TeamState.close,
        title="Shut " + TeamState.off_name + " out?",
        facts="They are signed out at once and cannot sign in again. What they did stays under their name.",
        safe_word="Keep",
        word="Shut out",
        icon_name="ban",
        on_confirm=TeamState.deactivate,
    )
