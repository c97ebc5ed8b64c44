"""The limits tab of a client: how many calls at a time, what a day may cost, when people are called, and trying again."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.retry import MAX_AFTER_MINUTES, MAX_ATTEMPTS, RESULTS, RetryPolicy, policy_from
from callcenter.services import onboarding, runtime
from callcenter.ui import session
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button, text_button
from callcenter.ui.components.cards import card
from callcenter.ui.components.form import text_area, text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.client_facts import Limits, limits_of
from callcenter.ui.pages.client_state import ClientState, asked_id, read, refreshed
from callcenter.ui.pages.client_words import Week, changed_day, needs_reason, week_of, windows_of
from callcenter.ui.pages.closed_days import closed_days_card
from callcenter.ui.pages.entrance import problem
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import ShellState

_FIELDS: Mapping[str, str] = {
    "maxConcurrent": "max_concurrent",
    "dailyBudget": "daily_budget",
    "callingHours": "hours",
    "callingHours.reason": "hours_reason",
    "retry.afterMinutes": "retry_minutes",
    "retry.on": "retry_minutes",
    **{f"retry.per.{result}.{part}": "retry_per" for result in RESULTS for part in ("times", "afterMinutes")},
}


class ClientLimitsState(rx.State):
    """The form of the tab; the hours are held here while they are changed, the rest is in the form."""

    limits: Limits = Limits()
    week: Week = Week()
    needs_reason: bool = False
    hours_changed: bool = False
    form_key: str = ""
    errors: dict[str, str] = {}
    _loaded: str = ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Fills the form once its tab is open; what is being typed stays after a reconnect."""
        client = await self.get_state(ClientState)
        if client.tab != "limits" or client.face != "ready":
            self._loaded = ""
        elif self._loaded != asked_id(self):
            await self._fill()

    async def _fill(self) -> None:
        client_id = asked_id(self)
        page, _view = await read(await session.who(self), client_id)
        self.limits, self.week = limits_of(page), week_of(page.client.calling_hours)
        self._loaded, self.errors = client_id, {}
        self.needs_reason = self.hours_changed = False
        self.form_key = f"{client_id}-{page.client.rev}"

    @rx.event
    @allow(*MANAGERS)
    async def set_day(self, day: str, what: str, value: Any) -> None:
        """Changes one entry of the week."""
        self.week = changed_day(self.week, str(day), str(what), value)
        self.hours_changed, self.needs_reason = True, needs_reason(self.week)

    @rx.event
    @allow(*MANAGERS)
    async def same_all_week(self) -> None:
        """Gives Monday to Friday the hours of Monday."""
        first = self.week.days[0]
        for each in self.week.days[1:5]:
            for what in ("is_open", "start", "end"):
                self.week = changed_day(self.week, each.day, what, getattr(first, what))
        self.hours_changed, self.needs_reason = True, needs_reason(self.week)

    @rx.event
    @allow(*MANAGERS)
    async def save(self, form: dict[str, Any]) -> Any:
        """Keeps the limits; they hold from the next call on, and no call in progress is dropped."""
        rt, actor, rev = runtime.current(), await session.who(self), (await self.get_state(ClientState))._rev
        try:
            changes = self._changes(form, is_admin=actor.role.value == "admin")
            await onboarding.change_client(rt, actor, asked_id(self), changes, rev=rev)
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, _FIELDS)
            return toasts.failed("The limits were not saved.", "What is wrong stands next to its field.")
        await self._fill()
        await refreshed(self)
        return toasts.done("Saved. It holds from the next call on.")

    def _changes(self, form: dict[str, Any], *, is_admin: bool) -> dict[str, Any]:
        cap, budget = str(form.get("max_concurrent", "")).strip(), str(form.get("daily_budget", "")).strip()
        changes: dict[str, Any] = {
            "max_concurrent": int(cap) if cap.isascii() and cap.isdigit() and len(cap) < 6 else 0,
            "daily_budget": budget.replace(",", ".") or None,
            "hours_note": str(form.get("hours_note", "")),
            "calls_back": bool(form.get("calls_back")),
        }
        if self.hours_changed:
            changes["calling_hours"] = windows_of(self.week)
            changes["hours_reason"] = str(form.get("hours_reason", ""))
        if is_admin:
            changes["retry"] = _retry(form)
        return changes


def _retry(form: dict[str, Any]) -> RetryPolicy:
    on = [name for name in RESULTS if form.get(f"retry_{name}")]
    own = {"times": "times", "after": "afterMinutes"}
    per = {
        name: {key: number for part, key in own.items() if (number := _number(form, f"retry_{part}_{name}")) is not None}
        for name in on
    }
    minutes = _number(form, "retry_minutes")
    given = {"on": on, "per": {name: each for name, each in per.items() if each}}
    other = {"anotherTimeOfDay": bool(form.get("retry_other_time"))}
    return policy_from({**given, **other, "afterMinutes": -1 if minutes is None else minutes})


def _number(form: dict[str, Any], name: str) -> int | None:
    """What stands in a field for a whole number; None when it is empty, −1 when it is something else."""
    text = str(form.get(name, "")).strip()
    return None if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


def limits_tab() -> rx.Component:
    """The tab."""
    save = rx.el.div(
        button("Save limits", kind="main", type="submit", data_hotkey="mod+enter"),
        rx.el.span("Holds within two seconds. No call in progress is dropped.", class_name="quiet"),
        class_name="row flex-wrap",
    )
    form = rx.el.form(
        problem(form_errors.of(ClientLimitsState.errors, "form")),
        rx.el.fieldset(
            rx.el.div(_pace_card(), _retry_card(), _call_back_card(), class_name="stack gap-3"),
            _hours_card(),
            disabled=~ShellState.may_manage,
            class_name="grid lg:grid-cols-2 gap-3 items-start m-0 p-0 border-0 min-w-0",
        ),
        rx.cond(ShellState.may_manage, save),
        on_submit=ClientLimitsState.save,
        reset_on_submit=False,
        key=ClientLimitsState.form_key,
        class_name="stack gap-4",
    )
    return rx.el.div(form, closed_days_card(), class_name="stack gap-4")


def _pace_card() -> rx.Component:
    state = ClientLimitsState
    return card(
        rx.el.div(
            text_field(
                "At a time",
                name="max_concurrent",
                type="number",
                min=1,
                max=1000,
                required=True,
                default_value=state.limits.max_concurrent,
                error=form_errors.of(state.errors, "max_concurrent"),
                help_text="Calls of this client that may run together.",
            ),
            text_field(
                "Daily budget in USD",
                name="daily_budget",
                input_mode="decimal",
                placeholder="No limit",
                default_value=state.limits.daily_budget,
                error=form_errors.of(state.errors, "daily_budget"),
                help_text="When a day has cost this much, nothing more is dialled until midnight there.",
            ),
            class_name="grid sm:grid-cols-2 gap-4",
        ),
        title="Pace and budget",
    )


def _retry_card() -> rx.Component:
    limits, errors = ClientLimitsState.limits, ClientLimitsState.errors
    box = rx.el.label(
        rx.el.input(type="checkbox", name="retry_other_time", default_checked=limits.retry_other_time, class_name="check"),
        "At another time of their day: morning, afternoon or evening",
        class_name="check-row mt-2",
    )
    return card(
        rx.el.fieldset(
            rx.el.legend("After", class_name="field-label p-0"),
            rx.el.div(rx.foreach(limits.retries, _retry_row), class_name="stack gap-2 mt-1"),
            rx.cond(
                form_errors.of(errors, "retry_per") != "",
                rx.el.p(form_errors.of(errors, "retry_per"), class_name="field-error m-0", role="alert"),
            ),
            class_name="m-0 p-0 border-0",
        ),
        rx.el.div(
            text_field(
                "Minutes between two tries",
                name="retry_minutes",
                type="number",
                min=0,
                default_value=limits.retry_minutes,
                error=form_errors.of(errors, "retry_minutes"),
                help_text="Moved into calling hours when it falls outside. How many tries there are is set with each batch.",
            ),
            class_name="mt-4 max-w-60",
        ),
        box,
        rx.cond(~ShellState.is_admin, rx.el.p("Only an admin can change this.", class_name="quiet small m-0 mt-3")),
        title="Trying again",
    )


def _call_back_card() -> rx.Component:
    limits = ClientLimitsState.limits
    box = rx.el.label(
        rx.el.input(type="checkbox", name="calls_back", default_checked=limits.calls_back, class_name="check"),
        "Call back by itself",
        class_name="check-row",
    )
    said = "Who names a day and an hour is called then, inside the calling hours. Any other wish waits for you under Follow-ups."
    return card(box, rx.el.p(said, class_name="quiet m-0 mt-2"), title="When somebody asks for a call back")


def _retry_row(each: Any) -> rx.Component:
    """One result: whether it is a reason to try again, how often at most, and minutes of its own."""

    def number(name: str, value: rx.Var, what: str, most: int, unset: str) -> rx.Component:
        return rx.el.input(
            type="number", name=f"retry_{name}_" + each.result, default_value=value, min=0, max=most, placeholder=unset,
            aria_label=each.word + what, class_name="input", style={"width": "80px"},
        )  # fmt: skip

    word = rx.el.label(
        rx.el.input(type="checkbox", name="retry_" + each.result, default_checked=each.is_on, class_name="check"),
        each.word,
        class_name="check-row sm:w-40 w-full flex-none",
    )
    often = number("times", each.times, ": more tries at most", MAX_ATTEMPTS - 1, "any")
    later = number("after", each.minutes, ": minutes later", MAX_AFTER_MINUTES, "same")
    numbers = rx.el.div(often, "more tries,", later, "min later", class_name="row flex-wrap gap-2")
    return rx.el.div(word, numbers, class_name="row flex-wrap gap-2")


def _hours_card() -> rx.Component:
    state = ClientLimitsState

    def time_input(day: Any, what: str, label: str) -> rx.Component:
        return rx.el.input(
            type="time",
            value=getattr(day, what),
            on_change=lambda value: state.set_day(day.day, what, value),
            aria_label=day.word + label,
            required=True,
            class_name="input",
            style={"width": "136px"},
        )

    def row(day: Any) -> rx.Component:
        box = rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=day.is_open,
                on_change=lambda checked: state.set_day(day.day, "is_open", checked),
                class_name="check",
            ),
            day.word,
            class_name="check-row w-28 flex-none",
        )
        times = rx.el.div(
            time_input(day, "start", " from"),
            rx.el.span("to", class_name="quiet"),
            time_input(day, "end", " to"),
            class_name="row",
        )
        return rx.el.div(
            box,
            rx.cond(day.is_open, times, rx.el.span("Nobody is called", class_name="quiet")),
            class_name="row flex-wrap min-h-9",
        )

    extra = rx.el.div(
        icon("info"),
        rx.el.div("More than one stretch: ", state.week.extra, ". Saving other hours here keeps the first of each day."),
        class_name="note-box mt-3",
    )
    reason = rx.el.div(
        rx.el.div(
            icon("triangle_alert"),
            rx.el.div("These hours go beyond the careful default: Mon–Sat 09:00–20:00, Sun 12:00–20:00."),
            class_name="note-box",
            data_accent_color="amber",
        ),
        text_area(
            "Why may people be called then?",
            name="hours_reason",
            error=form_errors.of(state.errors, "hours_reason"),
            help_text="Kept with your name.",
            rows="2",
            max_length=500,
        ),
        class_name="stack gap-3 mt-4",
    )
    hours_error = form_errors.of(state.errors, "hours")
    return card(
        rx.el.p("On the clock of the person called. 00:00 as an end means midnight.", class_name="quiet m-0 mb-2"),
        rx.foreach(state.week.days, row),
        rx.cond(state.week.extra != "", extra),
        rx.cond(
            hours_error != "", rx.el.p(icon("circle_alert", 12), hours_error, class_name="field-error m-0 mt-2", role="alert")
        ),
        rx.cond(state.needs_reason, reason),
        rx.el.div(
            text_field(
                "Note for your team",
                name="hours_note",
                default_value=state.limits.hours_note,
                max_length=200,
                placeholder="For instance: not over lunch",
            ),
            class_name="mt-4",
        ),
        title="Calling hours",
        tools=rx.cond(ShellState.may_manage, text_button("Mon to Fri alike", on_click=state.same_all_week)),
    )
