"""Which columns a person wants to see in a list."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components.buttons import text_button
from callcenter.ui.components.icons import icon


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that may be shown or hidden."""

    key: str
    title: str
    is_shown: bool = True


def column_chooser(choices: rx.Var, *, on_toggle: Any, on_reset: Any, list_id: str = "column-list") -> rx.Component:
    """The button and its list, with a search inside. `choices` is a Var of list[ColumnChoice], `on_toggle(key)` a handler."""
    trigger = rx.el.button(
        icon("columns_3_cog"),
        type="button",
        aria_label="Columns",
        title="Columns",
        class_name="btn btn-outline btn-icon not-phone",
    )
    field = rx.el.input(
        type="search",
        placeholder="Find a column",
        aria_label="Find a column",
        class_name="input mb-2",
        data_filters=f"#{list_id}",
    )
    return rx.popover.root(
        rx.popover.trigger(trigger),
        rx.popover.content(
            field,
            rx.el.ul(rx.foreach(choices, lambda choice: _choice(choice, on_toggle)), id=list_id, class_name="choices"),
            text_button("Reset", on_click=on_reset),
            class_name="filter-pop",
            align="end",
        ),
    )


def _choice(choice: rx.Var, on_toggle: Any) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        checked=choice.is_shown,
        on_change=lambda _checked: on_toggle(choice.key),
        class_name="check",
    )
    return rx.el.li(rx.el.label(box, rx.el.span(choice.title), class_name="choice"))
