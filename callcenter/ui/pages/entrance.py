"""What the pages before the door share: the mark over a card, its form, and the words for what was wrong."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components.buttons import button
from callcenter.ui.components.icons import icon
from callcenter.ui.components.nav import brand

Text = str | rx.Var

#: What was wrong, by the name of the field in the address. The words are ours: an address can say anything.
PROBLEMS: Mapping[str, str] = {
    "code": "This code is not valid any more. The server’s log has the newest one.",
    "name": "A name has 1 to 120 characters.",
    "email": "This is no e-mail address.",
    "password": "This password is too short or too easy to guess.",
    "new": "This password is too short or too easy to guess.",
    "old": "The old password is wrong.",
    "workspace": "A name has 1 to 120 characters.",
    "country": "Choose a country.",
    "timezone": "Choose a time zone.",
}


def own_path(text: str) -> str:
    """A path on this site; anything that could lead elsewhere, or round in circles, becomes the first page."""
    is_safe = text.startswith("/") and not text.startswith(("//", "/\\", "/api/", "/login")) and text.isprintable()
    return text if is_safe and "\\" not in text else "/"


def waiting_words(seconds: str) -> str:
    """How long somebody has to wait after too many tries, from the number in the address."""
    number = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 60
    wait = f"{number} s" if number < 120 else f"{-(-number // 60)} min"
    return f"Too many tries. Wait {wait}, then try again."


def card_page(*content: Any, workspace: Text, below: Any = None) -> rx.Component:
    """A card of 384 in the middle of a quiet page, the workspace's name over it."""
    head = rx.el.div(brand(20), rx.el.span(workspace, class_name="section-title"), class_name="row gap-3 justify-center mb-6")
    return shell.bare(
        rx.el.div(
            head,
            rx.el.div(*content, class_name="card p-7 rounded-xl stack gap-4"),
            *([rx.el.div(below, class_name="quiet small text-center mt-4")] if below is not None else []),
            class_name="w-full max-w-96 mb-16",
        )
    )


def heading(title: Text, sentence: Text = "") -> rx.Component:
    """The h1 of the card and a sentence under it."""
    said = [rx.el.p(sentence, class_name="quiet m-0 mt-1")] if isinstance(sentence, rx.Var) or sentence else []
    return rx.el.div(rx.el.h1(title, class_name="m-0 text-2xl leading-[30px] font-bold"), *said)


def problem(words: rx.Var) -> rx.Component:
    """What was wrong with the last try, above the form."""
    box = rx.el.div(icon("circle_alert"), rx.el.div(words), class_name="note-box", data_accent_color="red", role="alert")
    return rx.cond(words != "", box)


def posted(*content: Any, to: str, word: Text, icon_name: str = "", **props: Any) -> rx.Component:
    """A form that the browser itself posts to our API, which sets the cookie and sends the browser on."""
    props.setdefault("class_name", "stack gap-4")
    return rx.el.form(
        *content,
        button(word, kind="main", size="large", type="submit", icon_name=icon_name, class_name="w-full"),
        method="post",
        action=to,
        on_submit=None,
        **props,
    )
