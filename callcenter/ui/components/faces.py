"""The other faces of every list and card: loading, empty, failed, not allowed."""

from typing import Any

import reflex as rx

from callcenter.ui.components.buttons import button
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link

Text = str | rx.Var


def empty(icon_name: str, title: Text, sentence: Text, *actions: rx.Component, below: Any = None) -> rx.Component:
    """Nothing here yet: an icon, a title, a sentence, one button and one link."""
    return rx.el.div(
        rx.el.span(icon(icon_name, 24), class_name="face-icon"),
        rx.el.h2(title),
        rx.el.p(sentence),
        rx.el.div(*actions, class_name="actions"),
        *([below] if below is not None else []),
        class_name="face tall",
    )


def empty_part(sentence: Text, *actions: rx.Component) -> rx.Component:
    """Nothing in one card: a sentence is enough."""
    return rx.el.div(rx.el.p(sentence, class_name="quiet"), *actions, class_name="face", style={"padding": "24px 16px"})


def no_matches(things: str, *, on_clear: Any) -> rx.Component:
    """The filters leave nothing: say so, offer to clear them."""
    return rx.el.div(
        rx.el.span(icon("list_filter", 24), class_name="face-icon"),
        rx.el.h2(f"No {things} match these filters."),
        rx.el.p("Remove a filter above, or start again with all of them off."),
        rx.el.div(button("Clear all", on_click=on_clear), class_name="actions"),
        class_name="face tall",
    )


def part_error(what: str, *, on_retry: Any, reference: Text = "") -> rx.Component:
    """One card or table failed: "Couldn't load outcomes", the rest of the page is right."""
    return rx.el.div(
        icon("cloud_off", 20),
        rx.el.div(
            rx.el.div(f"Couldn’t load {what}", class_name="strong"),
            rx.el.div("The rest of the page is right. ", _reference(reference), class_name="quiet"),
        ),
        button("Try again", on_click=on_retry),
        class_name="part-error",
        role="alert",
    )


def page_error(title: Text, sentence: Text, *, on_retry: Any, reference: Text = "") -> rx.Component:
    """The page failed: what happened, what was kept, what to do."""
    return rx.el.div(
        rx.el.span(icon("cloud_off", 24), class_name="face-icon", data_accent_color="orange"),
        rx.el.h2(title),
        rx.el.p(sentence),
        rx.el.p(_reference(reference)),
        rx.el.div(
            button("Try again", on_click=on_retry),
            button("Copy details", kind="ghost", icon_name="copy", data_copy=reference, needs_server=False),
            class_name="actions",
        ),
        class_name="face tall",
        role="alert",
    )


def not_allowed(admins: Text) -> rx.Component:
    """A page this role may not see; `admins` are the names to ask."""
    return rx.el.div(
        rx.el.span(icon("lock", 24), class_name="face-icon"),
        rx.el.h2("You don’t have access to this."),
        rx.el.p("Ask an admin: ", admins),
        rx.el.div(link("Back to Live", href="/"), class_name="actions"),
        class_name="face tall",
    )


def gone(sentence: Text, *, back: str, href: Text) -> rx.Component:
    """What was here is not (any more): "This call was deleted", with a way back."""
    return rx.el.div(
        rx.el.span(icon("search_x", 24), class_name="face-icon"),
        rx.el.h2(sentence),
        rx.el.div(link(back, href=href), class_name="actions"),
        class_name="face tall",
    )


def skeleton_rows(rows: int = 8, *, what: str = "") -> rx.Component:
    """Rows in the shape of a table, shown after 300 ms; after 3 s they say what they wait for."""
    widths = ("w-32", "w-24", "w-36", "w-28")
    lines = [
        rx.el.div(
            rx.el.i(class_name=f"bone h-2.5 {widths[index % 4]}"),
            rx.el.i(class_name="bone soft h-2 w-20"),
            rx.el.i(class_name="bone soft h-5 w-22"),
            rx.el.i(class_name="bone soft h-2 w-9 ml-auto"),
            class_name="skeleton-row",
        )
        for index in range(rows)
    ]
    late = [rx.el.p(f"Still loading {what}…", class_name="still-loading")] if what else []
    return rx.el.div(*lines, *late, class_name="skeletons", aria_busy="true", aria_label="Loading", role="status")


def skeleton_card(lines: int = 4) -> rx.Component:
    """Lines in the shape of a card's body."""
    widths = ("w-full", "w-5/6", "w-2/3", "w-3/4")
    bones = [rx.el.i(class_name=f"bone soft h-3 {widths[index % 4]}") for index in range(lines)]
    return rx.el.div(*bones, class_name="stack gap-3 skeletons", aria_busy="true", aria_label="Loading", role="status")


def faced(face: rx.Var, *, ready: Any, empty: Any, gone: Any = None, loading: Any = None, error: Any = None) -> rx.Component:
    """Shows the face a state names: "loading", "empty", "gone", "error", else `ready` (also "stale")."""
    return rx.match(
        face,
        ("loading", loading if loading is not None else skeleton_rows()),
        ("empty", empty),
        ("gone", gone if gone is not None else empty),
        ("error", error if error is not None else rx.fragment()),
        ready,
    )


def _reference(reference: Text) -> rx.Component:
    shown = rx.el.span("ref ", reference, class_name="mono")
    if isinstance(reference, str):
        return shown if reference else rx.fragment()
    return rx.cond(reference != "", shown)
