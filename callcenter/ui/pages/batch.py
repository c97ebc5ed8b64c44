"""One batch: how far it is, what holds it up, what came of it, its calls; pause, cancel, change its pace."""

import reflex as rx

from callcenter.ui import shell, theme
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, progress
from callcenter.ui.components import filter_bar as fb
from callcenter.ui.components.buttons import button, checkbox, segments, text_button
from callcenter.ui.components.cards import card, note_box
from callcenter.ui.components.confirm import confirm
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.status_badge import outcome_badge, status_badge
from callcenter.ui.components.tile import number_tile, tiles
from callcenter.ui.components.timeline import timeline
from callcenter.ui.components.times import running_time, time_ago
from callcenter.ui.pages import batch_edit
from callcenter.ui.pages.batch_edit_state import BatchEditState
from callcenter.ui.pages.batch_holds import holds_card
from callcenter.ui.pages.batch_state import BatchPageState
from callcenter.ui.pages.batches import state_badge
from callcenter.ui.pages.end_calls import end_calls_button, end_calls_dialog
from callcenter.ui.shell import ShellState

_B = BatchPageState.batch


def batch_page() -> rx.Component:
    """The page."""
    gone = faces.gone("This batch doesn’t exist, or you may not see it.", back="All batches", href="/batches")
    return shell.frame(
        faces.faced(BatchPageState.face, ready=_ready(), loading=faces.skeleton_card(6), empty=gone),
        _cancel_dialog(),
        end_calls_dialog(),
        batch_edit.edit_dialog(),
        nav="batches",
        title=rx.cond(BatchPageState.face == "ready", _B.name, "Batch"),
        beside=rx.cond(BatchPageState.face == "ready", state_badge(_B.status)),
        side=rx.cond(
            BatchPageState.face == "ready",
            rx.el.span(rx.cond(_B.state_note != "", _B.state_note + " · ", ""), _B.facts, class_name="not-phone"),
        ),
        actions=rx.cond((BatchPageState.face == "ready") & ShellState.may_manage, _actions()),
        back=("Batches", "/batches"),
        face=BatchPageState.face,
    )


def _actions() -> rx.Component:
    pause = button("Pause", kind="main", icon_name="pause", on_click=BatchPageState.pause)
    resume = button("Resume", kind="main", icon_name="play", on_click=BatchPageState.resume)
    again = button(f"Call the {_B.no_answer} without an answer again", icon_name="rotate_ccw", on_click=BatchPageState.call_again)
    return rx.fragment(
        rx.cond(_B.is_open, button("Edit", icon_name="sliders_horizontal", on_click=BatchEditState.ask)),
        rx.cond(_B.is_open, button("Cancel rest", on_click=BatchPageState.ask_cancel)),
        rx.cond(~_B.is_open & (_B.no_answer > 0), again),
        rx.cond(_B.can_pause, pause, rx.cond(_B.can_resume, rx.fragment(end_calls_button(_B.name), resume), rx.fragment())),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.p(_B.facts, class_name="only-phone quiet m-0"),
        rx.cond(_B.ended_words != "", rx.el.p(_B.ended_words, class_name="quiet-box m-0 p-4")),
        rx.cond(_B.stopped != "", _stopped()),
        _progress(),
        _tiles(),
        rx.cond(_B.is_open, rx.el.div(_chart(), _holds(), class_name="desk-grid !items-stretch"), _chart()),
        _calls(),
        card(timeline(BatchPageState.steps), title="History"),
        class_name="stack gap-3",
    )


def _stopped() -> rx.Component:
    failed = link("See what failed", href="?outcome=failed", stay=True, class_name="link")
    said = rx.el.span("This batch paused itself: ", rx.el.b(_B.stopped), ". Nothing was lost. ", failed, " before you resume it.")
    return note_box(icon("circle_pause"), said, hue="red")


def _progress() -> rx.Component:
    head = rx.el.div(
        rx.el.span(rx.el.b(_B.far, class_name="text-[18px] leading-[26px]"), rx.el.span(" ", _B.share, class_name="quiet")),
        rx.el.span(
            rx.el.span(_B.finish, class_name="strong"),
            rx.cond(_B.is_open, rx.el.span(rx.cond(_B.finish != "", " at ", ""), _B.pace, class_name="quiet")),
            class_name="ml-auto",
        ),
        class_name="flex flex-wrap items-baseline gap-x-3",
    )
    bar = progress.bar_parts(BatchPageState.bar, label=BatchPageState.bar_words, is_thick=True)
    return card(rx.el.div(head, bar, progress.bar_legend(BatchPageState.parts), class_name="stack gap-3"))


def _tiles() -> rx.Component:
    return tiles(
        number_tile("Dialled", _B.dialled, note=_B.dialled_note),
        number_tile("Answered", _B.answered, note=_B.answered_note),
        number_tile("Success", _B.success, note=_B.success_note),
        number_tile("Cost", _B.cost, note=_B.cost_note),
        number_tile("Average talk", _B.talk, note=_B.talk_note),
        columns=5,
    )


# -- the chart -----------------------------------------------------------------------------------------------------


def _chart() -> rx.Component:
    is_table = BatchPageState.shows_table
    tools = text_button(rx.cond(is_table, "Show as chart", "Show as table"), on_click=BatchPageState.show_table(~is_table))
    drawn = rx.cond(is_table, _hours_table(), rx.fragment(_legend(), _columns()))
    nothing = faces.empty_part("Nothing was dialled yet.")
    return card(
        rx.cond(BatchPageState.hours.length() > 0, drawn, nothing), title="Outcomes per hour", tools=tools, class_name="h-full"
    )


def _legend() -> rx.Component:
    return progress.legend([(group.word, group.colour) for group in theme.CHART_GROUPS])


def _columns() -> rx.Component:
    def column(hour: rx.Var) -> rx.Component:
        pieces = rx.foreach(
            hour.slices, lambda s: rx.el.i(style={"height": s.height.to_string() + "%", "background": s.colour, "flex": "none"})
        )
        stack = rx.el.div(
            pieces, class_name="flex h-full w-full max-w-12 flex-col-reverse gap-px", role="img", aria_label=hour.label
        )
        return rx.el.div(stack, class_name="flex h-full min-w-0 flex-1 justify-center", title=hour.label)

    def mark(words: rx.Var | str, top: str) -> rx.Component:
        line = rx.el.span(class_name="absolute left-8 right-0", style={"border-top": "1px solid var(--gray-a4)", "top": top})
        word = rx.el.span(words, class_name="absolute left-0 small quiet", style={"top": f"calc({top} - 8px)"})
        return rx.fragment(line, word)

    axis = rx.fragment(mark(_B.top, "0%"), mark(_B.middle, "50%"), mark("0", "100%"))
    bars = rx.el.div(rx.foreach(BatchPageState.hours, column), class_name="absolute inset-y-0 left-8 right-0 flex gap-2")
    words = rx.el.div(
        rx.foreach(BatchPageState.hours, lambda hour: rx.el.span(hour.word, class_name="hour-word")),
        class_name="ml-8 mt-2 flex gap-2 small quiet",
        aria_hidden="true",
    )
    return rx.el.div(rx.el.div(axis, bars, class_name="relative h-40"), words, class_name="mt-5")


def _hours_table() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Hour", scope="col"), *[rx.el.th(g.word, scope="col", class_name="number") for g in theme.CHART_GROUPS]
    )
    body = rx.foreach(
        BatchPageState.hours,
        lambda hour: rx.el.tr(
            rx.el.td(hour.word), rx.foreach(hour.numbers, lambda number: rx.el.td(number, class_name="number"))
        ),
    )
    table = rx.el.table(rx.el.thead(head), rx.el.tbody(body), class_name="rows-table compact", aria_label="Outcomes per hour")
    return rx.el.div(table, class_name="overflow-x-auto", tab_index=0)


def _holds() -> rx.Component:
    return holds_card(BatchPageState.holds, BatchPageState.falls, is_open=_B.is_open)


# -- its calls -----------------------------------------------------------------------------------------------------


def _calls() -> rx.Component:
    view = BatchPageState.filters
    which = segments(
        [("dialled", "Dialled"), ("waiting", "Waiting"), ("all", "All")],
        current=BatchPageState.shows,
        on_pick=BatchPageState.show,
        label="Which calls",
    )
    chips = rx.el.div(_chip("Outcome", "outcome", view.outcome), which, class_name="row flex-wrap")
    return card(
        rx.cond(BatchPageState.rows.length() > 0, _table(), _no_calls()),
        _pages(),
        title="Calls",
        count=BatchPageState.calls_count,
        tools=chips,
        body=False,
        class_name="calls-of-batch",
    )


def _no_calls() -> rx.Component:
    return faces.empty_part("No calls of this batch here.")


def _pages() -> rx.Component:
    def way(word: str, href: rx.Var) -> rx.Component:
        return rx.cond(href != "", link(word, href=href, stay=True), rx.el.span(word, class_name="quiet", aria_disabled="true"))

    newer, older = way("‹ Newer", BatchPageState.newer), way("Older ›", BatchPageState.older)
    ways = rx.el.nav(newer, older, aria_label="Pages of calls", class_name="flex gap-4")
    row = rx.el.div(rx.el.span(BatchPageState.shown, class_name="quiet grow"), ways, class_name="row px-4 min-h-11 small")
    return rx.cond((BatchPageState.newer != "") | (BatchPageState.older != ""), row)


def _chip(name: str, key: str, view: rx.Var) -> rx.Component:
    return fb.filter_chip(
        fb.Chip(
            name=name,
            choices=view.choices,
            shown=view.shown,
            on_toggle=lambda value: BatchPageState.toggle(key, value),
            on_clear=BatchPageState.clear_filter(key),
            looks=theme.OUTCOME,
        )
    )


def _table() -> rx.Component:
    return dt.data_table(
        BatchPageState.rows,
        [
            dt.Column(title="Lead", cell=lambda row: rx.el.span(row.name, dir="auto"), kind="main"),
            dt.Column(title="Number", cell=lambda row: row.number, drop=3),
            dt.Column(title="Status", cell=lambda row: status_badge(row.status)),
            dt.Column(title="Outcome", cell=lambda row: outcome_badge(row.outcome)),
            dt.Column(title="Attempt", cell=lambda row: row.more["attempt"], drop=1),
            dt.Column(title="Duration", cell=_length, kind="number"),
            dt.Column(title="Cost", cell=lambda row: row.cost, kind="number", drop=3),
            dt.Column(title="Started", cell=_when, kind="time"),
        ],
        label="Calls of this batch",
        row_id=lambda row: row.id,
        href=lambda row: "/calls/" + row.id,
        card=dt.CardLines(
            title=lambda row: row.name,
            when=_when,
            left=lambda row: row.number,
            right=_length,
            badges=lambda row: rx.fragment(status_badge(row.status), rx.cond(row.outcome != "", outcome_badge(row.outcome))),
        ),
    )


def _length(row: rx.Var) -> rx.Component:
    return rx.cond(row.running != "", running_time(row.running), row.duration)


def _when(row: rx.Var) -> rx.Component:
    past = time_ago(row.started, row.started_at, row.started_exact)
    return rx.cond(row.started_at != "", past, rx.el.span(row.started, title=row.started_exact))


# -- dialogs -------------------------------------------------------------------------------------------------------


def _cancel_dialog() -> rx.Component:
    also = checkbox(_B.live_words, checked=BatchPageState.ends_too, on_change=BatchPageState.set_ends_too)
    return confirm(
        rx.cond(_B.live > 0, also),
        is_open=BatchPageState.asks_cancel,
        on_close=BatchPageState.close,
        title=_B.cancel_title,
        facts=_B.cancel_facts,
        safe_word="Keep them",
        word="Cancel the rest",
        on_confirm=BatchPageState.cancel,
        icon_name="circle_slash",
    )


on_enter = [BatchPageState.enter, BatchEditState.enter]
on_load = [BatchPageState.load, BatchPageState.watch]

__all__ = ["BatchPageState", "batch_page", "on_enter", "on_load"]
