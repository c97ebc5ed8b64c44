"""How the analytics look: tiles, then a card for each question. The only module that brings the chart library along."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from plotly.graph_objs import Figure

from callcenter.ui import shell
from callcenter.ui.components import faces
from callcenter.ui.components.buttons import checkbox, icon_button, segments, text_button
from callcenter.ui.components.cards import card, note_box
from callcenter.ui.components.filter_bar import Chip, filter_chip
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.tile import number_tile, tiles

#: Plotly draws SVG, so the colours of words and lines can come from the theme.
_CHART_STYLE = {
    "& text": {"fill": "var(--gray-11) !important", "font_family": "inherit !important", "font_size": "12px !important"},
    "& .hoverlayer text": {"fill": "#fff !important"},
    "& .gridlayer path": {"stroke": "var(--gray-a4) !important"},
    "& .bars path": {"stroke": "var(--color-panel-solid) !important", "stroke_width": "1px !important"},
    "& .js-plotly-plot, & .plot-container": {"width": "100%"},
}


def board(state: Any) -> rx.Component:
    """The page over the state of `analytics.py`."""
    empty = faces.empty(
        "chart_column",
        "No calls in this time",
        "The charts draw themselves once calls are over. Choose another date, or start a batch.",
        link("See batches", href="/batches"),
    )
    return shell.frame(
        _filters(state),
        faces.faced(
            state.face,
            ready=_charts(state),
            empty=empty,
            loading=_loading(),
            error=faces.page_error("The charts could not be drawn.", "Nothing was lost.", on_retry=state.load),
        ),
        nav="analytics",
        title="Analytics",
        side=state.side,
        face=state.face,
    )


def _loading() -> rx.Component:
    bones = [number_tile("", "", face="loading") for _ in range(5)]
    return rx.el.div(tiles(*bones, columns=5), card(faces.skeleton_card(8), title="Outcomes"), class_name="stack gap-3")


def _filters(state: Any) -> rx.Component:
    def chip(title: str, name: str, *, is_single: bool = False, extra: Any = None) -> Chip:
        view = getattr(state.filters, name)
        return Chip(
            name=title,
            choices=view.choices,
            shown=view.shown,
            on_toggle=lambda value: state.toggle(name, value),
            on_clear=state.clear(name),
            is_single=is_single,
            extra=extra,
        )

    def day(label: str, name: str) -> rx.Component:
        box = rx.el.input(
            type="date",
            value=getattr(state.filters, name),
            on_change=lambda value: state.set_day(name, value),
            class_name="input",
        )
        return rx.el.label(rx.el.span(label, class_name="quiet small w-10"), box, class_name="row")

    days = rx.el.div(day("From", "from_on"), day("To", "to_on"), class_name="stack gap-2 p-2")
    chips = (
        chip("Client", "client"),
        chip("Agent", "agent"),
        chip("Batch", "batch"),
        chip("Date", "date", is_single=True, extra=days),
    )
    return rx.el.div(
        *[filter_chip(each) for each in chips],
        rx.el.div(checkbox("Compare to previous", checked=state.compare, on_change=state.set_compare), class_name="ml-1"),
        rx.cond(state.is_filtered, text_button("Clear all", on_click=state.clear_all, data_hotkey="escape")),
        role="search",
        class_name="flex flex-wrap items-center gap-2 pb-4",
    )


def _charts(state: Any) -> rx.Component:
    return rx.el.div(
        _tiles(state),
        _outcomes(state),
        _pair(_heat(state), _funnel(state), wide=True),
        _pair(_rivals(state.agents, "Agents compared", "Agent"), _failures(state)),
        _pair(
            _chart_card(state, "rates", state.rates, title="Answer rate over time"),
            _chart_card(state, "talk", state.talk, title="How long calls last"),
        ),
        _pair(
            _chart_card(state, "cost", state.cost, title="Cost by part", count=state.cost_note),
            _chart_card(state, "delay", state.delay, title="Delay of the agents’ answers"),
        ),
        rx.cond(state.numbers.rows.length() > 1, _rivals(state.numbers, "From-numbers compared", "Number")),
        class_name="stack gap-3",
    )


def _pair(left: rx.Component, right: rx.Component, *, wide: bool = False) -> rx.Component:
    columns = "lg:grid-cols-[minmax(0,7fr)_minmax(0,6fr)]" if wide else "lg:grid-cols-2"
    return rx.el.div(left, right, class_name=f"grid gap-3 grid-cols-1 {columns}")


def _tiles(state: Any) -> rx.Component:
    def one(each: Any) -> rx.Component:
        moved = rx.el.span(each.change, class_name=rx.match(each.mood, ("good", "good"), ("bad", "bad"), ""))
        note = rx.fragment(
            each.note,
            rx.cond((each.note != "") & (each.change != ""), " · ", ""),
            moved,
            rx.cond(each.after != "", " " + each.after, ""),
        )
        shown = {"note": note, "href": state.calls_href, "face": each.face}
        return rx.cond(
            each.is_neutral,
            number_tile(each.label, each.value, points=each.points, is_neutral=True, **shown),
            number_tile(each.label, each.value, points=each.points, **shown),
        )

    return rx.el.div(rx.foreach(state.tiles, one), class_name="tiles", style={"--tiles": "5"})


# Charts --------------------------------------------------------------------------------------------------------------


def _outcomes(state: Any) -> rx.Component:
    switch = segments(
        [("calls", "Calls"), ("share", "100 %")],
        current=rx.cond(state.is_share, "share", "calls"),
        on_pick=state.set_share,
        label="What the bars show",
        size="small",
    )

    def item(each: Any) -> rx.Component:
        return rx.el.button(
            rx.el.i(class_name="swatch", style={"background": each.colour}),
            each.word,
            type="button",
            aria_pressed=rx.cond(each.is_on, "true", "false"),
            title=rx.cond(each.is_on, "Hide " + each.word, "Show " + each.word),
            on_click=state.toggle_group(each.key),
            class_name=rx.cond(each.is_on, "cursor-pointer", "cursor-pointer line-through opacity-60"),
        )

    legend = rx.el.div(
        rx.foreach(state.outcomes.legend, item), class_name="legend mb-1", role="group", aria_label="Outcomes shown"
    )
    return _chart_card(
        state,
        "outcomes",
        state.outcomes,
        title="Outcomes per " + state.per,
        count=rx.el.span(state.title_note, class_name="max-sm:hidden"),
        before=switch,
        legend=legend,
    )


def _chart_card(
    state: Any, name: str, chart: Any, *, title: Any, count: Any = "", before: Any = None, legend: Any = None
) -> rx.Component:
    """A card with a chart, or the same numbers as a table."""
    shown = rx.el.div(
        legend if legend is not None else _legend(chart.legend),
        rx.el.div(
            rx.plotly.cartesian(
                data=chart.figure.to(Figure),
                template=None,
                config={"displayModeBar": False, "responsive": True},
                style={"width": "100%", "height": "240px"},
            ),
            role="img",
            aria_label=chart.sentence,
            class_name="h-60",
            style=_CHART_STYLE,
        ),
    )
    either = rx.cond(state.as_table.contains(name), _table(chart.head, chart.rows, chart.sentence), shown)
    body = rx.cond(chart.is_empty, faces.empty_part("Not enough calls yet."), either)
    tools = rx.fragment(before if before is not None else rx.fragment(), _table_button(state, name), _download(chart.csv, name))
    return card(body, title=title, count=count, tools=rx.cond(chart.is_empty, rx.fragment(), tools))


def _legend(items: Any) -> rx.Component:
    one = lambda each: rx.el.span(rx.el.i(class_name="swatch", style={"background": each.colour}), each.word)  # noqa: E731
    return rx.el.div(rx.foreach(items, one), class_name="legend mb-1")


def _table_button(state: Any, name: str) -> rx.Component:
    is_on = state.as_table.contains(name)
    return icon_button(
        "table_2",
        rx.cond(is_on, "Show as chart", "Show as table"),
        size="small",
        aria_pressed=rx.cond(is_on, "true", "false"),
        on_click=state.toggle_table(name),
    )


def _download(address: Any, name: str) -> rx.Component:
    return rx.el.a(
        icon("download"),
        href=address,
        download=f"{name}.csv",
        aria_label="Download as CSV",
        title="Download as CSV",
        class_name="btn btn-ghost btn-small btn-icon",
    )


def _table(head: Any, rows: Any, label: Any) -> rx.Component:
    def side(nth: Any) -> Any:
        return rx.cond(nth > 0, "number", "")

    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(rx.foreach(head, lambda word, nth: rx.el.th(word, scope="col", class_name=side(nth))))),
            rx.el.tbody(
                rx.foreach(rows, lambda row: rx.el.tr(rx.foreach(row, lambda cell, nth: rx.el.td(cell, class_name=side(nth)))))
            ),
            aria_label=label,
            class_name="rows-table compact table!",
        ),
        tab_index=0,
        role="region",
        aria_label=label,
        class_name="overflow-auto max-h-80",
    )


# Without a chart library ---------------------------------------------------------------------------------------------


def _heat(state: Any) -> rx.Component:
    heat = state.heat

    def square(cell: Any) -> rx.Component:
        return rx.el.td(
            rx.cond(cell.is_blank, rx.el.span(cell.title, class_name="hidden-words"), cell.text),
            title=cell.title,
            class_name=rx.cond(cell.is_blank, "heat-cell hatched", "heat-cell"),
            style={"background_color": cell.fill, "color": cell.ink},
        )

    def row(each: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(each.day, scope="row", class_name="quiet font-normal text-left pr-2 w-10"), rx.foreach(each.cells, square)
        )

    hour = lambda word: rx.el.td(word, class_name="quiet text-center whitespace-nowrap")  # noqa: E731
    table = rx.el.table(
        rx.el.tbody(rx.foreach(heat.rows, row)),
        rx.el.tfoot(rx.el.tr(rx.el.td(), rx.foreach(heat.hours, hour))),
        aria_label=heat.sentence,
        class_name=rx.cond(heat.is_wide, "w-full small max-sm:[&_.heat-cell]:text-[0px]", "w-full small"),
        style={
            "table_layout": "fixed",
            "border_collapse": "separate",
            "border_spacing": "2px",
            "& .heat-cell": {"height": "28px", "border_radius": "3px", "text_align": "center", "padding": "0"},
        },
    )
    scale = rx.el.div(
        rx.cond(
            heat.low != "",
            rx.el.span(
                heat.low,
                rx.el.i(
                    class_name="inline-block w-28 h-2 rounded-sm",
                    style={"background": "linear-gradient(90deg, #00224e, #575d6d, #a59c74, #fee838)"},
                ),
                heat.high,
                " answered",
                class_name="row",
            ),
        ),
        rx.el.span(rx.el.i(class_name="hatched inline-block w-4 h-2.5 rounded-sm"), "under 20 calls", class_name="row"),
        class_name="flex flex-wrap gap-x-6 gap-y-1 mt-2 quiet small",
    )
    body = rx.cond(heat.rows.length() > 0, rx.el.div(table, scale), faces.empty_part("Not enough calls yet."))
    return card(body, title="Best time to call", count="% answered, in the lead’s time")


def _funnel(state: Any) -> rx.Component:
    note = rx.cond(state.funnel.note != "", rx.el.div(note_box(icon("info"), state.funnel.note, hue="indigo"), class_name="mt-4"))
    return card(_bars(state.funnel), note, title="Where people drop")


def _failures(state: Any) -> rx.Component:
    none = faces.empty_part("No call failed in this time.")
    body = rx.cond(state.failures.rows.length() > 0, _bars(state.failures), none)
    return card(body, title="Why calls failed", count=state.failures_note)


def _bars(bars: Any) -> rx.Component:
    def row(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(each.word, class_name="clip"),
            rx.el.span(
                rx.el.i(
                    class_name="block h-4 rounded-sm",
                    style={"width": each.width.to_string() + "%", "background": "var(--indigo-9)"},
                ),
                class_name="block rounded-sm",
                style={"background": "var(--gray-a3)"},
                aria_hidden="true",
            ),
            rx.el.span(
                rx.el.span(each.number, class_name="strong"), " ", rx.el.span(each.share, class_name="quiet small"),
                class_name="text-right whitespace-nowrap",
            ),
            class_name="grid items-center gap-3 h-10 grid-cols-[minmax(96px,38%)_minmax(0,1fr)_92px]",
        )  # fmt: skip

    return rx.el.ul(rx.foreach(bars.rows, row), aria_label=bars.sentence, class_name="list-none m-0 p-0")


def _rivals(rivals: Any, title: str, what: str) -> rx.Component:
    def row(each: Any) -> rx.Component:
        mark = rx.el.div(
            rx.el.i(class_name="absolute inset-x-0 top-1/2 h-px", style={"background": "var(--gray-a5)"}),
            rx.el.i(
                class_name="absolute top-1/2 h-0.5 -mt-px",
                style={
                    "left": each.start.to_string() + "%",
                    "width": each.width.to_string() + "%",
                    "background": "var(--indigo-9)",
                },
            ),
            rx.el.i(
                class_name="absolute top-1/2 size-2 rounded-full -mt-1 -ml-1",
                style={"left": each.dot.to_string() + "%", "background": "var(--indigo-9)"},
            ),
            class_name="relative h-5",
            aria_hidden="true",
        )
        return rx.el.tr(
            rx.el.td(each.name, class_name="strong clip"),
            rx.el.td(each.calls, class_name="number"),
            rx.el.td(rx.cond(each.has_range, mark), class_name="max-sm:hidden! w-1/3"),
            rx.el.td(rx.el.span(each.rate, class_name="strong"), class_name="number"),
            rx.el.td(each.talk, class_name="number"),
        )

    heads: Sequence[rx.Component] = (
        rx.el.th(what, scope="col"),
        rx.el.th("Calls", scope="col", class_name="number"),
        rx.el.th(rivals.scale, ", 95 % range", scope="col", class_name="max-sm:hidden!"),
        rx.el.th("Success", scope="col", class_name="number"),
        rx.el.th("Talk", scope="col", class_name="number"),
    )
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(rivals.rows, row)),
        aria_label=title,
        class_name="rows-table table!",
    )
    return card(rx.cond(rivals.rows.length() > 0, table, faces.empty_part("Not enough calls yet.")), title=title)
