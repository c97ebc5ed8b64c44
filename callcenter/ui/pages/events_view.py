"""How the inspector looks: the list, and one piece of news beside it."""

from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, pager, peek
from callcenter.ui.components.buttons import button, link_button
from callcenter.ui.components.filter_bar import Chip, filter_bar
from callcenter.ui.components.icons import icon
from callcenter.ui.components.json_view import json_view
from callcenter.ui.components.status_badge import event_badge, tint_badge
from callcenter.ui.components.times import time_ago


def inspector(state: Any) -> rx.Component:
    """The page over the state of `events.py`."""
    return shell.frame(
        rx.el.div(_filters(state), style={"& .filter-bar .searchbox": {"flex": "1 1 200px", "max_width": "420px"}}),
        pager.new_rows(state.new_words, on_load=state.show_new),
        faces.faced(
            state.face,
            ready=rx.el.div(
                _table(state),
                style={"& td.main-cell": {"width": "40%"}},
                on_mouse_enter=state.hold(True),
                on_mouse_leave=state.hold(False),
            ),
            empty=rx.cond(state.is_filtered, faces.no_matches("events", on_clear=state.clear_all), _empty()),
            loading=faces.skeleton_rows(10, what="events"),
            error=faces.page_error("The events could not be loaded.", "Nothing was lost.", on_retry=state.load),
        ),
        nav="events",
        title="Events",
        side=state.side,
        actions=rx.fragment(link_button("Dial ledger", "/dials", icon_name="phone_outgoing"), _live(state)),
        peek=rx.cond(state.peeked != "", _peek(state)),
        foot=rx.cond(state.shown != "", pager.pager(state.shown, newer=state.newer, older=state.older)),
        face=state.face,
    )


def _empty() -> rx.Component:
    return faces.empty(
        "webhook",
        "No events yet",
        "What Retell tells us about calls stands here, each with its signature check and what it changed.",
        link_button("Set up a webhook", "/clients", kind="main"),
    )


def _live(state: Any) -> rx.Component:
    on = rx.fragment(
        rx.el.span(rx.el.span(class_name="dot dot-good", aria_hidden="true"), "Live", class_name="row px-2"),
        button("Pause", icon_name="pause", on_click=state.pause(True)),
    )
    off = rx.fragment(
        rx.el.span(rx.el.span(class_name="dot", aria_hidden="true"), "Paused", class_name="row px-2 quiet"),
        button("Go on", icon_name="play", on_click=state.pause(False)),
    )
    return rx.cond(state.is_paused, off, on)


def _filters(state: Any) -> rx.Component:
    def chip(name: str, key: str, choices: Any, shown: Any, *, drops: bool = False) -> Chip:
        return Chip(
            name=name,
            choices=choices,
            shown=shown,
            on_toggle=lambda value: state.choose(key, value),
            on_clear=state.choose(key, ""),
            is_single=True,
            drops=drops,
        )

    return filter_bar(
        [
            chip("Client", "client", state.clients, state.client_shown),
            chip("Kind", "kind", state.kinds, state.kind_shown),
            chip("Result", "result", state.results, state.result_shown),
        ],
        search=state.q,
        on_search=state.search,
        search_words="Call id or number",
        is_filtered=state.is_filtered,
        on_clear_all=state.clear_all,
        matches=state.matches,
        filter_count=state.filter_count,
    )


def _table(state: Any) -> rx.Component:
    def kind(row: Any) -> rx.Component:
        return rx.fragment(row.kind, " ", rx.el.span(row.raw_kind, class_name="mono quiet font-normal"))

    def mono(text: Any) -> rx.Component:
        return rx.el.span(text, class_name="mono")

    columns = (
        dt.Column(
            title="Received", cell=lambda row: rx.el.time(row.received, date_time=row.instant, title=row.exact, class_name="mono")
        ),
        dt.Column(title="Kind", cell=kind, kind="main"),
        dt.Column(title="Call", cell=lambda row: mono(row.call)),
        dt.Column(title="Client", cell=lambda row: row.client, drop=1),
        dt.Column(title="Result", cell=lambda row: result_badge(row.result)),
        dt.Column(title="ms", cell=lambda row: mono(row.took), kind="number"),
    )
    return dt.data_table(
        state.rows,
        columns,
        label="Events",
        row_id=lambda row: row.id,
        href=lambda row: "/events/" + row.id,
        peek_href=lambda row: state.peek_base + row.id,
        peeked=state.peeked,
        card=dt.CardLines(
            title=kind,
            when=lambda row: time_ago(row.received, row.instant, row.exact),
            left=lambda row: mono(row.call),
            right=lambda row: row.client,
            badges=lambda row: result_badge(row.result),
        ),
    )


def result_badge(result: Any) -> rx.Component:
    """What became of an event; one that was signed too long ago has no look of its own."""
    return rx.cond(
        result == "stale", tint_badge("Signed too long ago", hue="amber", icon_name="clock_alert"), event_badge(result)
    )


# The peek ------------------------------------------------------------------------------------------------------------


def _peek(state: Any) -> rx.Component:
    event = state.event
    gone = peek.peek(
        faces.gone("This event is not kept any more.", back="Back to the list", href=state.close_href),
        title="Event",
        close_href=state.close_href,
        label="Event",
    )
    shown = peek.peek(
        _signature(event),
        _changes(event),
        _body(event),
        title=rx.fragment(event.title, " ", rx.el.span(event.raw_kind, class_name="mono quiet font-normal")),
        close_href=state.close_href,
        sub=rx.el.span(event.line),
        badges=_actions(state),
        label="Event",
    )
    return rx.cond(state.is_gone, gone, shown)


def _actions(state: Any) -> rx.Component:
    event = state.event
    open_call = rx.cond(event.call_href != "", link_button("Open call", event.call_href, icon_name="phone"))
    copy_id = button("Copy call id", icon_name="copy", data_copy=event.provider_call_id, needs_server=False)
    replay = button("Replay", icon_name="rotate_ccw", on_click=state.replay, title="Fold it again; safe to repeat")
    return rx.el.div(
        result_badge(event.result),
        open_call,
        rx.cond(event.may_replay, replay),
        rx.cond(event.provider_call_id != "", copy_id),
        rx.cond(event.curl != "", button("Copy as curl", icon_name="terminal", data_copy=event.curl, needs_server=False)),
        class_name="row flex-wrap pt-1",
    )


def _signature(event: Any) -> rx.Component:
    def step(check: Any) -> rx.Component:
        mark = rx.cond(
            check.is_good, icon("check", class_name="good mt-0.5", label="Good"), icon("x", class_name="bad mt-0.5", label="Bad")
        )
        return rx.el.li(
            mark,
            rx.el.span(check.words, class_name="flex-none"),
            rx.el.span(check.found, class_name="mono quiet ml-auto text-right min-w-0 break-words"),
            class_name="flex gap-2 py-1",
        )

    verdict = rx.cond(event.is_signed, event_badge("good"), rx.fragment())
    return rx.el.section(
        rx.el.h3("Signature check", verdict),
        rx.cond(
            event.checks.length() > 0,
            rx.el.ul(rx.foreach(event.checks, step), class_name="list-none m-0 p-0"),
            rx.el.p(event.checks_note, class_name="quiet m-0"),
        ),
    )


def _changes(event: Any) -> rx.Component:
    def row(change: Any) -> rx.Component:
        after = rx.el.span(
            change.after,
            class_name="mono px-1 rounded-sm break-all",
            style={"background": "var(--green-a3)", "color": "var(--green-12)"},
        )
        return rx.fragment(
            rx.el.dt(change.name, class_name="mono"),
            rx.el.dd(
                rx.el.span(change.before, class_name="mono quiet break-all"),
                icon("arrow_right", 12, label="became", class_name="quiet"),
                after,
                class_name="flex flex-wrap items-center gap-2",
            ),
        )

    return rx.el.section(
        rx.el.h3("What it changed", rx.el.span("before → after", class_name="quiet small font-normal")),
        rx.cond(
            event.changes.length() > 0,
            rx.el.dl(rx.foreach(event.changes, row), class_name="facts"),
            rx.el.p(event.changes_note, class_name="quiet m-0"),
        ),
        rx.cond(event.error != "", rx.el.p(event.error, class_name="m-0 mt-2 bad break-words")),
    )


def _body(event: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h3("Body"),
        rx.cond(event.body_note != "", rx.el.p(event.body_note, class_name="quiet m-0 mb-2 break-words")),
        rx.cond(event.body != "", json_view(event.body)),
    )
