"""Buttons, keys, switches and segments. A button's word is a verb; one main button a page."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link

Text = str | rx.Var
Kind = Literal["main", "outline", "quiet", "ghost", "danger"]
Size = Literal["small", "normal", "large"]


def _classes(kind: Kind, size: Size, extra: str) -> str:
    return f"btn btn-{kind} {'' if size == 'normal' else f'btn-{size}'} {extra}".replace("  ", " ").strip()


def _inside(word: Text, icon_name: str, after: str, shown_key: str, size: Size) -> list[Any]:
    width = 12 if size == "small" else 16
    return [
        *([icon(icon_name, width)] if icon_name else []),
        rx.el.span(word),
        *([key(shown_key)] if shown_key else []),
        *([icon(after, width, class_name="chevron")] if after else []),
    ]


def button(
    word: Text,
    *,
    kind: Kind = "outline",
    icon_name: str = "",
    after: str = "",
    size: Size = "normal",
    hotkey: str = "",
    shown_key: str = "",
    needs_server: bool = True,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A button. `after` is an icon behind the word, `hotkey` the keys that click it ("c", "g c", "mod+enter"),
    `shown_key` those keys as drawn. `needs_server`: off while the connection is lost."""
    if hotkey:
        props["data_hotkey"] = hotkey
    if needs_server:
        props["data_needs_server"] = True
    props.setdefault("type", "button")
    return rx.el.button(*_inside(word, icon_name, after, shown_key, size), class_name=_classes(kind, size, class_name), **props)


def icon_button(
    icon_name: str, label: Text, *, kind: Kind = "ghost", size: Size = "normal", hotkey: str = "", **props: Any
) -> rx.Component:
    """A button with an icon alone; `label` is its name for screen readers and on hover."""
    if hotkey:
        props["data_hotkey"] = hotkey
    extra = f"btn-icon {props.pop('class_name', '')}".strip()
    props.setdefault("type", "button")
    props.setdefault("title", label)
    return rx.el.button(icon(icon_name), aria_label=label, class_name=_classes(kind, size, extra), **props)


def link_button(
    word: Text,
    href: Text,
    *,
    kind: Kind = "outline",
    icon_name: str = "",
    after: str = "",
    size: Size = "normal",
    hotkey: str = "",
    shown_key: str = "",
    stay: bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A link that looks like a button: for whatever only goes somewhere."""
    if hotkey:
        props["data_hotkey"] = hotkey
    classes = _classes(kind, size, class_name)
    return link(*_inside(word, icon_name, after, shown_key, size), href=href, stay=stay, class_name=classes, **props)


def text_button(word: Text, *, icon_name: str = "", **props: Any) -> rx.Component:
    """A button that looks like a link: "Clear all", "Undo"."""
    props.setdefault("type", "button")
    inside = [icon(icon_name)] if icon_name else []
    return rx.el.button(*inside, word, class_name="btn-link", **props)


def key(word: Text) -> rx.Component:
    """A key as drawn on a button; decoration, not read out."""
    return rx.el.kbd(word, class_name="key", aria_hidden="true")


def switch(label: Text, *, checked: Any, on_change: Any, help_text: Text = "", **props: Any) -> rx.Component:
    """A switch with its word. `on_change` receives a bool."""
    box = rx.el.input(type="checkbox", role="switch", checked=checked, on_change=on_change, class_name="switch", **props)
    note = rx.el.span(help_text, class_name="field-help") if help_text else rx.fragment()
    return rx.el.label(box, rx.el.span(label, note, class_name="stack"), class_name="check-row")


def checkbox(label: Text, *, checked: Any, on_change: Any, hide_label: bool = False, **props: Any) -> rx.Component:
    """A checkbox with its word, or with a hidden one in tables. `on_change` receives a bool."""
    box = rx.el.input(type="checkbox", checked=checked, on_change=on_change, class_name="check", **props)
    words = rx.el.span(label, class_name="hidden-words" if hide_label else "")
    return rx.el.label(box, words, class_name="check-row")


def segments(
    choices: Sequence[tuple[str, Text]], *, current: Text, on_pick: Any, label: str, size: Size = "normal"
) -> rx.Component:
    """A few choices of which one holds: `choices` are (value, word), `on_pick` takes the value."""
    return rx.el.div(
        *[
            rx.el.button(word, type="button", aria_pressed=_said(current == value), on_click=on_pick(value))
            for value, word in choices
        ],
        role="group",
        aria_label=label,
        class_name=f"segments {size}",
    )


def _said(condition: Any) -> Any:
    """A condition as the "true" or "false" that ARIA wants."""
    return rx.cond(condition, "true", "false") if isinstance(condition, rx.Var) else str(condition).lower()
