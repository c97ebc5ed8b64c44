"""Short answers to a person's own click, bottom right."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from reflex_components_sonner.toast import ToastAction

#: Errors stay until they are closed: an hour is that, in milliseconds.
UNTIL_CLOSED = 3_600_000


def done(words: str, *, undo: Any = None) -> EventSpec:
    """It is done: "Marked done." With `undo` (an event) a button that takes it back, for 8 s."""
    if undo is None:
        return rx.toast.success(words, duration=5000)
    return rx.toast.success(words, duration=8000, action=ToastAction(label="Undo", on_click=undo))


def failed(title: str, what_now: str = "", *, reference: str = "") -> EventSpec:
    """It did not happen: what happened, is anything lost, what to do. Stays until closed."""
    words = f"{what_now} ref {reference}".strip() if reference else what_now
    return rx.toast.error(title, description=words, duration=UNTIL_CLOSED, important=True)


def info(words: str) -> EventSpec:
    """Something to know, no more."""
    return rx.toast.info(words, duration=5000)
