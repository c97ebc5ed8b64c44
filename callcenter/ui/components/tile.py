"""Number tiles and their sparklines, drawn as inline SVG without a chart library."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link

Text = str | rx.Var
WIDTH, HEIGHT, MARGIN = 64, 28, 3


def spark(values: Sequence[float]) -> str:
    """The points of a sparkline, "x,y x,y …" in a box of 64 × 28; "" when there are fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = (
        (MARGIN + index * step, HEIGHT - MARGIN - (value - low) / span * (HEIGHT - 2 * MARGIN))
        for index, value in enumerate(values)
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


@rx.memo
def sparkline(points: rx.Var[str], is_neutral: rx.Var[bool]) -> rx.Component:
    """The line, its pale area and a dot on the last point. Decoration: the tile says the number."""
    last = points.split(" ").reverse()[0].split(",")
    return rx.el.svg(
        rx.el.svg.polygon(points=f"{MARGIN},{HEIGHT} {points} {WIDTH - MARGIN},{HEIGHT}", fill="currentColor", opacity="0.12"),
        rx.el.svg.polyline(points=points, fill="none", stroke="currentColor", stroke_width="1.5", stroke_linejoin="round"),
        rx.el.svg.circle(cx=last[0], cy=last[1], r="2", fill="currentColor"),
        width=str(WIDTH),
        height=str(HEIGHT),
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        aria_hidden="true",
        class_name=rx.cond(is_neutral, "tile-spark neutral", "tile-spark"),
    )


def number_tile(
    label: Text,
    value: Text,
    *,
    suffix: Text = "",
    note: Any = "",
    points: Text = "",
    is_neutral: bool = False,
    href: Text = "",
    face: Text = "ready",
    icon_name: str = "",
    icon_hue: str = "orange",
    **props: Any,
) -> rx.Component:
    """One number: label, big value ("9") with its suffix ("of 20"), a note, a sparkline.

    `note` is text or a component (see `change`). `face`: "ready", "unknown" (value shown small, no line), "loading", "stale".
    `is_neutral` draws the line gray, when neither up nor down is good. With `href` the whole tile is a link.
    """
    mark = rx.el.span(icon(icon_name), class_name="hue", data_accent_color=icon_hue) if icon_name else rx.fragment()
    big = rx.el.div(
        value, rx.el.small(" ", suffix) if isinstance(suffix, rx.Var) or suffix else rx.fragment(), class_name="tile-value"
    )
    shown = rx.fragment(
        rx.el.div(mark, label, class_name="tile-label"),
        _by_face(face, "unknown", rx.el.div("unknown", class_name="tile-value unknown"), big),
        rx.el.div(note, class_name="tile-note"),
        _line(points, is_neutral),
    )
    inside = _by_face(face, "loading", _bones(), shown)
    if isinstance(href, str) and not href:
        return rx.el.div(inside, class_name="card tile", data_face=face, **props)
    return link(inside, href=href, class_name="card tile", data_face=face, **props)


def _line(points: Text, is_neutral: bool) -> rx.Component:
    if isinstance(points, str):
        return sparkline(points=points, is_neutral=is_neutral) if points else rx.fragment()
    return rx.cond(points != "", sparkline(points=points, is_neutral=is_neutral))


def _by_face(face: Text, name: str, one: rx.Component, other: rx.Component) -> rx.Component:
    if isinstance(face, str):
        return one if face == name else other
    return rx.cond(face == name, one, other)


def _bones() -> rx.Component:
    return rx.el.div(
        rx.el.i(class_name="bone h-3 w-20"),
        rx.el.i(class_name="bone soft h-6 w-16"),
        rx.el.i(class_name="bone soft h-2.5 w-28"),
        class_name="stack gap-3",
        aria_label="Loading",
        role="status",
    )


def change(text: Text, *, is_good: Any) -> rx.Component:
    """A change in its colour ("▲ 4 pts" from `words.points`); `is_good` may be a Var."""
    colour = rx.cond(is_good, "good", "bad") if isinstance(is_good, rx.Var) else "good" if is_good else "bad"
    return rx.el.span(text, class_name=colour)


def tiles(*children: rx.Component, columns: int = 6) -> rx.Component:
    """Tiles in one row at 1280 and up, three under that, two on phones."""
    return rx.el.div(*children, class_name="tiles", style={"--tiles": str(columns)})
