"""Banners between the top bar and the page, one at a time."""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import connection_errors_count

from callcenter.ui.components.icons import icon

Text = str | rx.Var


def banner(
    icon_name: str, *words: Any, hue: str = "gray", action: Any = None, class_name: str = "other-banner", **props: Any
) -> rx.Component:
    """A line across the page: gray, amber or red; `action` is a link or button at its right."""
    right = [action] if action is not None else []
    return rx.el.div(
        icon(icon_name),
        rx.el.span(*words, class_name="grow"),
        *right,
        class_name=f"banner {class_name}",
        data_accent_color=hue,
        **props,
    )


def connection_banners() -> rx.Component:
    """What is said while the server cannot be reached; the script that keeps times true shows and hides them."""
    since = rx.el.span(data_link_since=True)
    still = "Calls keep running on the server."
    return rx.fragment(
        _error_count(),
        banner(
            "wifi_off",
            "Reconnecting… Showing data from ",
            since,
            f". {still}",
            hue="amber",
            class_name="link-banner link-banner-lost",
            role="status",
        ),
        banner(
            "wifi_off",
            "Not connected for ",
            rx.el.span(data_link_for=True),
            f". {still}",
            hue="red",
            class_name="link-banner link-banner-dead",
            role="alert",
            action=rx.el.button("Try now", type="button", data_link_retry=True),
        ),
        banner(
            "circle_check",
            "Back. Updated just now.",
            hue="green",
            class_name="link-banner link-banner-back",
            role="status",
        ),
    )


def wall_banner() -> rx.Component:
    """The same on a wall: red at once, readable from across the room."""
    words = ["Not live since ", rx.el.span(data_link_since=True)]
    shown = "link-banner link-banner-lost link-banner-dead wall-banner"
    return rx.fragment(_error_count(), banner("wifi_off", *words, hue="red", class_name=shown, role="alert"))


def _error_count() -> rx.Component:
    return rx.el.span(hidden=True, data_link_errors=connection_errors_count)
