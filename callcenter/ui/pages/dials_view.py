"""How the ledger looks: the list, one dial beside it, and the dialogs in which a person settles one in doubt."""

from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, form, pager, peek
from callcenter.ui.components.buttons import button, icon_button, link_button
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.filter_bar import Chip, filter_bar
from callcenter.ui.components.icons import icon
from callcenter.ui.components.status_badge import look_badge, new_badge
from callcenter.ui.components.timeline import timeline
from callcenter.ui.components.times import time_ago
from callcenter.ui.pages.dials_rows import LOOKS


def ledger(state: Any) -> rx.Component:
    """The page over the state of `dials.py`."""
    return shell.frame(
        rx.el.p(
            "Every try to place a call: the key it went out under, what Retell answered, and how we know. "
            "One key never makes two calls.",
            class_name="quiet m-0",
        ),
        rx.el.div(_filters(state), style={"& .filter-bar .searchbox": {"flex": "1 1 200px", "max_width": "420px"}}),
        faces.faced(
            state.face,
            ready=_table(state),
            empty=rx.cond(state.is_filtered, faces.no_matches("dials", on_clear=state.clear_all), _empty()),
            loading=faces.skeleton_rows(10, what="dials"),
            error=faces.page_error("The dials could not be loaded.", "Nothing was lost.", on_retry=state.load),
        ),
        _placed_dialog(state),
        _not_placed_dialog(state),
        nav="events",
        title="Dial ledger",
        side=state.side,
        peek=rx.cond(state.peeked != "", _peek(state)),
        foot=rx.cond(state.shown != "", pager.pager(state.shown, newer=state.newer, older=state.older)),
        face=state.face,
    )


def _empty() -> rx.Component:
    words = "Each try to place a call will stand here, with its key and what became of it."
    return faces.empty(
        "phone_outgoing", "Nothing was dialled yet", words, link_button("Start a batch", "/batches/new", kind="main")
    )


def _filters(state: Any) -> rx.Component:
    def chip(name: str, key: str, choices: Any, shown: Any) -> Chip:
        return Chip(
            name=name,
            choices=choices,
            shown=shown,
            on_toggle=lambda value: state.choose(key, value),
            on_clear=state.choose(key, ""),
            is_single=True,
        )

    return filter_bar(
        [chip("Client", "client", state.clients, state.client_shown), chip("State", "state", state.states, state.state_shown)],
        search=state.q,
        on_search=state.search,
        search_words="Key, call id or number",
        is_filtered=state.is_filtered,
        on_clear_all=state.clear_all,
        matches=state.matches,
        filter_count=state.filter_count,
    )


def _table(state: Any) -> rx.Component:
    def mono(text: Any) -> rx.Component:
        return rx.el.span(text, class_name="mono")

    def sent(row: Any) -> rx.Component:
        return time_ago(row.sent, row.instant, row.exact)

    columns = (
        dt.Column(title="Sent", cell=sent, kind="time"),
        dt.Column(title="To", cell=lambda row: row.who, kind="main"),
        dt.Column(title="Client", cell=lambda row: row.client, drop=1),
        dt.Column(title="State", cell=lambda row: dial_badge(row.state)),
        dt.Column(title="Settled", cell=lambda row: row.how, drop=2),
        dt.Column(title="Key", cell=lambda row: mono(row.key), drop=3),
        dt.Column(title="Retell’s id", cell=lambda row: mono(row.retell), drop=4),
    )
    return dt.data_table(
        state.rows,
        columns,
        label="Dials",
        row_id=lambda row: row.id,
        href=lambda row: state.peek_base + row.id,
        peek_href=lambda row: state.peek_base + row.id,
        peeked=state.peeked,
        card=dt.CardLines(
            title=lambda row: row.who,
            when=sent,
            left=lambda row: row.number,
            right=lambda row: row.how,
            badges=lambda row: dial_badge(row.state),
        ),
    )


def dial_badge(state: Any) -> rx.Component:
    """Where a dial stands."""
    return rx.match(state, *[(key, look_badge(look)) for key, look in LOOKS.items()], new_badge(state))


# The peek ------------------------------------------------------------------------------------------------------------


def _peek(state: Any) -> rx.Component:
    dial = state.dial
    gone = peek.peek(
        faces.gone("There is no such dial.", back="Back to the list", href=state.close_href),
        title="Dial",
        close_href=state.close_href,
        label="Dial",
    )
    shown = peek.peek(
        rx.cond(dial.is_in_doubt, _doubt(state)),
        _facts(dial),
        rx.el.section(rx.el.h3("Steps"), timeline(dial.steps)),
        rx.cond(dial.looks.length() > 0, _looks(dial)),
        title=dial.title,
        close_href=state.close_href,
        sub=rx.el.span(dial.line),
        badges=rx.el.div(
            dial_badge(dial.state), link_button("Open call", dial.call_href, icon_name="phone"), class_name="row flex-wrap pt-1"
        ),
        label="Dial",
    )
    return rx.cond(state.is_gone, gone, shown)


def _doubt(state: Any) -> rx.Component:
    dial = state.dial
    held = rx.el.p(
        "The request may still reach Retell, so the number stays untouched until ", dial.held, ". We go on asking by ourselves.",
        class_name="m-0",
    )  # fmt: skip
    over = rx.el.p("We could not find out by ourselves. Look it up at Retell, then say what you found.", class_name="m-0")
    return rx.el.section(
        rx.el.h3("Was this call placed?"),
        rx.cond(dial.held != "", held, over),
        rx.el.div(
            button("It was placed…", on_click=state.ask("placed")),
            rx.cond(dial.may_say_no, button("It was not placed…", on_click=state.ask("not_placed"))),
            button("Leave it", kind="quiet", on_click=state.leave),
            class_name="row flex-wrap mt-2",
        ),
    )


def _facts(dial: Any) -> rx.Component:
    def fact(named: Any) -> rx.Component:
        copy = icon_button("copy", "Copy", size="small", data_copy=named.copy, needs_server=False)
        return rx.fragment(
            rx.el.dt(named.name),
            rx.el.dd(
                rx.cond(
                    named.copy != "",
                    rx.el.span(rx.el.span(named.value, class_name="mono break-all"), copy, class_name="row gap-1"),
                    rx.el.span(named.value, class_name="break-words"),
                )
            ),
        )

    return rx.el.section(rx.el.h3("Facts"), rx.el.dl(rx.foreach(dial.facts, fact), class_name="facts"))


def _looks(dial: Any) -> rx.Component:
    def one(look: Any) -> rx.Component:
        mark = rx.cond(
            look.is_clean,
            icon("check", class_name="good mt-0.5", label="Counts"),
            icon("minus", class_name="quiet mt-0.5", label="Does not count"),
        )
        return rx.el.li(
            mark,
            rx.el.span(look.words, class_name="min-w-0"),
            rx.el.time(look.at, date_time=look.instant, class_name="mono quiet ml-auto"),
            class_name="flex gap-2 py-1",
        )

    note = "Three that count, the last ten minutes after the request can have arrived, and the hold over: then it was not placed."
    return rx.el.section(
        rx.el.h3("Looked for at Retell"),
        rx.el.p(note, class_name="quiet m-0 mb-2"),
        rx.el.ul(rx.foreach(dial.looks, one), class_name="list-none m-0 p-0"),
    )


# The dialogs ---------------------------------------------------------------------------------------------------------


def _placed_dialog(state: Any) -> rx.Component:
    return _dialog(
        state,
        "placed",
        "It was placed",
        "Retell is asked for that call, and it must be to this number. From then on it is followed like any other.",
        form.text_field(
            "Id of the call at Retell",
            name="callId",
            error=rx.cond(state.error_field == "callId", state.error, ""),
            auto_complete="off",
            placeholder="call_…",
        ),
    )


def _not_placed_dialog(state: Any) -> rx.Component:
    words = "The number is free again, and the call waits under all rules. If it was placed after all, they will be called twice."
    return _dialog(state, "not_placed", "It was not placed", words)


def _dialog(state: Any, key: str, word: str, description: str, *fields: rx.Component) -> rx.Component:
    other = rx.cond((state.error_field != "callId") & (state.error_field != "reason"), state.error, "")
    inside = rx.el.form(
        *fields,
        form.text_field(
            "How do you know?",
            name="reason",
            error=rx.cond(state.error_field == "reason", state.error, other),
            auto_complete="off",
            help_text="It is written down with your name.",
            max_length=300,
        ),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=state.close),
            rx.el.button(word, type="submit", class_name="btn btn-main", data_hotkey="mod+enter", data_needs_server=True),
            class_name="actions",
        ),
        on_submit=state.settle,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(inside, is_open=state.asks == key, on_close=state.close, title=word, description=description, width=440)
