"""An address that leads nowhere: a way on."""

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components.buttons import link_button
from callcenter.ui.components.icons import icon


def not_found_page() -> rx.Component:
    """The page for every address that is no page."""
    return shell.bare(
        rx.el.div(
            rx.el.span(icon("search_x", 24), class_name="face-icon"),
            rx.el.h1("This page doesn’t exist or was moved.", class_name="section-title"),
            rx.el.p("Check the address, or start from one of these."),
            rx.el.div(
                link_button("Live", "/", kind="main", icon_name="activity"),
                link_button("Search calls", "/calls", icon_name="search"),
                class_name="actions",
            ),
            class_name="face",
        )
    )
