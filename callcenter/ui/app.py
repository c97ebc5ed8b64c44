"""The Reflex app before it knows any part of ours: look, head, guard, and what happens when something breaks."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from callcenter.domain.errors import CallCenterError, Unauthenticated
from callcenter.ui.components import toasts
from callcenter.ui.session import EventGuard
from callcenter.ui.wire import encode_once

log = logging.getLogger(__name__)

#: Scripts run before the first paint, or the rail would jump.
SCRIPTS = ("/hotkeys.js", "/reltime.js", "/player.js")

#: At the bottom right, on phones at the top: there the thumb and the bar are at the bottom.
TOASTS_AT = rx.Var("(globalThis.innerWidth < 768 ? 'top-center' : 'bottom-right')").to(str)


def backend_failed(exception: Exception) -> EventSpec:
    """A handler raised: our own errors are told as they are, others are logged with a reference that the person sees too."""
    if isinstance(exception, Unauthenticated):
        return rx.redirect("/login")
    if isinstance(exception, CallCenterError):
        return toasts.failed(exception.message)
    reference = new_reference()
    log.error("an event handler failed, ref %s", reference, exc_info=exception)
    return toasts.failed("Something went wrong on our side.", "Try again, or tell us:", reference=reference)


def new_reference() -> str:
    """Six characters that are easy to read out: "7K2-PQ9"."""
    letters = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(6))
    return f"{letters[:3]}-{letters[3:]}"


def new_app(transformers: Sequence[Any] = ()) -> rx.App:
    """The app with our look and guard, and no page yet. `transformers` are ASGI apps and wrappers around it."""
    app = rx.App(
        html_lang="en",
        stylesheets=["/app.css"],
        toaster=rx.toast.provider(position=TOASTS_AT, visible_toasts=3, close_button=True, rich_colors=False),
        head_components=[
            rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
            rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
            rx.el.meta(name="theme-color", content="#3e63dd"),
            *[rx.el.script(src=source) for source in SCRIPTS],
        ],
        backend_exception_handler=backend_failed,
        api_transformer=list(transformers) or None,
    )
    # Reflex's own words about a lost connection make room for ours, which stand in the frame.
    app.app_wraps.pop((5, "Overlay"), None)
    app.add_middleware(EventGuard())
    encode_once(app)
    return app
