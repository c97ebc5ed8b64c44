"""The panel beside a list that shows one row without leaving it."""

from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link

Text = str | rx.Var


def peek(
    *sections: Any,
    title: Any,
    close_href: Text,
    full_href: Text = "",
    sub: Any = None,
    badges: Any = None,
    foot: Any = None,
    label: str = "Peek",
) -> rx.Component:
    """A peek. Give it to `shell.frame(peek=rx.cond(State.peeked != "", peek(...)))`; each section gets its own padding and line.

    `close_href` is the list's address without the peek, `full_href` the full page, `foot` the actions.
    """
    full = (
        [
            link(
                "Open full page",
                rx.el.kbd("↵", class_name="key", aria_hidden="true"),
                href=full_href,
                class_name="btn btn-ghost",
                data_hotkey="o",
                data_peek_full=True,
            )
        ]
        if isinstance(full_href, rx.Var) or full_href
        else []
    )
    close = link(
        icon("x", label="Close"),
        href=close_href,
        stay=True,
        class_name="btn btn-ghost btn-icon",
        data_hotkey="escape",
        data_peek_close=True,
    )
    head = rx.el.div(
        rx.el.div(rx.el.h2(title, tab_index=-1, data_peek_title=True, class_name="grow"), *full, close, class_name="row"),
        *([rx.el.div(sub, class_name="row quiet flex-wrap")] if sub is not None else []),
        *([rx.el.div(badges, class_name="row flex-wrap")] if badges is not None else []),
        class_name="peek-head",
    )
    return rx.el.aside(
        head,
        rx.el.div(*sections, class_name="peek-body", tab_index=0),
        *([rx.el.div(foot, class_name="peek-foot")] if foot is not None else []),
        aria_label=label,
        class_name="peek",
        data_peek=True,
    )
