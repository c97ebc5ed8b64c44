"""What was said, turn by turn; a turn's time seeks the recording."""

from dataclasses import dataclass

import reflex as rx

from callcenter.ui.components.icons import icon

Text = str | rx.Var


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn: `who` is "agent", "lead" or "tool"; `at` its time as text, `second` its start in the recording.

    Of a tool call `text` is its name in words, `detail` the short result, `body` what was sent and received.
    """

    who: str
    name: str
    at: str
    second: float
    text: str
    detail: str = ""
    body: str = ""


def transcript(turns: rx.Var, *, label: str = "Transcript") -> rx.Component:
    """The list of turns from a Var of list[Turn]; the player marks the current one."""
    return rx.el.ol(rx.foreach(turns, _turn), aria_label=label, class_name="turns", data_turns=True)


def _turn(turn: rx.Var) -> rx.Component:
    return rx.cond(turn.who == "tool", _tool(turn), _speech(turn))


def _speech(turn: rx.Var) -> rx.Component:
    face = rx.cond(turn.who == "agent", icon("bot"), icon("user"))
    return rx.el.li(
        rx.el.button(turn.at, type="button", class_name="at", data_seek=turn.second, title="Play from here"),
        rx.el.span(face, turn.name, class_name="who"),
        rx.el.p(turn.text, class_name="text", dir="auto"),
        class_name="turn",
        data_who=turn.who,
        data_second=turn.second,
    )


def _tool(turn: rx.Var) -> rx.Component:
    fold = rx.el.details(
        rx.el.summary(
            icon("wrench"),
            rx.el.span(turn.text, class_name="strong clip"),
            rx.el.span(turn.detail, class_name="quiet clip"),
            icon("chevron_right", class_name="fold"),
        ),
        rx.el.pre(turn.body),
        class_name="tool",
    )
    return rx.el.li(fold, class_name="turn")


def short_transcript(turns: rx.Var) -> rx.Component:
    """The first turns as in a peek: time, name and words on one line."""

    def one(turn: rx.Var) -> rx.Component:
        name = rx.el.b(turn.name, class_name=rx.cond(turn.who == "agent", "font-medium hue", "font-medium"))
        return rx.el.li(
            rx.el.button(turn.at, type="button", class_name="link small w-9 flex-none text-left", data_seek=turn.second),
            rx.el.span(name, " ", turn.text, dir="auto"),
            class_name="flex gap-1 items-baseline py-1",
        )

    return rx.el.ol(rx.foreach(turns, one), class_name="list-none m-0 p-0")
