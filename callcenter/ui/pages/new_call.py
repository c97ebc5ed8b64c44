"""The New call dialog: whom, by whom, when; what will happen in one sentence; then how the call goes."""

from typing import Any

import reflex as rx

from callcenter.ui.components import form
from callcenter.ui.components.buttons import button, checkbox, icon_button, key, link_button, segments
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.status_badge import outcome_badge, status_badge
from callcenter.ui.components.times import running_time
from callcenter.ui.pages.for_whom import client_field
from callcenter.ui.pages.new_call_state import CLOSE_ID, SUBMIT_ID, NewCallState
from callcenter.ui.shell_state import ShellState

_V = NewCallState.verdict


def new_call_dialog() -> rx.Component:
    """The dialog; the frame mounts it on every page."""
    is_placed = NewCallState.call.id != ""
    return rx.fragment(
        link(
            "Close New call", href=ShellState.here, stay=True, id=CLOSE_ID, class_name="hidden", tab_index=-1, aria_hidden="true"
        ),
        dialog(
            rx.cond(is_placed, _live_card(), _form()),
            is_open=NewCallState.is_open,
            on_close=NewCallState.close,
            title="New call",
        ),
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.div(_client(), _agent(), _from(), class_name="grid grid-cols-1 gap-4 sm:grid-cols-3 sm:gap-3"),
        _to(),
        rx.cond(NewCallState.known.length() > 0, _known()),
        _when(),
        rx.cond(_V.number != "", _checks()),
        _foot(),
        on_submit=NewCallState.place,
        reset_on_submit=False,
        class_name="stack gap-4 mt-3",
    )


# -- fields --------------------------------------------------------------------------------------------------------


def _client() -> rx.Component:
    return client_field(
        NewCallState.clients,
        name="call-client",
        value=NewCallState.client,
        on_change=NewCallState.set_client,
        placeholder="Choose",
    )


def _agent() -> rx.Component:
    return form.select_field(
        "Agent", name="call-agent", choices=NewCallState.agents, value=NewCallState.agent, on_change=NewCallState.set_agent
    )


def _from() -> rx.Component:
    return form.select_field(
        "From-number",
        name="call-from",
        choices=NewCallState.numbers,
        value=NewCallState.from_number,
        on_change=NewCallState.set_from,
    )


def _to() -> rx.Component:
    picked = rx.el.div(
        icon("user"),
        rx.el.span(NewCallState.lead_name, dir="auto"),
        rx.el.span(NewCallState.lead_number, class_name="quiet grow"),
        icon_button("x", "Choose somebody else", size="small", on_click=NewCallState.unpick),
        id="call-to",
        class_name="input row gap-2 !pr-1",
    )
    typed = rx.debounce_input(
        rx.el.input(
            id="call-to",
            name="call-to",
            value=NewCallState.to,
            on_change=NewCallState.set_to,
            placeholder="A number, or the name of a lead",
            aria_describedby="call-to-note",
            aria_invalid=rx.cond(NewCallState.to_error != "", "true", "false"),
            auto_complete="off",
            auto_focus=True,
            class_name="input",
        ),
        debounce_timeout=300,
    )
    return rx.el.div(
        form.field(
            "To",
            rx.cond(NewCallState.lead_id != "", picked, typed),
            name="call-to",
            error=NewCallState.to_error,
            help_text=_V.understood,
        ),
        rx.cond(NewCallState.hits.length() > 0, _hits()),
        class_name="stack",
    )


def _hits() -> rx.Component:
    def one(hit: rx.Var) -> rx.Component:
        inside = (rx.el.span(hit.name, class_name="grow text-left clip", dir="auto"), rx.el.span(hit.number, class_name="quiet"))
        return rx.el.li(
            rx.el.button(
                icon("user"),
                *inside,
                type="button",
                on_click=NewCallState.pick(hit.id),
                class_name="btn btn-ghost w-full !justify-start",
            )
        )

    return rx.el.ul(
        rx.foreach(NewCallState.hits, one),
        aria_label="Leads that match",
        class_name="m-0 mt-1 list-none rounded-lg p-1",
        style={"border": "1px solid var(--gray-a6)"},
    )


def _known() -> rx.Component:
    def one(known: rx.Var) -> rx.Component:
        return rx.el.label(
            rx.el.span(known.label, class_name="quiet clip w-24 flex-none"),
            rx.el.input(
                name="known-" + known.name,
                default_value=known.value,
                class_name="min-w-0 flex-1 border-0 bg-transparent p-0 outline-none",
                style={"font": "inherit", "color": "inherit"},
                auto_complete="off",
            ),
            class_name="input flex items-center gap-2 focus-within:outline focus-within:outline-2 focus-within:outline-offset-2",
            style={"outlineColor": "var(--indigo-9)"},
        )

    head = rx.el.div(
        rx.el.span("What the agent knows", class_name="field-label grow"),
        rx.el.span("change it for this call only", class_name="small quiet"),
        class_name="row",
    )
    fields = rx.el.div(rx.foreach(NewCallState.known, one), class_name="grid grid-cols-1 gap-3 sm:grid-cols-2")
    return rx.el.fieldset(
        rx.el.legend("What the agent knows", class_name="hidden-words"),
        head,
        fields,
        key=NewCallState.verdict.number,
        class_name="stack gap-2 m-0 border-0 p-0",
    )


def _when() -> rx.Component:
    pick = segments(
        [("false", "Now"), ("true", "At a time")],
        current=rx.cond(NewCallState.is_later, "true", "false"),
        on_pick=lambda value: NewCallState.set_later(value == "true"),
        label="When",
    )
    at = form.field(
        "Day and time",
        rx.el.input(
            id="call-at",
            name="call-at",
            type="datetime-local",
            value=NewCallState.at,
            on_change=NewCallState.set_at,
            aria_describedby="call-at-note",
            class_name="input",
        ),
        name="call-at",
        error=NewCallState.at_error,
        help_text=NewCallState.zone_words,
    )
    return rx.el.div(
        rx.el.div(rx.el.span("When", class_name="field-label grow"), pick, class_name="row"),
        rx.cond(NewCallState.is_later, at),
        class_name="stack gap-2",
    )


# -- what will happen ----------------------------------------------------------------------------------------------


def _checks() -> rx.Component:
    def one(check: rx.Var) -> rx.Component:
        mark = rx.match(
            check.verdict,
            ("good", _hued("circle_check", "green")),
            ("stop", _hued("octagon_x", "red")),
            _hued("triangle_alert", "amber"),
        )
        return rx.el.li(mark, rx.el.span(check.words), class_name="flex items-start gap-2")

    waiting = rx.el.p(
        _hued("clock", "amber"), rx.el.span(_V.waiting), class_name="m-0 mt-3 flex items-start gap-2 pt-3",
        style={"borderTop": "1px solid var(--gray-a5)"},
    )  # fmt: skip
    return rx.el.div(
        rx.el.ul(rx.foreach(_V.checks, one), class_name="m-0 grid list-none grid-cols-1 gap-x-4 gap-y-2 p-0 sm:grid-cols-2"),
        rx.cond(_V.waiting != "", waiting),
        rx.cond((_V.holds_hours | NewCallState.overrides) & ShellState.may_manage, _override()),
        class_name="quiet-box p-4",
        role="status",
    )


def _hued(name: str, hue: str) -> rx.Component:
    return rx.el.span(icon(name), class_name="hue mt-0.5 flex", data_accent_color=hue)


def _override() -> rx.Component:
    reason = form.text_field(
        "Why now", name="reason", placeholder="She asked us to call tonight", max_length=300, auto_complete="off",
        help_text="It is written down with your name.",
    )  # fmt: skip
    return rx.el.div(
        checkbox("Call outside calling hours", checked=NewCallState.overrides, on_change=NewCallState.set_overrides),
        rx.cond(NewCallState.overrides, reason),
        class_name="stack mt-3 gap-2 pt-2",
        style={"borderTop": "1px solid var(--gray-a5)"},
    )


def _to_hint() -> rx.Var:
    """What is missing of whom to call."""
    typed, found = NewCallState.to, NewCallState.hits.length() > 0
    nobody = "No lead is found for “" + typed + "”, and it is no whole number yet."
    return rx.cond(found, "Pick one of the leads, or type the whole number.", rx.cond(typed == "", "Say whom to call.", nobody))


def _foot() -> rx.Component:
    call: Any = rx.el.button(
        icon("phone"),
        rx.el.span(_V.word),
        key("Ctrl ↵"),
        id=SUBMIT_ID,
        type="submit",
        disabled=_V.is_off,
        class_name="btn btn-main",
        data_hotkey="mod+enter",
        data_needs_server=True,
    )
    problem = rx.el.p(icon("circle_alert", 12), NewCallState.error, class_name="field-error m-0 mb-2", role="alert")
    return rx.el.div(
        rx.cond(NewCallState.error != "", problem),
        rx.cond(
            _V.sentence != "",
            rx.el.p(_V.sentence, aria_live="polite"),
            rx.el.p(
                rx.cond(NewCallState.client == "", "Choose a client and whom to call.", _to_hint()),
                " Nothing is dialled before you say so.",
                class_name="!text-[color:var(--gray-11)]",
                aria_live="polite",
            ),
        ),
        rx.el.div(button("Cancel", kind="quiet", on_click=NewCallState.close), call, class_name="actions"),
        class_name="dialog-foot !mt-2",
    )


# -- afterwards ----------------------------------------------------------------------------------------------------


def _live_card() -> rx.Component:
    call = NewCallState.call
    state = rx.el.div(
        status_badge(call.status),
        rx.cond(call.running != "", rx.el.span(running_time(call.running), class_name="strong")),
        rx.cond(call.outcome != "", outcome_badge(call.outcome)),
        rx.cond(call.note != "", rx.el.span(call.note, class_name="quiet")),
        class_name="row flex-wrap",
        role="status",
    )
    said = rx.match(
        call.status,
        ("waiting", "It is dialled as soon as the rules let it. You may close this; the call goes on."),
        ("scheduled", "It is dialled when its time comes. You may close this."),
        ("cancelled", "It is not dialled any more."),
        rx.cond(call.is_over, "The call is over.", "You may close this; the call goes on."),
    )
    stop = button(
        rx.cond(call.is_talking, "End call", "Cancel call"),
        kind="danger",
        icon_name="phone_off",
        on_click=NewCallState.cancel,
    )
    return rx.el.div(
        rx.el.div(
            rx.el.div(call.who, class_name="section-title", dir="auto"),
            state,
            rx.el.p(said, class_name="!text-[color:var(--gray-11)]"),
            class_name="stack gap-2 quiet-box p-4",
        ),
        rx.el.div(
            rx.cond(call.is_over, button("Another call", kind="quiet", on_click=NewCallState.another), stop),
            link_button("Open", "/calls/" + call.id, kind="main"),
            class_name="actions",
        ),
        class_name="mt-3",
    )


on_load = [NewCallState.open]
