"""The dialog in which a batch is changed while it runs."""

from typing import Any

import reflex as rx

from callcenter.ui import theme
from callcenter.ui.components import form
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import note_box
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.icons import icon
from callcenter.ui.pages import batch_rules as rules
from callcenter.ui.pages.batch_edit_state import BatchEditState

_E = BatchEditState
_C = BatchEditState.choices


def _problem(*names: str) -> rx.Var:
    shown: Any = rx.Var.create("")
    for name in names:
        shown = rx.cond(_E.error_field == name, _E.error, shown)
    return shown


_RULES = rules.Bound(
    choices=_C,
    set_text=_E.set_text,
    switch=_E.switch,
    flag=_E.set_flag,
    problem=_problem,
    client_hours=_E.client_hours,
    needs_reason=_E.needs_reason,
    prefix="edit",
)


def edit_dialog() -> rx.Component:
    """Name, pace and rules; what somebody else changed meanwhile stands above them."""
    foot = rx.fragment(
        button("Leave as it is", kind="quiet", on_click=_E.close),
        button("Save", kind="main", on_click=_E.save, hotkey="mod+enter"),
    )
    return dialog(
        _fields(),
        is_open=_E.is_open,
        on_close=_E.close,
        title="Edit the batch",
        description="Works while it runs, from the next call on. Calls in progress and tries already planned stay as they are.",
        foot=foot,
        width=640,
    )


def _fields() -> rx.Component:
    overtaken = note_box(
        icon("users"),
        rx.el.b(_E.overtaken),
        " Their values are in the fields now. Where you had changed one yourself, yours stands: save again to keep it.",
        hue="amber",
    )
    name = form.text_field(
        "Name", name="edit-name", value=_C.name, on_change=_RULES.on("name"), max_length=200, auto_complete="off"
    )
    cap = form.text_field(
        "At a time",
        name="edit-cap",
        value=_C.cap,
        on_change=_RULES.on("cap"),
        input_mode="numeric",
        auto_complete="off",
        placeholder=_E.client_cap.to_string(),
        help_text=f"At most {_E.client_cap}, the limit of {_E.client}. Empty means that limit. Lowering it ends no call.",
        error=_problem("cap"),
    )
    priorities = [(key, look.word) for key, look in theme.PRIORITY.items()]
    priority = form.select_field(
        "Priority", name="edit-priority", choices=priorities, value=_C.priority, on_change=_RULES.on("priority")
    )
    other = rx.cond(
        (_E.error != "") & ~_known(), rx.el.p(icon("circle_alert", 12), _E.error, class_name="field-error m-0", role="alert")
    )
    return rx.el.div(
        rx.cond(_E.overtaken != "", rx.el.div(overtaken, role="status")),
        name,
        rx.el.div(cap, priority, class_name="grid grid-cols-1 gap-4 sm:grid-cols-2"),
        rules.ends(_RULES),
        rules.hours(_RULES),
        rules.retries(_RULES),
        rules.stops(_RULES),
        other,
        class_name="stack gap-5 mt-4",
    )


def _known() -> rx.Var:
    """Whether the error stands beside a field already."""
    shown = ("cap", "ends", "hours", "days", "errors", "errors_of", "answers", "answers_of")
    known: Any = rx.Var.create(False)
    for name in shown:
        known = known | (_E.error_field == name)
    return known
