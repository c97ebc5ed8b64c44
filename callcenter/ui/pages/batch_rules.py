"""The rules of a batch as form fields, the same before it is launched and while it runs: hours, tries, when it stops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components import form
from callcenter.ui.components.buttons import checkbox, segments
from callcenter.ui.components.icons import icon
from callcenter.ui.pages.batch_plan import ANY, SAME

_DAY_WORDS = (("mon", "Mon"), ("tue", "Tue"), ("wed", "Wed"), ("thu", "Thu"), ("fri", "Fri"), ("sat", "Sat"), ("sun", "Sun"))
_PAUSES = (
    ("30", "30 minutes"), ("60", "1 hour"), ("120", "2 hours"), ("240", "4 hours"), ("1440", "1 day"), ("2880", "2 days"),
)  # fmt: skip
_TIMES = ((ANY, "As often as tries allow"), ("1", "Once more"), ("2", "Twice more"), ("3", "3 times more"))
_RESULT_WORDS = (("no_answer", "No answer or busy"), ("voicemail", "Voicemail"), ("failed", "A failed call"))


@dataclass(frozen=True)
class Bound:
    """Whose fields they are: the choices shown, the handlers `set_text(name, text)`, `switch(name, value)` and
    `flag(name, is_on)`, and what is wrong with the fields of some names."""

    choices: rx.Var
    set_text: Callable[..., Any]
    switch: Callable[..., Any]
    flag: Callable[..., Any]
    problem: Callable[..., rx.Var]
    client_hours: rx.Var
    needs_reason: rx.Var
    prefix: str = "batch"

    def on(self, name: str) -> Any:
        """The handler of one text."""
        return lambda text: self.set_text(name, text)


def group(title: str, *children: Any, side: Any = None) -> rx.Component:
    """Fields under a common title."""
    head = rx.el.div(rx.el.span(title, class_name="field-label grow"), *([side] if side is not None else []), class_name="row")
    return rx.el.fieldset(
        rx.el.legend(title, class_name="hidden-words"), head, *children, class_name="stack gap-3 m-0 border-0 p-0"
    )


def date(of: Bound, label: str, name: str, *errors: str, help_text: Any = "") -> rx.Component:
    """A day and a time."""
    return form.field(
        label, _native(of, name, "datetime-local"), name=f"{of.prefix}-{name}", error=of.problem(*errors), help_text=help_text
    )


def ends(of: Bound, *, help_text: Any = "What is left then is never dialled.") -> rx.Component:
    """When the batch ends."""
    return date(of, "Ends, if you want", "ends", "ends", "endsAt", help_text=help_text)


def _native(of: Bound, name: str, kind: str) -> rx.Component:
    return rx.el.input(
        id=f"{of.prefix}-{name}",
        type=kind,
        value=getattr(of.choices, name),
        on_change=of.on(name),
        aria_describedby=f"{of.prefix}-{name}-note",
        class_name="input",
    )


def hours(of: Bound) -> rx.Component:
    """When its leads may be called."""
    chosen = of.choices
    pick = segments(
        [("client", "The client’s"), ("own", "Other hours")],
        current=chosen.hours,
        on_pick=lambda v: of.set_text("hours", v),
        label="Calling hours",
    )
    days = rx.el.div(
        *[
            rx.el.button(
                word,
                type="button",
                aria_pressed=rx.cond(chosen.days.contains(day), "true", "false"),
                on_click=of.switch("days", day),
            )
            for day, word in _DAY_WORDS
        ],
        role="group",
        aria_label="Days",
        class_name="segments",
    )
    times = rx.el.div(_time(of, "From", "opens"), _time(of, "To", "closes"), class_name="grid grid-cols-2 gap-4 max-w-72")
    reason = form.text_field(
        "Why these hours",
        name=f"{of.prefix}-hours-reason",
        value=chosen.hours_reason,
        on_change=of.on("hours_reason"),
        max_length=300,
        help_text="They go beyond the careful default. The reason is written down with your name.",
    )
    own = rx.el.div(
        rx.el.div(days, class_name="flex overflow-x-auto"),
        times,
        rx.cond(of.needs_reason, reason),
        class_name="stack gap-3",
    )
    error = of.problem("hours", "days")
    return group(
        "Calling hours",
        rx.cond(chosen.hours == "own", own, rx.el.p(of.client_hours, class_name="quiet m-0")),
        rx.el.p("Always in the lead’s own time zone.", class_name="field-help m-0"),
        rx.cond(error != "", rx.el.p(icon("circle_alert", 12), error, class_name="field-error m-0", role="alert")),
        side=pick,
    )


def _time(of: Bound, label: str, name: str) -> rx.Component:
    return form.field(label, _native(of, name, "time"), name=f"{of.prefix}-{name}")


def retries(of: Bound) -> rx.Component:
    """How often each lead is tried, after what, and how far apart."""
    chosen = of.choices
    tries = segments(
        [("1", "Once"), ("2", "2"), ("3", "3"), ("5", "5")],
        current=chosen.attempts,
        on_pick=lambda v: of.set_text("attempts", v),
        label="Tries per lead",
    )
    again = rx.el.div(
        rx.el.span("Try again after", class_name="field-label"),
        *[_result(of, key, word) for key, word in _RESULT_WORDS],
        rx.el.div(
            form.select_field(
                "How long after",
                name=f"{of.prefix}-after",
                choices=list(_PAUSES),
                value=chosen.after,
                on_change=of.on("after"),
                other=_minutes,
            ),
            class_name="max-w-60",
        ),
        checkbox("At another time of their day", checked=chosen.other_time, on_change=lambda on: of.flag("other_time", on)),
        rx.el.p(
            "Morning, afternoon or evening, whichever the last call was not in. Always inside the calling hours, and never more "
            "tries than above.",
            class_name="field-help m-0",
        ),
        class_name="stack gap-2",
    )
    return group("Tries per lead, at most", rx.cond(chosen.attempts != "1", again), side=tries)


def _result(of: Bound, key: str, word: str) -> rx.Component:
    """One result: whether it is a reason to try again, how often, and how long after."""
    chosen, is_on = of.choices, of.choices.retry_on.contains(key)

    def pick(label: str, name: str, choices: tuple[tuple[str, str], ...], other: Callable[[rx.Var], rx.Var]) -> rx.Component:
        return form.select_field(
            f"{word}: {label}", name=f"{of.prefix}-{name}", choices=list(choices), value=getattr(chosen, name),
            on_change=of.on(name), hide_label=True, other=other,
        )  # fmt: skip

    own = rx.el.div(
        pick("how often", f"times_{key}", _TIMES, lambda times: times + " times more"),
        pick("how long after", f"after_{key}", ((SAME, "As long as below"), *_PAUSES), _minutes),
        class_name="grid grid-cols-1 gap-2 sm:grid-cols-2 grow",
    )
    box = checkbox(word, checked=is_on, on_change=lambda _on: of.switch("retry_on", key))
    return rx.el.div(rx.el.div(box, class_name="w-full flex-none sm:w-44"), rx.cond(is_on, own), class_name="row flex-wrap gap-2")


def _minutes(after: rx.Var) -> rx.Var:
    return after + " minutes"


def stops(of: Bound) -> rx.Component:
    """When the batch pauses itself."""
    chosen = of.choices

    def text(label: str, name: str, value: rx.Var, **more: Any) -> rx.Component:
        return form.text_field(
            label,
            name=f"{of.prefix}-{name}",
            value=value,
            on_change=of.on(name),
            input_mode="numeric",
            auto_complete="off",
            error=of.problem(name),
            **more,
        )

    return group(
        "Stop if",
        rx.el.div(
            text("Errors reach, in %", "errors", chosen.errors, placeholder="never"),
            text("of the last so many calls", "errors_of", chosen.errors_of),
            text("Answers fall below, in %", "answers", chosen.answers, placeholder="never"),
            text("of the last so many calls", "answers_of", chosen.answers_of),
            class_name="grid grid-cols-2 gap-4 max-w-md",
        ),
        rx.el.p(
            "Then the batch pauses itself and says so; nothing is lost. An empty share means never. The budget of a day is the "
            "client’s.",
            class_name="field-help m-0",
        ),
    )
