"""Badges: a call's status, its outcome and their relatives, always a word and an icon, never a colour alone."""

from collections.abc import Mapping

import reflex as rx

from callcenter.ui import theme
from callcenter.ui.components.icons import icon
from callcenter.ui.theme import Look

Text = str | rx.Var


def look_badge(look: Look, *, word: Text | None = None, class_name: str = "") -> rx.Component:
    """A badge for a Look; `word` replaces its word ("Waiting for 09:00")."""
    plain = "" if look.is_tinted else "badge-plain"
    return rx.badge(
        icon(look.icon, 12) if look.icon else rx.fragment(),
        look.word if word is None else word,
        variant="soft",
        high_contrast=True,
        color_scheme=look.hue,
        class_name=f"badge {plain} {class_name}".strip(),
    )


def new_badge(word: Text) -> rx.Component:
    """A value we have no name for yet: the raw word, marked as new."""
    return rx.el.span(icon("circle_help", 12), word, " · new", class_name="badge badge-lined")


def _by_key(key: Text, looks: Mapping[str, Look], empty: rx.Component) -> rx.Component:
    if isinstance(key, str):
        return empty if not key else look_badge(looks[key]) if key in looks else new_badge(key)
    return rx.match(key, ("", empty), *[(name, look_badge(look)) for name, look in looks.items()], new_badge(key))


def _none() -> rx.Component:
    return rx.el.span(rx.el.span("—", aria_hidden="true"), rx.el.span("none", class_name="hidden-words"))


def _live(key: str) -> rx.Component:
    return look_badge(theme.STATUS[key], class_name="badge-live")


@rx.memo
def call_status_badge(status: rx.Var[str]) -> rx.Component:
    """The status badge as one component, shared by every row of every page."""
    others = {name: look for name, look in theme.STATUS.items() if name != "in_progress"}
    return rx.match(
        status,
        ("in_progress", _live("in_progress")),
        *[(name, look_badge(look)) for name, look in others.items()],
        new_badge(status),
    )


@rx.memo
def call_outcome_badge(outcome: rx.Var[str]) -> rx.Component:
    """The outcome badge as one component."""
    return _by_key(outcome, theme.OUTCOME, _none())


def status_badge(status: Text) -> rx.Component:
    """Where a call is. `status`: a key of `theme.STATUS` (see `words.shown_status`)."""
    return call_status_badge(status=status)


def outcome_badge(outcome: Text) -> rx.Component:
    """What came of a call. `outcome`: a wire value, "" shows a dash that is read out as "none"."""
    return call_outcome_badge(outcome=outcome)


def batch_badge(status: Text) -> rx.Component:
    """Where a batch is: a key of `theme.BATCH_STATUS`."""
    return _by_key(status, theme.BATCH_STATUS, _none())


def event_badge(result: Text) -> rx.Component:
    """What became of a provider event: a key of `theme.EVENT_RESULT`."""
    return _by_key(result, theme.EVENT_RESULT, _none())


def follow_up_badge(when: Text) -> rx.Component:
    """An outlined badge beside the outcome: "Follow-up Tue 10:00"."""
    return rx.el.span(icon("calendar_clock", 12), "Follow-up ", when, class_name="badge badge-lined")


def lined_badge(word: Text, icon_name: str = "") -> rx.Component:
    """An outlined badge without a hue, e.g. for a sentiment in a heading."""
    return rx.el.span(icon(icon_name, 12) if icon_name else rx.fragment(), word, class_name="badge badge-lined")


def tint_badge(word: Text, *, hue: str = "gray", icon_name: str = "") -> rx.Component:
    """Any other tinted badge: "Stops it" in red, "outside" in gray."""
    return look_badge(Look("", hue, icon_name), word=word)


def tag(word: Text) -> rx.Component:
    """A tag or keyword."""
    return rx.el.span(word, class_name="tag")


def _marked(key: Text, looks: Mapping[str, Look], title: Text = "") -> rx.Component:
    def one(look: Look) -> rx.Component:
        mark = icon(look.icon) if look.icon else rx.fragment()
        return rx.el.span(mark, look.word, class_name="mark-word", data_accent_color=look.hue, title=title)

    if isinstance(key, str):
        return one(looks[key]) if key in looks else _none()
    return rx.match(key, *[(name, one(look)) for name, look in looks.items()], _none())


def priority(key: Text) -> rx.Component:
    """Who goes first: "urgent", "high", "normal", "low"."""
    return _marked(key, theme.PRIORITY)


def sentiment(key: Text, number: Text = "") -> rx.Component:
    """How the lead sounded: a key from `words.sentiment`, the number itself on hover."""
    return _marked(key, theme.SENTIMENT, number)


def status_dot(status: Text) -> rx.Component:
    """The dot before a call in progress; decoration, the words stand beside it."""
    name = (
        {"in_progress": "talking", "connected": "connected"}.get(status, "dialling")
        if isinstance(status, str)
        else rx.match(status, ("in_progress", "talking"), ("connected", "connected"), "dialling")
    )
    return rx.el.span(class_name=f"dot dot-{name}", aria_hidden="true")
