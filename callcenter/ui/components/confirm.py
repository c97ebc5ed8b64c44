"""Dialogs: asking before something reaches a person or destroys data, and forms over a page."""

from typing import Any

import reflex as rx

from callcenter.ui.components.buttons import Kind, button, icon_button

Text = str | rx.Var


def confirm(
    *more: Any,
    is_open: rx.Var,
    on_close: Any,
    title: Text,
    facts: Text,
    safe_word: str,
    word: Text,
    on_confirm: Any,
    icon_name: str = "",
    kind: Kind = "danger",
    is_off: Any = False,
) -> rx.Component:
    """Asks with a verb on each button; the focus is on the safe one. `on_close()` also runs on Esc.

    `more` stands between the text and the buttons (a checkbox, a field to type the number of calls); `is_off` disables the act.
    """
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(title, custom_attrs={"as": "h2"}),
            rx.alert_dialog.description(facts),
            *more,
            rx.el.div(
                rx.alert_dialog.cancel(button(safe_word, kind="quiet", needs_server=False, on_click=on_close, auto_focus=True)),
                button(word, kind=kind, icon_name=icon_name, on_click=on_confirm, disabled=is_off, data_hotkey="mod+enter"),
                class_name="actions",
            ),
            class_name="dialog",
            max_width="400px",
        ),
        open=is_open,
        on_open_change=lambda opened: rx.cond(opened, rx.noop(), on_close),
    )


def dialog(
    *children: Any,
    is_open: rx.Var,
    on_close: Any,
    title: Text,
    description: Text = "",
    foot: Any = None,
    width: int = 560,
) -> rx.Component:
    """A form over the page; the whole screen on phones. `on_close()` runs on Esc, the × and a click outside."""
    said = [rx.dialog.description(description, class_name="quiet")] if isinstance(description, rx.Var) or description else []
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.div(
                rx.dialog.title(title, class_name="grow", custom_attrs={"as": "h2"}),
                icon_button("x", "Close", on_click=on_close),
                class_name="row",
            ),
            *said,
            *children,
            *([rx.el.div(foot, class_name="dialog-foot")] if foot is not None else []),
            class_name="dialog full",
            max_width=f"{width}px",
            **({} if said else {"aria_describedby": ""}),
        ),
        open=is_open,
        on_open_change=lambda opened: rx.cond(opened, rx.noop(), on_close),
    )
