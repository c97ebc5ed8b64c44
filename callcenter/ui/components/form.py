"""Form fields: a label, the control, help, and the error next to it."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon

Text = str | rx.Var


def field(
    label: Text, control: rx.Component, *, name: str, error: Text = "", help_text: Any = "", side: Any = None
) -> rx.Component:
    """A labelled control. `control` needs `id=name`, and `aria_describedby=f"{name}-note"`; the functions below do both."""
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name, class_name="field-label grow"),
            *([side] if side is not None else []),
            class_name="row",
        ),
        control,
        rx.el.div(_error(error), _help(help_text), id=f"{name}-note"),
        class_name="field",
    )


def _error(error: Text) -> rx.Component:
    shown = rx.el.p(icon("circle_alert", 12, class_name="mt-0.5"), error, class_name="field-error m-0", role="alert")
    if isinstance(error, str):
        return shown if error else rx.fragment()
    return rx.cond(error != "", shown)


def _help(text: Any) -> rx.Component:
    return rx.el.p(text, class_name="field-help m-0") if isinstance(text, rx.Var | rx.Component) or text else rx.fragment()


def _invalid(error: Text) -> Any:
    return rx.cond(error != "", "true", "false") if isinstance(error, rx.Var) else ("true" if error else None)


def text_field(
    label: Text,
    *,
    name: str,
    error: Text = "",
    help_text: Any = "",
    is_large: bool = False,
    side: Any = None,
    **props: Any,
) -> rx.Component:
    """A field of one line. Uncontrolled (`default_value=`) inside a form, or `value=` with `on_change=` or `on_blur=`."""
    control = rx.el.input(
        id=name,
        name=name,
        aria_describedby=f"{name}-note",
        aria_invalid=_invalid(error),
        class_name="input input-large" if is_large else "input",
        **props,
    )
    if "on_change" in props:
        control = rx.debounce_input(control, debounce_timeout=300)
    return field(label, control, name=name, error=error, help_text=help_text, side=side)


def text_area(label: Text, *, name: str, error: Text = "", help_text: Any = "", **props: Any) -> rx.Component:
    """A field of several lines."""
    control = rx.el.textarea(
        id=name, name=name, aria_describedby=f"{name}-note", aria_invalid=_invalid(error), class_name="input", **props
    )
    return field(label, control, name=name, error=error, help_text=help_text)


def select_field(
    label: Text,
    *,
    name: str,
    choices: Any,
    value: Any = None,
    on_change: Any = None,
    placeholder: str = "",
    error: Text = "",
    help_text: Any = "",
    hide_label: bool = False,
    other: Callable[[Any], Any] | None = None,
    **props: Any,
) -> rx.Component:
    """A choice of one. `choices` is a list of (value, word) or a Var of a list of objects with `value` and `word`.

    Values must not be empty: say "all" or "none" instead. `other` gives the word for a value that is none of the listed ones.
    """
    control = select(
        choices, name=name, value=value, on_change=on_change, placeholder=placeholder, label=label, other=other, **props
    )
    return control if hide_label else field(label, control, name=name, error=error, help_text=help_text)


def select(
    choices: Any,
    *,
    label: Text,
    name: str = "",
    value: Any = None,
    on_change: Any = None,
    placeholder: str = "",
    other: Callable[[Any], Any] | None = None,
    **props: Any,
) -> rx.Component:
    """The control alone, named by `label` for screen readers."""
    given = {key: what for key, what in (("value", value), ("on_change", on_change)) if what is not None}
    named = {"id": name} if name else {}
    return rx.select.root(
        rx.select.trigger(placeholder=placeholder, aria_label=label, width="100%", **named),
        rx.select.content(_items(choices, value, other), position="popper"),
        **({"name": name} if name else {}),
        **given,
        **props,
    )


def _items(choices: Any, value: Any, other: Callable[[Any], Any] | None) -> Any:
    item = rx.select.item
    if isinstance(choices, rx.Var):
        return rx.foreach(choices, lambda choice: item(choice.word, value=choice.value))
    listed = [item(word, value=key) for key, word in choices]
    if other is not None:
        is_listed = rx.Var.create([key for key, _word in choices]).contains(value) | (value == "")
        listed.append(rx.cond(is_listed, rx.fragment(), item(other(value), value=value)))
    return rx.fragment(*listed)


def password_field(
    label: Text, *, name: str, error: Text = "", help_text: Any = "", side: Any = None, **props: Any
) -> rx.Component:
    """A password with a button that shows it; pasting and password managers work."""
    control = rx.el.input(
        id=name,
        name=name,
        type="password",
        aria_describedby=f"{name}-note",
        aria_invalid=_invalid(error),
        class_name="input pr-10 " + props.pop("class_name", ""),
        **props,
    )
    eye = rx.el.button(
        icon("eye"),
        type="button",
        aria_label="Show or hide the password",
        data_reveal=name,
        class_name="btn btn-ghost btn-icon absolute right-0 top-1/2 -translate-y-1/2",
    )
    return field(label, rx.el.div(control, eye, class_name="relative"), name=name, error=error, help_text=help_text, side=side)
