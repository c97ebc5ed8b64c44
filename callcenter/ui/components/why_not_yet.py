"""Why a call is not dialled yet: every rule in order, the first that stops it, and when it may be."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.status_badge import tint_badge

Text = str | rx.Var


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as a sentence that reads true when it holds; `verdict`: "passed", "stops" (the first), "waits" (later ones)."""

    rule: str
    detail: str
    verdict: str


def why_not_yet(
    rules: rx.Var,
    *,
    earliest: Text,
    earliest_for_viewer: Text = "",
    badge: Any = None,
    note: Text = "",
    actions: Any = None,
) -> rx.Component:
    """The card. `rules` is a Var of list[RuleLine], `earliest` "tomorrow 09:00 for them (in 14 h)"."""
    head = rx.el.div(
        rx.el.div(rx.el.h2("Why not yet?"), *([badge] if badge is not None else []), class_name="row"),
        rx.el.div(rx.el.b("Earliest: ", earliest), rx.el.span(earliest_for_viewer, class_name="quiet")),
        class_name="why-head",
    )
    foot = rx.el.div(
        rx.el.span("Rules are checked in this order. ", note),
        *([actions] if actions is not None else []),
        class_name="why-foot",
    )
    return rx.el.section(
        head, rx.el.ol(rx.foreach(rules, _rule), class_name="why"), foot, class_name="card", aria_label="Why not yet?"
    )


def _rule(line: rx.Var) -> rx.Component:
    tick = rx.match(line.verdict, ("stops", icon("octagon_x")), ("waits", icon("clock")), icon("check"))
    end = rx.match(
        line.verdict,
        ("stops", tint_badge("Stops it", hue="red")),
        ("waits", tint_badge("Waits next", hue="amber")),
        rx.el.span("Passed", class_name="end"),
    )
    return rx.el.li(
        rx.el.span(tick, class_name="tick"),
        rx.el.span(line.rule, class_name="rule"),
        rx.el.span(line.detail, class_name="detail"),
        end,
        data_is=line.verdict,
    )
