"""What was said in a call: the player and the transcript."""

import reflex as rx

from callcenter.ui.components.buttons import text_button
from callcenter.ui.components.faces import empty_part
from callcenter.ui.components.icons import icon
from callcenter.ui.components.player import no_player, player
from callcenter.ui.components.transcript import transcript
from callcenter.ui.pages.call_state import CallState


def recording() -> rx.Component:
    """The player, or why there is none."""
    head = CallState.head
    plays = player(
        head.recording,
        strip=CallState.strip,
        length=head.duration,
        seconds=head.seconds,
        download=head.recording,
        notes=_notes(),
        is_stuck=True,
        at_bottom=True,
    )
    return rx.cond(head.recording != "", plays, rx.cond(head.no_recording != "", no_player(head.no_recording)))


def _notes() -> rx.Component:
    head = CallState.head
    agent = rx.cond(head.agent != "", head.agent, "Agent")
    shares = rx.fragment(
        rx.el.span(_swatch("indigo"), agent, " ", head.talk_agent, class_name="row gap-2"),
        rx.el.span(_swatch("gray"), head.who, " ", head.talk_lead, class_name="row gap-2"),
    )
    listeners = rx.el.span(icon("lock", 12), "Admins and managers may listen", class_name="row gap-1")
    return rx.fragment(rx.cond(head.talk_agent != "", shares), listeners)


def _swatch(hue: str) -> rx.Component:
    return rx.el.i(class_name="swatch", style={"background": f"var(--{hue}-9)", "height": "6px", "width": "12px"})


def transcript_tab() -> rx.Component:
    """The transcript with its tools; of a live call it grows at the end."""
    head = CallState.head
    shown = rx.cond(head.is_live, _growing(), rx.fragment(transcript(CallState.turns), _rest()))
    return rx.cond(CallState.turns.length() > 0, rx.fragment(_tools(), shown), _nothing())


def _tools() -> rx.Component:
    find = rx.el.div(
        icon("search"),
        rx.el.input(
            type="search",
            placeholder="Search this transcript",
            aria_label="Search this transcript",
            class_name="input",
            data_filters=".turns",
            data_search=True,
        ),
        class_name="searchbox w-full max-w-60",
    )
    follow = rx.el.label(
        rx.el.input(type="checkbox", role="switch", default_checked=True, class_name="switch", data_follow_recording=True),
        rx.el.span("Follow the recording"),
        class_name="check-row ml-auto not-phone",
    )
    return rx.el.div(find, rx.cond(CallState.head.recording != "", follow), class_name="row px-4 pt-3 pb-1")


def _growing() -> rx.Component:
    """Stays at the end while the reader is at the end; whoever scrolled up keeps their place."""
    return rx.el.div(
        rx.cond(CallState.hidden_turns > 0, _earlier()),
        rx.auto_scroll(
            transcript(CallState.turns),
            rx.el.div(
                rx.el.span(class_name="dot dot-talking"),
                rx.el.span("Going on now", class_name="quiet small"),
                class_name="row px-5 pb-4",
            ),
            class_name="live-turns overflow-y-auto max-h-[60vh]",
            tab_index=0,
            role="log",
            aria_live="off",
            aria_label="Live transcript",
        ),
    )


def _earlier() -> rx.Component:
    return rx.el.div(text_button("Show earlier turns", on_click=CallState.show_all_turns), class_name="px-3")


def _rest() -> rx.Component:
    word = "Show " + CallState.hidden_turns.to_string() + " more turns"
    more = rx.el.div(text_button(word, on_click=CallState.show_all_turns), class_name="px-14 pb-3")
    return rx.cond(CallState.hidden_turns > 0, more)


def _nothing() -> rx.Component:
    head = CallState.head
    return rx.cond(
        head.is_waiting,
        empty_part("The transcript comes with the call."),
        rx.cond(
            head.is_live,
            empty_part("Nobody has spoken yet."),
            rx.cond(
                head.is_erased,
                empty_part("What was said in this call has been erased."),
                empty_part(rx.cond(head.ended != "", head.ended + ". Nothing was said.", "Nothing was said.")),
            ),
        ),
    )
