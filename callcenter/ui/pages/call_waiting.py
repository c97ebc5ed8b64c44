"""Why a call is not dialled yet, and the way around it for those who may."""

import reflex as rx

from callcenter.ui.components import form
from callcenter.ui.components.buttons import button
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.status_badge import status_badge
from callcenter.ui.components.why_not_yet import why_not_yet
from callcenter.ui.pages.call_acts import CallActs
from callcenter.ui.pages.call_state import CallState
from callcenter.ui.shell import ShellState


def waiting_card() -> rx.Component:
    """Every rule in order, the first that stops the call, and when it may be dialled."""
    actions = rx.fragment(
        button("Cancel this call", on_click=CallActs.cancel(CallState.head.id)),
        rx.cond(CallState.may_override, button("Call now anyway…", on_click=CallState.ask_anyway)),
    )
    return why_not_yet(
        CallState.rules,
        earliest=CallState.earliest,
        earliest_for_viewer=CallState.earliest_for_viewer,
        badge=status_badge(CallState.head.status),
        note="Checked all the time.",
        actions=rx.cond(ShellState.may_call, rx.el.div(actions, class_name="row flex-wrap")),
    )


def anyway_dialog() -> rx.Component:
    """Asks a manager why this call must not wait for its hour."""
    field = form.text_field("Why can’t it wait?", name="reason", error=CallState.anyway_error, max_length=500, auto_focus=True)
    foot = rx.el.div(
        button("Let it wait", kind="quiet", needs_server=False, on_click=CallState.close_anyway),
        button("Call now", kind="main", icon_name="phone", type="submit", hotkey="mod+enter"),
        class_name="row justify-end mt-6",
    )
    said = "Their phone will ring as soon as a slot is free, whatever the hour there: " + CallState.head.place + "."
    return dialog(
        rx.el.form(rx.el.div(field, class_name="stack mt-4"), foot, on_submit=CallState.call_anyway),
        is_open=CallState.asks_anyway,
        on_close=CallState.close_anyway,
        title="Call " + CallState.head.who + " now anyway?",
        description=said,
        width=440,
    )
