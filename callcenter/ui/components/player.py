"""The recording: a native audio element, one small script, and a strip that shows who spoke when."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import server_link

Text = str | rx.Var


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of speech: `lane` is "agent" or "lead"; `left` and `width` are percent of the recording."""

    lane: str
    left: float
    width: float


def player(
    source: Text,
    *,
    strip: rx.Var,
    length: Text,
    seconds: Text,
    download: Text = "",
    notes: Any = None,
    is_stuck: bool = False,
    is_small: bool = False,
    at_bottom: bool = False,
) -> rx.Component:
    """Plays `source` (our own address). `strip` is a Var of list[Spoken], `length` "3:41", `seconds` its number.

    `is_small` is the peek's: play, time and strip alone. `at_bottom` holds it above the bottom bar on phones.
    """
    rest = [] if is_small else [_jump("rotate_ccw", "Back 5 seconds", "-5"), _jump("rotate_cw", "On 5 seconds", "5")]
    speed = rx.el.button(
        "1×", type="button", data_player_speed=True, aria_label="Speed", class_name="btn btn-outline btn-small speed"
    )
    saved = server_link(icon("download", label="Download"), href=download, class_name="btn btn-ghost btn-icon not-phone")
    tail = [] if is_small else [speed, *([saved] if isinstance(download, rx.Var) or download else [])]
    return rx.el.div(
        rx.el.audio(src=source, preload="metadata", data_player_audio=True),
        _play(),
        *rest,
        rx.el.span(
            rx.el.b("0:00", data_player_time=True, class_name="font-medium"),
            rx.el.span(" / ", length, class_name="quiet"),
            class_name="time",
        ),
        _strip(strip, seconds),
        *tail,
        *([rx.el.div(notes, class_name="player-notes")] if notes is not None else []),
        rx.el.span(role="status", class_name="quiet small", data_player_problem=True),
        class_name=f"player {'stuck' if is_stuck else ''} {'bottom' if at_bottom else ''}".strip(),
        role="group",
        aria_label="Recording",
        data_player=True,
        data_seconds=seconds,
    )


def no_player(words: Text) -> rx.Component:
    """There is nothing to play, and why: not recorded, being fetched, expired, not allowed."""
    return rx.el.div(icon("volume_x"), rx.el.span(words), class_name="player quiet")


def _play() -> rx.Component:
    return rx.el.button(
        rx.el.span(icon("play"), class_name="when-paused"),
        rx.el.span(icon("pause"), class_name="when-playing"),
        type="button",
        aria_label="Play or pause",
        data_player_play=True,
        data_hotkey="p",
        class_name="play",
    )


def _jump(icon_name: str, label: str, seconds: str) -> rx.Component:
    parts = [icon(icon_name), rx.el.span("5")]
    shown = parts if seconds.startswith("-") else parts[::-1]
    return rx.el.button(*shown, type="button", aria_label=label, data_player_jump=seconds, class_name="jump")


def _strip(strip: rx.Var, seconds: Text) -> rx.Component:
    def pieces(spoken: rx.Var) -> rx.Component:
        place = {"left": spoken.left.to_string() + "%", "width": spoken.width.to_string() + "%"}
        return rx.el.i(data_lane=spoken.lane, style=place)

    return rx.el.div(
        rx.el.div(rx.foreach(strip, pieces), class_name="to-come", aria_hidden="true"),
        rx.el.div(rx.foreach(strip, pieces), class_name="played", aria_hidden="true"),
        rx.el.span(class_name="head", aria_hidden="true"),
        rx.el.input(type="range", min=0, max=seconds, step=1, default_value="0", aria_label="Position", data_player_seek=True),
        class_name="strip",
    )
