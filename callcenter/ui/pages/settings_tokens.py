"""Settings of scripts: tokens for the REST API, each shown once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.user import Role, Token
from callcenter.services import runtime, staffing
from callcenter.ui import session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.confirm import confirm, dialog
from callcenter.ui.components.faces import empty_part
from callcenter.ui.components.form import text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import server_link
from callcenter.ui.components.status_badge import tint_badge
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.pages.entrance import problem
from callcenter.ui.pages.settings_roles import ROLE_WORDS
from callcenter.ui.pages.zones import Option, native_select
from callcenter.ui.session import ADMINS, allow
from callcenter.ui.shell_state import closed_when_left

_FIELDS: Mapping[str, str] = {"name": "name", "expiresAt": "expires", "clientIds": "client"}
_ALL = "all"
_EXPIRES: Mapping[str, tuple[str, int]] = {
    "30": ("In 30 days", 30),
    "90": ("In 90 days", 90),
    "365": ("In a year", 365),
    "never": ("Never", 0),
}
_ROLES = [Option(value, f"{word}: {what}") for (value, word), what in zip(
    ROLE_WORDS.items(), ("reads", "also places calls and adds leads", "also runs batches and sets limits", "may do everything"),
    strict=True,
)]  # fmt: skip


@dataclass(frozen=True)
class TokenRow:
    """One token; of its secret the last four characters."""

    id: str
    name: str
    last4: str
    role: str
    client: str
    used: str
    expires: str
    made: str
    is_over: bool


@closed_when_left("settings", is_adding=False, off_id="", secret="", curl="")
class TokensState(rx.State):
    """The tokens, and the dialogs over them. A new secret is here only while its dialog is open."""

    tokens: list[TokenRow] = []
    clients: list[Option] = []
    is_adding: bool = False
    errors: dict[str, str] = {}
    secret: str = ""
    curl: str = ""
    off_id: str = ""
    off_name: str = ""

    @rx.event
    @allow(*ADMINS)
    async def load(self) -> None:
        """Reads them all."""
        if self.router.url.path.rstrip("/") == "/settings/tokens":
            self.secret = self.curl = ""
            await self._show()

    async def _show(self) -> None:
        rt, actor = runtime.current(), await session.who(self)
        viewer = await viewer_of(self)
        named, now = dict(viewer.clients), rt.clock.now()
        rows = [_row_of(token, named, now=now, zone=viewer.zone) for token in await staffing.tokens_of(rt, actor)]
        self.tokens = sorted(rows, key=lambda row: row.is_over)
        self.clients = [Option(_ALL, "All clients"), *(Option(key, f"Only {name}") for key, name in viewer.clients)]

    @rx.event
    @allow(*ADMINS)
    async def open(self) -> None:
        """Opens the dialog that makes one."""
        self.is_adding, self.errors = True, {}

    @rx.event
    @allow(*ADMINS)
    async def close(self) -> None:
        """Closes every dialog, and forgets the secret."""
        self.is_adding, self.off_id, self.secret, self.curl = False, "", "", ""

    @rx.event
    @allow(*ADMINS)
    async def add(self, form: dict[str, Any]) -> None:
        """Makes a token and shows it, this once."""
        rt, actor = runtime.current(), await session.who(self)
        role, client = str(form.get("role", "")), str(form.get("client", ""))
        _word, days = _EXPIRES.get(str(form.get("expires", "")), _EXPIRES["90"])
        try:
            secret, _token = await staffing.add_token(
                rt,
                actor,
                name=str(form.get("token_name", "")),
                role=Role(role) if role in ROLE_WORDS else Role.VIEWER,
                client_id=None if client in ("", _ALL) else client,
                expires_at=rt.clock.now() + timedelta(days=days) if days else None,
            )
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return
        base = rt.settings.public_url or self.router.url.origin
        self.secret, self.is_adding = secret, False
        self.curl = f"curl -H 'Authorization: Bearer {secret}' {base}/api/calls?limit=5"
        await self._show()

    @rx.event
    @allow(*ADMINS)
    async def ask_revoke(self, token_id: str) -> None:
        """Asks before one is ended."""
        found = next((row for row in self.tokens if row.id == token_id), None)
        self.off_id, self.off_name = (found.id, found.name) if found else ("", "")

    @rx.event
    @allow(*ADMINS)
    async def revoke(self) -> Any:
        """Ends one at once and for good."""
        token_id, self.off_id = self.off_id, ""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await staffing.revoke_token(rt, actor, token_id)
        except CallCenterError as error:
            return toasts.failed("The token was not ended.", error.message)
        await self._show()
        return toasts.done("The token is ended.")


def _row_of(token: Token, named: Mapping[str, str], *, now: datetime, zone: str) -> TokenRow:
    is_over = token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now)
    expires = "never ends" if token.expires_at is None else f"ends {words.day(token.expires_at, zone)}"
    return TokenRow(
        id=token.token_id,
        name=token.name,
        last4=f"cc_…{token.last4}",
        role=ROLE_WORDS[token.role.value],
        client=named.get(token.client_id, "a client") if token.client_id else "All clients",
        used=f"used {words.ago(token.last_used_at, now=now, zone=zone)}" if token.last_used_at else "never used",
        expires="ended" if token.revoked_at else "expired" if is_over else expires,
        made=f"made by {token.created_by}",
        is_over=is_over,
    )


def tokens_section() -> rx.Component:
    """The section."""
    add = button("Make a token", kind="main", icon_name="key_round", on_click=TokensState.open)
    docs = server_link(icon("book_open"), "API reference", href="/api/docs", class_name="btn btn-ghost")
    none = empty_part("No token yet. A script needs one to use the API.")
    rows = rx.cond(TokensState.tokens.length() > 0, card_rows(rx.foreach(TokensState.tokens, _row)), none)
    return rx.el.div(
        card(rows, title="Tokens", tools=rx.fragment(docs, add), body=False), _add_dialog(), _secret_dialog(), _revoke_dialog()
    )


def _row(token: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(
                rx.el.span(token.name, class_name="strong clip"),
                rx.el.span(token.last4, class_name="mono quiet"),
                rx.cond(token.is_over, tint_badge(token.expires, icon_name="ban")),
                class_name="row",
            ),
            rx.el.span(token.role, " · ", token.client, " · ", token.made, class_name="quiet small"),
            class_name="stack min-w-0",
        ),
        rx.el.span(token.used, class_name="quiet small max-md:hidden"),
        rx.el.span(rx.cond(token.is_over, "", token.expires), class_name="quiet small max-md:hidden"),
        rx.cond(token.is_over, rx.el.span(), button("End", size="small", on_click=TokensState.ask_revoke(token.id))),
        key=token.id,
        class_name="grid items-center gap-3 min-h-14 grid-cols-[minmax(0,1fr)_auto] "
        "md:grid-cols-[minmax(0,1fr)_150px_170px_48px]",
    )


def _add_dialog() -> rx.Component:
    state = TokensState
    form = rx.el.form(
        problem(form_errors.of(state.errors, "form")),
        text_field(
            "What is it for?", name="token_name", required=True, max_length=120, placeholder="CRM, nightly report",
            error=form_errors.of(state.errors, "name"), auto_complete="off",
        ),
        native_select("May", _ROLES, name="role", default_value=Role.VIEWER.value),
        native_select("For", state.clients, name="client", default_value=_ALL),
        native_select("Ends", [Option(key, word) for key, (word, _) in _EXPIRES.items()], name="expires", default_value="90"),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=state.close, needs_server=False),
            button("Make the token", kind="main", type="submit", data_hotkey="mod+enter"),
            class_name="actions",
        ),
        on_submit=state.add,
        reset_on_submit=False,
        class_name="stack gap-4",
    )  # fmt: skip
    return dialog(form, is_open=state.is_adding, on_close=state.close, title="Make a token", width=440)


def _secret_dialog() -> rx.Component:
    def box(text: Any, word: str) -> rx.Component:
        return rx.el.div(
            rx.el.code(text, class_name="mono break-all grow"),
            button(word, icon_name="copy", data_copy=text, needs_server=False),
            class_name="quiet-box row p-3",
        )

    return dialog(
        rx.el.div(
            box(TokensState.secret, "Copy"),
            rx.el.span("Try it:", class_name="field-label"),
            box(TokensState.curl, "Copy line"),
            rx.el.div(button("I have it", kind="main", on_click=TokensState.close), class_name="actions"),
            class_name="stack gap-2 mt-2",
        ),
        is_open=TokensState.secret != "",
        on_close=TokensState.close,
        title="Copy the token now",
        description="It is shown this once. We keep only what is needed to recognise it.",
        width=560,
    )


def _revoke_dialog() -> rx.Component:
    return confirm(
        is_open=TokensState.off_id != "",
        on_close=TokensState.close,
        title="End this token?",
        facts=TokensState.off_name + " stops working at once and for good. What uses it gets an error.",
        safe_word="Keep",
        word="End the token",
        icon_name="ban",
        on_confirm=TokensState.revoke,
    )
