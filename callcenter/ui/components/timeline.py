"""What happened when, in order, with exact times."""

from dataclasses import dataclass

import reflex as rx

from callcenter.ui.components.icons import icon


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: `kind` picks the icon (see KINDS), `took` is "took 0.6 s" or "", `at` "13:52:04", `instant` ISO."""

    kind: str
    words: str
    at: str
    instant: str = ""
    took: str = ""


KINDS = {
    "scheduled": "calendar_clock",
    "slot": "clock",
    "dialled": "phone_outgoing",
    "ringing": "phone_call",
    "picked_up": "phone",
    "talking": "radio",
    "transferred": "phone_forwarded",
    "voicemail": "voicemail",
    "ended": "circle_check",
    "failed": "octagon_x",
    "analysed": "sparkles",
    "checking": "scan_search",
    "cancelled": "circle_slash",
    "retry": "rotate_ccw",
    "follow_up": "calendar_check",
    "person": "user",
    "event": "webhook",
}


def timeline(steps: rx.Var) -> rx.Component:
    """An ordered list from a Var of list[Step]."""
    return rx.el.ol(rx.foreach(steps, _step), class_name="timeline")


def _step(step: rx.Var) -> rx.Component:
    mark = rx.match(step.kind, *[(kind, icon(name, 12)) for kind, name in KINDS.items()], icon("circle", 12))
    return rx.el.li(
        rx.el.span(mark, class_name="step-icon"),
        rx.el.span(step.words, class_name="min-w-0"),
        rx.el.span(step.took, class_name="took"),
        rx.el.time(step.at, date_time=step.instant, class_name="at"),
    )
