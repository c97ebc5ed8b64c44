"""Settings of the Retell accounts: what each carries and may carry, and the pace of its numbers."""

import logging
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError, Forbidden, Unauthenticated
from callcenter.domain.user import Actor
from callcenter.services import connecting, limiting, runtime
from callcenter.ui import live, session
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import card, fact, fact_if
from callcenter.ui.components.faces import empty_part, skeleton_card
from callcenter.ui.components.form import text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.status_badge import tint_badge
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.entrance import problem
from callcenter.ui.pages.settings_account_rows import AccountRow, changes_of, errors_of, refreshed, row_of
from callcenter.ui.session import ADMINS, allow

log = logging.getLogger(__name__)

_PATH = "/settings/accounts"


class AccountsState(rx.State):
    """The accounts as they were read, and what was wrong with a form by the name of its field."""

    rows: list[AccountRow] = []
    errors: dict[str, str] = {}
    face: str = "loading"
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*ADMINS)
    async def load(self) -> None:
        """Reads them, once the section is open."""
        if self.router.url.path.rstrip("/") == _PATH:
            self.errors = {}
            await self._show()

    async def _show(self) -> None:
        rt, self._viewer = runtime.current(), await viewer_of(self)
        try:
            found = await limiting.accounts_of(rt, await session.who(self))
        except Forbidden:
            self.face = "refused"
            return
        self.rows = [row_of(view, self._viewer, now=rt.clock.now()) for view in found]
        self.face = "ready" if found else "empty"

    @rx.event(background=True)
    @allow(*ADMINS)
    async def watch(self) -> None:
        """Keeps what is said of the accounts true while the section is open; its fields stay as they were read."""
        if self.router.url.path.rstrip("/") != _PATH:
            return
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(live.FRAME):
            try:
                await self._refresh(await session.still(cookie))
            except (Unauthenticated, Forbidden):
                return
            except Exception:
                log.exception("the accounts could not be refreshed")

    async def _refresh(self, actor: Actor) -> None:
        rt = runtime.current()
        found = await limiting.accounts_of(rt, actor)
        async with live.aside_slots, self:
            fresh = refreshed(self.rows, [row_of(view, self._viewer, now=rt.clock.now()) for view in found])
            if fresh != self.rows:
                self.rows = fresh

    @rx.event
    @allow(*ADMINS)
    async def save(self, form: dict[str, Any]) -> Any:
        """Keeps what was changed in the form of one account; what a colleague has changed meanwhile stays."""
        row = next((each for each in self.rows if each.id == form.get("account")), None)
        if row is None:
            return None
        limits, per_minute = changes_of(row, form)
        try:
            await limiting.change_account(runtime.current(), await session.who(self), row.id, limits, per_minute=per_minute)
        except CallCenterError as error:
            self.errors = errors_of(row, error)
            return toasts.failed("The limits were not saved.", "What is wrong stands next to its field.")
        self.errors = {}
        await self._show()
        return toasts.done("Saved. It holds from the next call on." if limits or per_minute else "Nothing was changed.")

    @rx.event
    @allow(*ADMINS)
    async def resume(self, account_id: str) -> Any:
        """Lets a paused account call again."""
        try:
            await connecting.resume_account(runtime.current(), await session.who(self), str(account_id)[:64])
        except CallCenterError as error:
            return toasts.failed("The account was not resumed.", error.message)
        await self._show()
        return toasts.done("The account calls again.")


def accounts_section() -> rx.Component:
    """The section."""
    none = empty_part("No Retell account yet. One comes with the first key.", link("Add a client", href="/clients"))
    return rx.match(
        AccountsState.face,
        ("loading", card(skeleton_card(6))),
        ("refused", card(empty_part("Accounts are for admins who see every client."))),
        ("empty", card(none)),
        rx.el.div(rx.foreach(AccountsState.rows, _account), class_name="stack gap-3"),
    )


def _account(row: Any) -> rx.Component:
    form = rx.el.form(
        rx.el.input(type="hidden", name="account", value=row.id),
        problem(_wrong(row.form_field)),
        rx.cond(row.paused != "", _paused(row)),
        rx.el.div(_facts(row), _limits(row), class_name="grid lg:grid-cols-2 gap-x-8 gap-y-5 items-start"),
        _numbers(row),
        rx.el.div(
            button("Save", kind="main", type="submit"),
            rx.el.span("Holds from the next call on. A lower limit ends no call.", class_name="quiet"),
            class_name="row flex-wrap",
        ),
        on_submit=AccountsState.save,
        reset_on_submit=False,
        class_name="stack gap-5",
    )
    simulated = rx.cond(row.is_simulated, tint_badge("Simulated"))
    return card(form, title=row.title, tools=simulated, aria_label=row.title, key=row.id)


def _wrong(name: rx.Var) -> rx.Var:
    return form_errors.of(AccountsState.errors, name)  # type: ignore[arg-type]  a name known only in the browser


def _paused(row: Any) -> rx.Component:
    return rx.el.div(
        icon("octagon_x"),
        rx.el.div(row.paused, " Nothing was lost: calls wait.", class_name="grow"),
        button("Resume", size="small", on_click=AccountsState.resume(row.id)),
        class_name="note-box",
        data_accent_color="red",
        role="alert",
    )


def _facts(row: Any) -> rx.Component:
    return rx.el.dl(
        fact_if("Key", row.key),
        fact("Used by", rx.cond(row.clients != "", row.clients, "no client")),
        fact("Taken", row.taken),
        fact("Limit", row.limit),
        fact("Pace", row.pace),
        fact_if("Learned", row.learned),
        fact_if("Waiting", row.resting),
        class_name="facts",
    )


def _limits(row: Any) -> rx.Component:
    return rx.el.div(
        text_field(
            "Calls at a time",
            name=row.at_once_field,
            type="number",
            min=1,
            placeholder="No limit",
            default_value=row.at_once,
            error=_wrong(row.at_once_field),
            help_text="Empty: as many as Retell allows.",
            auto_complete="off",
        ),
        text_field(
            "Calls a second",
            name=row.per_second_field,
            type="number",
            step="any",
            placeholder="No limit",
            default_value=row.per_second,
            error=_wrong(row.per_second_field),
            help_text="Empty: as fast as Retell takes them.",
            auto_complete="off",
        ),
        class_name="grid sm:grid-cols-2 gap-4",
    )


def _numbers(row: Any) -> rx.Component:
    none = rx.el.p("No number is known. Test the connection of a client to read them.", class_name="quiet m-0")
    return rx.el.div(
        rx.el.h3("Numbers", class_name="m-0 text-sm font-medium"),
        rx.cond(row.lines.length() > 0, rx.el.div(rx.foreach(row.lines, _line)), none),
        class_name="stack gap-1",
    )


def _line(line: Any) -> rx.Component:
    state = rx.match(
        line.state,
        ("ok", tint_badge("Good", hue="green", icon_name="circle_check")),
        ("spam", tint_badge("Taken for spam", hue="amber", icon_name="triangle_alert")),
        ("gone", tint_badge("No longer listed", icon_name="ban")),
        tint_badge(line.state),
    )
    wrong = _wrong(line.field)
    pace = rx.el.div(
        rx.el.div(
            rx.el.input(
                type="number", step="any", id=line.field, name=line.field, default_value=line.per_minute,
                placeholder="No limit", aria_label="Calls a minute from " + line.shown, aria_describedby=f"{line.field}-note",
                aria_invalid=rx.cond(wrong != "", "true", "false"), auto_complete="off", class_name="input",
                style={"width": "112px"},
            ),
            rx.el.span("calls a minute"),
            class_name="row",
        ),
        rx.el.div(
            rx.cond(wrong != "", rx.el.p(icon("circle_alert", 12), wrong, class_name="field-error m-0", role="alert")),
            id=f"{line.field}-note",
        ),
        class_name="stack gap-1 max-sm:col-span-2",
    )  # fmt: skip
    return rx.el.div(
        rx.el.div(
            rx.el.span(line.shown, class_name="strong whitespace-nowrap"),
            rx.el.span(line.nickname, class_name="quiet small clip"),
            class_name="stack min-w-0",
        ),
        rx.el.div(state),
        pace,
        key=line.number,
        class_name="grid items-center gap-x-3 gap-y-2 py-2 grid-cols-[minmax(0,1fr)_auto] "
        "sm:grid-cols-[220px_minmax(0,1fr)_auto] border-b border-[var(--line-soft)]",
    )
