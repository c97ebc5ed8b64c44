"""Icons: lucide at the sizes and strokes the design names, hidden from screen readers beside a word."""

from collections.abc import Mapping

import reflex as rx

from callcenter.ui.theme import Look


def icon(name: str, size: int = 16, *, class_name: str = "", label: str = "") -> rx.Component:
    """One lucide icon by its (fixed) name. With `label` it stands alone and is read out; else it is hidden."""
    named = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    stroke = 2 if size <= 12 else 1.75
    return rx.icon(name, size=size, stroke_width=stroke, class_name=f"icon {class_name}".strip(), **named)


def icon_of(key: str | rx.Var, looks: Mapping[str, Look], size: int = 16) -> rx.Component:
    """The icon of a value in its hue, e.g. of an outcome beside a filter choice; nothing for an unknown value."""
    cases = [(value, _hued(look, size)) for value, look in looks.items() if look.icon]
    if isinstance(key, str):
        return dict(cases).get(key, rx.fragment())
    return rx.match(key, *cases, rx.fragment())


def _hued(look: Look, size: int) -> rx.Component:
    return rx.el.span(icon(look.icon, size), class_name="hue", data_accent_color=look.hue)
