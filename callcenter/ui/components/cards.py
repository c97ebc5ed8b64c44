"""Cards and the parts inside them: heads, bodies, rows, facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components.links import link

Text = str | rx.Var


def card(
    *children: Any,
    title: Text = "",
    count: Text = "",
    more: tuple[Text, Text] | None = None,
    tools: Any = None,
    body: bool = True,
    level: int = 2,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A card. `count` stands gray beside the title, `more` is (word, address) at the right, `tools` any component there.

    `body` False leaves out the padding: for rows (`card_rows`), tables and tabs.
    """
    heading = rx.el.h2 if level == 2 else rx.el.h3
    right = [link(more[0], href=more[1])] if more else []
    head = rx.el.div(
        heading(title),
        rx.el.span(count, class_name="count"),
        rx.el.div(*right, *([tools] if tools is not None else []), class_name="tools"),
        class_name="card-head",
    )
    inside = rx.el.div(*children, class_name="card-body") if body else rx.fragment(*children)
    parts = [head] if isinstance(title, rx.Var) or title else []
    return rx.el.section(*parts, inside, class_name=f"card {class_name}".strip(), **props)


def card_rows(*rows: Any, **props: Any) -> rx.Component:
    """Rows of a card, split by thin lines; each child brings its own height (`class_name="row h-13"`)."""
    return rx.el.div(*rows, class_name="card-rows", **props)


def facts(pairs: Sequence[tuple[Text, Any]]) -> rx.Component:
    """Names and values in two columns. A pair whose value may be missing is wrapped in `fact_if` by the caller."""
    return rx.el.dl(*[fact(name, value) for name, value in pairs], class_name="facts")


def fact(name: Text, value: Any) -> rx.Component:
    """One name and its value."""
    return rx.fragment(rx.el.dt(name), rx.el.dd(value))


def fact_if(name: Text, value: Any) -> rx.Component:
    """The same, left out while the value (a Var) is empty."""
    return rx.cond(value, fact(name, value))


@dataclass(frozen=True)
class Fact:
    """A name and its value, both in words."""

    name: str
    value: str


def fact_list(rows: rx.Var) -> rx.Component:
    """Facts from state: a list of objects with `name` and `value`."""
    return rx.el.dl(rx.foreach(rows, lambda row: fact(row.name, row.value)), class_name="facts")


def note_box(icon: rx.Component, *children: Any, hue: str = "gray") -> rx.Component:
    """A tinted box for a remark inside a card ("The estimate is $26 over today's budget.")."""
    return rx.el.div(icon, rx.el.div(*children), class_name="note-box", data_accent_color=hue)
