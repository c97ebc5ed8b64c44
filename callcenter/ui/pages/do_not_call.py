"""The do-not-call list: who may not be called, why and since when; numbers go on at once, and come off with a reason."""

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, form, pager
from callcenter.ui.components import filter_bar as fb
from callcenter.ui.components.buttons import button
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.times import time_ago
from callcenter.ui.pages.do_not_call_state import DoNotCallState
from callcenter.ui.shell import ShellState


def do_not_call_page() -> rx.Component:
    """The page."""
    nothing = rx.cond(DoNotCallState.q != "", faces.no_matches("numbers", on_clear=DoNotCallState.clear_all), _none_yet())
    return shell.frame(
        rx.el.p(
            "Nobody on this list is dialled, by any batch or person. Adding a number cancels its waiting calls at once.",
            class_name="quiet m-0 mb-4",
        ),
        rx.el.div(fb.search_field(DoNotCallState.q, DoNotCallState.search, "Search numbers"), class_name="max-w-72 mb-3"),
        rx.el.div(DoNotCallState.matches, class_name="hidden-words", role="status"),
        faces.faced(
            DoNotCallState.face,
            ready=_table(),
            loading=faces.skeleton_rows(8, what="numbers"),
            empty=nothing,
            error=faces.page_error("Couldn’t load the list", "Nobody on it is called meanwhile.", on_retry=DoNotCallState.retry),
        ),
        _add_dialog(),
        _remove_dialog(),
        nav="leads",
        title="Do-not-call list",
        side=DoNotCallState.side,
        back=("Leads", "/leads"),
        actions=rx.cond(ShellState.may_call, button("Add number", icon_name="plus", on_click=DoNotCallState.ask_add)),
        foot=rx.cond(
            DoNotCallState.face == "ready",
            pager.pager(DoNotCallState.shown, newer=DoNotCallState.newer, older=DoNotCallState.older),
        ),
        face=DoNotCallState.face,
    )


def _none_yet() -> rx.Component:
    return faces.empty(
        "ban",
        "Nobody is on the list",
        "Numbers come here when people ask not to be called, and when you add them.",
        rx.cond(ShellState.may_call, button("Add number", icon_name="plus", on_click=DoNotCallState.ask_add)),
    )


def _table() -> rx.Component:
    return dt.data_table(
        DoNotCallState.rows,
        [
            dt.Column(title="Number", cell=lambda row: row.number, kind="main"),
            dt.Column(title="Holds for", cell=lambda row: row.client),
            dt.Column(title="Why", cell=lambda row: rx.el.span(row.why, title=row.why)),
            dt.Column(title="How", cell=lambda row: row.source, drop=1),
            dt.Column(title="Added by", cell=lambda row: row.by, drop=3),
            dt.Column(title="Since", cell=_since, kind="time"),
            dt.Column(title="Remove", cell=_remove_button, hide_title=True, shown=ShellState.may_manage),
        ],
        label="Numbers that are not called",
        row_id=lambda row: row.id,
        href=lambda row: rx.cond(row.call_href != "", row.call_href, "/leads?phone=" + row.dialled.replace("+", "%2B")),
        card=dt.CardLines(
            title=lambda row: row.number,
            when=_since,
            left=lambda row: row.why,
            right=lambda row: row.by,
            badges=lambda row: rx.el.span(row.client, class_name="small quiet"),
        ),
    )


def _since(row: rx.Var) -> rx.Component:
    return time_ago(row.since, row.since_at, row.since_exact)


def _remove_button(row: rx.Var) -> rx.Component:
    return button(
        "Remove", kind="ghost", size="small", on_click=DoNotCallState.ask_remove(row.id), aria_label="Remove " + row.number
    )


def _problem(field: str) -> rx.Var:
    return rx.cond(DoNotCallState.error_field == field, DoNotCallState.error, "")


def _buttons(word: str, kind: str) -> rx.Component:
    return rx.el.div(
        button("Cancel", kind="quiet", on_click=DoNotCallState.close),
        rx.el.button(word, type="submit", class_name=f"btn btn-{kind}", data_hotkey="mod+enter", data_needs_server=True),
        class_name="actions",
    )


def _add_dialog() -> rx.Component:
    fields = rx.el.form(
        form.text_field(
            "Number",
            name="number",
            type="tel",
            error=_problem("number"),
            auto_complete="off",
            placeholder="(415) 555-0142",
            required=True,
        ),
        form.select_field(
            "Holds for", name="for", choices=DoNotCallState.clients, default_value=DoNotCallState.client, error=_problem("for")
        ),
        form.text_field("Why", name="why", auto_complete="off", placeholder="Asked us by e-mail", max_length=300),
        _buttons("Add to the list", "main"),
        on_submit=DoNotCallState.add,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(
        fields,
        is_open=DoNotCallState.asks == "add",
        on_close=DoNotCallState.close,
        title="Add a number",
        description="Its waiting calls are cancelled at once. A call that is talking goes on.",
        width=440,
    )


def _remove_dialog() -> rx.Component:
    fields = rx.el.form(
        form.text_field(
            "Reason",
            name="reason",
            error=_problem("reason"),
            auto_complete="off",
            placeholder="Asked to be called again on 12 Nov",
            help_text="It is written down with your name.",
            max_length=300,
        ),
        _buttons("Take off the list", "danger"),
        on_submit=DoNotCallState.remove,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(
        fields,
        is_open=DoNotCallState.asks == "remove",
        on_close=DoNotCallState.close,
        title="Take this number off the list?",
        description=DoNotCallState.facts,
        width=440,
    )


on_load = [DoNotCallState.load, DoNotCallState.watch]
