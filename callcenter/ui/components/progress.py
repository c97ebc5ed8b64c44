"""Bars: how far something is, by part; and places taken."""

from dataclasses import dataclass

import reflex as rx

Text = str | rx.Var


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a bar: its word, number and share as text, its CSS colour, and its width in percent of the whole."""

    word: str
    number: str
    share: str
    colour: str
    width: float


def bar_parts(parts: rx.Var, *, label: Text, is_thick: bool = False) -> rx.Component:
    """A bar of several colours from a list of BarPart; `label` says the same in words."""
    return rx.el.div(
        rx.foreach(parts, lambda part: rx.el.i(style={"width": part.width.to_string() + "%", "background": part.colour})),
        role="img",
        aria_label=label,
        class_name="bar thick" if is_thick else "bar",
    )


def bar_legend(parts: rx.Var) -> rx.Component:
    """The parts of a bar with their numbers, in stacking order."""

    def one(part: rx.Var) -> rx.Component:
        return rx.el.div(
            rx.el.dt(rx.el.i(class_name="swatch", style={"background": part.colour}), part.word),
            rx.el.dd(rx.el.b(part.number), " ", part.share),
        )

    return rx.el.dl(rx.foreach(parts, one), class_name="bar-legend m-0")


def bar(percent: Text | float, *, label: Text, is_idle: rx.Var | bool = False) -> rx.Component:
    """A bar of one colour; gray while the thing only waits (`is_idle`). `percent` is 0–100."""
    width = percent.to_string() + "%" if isinstance(percent, rx.Var) else f"{percent}%"
    idle = rx.cond(is_idle, "true", "false") if isinstance(is_idle, rx.Var) else str(is_idle).lower()
    return rx.el.div(
        rx.el.i(style={"width": width}, data_idle=idle),
        role="progressbar",
        aria_label=label,
        aria_valuemin=0,
        aria_valuemax=100,
        aria_valuenow=percent,
        class_name="bar",
    )


def slots(taken: rx.Var, cap: rx.Var, *, label: Text) -> rx.Component:
    """One piece per place, the taken ones filled ("5 of 5"). Over 24 places it is a bar."""
    pieces = rx.el.div(
        rx.foreach(rx.Var.range(cap), lambda place: rx.el.i(data_on=rx.cond(place < taken, "true", "false"))),
        role="img",
        aria_label=label,
        class_name="slots",
    )
    return rx.cond(cap <= 24, pieces, bar(100 * taken / cap, label=label))


def legend(groups: list[tuple[str, str]]) -> rx.Component:
    """Words with their colours, above a chart."""
    return rx.el.div(
        *[rx.el.span(rx.el.i(class_name="swatch", style={"background": colour}), word) for word, colour in groups],
        class_name="legend",
    )
