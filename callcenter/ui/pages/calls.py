"""The list of calls: views, filters, the table with its cards, and what can be done with the rows selected."""

import reflex as rx

from callcenter.ui import shell, theme
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, pager, tabs
from callcenter.ui.components import filter_bar as fb
from callcenter.ui.components.buttons import icon_button, switch, text_button
from callcenter.ui.components.column_chooser import column_chooser
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link, server_link
from callcenter.ui.components.status_badge import follow_up_badge, outcome_badge, sentiment, status_badge, tag
from callcenter.ui.components.times import running_time, time_ago
from callcenter.ui.pages.call_acts import CallActs, act_dialogs
from callcenter.ui.pages.calls_bulk import bulk_bar, bulk_dialogs
from callcenter.ui.pages.calls_peek import CallPeek, call_peek
from callcenter.ui.pages.calls_rows import OPTIONAL
from callcenter.ui.pages.calls_saved import SavedViews, save_button, save_dialog, saved_tab
from callcenter.ui.pages.calls_state import CallsState


def calls_page() -> rx.Component:
    """The page."""
    return shell.frame(
        rx.cond(CallsState.ignored != "", rx.el.p(CallsState.ignored, class_name="quiet m-0 pt-3", role="status")),
        _filter_bar(),
        faces.faced(
            CallsState.face,
            ready=_list(),
            loading=faces.skeleton_rows(10, what="calls"),
            empty=rx.cond(CallsState.filters.is_on, faces.no_matches("calls", on_clear=CallsState.clear_all), _no_calls_yet()),
            error=faces.page_error("Couldn’t load the calls", "Nothing was lost; calls keep running.", on_retry=CallsState.retry),
        ),
        rx.cond(CallsState.selected.length() > 0, bulk_bar()),
        bulk_dialogs(),
        save_dialog(),
        act_dialogs(),
        rx.window_event_listener(on_scroll=CallsState.scrolled.debounce(300)),
        nav="calls",
        title="Calls",
        side=CallsState.side,
        actions=rx.el.div(_tools("call-columns-too"), class_name="hidden md:[.body:has(.peek)_&]:flex row"),
        tabs=tabs.tab_bar(
            rx.foreach(CallsState.tabs, _tab), rx.foreach(SavedViews.tabs, saved_tab), label="Views", tools=save_button()
        ),
        peek=rx.cond(CallsState.peeked != "", call_peek()),
        foot=rx.cond(CallsState.face == "ready", pager.pager(_shown(), newer=CallsState.newer, older=CallsState.older)),
        face=CallsState.face,
        announce=CallsState.announced,
    )


def _tab(view: rx.Var) -> rx.Component:
    return tabs.tab(view.word, view.href, is_current=view.is_current, count=view.count)


def _list() -> rx.Component:
    return rx.el.div(
        pager.new_rows(CallsState.new_words, on_load=CallsState.show_new),
        rx.cond(CallsState.offers_all, _offer_all()),
        _table(),
        class_name="stack",
        on_mouse_enter=CallsState.hold("pointer", True),
        on_mouse_leave=CallsState.hold("pointer", False),
        on_focus=CallsState.hold("focus", True).debounce(200),
        on_blur=CallsState.hold("focus", False).debounce(200),
    )


def _shown() -> rx.Component:
    later = rx.fragment(" · ", CallsState.later, " ", link("Show them", href=CallsState.later_href, class_name="link underline"))
    return rx.fragment(CallsState.shown, rx.cond(CallsState.later != "", later))


def _offer_all() -> rx.Component:
    return rx.el.div(
        rx.el.span(f"All {CallsState.selected.length()} on this page are selected."),
        text_button(f"Select all {CallsState.total_words} that match", on_click=CallsState.select_all),
        class_name="quiet-box row justify-center min-h-10",
        role="status",
    )


# -- the table -----------------------------------------------------------------------------------------------------


def _table() -> rx.Component:
    return dt.data_table(
        CallsState.rows,
        _columns(),
        label="Calls",
        row_id=lambda row: row.id,
        href=lambda row: "/calls/" + row.id,
        card=dt.CardLines(
            title=lambda row: row.name,
            when=_when,
            left=lambda row: row.number,
            right=_length,
            badges=lambda row: rx.fragment(status_badge(row.status), _outcome_if_any(row), _follow_up(row)),
        ),
        peek_href=lambda row: CallsState.peek_base + row.id,
        peeked=CallsState.peeked,
        sort=CallsState.sort,
        on_sort=CallsState.sort_by,
        selecting=dt.Selecting(
            is_on=lambda row: CallsState.selected.contains(row.id),
            on_row=CallsState.select,
            on_page=CallsState.select_page,
            page_is_on=CallsState.page_is_selected,
            page_is_mixed=CallsState.page_is_mixed,
        ),
        is_compact=CallsState.is_compact,
    )


def _columns() -> list[dt.Column]:
    def shown(key: str) -> rx.Var:
        return CallsState.columns.contains(key)

    def more(key: str) -> dt.Column:
        cell = (lambda row: sentiment(row.more["sentiment"])) if key == "sentiment" else (lambda row: row.more[key])
        return dt.Column(title=OPTIONAL[key], cell=cell, drop=1, shown=shown(key))

    return [
        dt.Column(title="Lead", cell=_name, kind="main"),
        dt.Column(title="Number", cell=lambda row: _none_read(row.number), drop=4, shown=shown("number")),
        dt.Column(title="Client", cell=lambda row: row.client, drop=3, shown=shown("client")),
        dt.Column(title="Agent", cell=lambda row: row.agent, drop=2, shown=shown("agent")),
        dt.Column(title="Status", cell=_status, shown=shown("status")),
        dt.Column(title="Outcome", cell=_outcome, shown=shown("outcome")),
        *[more(key) for key in OPTIONAL],
        dt.Column(title="Duration", cell=_length, kind="number", sort="duration", shown=shown("duration")),
        dt.Column(title="Cost", cell=lambda row: _none_read(row.cost), kind="number", sort="cost", drop=1, shown=shown("cost")),
        dt.Column(title="Started", cell=_when, kind="time", sort="started", shown=shown("started")),
    ]


def _name(row: rx.Var) -> rx.Component:
    return rx.fragment(rx.el.span(row.name, dir="auto"), rx.cond(row.is_outside, rx.fragment(" ", tag("outside"))))


def _none_read(value: rx.Var) -> rx.Component:
    read_out = rx.el.span(rx.el.span("—", aria_hidden="true"), rx.el.span("none", class_name="hidden-words"))
    return rx.cond(value == "—", read_out, value)


def _status(row: rx.Var) -> rx.Component:
    badge = rx.el.span(status_badge(row.status), key=row.status, class_name=_flash(row, "status"))
    return rx.fragment(badge, rx.cond(row.note != "", rx.el.span(" ", row.note, class_name="quiet small")))


def _outcome(row: rx.Var) -> rx.Component:
    badge = rx.el.span(outcome_badge(row.outcome), key=row.outcome, class_name=_flash(row, "outcome"))
    mark = rx.cond(row.follow_up != "", _follow_up_mark(row))
    return rx.el.span(badge, mark, class_name="inline-flex items-center gap-2")


def _flash(row: rx.Var, cell: str) -> rx.Var:
    return rx.cond(row.flash.contains(cell), "cell-flash rounded-sm", "")


def _follow_up_mark(row: rx.Var) -> rx.Component:
    words = "Follow-up " + row.follow_up
    return rx.el.span(icon("calendar_clock", 12), rx.el.span(words, class_name="hidden-words"), title=words, class_name="quiet")


def _outcome_if_any(row: rx.Var) -> rx.Component:
    return rx.cond(row.outcome != "", outcome_badge(row.outcome))


def _follow_up(row: rx.Var) -> rx.Component:
    return rx.cond(row.follow_up != "", follow_up_badge(row.follow_up))


def _length(row: rx.Var) -> rx.Component:
    return rx.cond(row.running != "", running_time(row.running), _none_read(row.duration))


def _when(row: rx.Var) -> rx.Component:
    past = time_ago(row.started, row.started_at, row.started_exact)
    return rx.cond(row.started_at != "", past, rx.el.span(row.started, title=row.started_exact))


# -- filters -------------------------------------------------------------------------------------------------------


def _filter_bar() -> rx.Component:
    view = CallsState.filters
    chips = [
        _chip("Status", "status", view.status, looks=theme.STATUS),
        _chip("Outcome", "outcome", view.outcome, looks=theme.OUTCOME),
        _chip("Client", "client", view.client, drops=True),
        _chip("Batch", "batch", view.batch, drops=True),
        fb.Chip(
            name="Date",
            choices=view.date.choices,
            shown=view.date.shown,
            on_toggle=lambda value: CallsState.toggle("date", value),
            on_clear=CallsState.clear_filter("date"),
            is_single=True,
            extra=_days(),
        ),
    ]
    more = [
        _chip("Agent", "agent", view.agent),
        _chip("From-number", "number", view.number),
        _chip("Sentiment", "sentiment", view.sentiment, looks=theme.SENTIMENT),
        _chip("Priority", "priority", view.priority, looks=theme.PRIORITY, can_negate=False),
        _chip("Has", "has", view.has, can_negate=False),
        _chip("Tag", "tag", view.tag),
        fb.Chip(
            name="Search in",
            choices=view.search_in.choices,
            shown=view.search_in.shown,
            on_toggle=lambda value: CallsState.toggle("search_in", value),
            on_clear=CallsState.set_in_transcripts(False),
            extra=switch(
                "Transcripts too (slower)",
                checked=CallsState.in_transcripts,
                on_change=CallsState.set_in_transcripts,
            ),
        ),
        fb.Chip(
            name="Talk",
            choices=view.talk.choices,
            shown=view.talk.shown,
            on_toggle=lambda value: CallsState.toggle("talk", value),
            on_clear=CallsState.clear_filter("talk"),
            extra=_seconds(),
        ),
    ]
    return fb.filter_bar(
        chips,
        search=CallsState.q,
        on_search=CallsState.search,
        search_words="Search calls",
        is_filtered=view.is_on,
        on_clear_all=CallsState.clear_all,
        matches=CallsState.matches,
        filter_count=view.on,
        tools=rx.el.div(_tools("call-columns"), class_name="row [.body:has(.peek)_&]:hidden"),
        more=more,
    )


def _chip(
    name: str, key: str, view: rx.Var, *, looks: dict | None = None, drops: bool = False, can_negate: bool = True
) -> fb.Chip:
    return fb.Chip(
        name=name,
        choices=view.choices,
        shown=view.shown,
        on_toggle=lambda value: CallsState.toggle(key, value),
        on_clear=CallsState.clear_filter(key),
        on_negate=(lambda is_not: CallsState.negate(key, is_not)) if can_negate else None,
        is_negated=view.is_negated,
        looks=looks,
        note=CallsState.matches,
        drops=drops,
    )


def _days() -> rx.Component:
    def day(word: str, key: str, value: rx.Var) -> rx.Component:
        field = rx.el.input(
            type="date", value=value, on_change=lambda text: CallsState.set_day(key, text), aria_label=word, class_name="input"
        )
        return rx.el.label(rx.el.span(word, class_name="field-help"), field, class_name="stack grow")

    view = CallsState.filters
    return rx.el.div(day("From", "from_on", view.from_on), day("To", "to_on", view.to_on), class_name="grid gap-2 p-2")


def _seconds() -> rx.Component:
    def bound(word: str, key: str, value: rx.Var) -> rx.Component:
        field = rx.debounce_input(
            rx.el.input(
                type="number",
                min=0,
                value=value,
                on_change=lambda text: CallsState.set_talk(key, text),
                aria_label=f"{word} seconds of talk",
                class_name="input",
            ),
            debounce_timeout=400,
        )
        return rx.el.label(rx.el.span(f"{word} (seconds)", class_name="field-help"), field, class_name="stack grow")

    view = CallsState.filters
    return rx.el.div(
        bound("At least", "min_s", view.min_s),
        bound("At most", "max_s", view.max_s),
        class_name="flex gap-2 p-2",
    )


def _tools(list_id: str) -> rx.Component:
    """Row height, columns and export: at the end of the filters, beside the title while a peek takes the room."""
    chooser = column_chooser(
        CallsState.column_choices, on_toggle=CallsState.toggle_column, on_reset=CallsState.reset_columns, list_id=list_id
    )
    word = rx.cond(CallsState.is_compact, "Comfortable rows", "Compact rows")
    density = icon_button(
        "rows_3", word, kind="outline", class_name="not-phone", on_click=CallsState.set_compact(~CallsState.is_compact)
    )
    return rx.fragment(density, chooser, _export())


def _export() -> rx.Component:
    return server_link(
        icon("download"),
        rx.el.span("Export"),
        href=CallsState.export_href,
        class_name="btn btn-outline",
        data_hotkey="e",
        data_needs_server=True,
        download=True,
        title="All calls that match, as CSV",
    )


def _no_calls_yet() -> rx.Component:
    return faces.empty(
        "phone",
        "No calls yet",
        rx.cond(
            shell.ShellState.simulated_words != "",
            "Try a simulated call to see how it all works. It takes 20 seconds and no real phone rings.",
            "Place a call, or import a list of leads and start a batch.",
        ),
        shell.new_call_link(rx.cond(shell.ShellState.simulated_words != "", "Try a simulated call", "New call")),
        link("or import leads", href="/leads/import", class_name="link ml-2"),
    )


on_load = [CallsState.load, SavedViews.load, CallPeek.load, CallsState.watch, CallsState.watch_counts, CallPeek.watch]

__all__ = ["CallActs", "CallPeek", "CallsState", "calls_page", "on_load"]
