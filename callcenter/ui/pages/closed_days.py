"""Days on which nobody is called: the card on a client's limits, and for everybody on the calling rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import reflex as rx

from callcenter.domain.blackout import LONGEST_NAME, Blackout
from callcenter.domain.errors import CallCenterError
from callcenter.services import closing, runtime
from callcenter.ui import session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.faces import empty_part
from callcenter.ui.components.form import text_field
from callcenter.ui.pages import form_errors
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import ShellState

_FIELDS: Mapping[str, str] = {"on": "day_on", "name": "day_name"}
_RULES = "/settings/rules"


@dataclass(frozen=True)
class DayRow:
    """A closed day. `may_remove`: it belongs to what this page is about."""

    id: str
    on: str
    name: str
    whose: str
    may_remove: bool


class ClosedDaysState(rx.State):
    """The closed days of the client in the address, or of everybody."""

    days: list[DayRow] = []
    errors: dict[str, str] = {}
    form_key: str = ""
    is_for_all: bool = True

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads them where they are shown."""
        query = self.router.url.query_parameters
        if self.router.url.path.rstrip("/") == _RULES or (self._client_id() and query.get("tab", "") == "limits"):
            self.errors = {}
            await self._show()

    def _client_id(self) -> str | None:
        parts = self.router.url.path.strip("/").split("/")
        return parts[1][:64] if len(parts) > 1 and parts[0] == "clients" else None

    async def _show(self) -> None:
        client_id = self._client_id()
        try:
            found = await closing.closed_days(runtime.current(), await session.who(self), client_id=client_id)
        except CallCenterError:  # a client that is gone: the page itself says so
            found = []
        self.days, self.is_for_all = [_row_of(day, client_id) for day in found], client_id is None

    @rx.event
    @allow(*MANAGERS)
    async def add(self, form: dict[str, Any]) -> Any:
        """Closes a day."""
        rt, actor = runtime.current(), await session.who(self)
        on, name = str(form.get("day_on", "")), str(form.get("day_name", ""))
        try:
            day = await closing.close_day(rt, actor, on, name=name, client_id=self._client_id())
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return None
        self.errors, self.form_key = {}, day.blackout_id
        await self._show()
        return toasts.done(f"Nobody is called on {_date_words(day.on)}.", undo=ClosedDaysState.remove(day.blackout_id))

    @rx.event
    @allow(*MANAGERS)
    async def remove(self, day_id: str) -> Any:
        """Opens a day again."""
        try:
            day = await closing.open_day(runtime.current(), await session.who(self), str(day_id), client_id=self._client_id())
        except CallCenterError as error:
            await self._show()
            return toasts.failed("The day is as it was.", error.message)
        await self._show()
        return toasts.done(f"People may be called on {_date_words(day.on)} again.")


def _row_of(day: Blackout, client_id: str | None) -> DayRow:
    whose = "for everybody" if day.client_id is None else "for this client"
    by = f", closed by {words.person(day.by)}" if day.by else ""
    return DayRow(day.blackout_id, _date_words(day.on), day.name, whose + by, day.client_id == client_id)


def _date_words(on: date) -> str:
    return f"{on:%a} {on.day} {on:%b %Y}"


def closed_days_card() -> rx.Component:
    """The card: the days to come, and a form to add one."""
    none = empty_part("No day is closed. Add holidays, so that nobody is called on them.")
    rows = rx.cond(ClosedDaysState.days.length() > 0, card_rows(rx.foreach(ClosedDaysState.days, _row)), none)
    return card(
        rows,
        rx.cond(ShellState.may_manage, _form()),
        title=rx.cond(ClosedDaysState.is_for_all, "Closed days for everybody", "Closed days"),
        count="by the lead’s own calendar",
        body=False,
    )


def _row(day: Any) -> rx.Component:
    word = rx.el.div(
        rx.el.span(day.name, class_name="strong"),
        rx.el.span(day.whose, class_name="small quiet"),
        class_name="stack grow min-w-0",
    )
    remove = button(
        "Remove", kind="ghost", size="small", on_click=ClosedDaysState.remove(day.id), aria_label="Remove " + day.name
    )
    return rx.el.div(
        rx.el.span(day.on, class_name="w-36 flex-none tabular-nums"),
        word,
        rx.cond(ShellState.may_manage & day.may_remove, remove),
        key=day.id,
        class_name="row gap-3 min-h-13 px-4 py-2",
    )


def _form() -> rx.Component:
    state = ClosedDaysState
    return rx.el.form(
        text_field("Day", name="day_on", type="date", required=True, error=form_errors.of(state.errors, "day_on")),
        text_field(
            "What day is it?", name="day_name", required=True, max_length=LONGEST_NAME, placeholder="Thanksgiving",
            auto_complete="off", error=form_errors.of(state.errors, "day_name"),
        ),
        rx.el.div(button("Close this day", type="submit"), class_name="self-end pb-0.5"),
        rx.cond(state.errors.contains("form"), rx.el.p(form_errors.of(state.errors, "form"), class_name="field-error m-0")),
        on_submit=state.add,
        reset_on_submit=False,
        key=state.form_key,
        class_name="grid sm:grid-cols-[180px_minmax(0,1fr)_auto] gap-3 items-start p-4 border-t border-[var(--line)]",
    )  # fmt: skip
