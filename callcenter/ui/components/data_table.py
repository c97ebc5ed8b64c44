"""A table of rows from state: sorting, selecting, peeking by link, and cards in its place on phones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link

Text = str | rx.Var
RowPart = Callable[[rx.Var], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: what it is called and how a row shows in it.

    `kind`: "main" (medium weight, holds the link to the full page), "number" (right), "time" (gray), "plain".
    `sort` is the field that a click on the head sorts by. `drop` 1–4: left out while a peek takes the room, 1 first.
    `shown` is a Var of bool for a column a person may hide.
    """

    title: str
    cell: RowPart
    kind: str = "plain"
    sort: str = ""
    drop: int = 0
    shown: Any = True
    hide_title: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selecting:
    """What makes rows selectable. `is_on(row)` gives a Var; `on_row(id, checked)` and `on_page(checked)` are handlers."""

    is_on: RowPart
    on_row: Any
    on_page: Any
    page_is_on: Any
    page_is_mixed: Any = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLines:
    """A row as a card on phones: two ends of line 1 and line 2, then badges."""

    title: RowPart
    when: RowPart
    left: RowPart
    right: RowPart
    badges: RowPart


def data_table(
    rows: rx.Var,
    columns: Sequence[Column],
    *,
    label: str,
    row_id: RowPart,
    href: RowPart,
    card: CardLines,
    peek_href: RowPart | None = None,
    peeked: Text = "",
    sort: Text = "",
    on_sort: Any = None,
    selecting: Selecting | None = None,
    is_compact: Any = False,
) -> rx.Component:
    """The table and, under 768, its cards.

    `href(row)` is the full page; `peek_href(row)` the address that opens the peek (a click beside the link, or Space).
    `peeked` is the id in the peek. `sort` is the field sorted by, "-" before it for descending; `on_sort(field)` a handler.
    """
    compact = rx.cond(is_compact, "rows-table compact", "rows-table") if isinstance(is_compact, rx.Var) else "rows-table"
    head = rx.el.tr(*([_all_box(selecting)] if selecting else []), *[_head_cell(column, sort, on_sort) for column in columns])
    body = rx.foreach(rows, lambda row: _row(row, columns, row_id, href, peek_href, peeked, selecting))
    return rx.el.div(
        rx.el.table(
            rx.el.thead(head),
            rx.el.tbody(body),
            aria_label=label,
            class_name=compact,
            data_rows=True,
            data_peek_open=rx.cond(peeked != "", "true", "false") if isinstance(peeked, rx.Var) else "false",
        ),
        rx.el.ul(rx.foreach(rows, lambda row: _card(row, card, href)), class_name="row-cards", aria_label=label),
        class_name="table-wrap",
    )


def _all_box(selecting: Selecting) -> rx.Component:
    # The mixed state of a checkbox can only be set by script: the hotkeys file reads data-mixed.
    box = rx.el.input(
        type="checkbox",
        checked=selecting.page_is_on,
        on_change=selecting.on_page,
        data_mixed=rx.cond(selecting.page_is_mixed, "true", "false"),
        aria_label="Select all on this page",
        class_name="check",
    )
    return rx.el.th(box, scope="col", class_name="check-cell")


def _head_cell(column: Column, sort: Text, on_sort: Any) -> rx.Component:
    classes = _cell_class(column)
    if not column.sort or on_sort is None:
        words = rx.el.span(column.title, class_name="hidden-words") if column.hide_title else column.title
        return _maybe(column, rx.el.th(words, scope="col", class_name=classes))
    order = (
        rx.match(sort, (column.sort, "ascending"), ("-" + column.sort, "descending"), "none")
        if isinstance(sort, rx.Var)
        else {column.sort: "ascending", "-" + column.sort: "descending"}.get(sort, "none")
    )
    button = rx.el.button(column.title, icon("arrow_down", 12), type="button", on_click=on_sort(column.sort))
    return _maybe(column, rx.el.th(button, scope="col", aria_sort=order, class_name=classes))


def _cell_class(column: Column) -> str:
    kinds = {"main": "main-cell", "number": "number", "time": "time-cell"}
    drop = f"drop-{column.drop}" if column.drop else ""
    return f"{kinds.get(column.kind, '')} {drop}".strip()


def _maybe(column: Column, cell: rx.Component) -> rx.Component:
    return rx.cond(column.shown, cell) if isinstance(column.shown, rx.Var) else cell


def _row(
    row: rx.Var,
    columns: Sequence[Column],
    row_id: RowPart,
    href: RowPart,
    peek_href: RowPart | None,
    peeked: Text,
    selecting: Selecting | None,
) -> rx.Component:
    cells = [_maybe(column, _cell(row, column, href, peek_href)) for column in columns]
    if selecting:
        cells.insert(0, _row_box(row, row_id, selecting))
    selected = rx.cond(selecting.is_on(row), "true", "false") if selecting else None
    return rx.el.tr(
        *cells,
        key=row_id(row),
        tab_index=0,
        data_row=row_id(row),
        data_peeked=rx.cond(row_id(row) == peeked, "true", "false"),
        aria_selected=selected,
    )


def _cell(row: rx.Var, column: Column, href: RowPart, peek_href: RowPart | None) -> rx.Component:
    content = column.cell(row)
    if column.kind != "main":
        return rx.el.td(content, class_name=_cell_class(column))
    main = link(content, href=href(row), class_name="row-link")
    peek = (
        [link("Peek", href=peek_href(row), stay=True, class_name="row-peek", tab_index=-1, aria_hidden="true")]
        if peek_href
        else []
    )
    return rx.el.td(main, *peek, class_name=_cell_class(column))


def _row_box(row: rx.Var, row_id: RowPart, selecting: Selecting) -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        checked=selecting.is_on(row),
        on_change=lambda checked: selecting.on_row(row_id(row), checked),
        aria_label="Select this row",
        class_name="check",
    )
    return rx.el.td(box, class_name="check-cell")


def _card(row: rx.Var, card: CardLines, href: RowPart) -> rx.Component:
    lines = link(
        rx.el.span(rx.el.span(card.title(row)), rx.el.span(card.when(row)), class_name="line"),
        rx.el.span(rx.el.span(card.left(row)), rx.el.span(card.right(row)), class_name="line"),
        rx.el.span(card.badges(row), class_name="badges"),
        href=href(row),
        class_name="",
    )
    return rx.el.li(lines)


def select_bar(words: Text, *actions: rx.Component, on_clear: Any) -> rx.Component:
    """The bar while rows are selected: "3 selected", what can be done with them, Clear. The caller shows or hides it."""
    return rx.el.div(
        rx.el.span(words, class_name="strong"),
        *actions,
        rx.el.span(class_name="divider"),
        rx.el.button(
            "Clear",
            rx.el.kbd("Esc", class_name="key", aria_hidden="true"),
            type="button",
            class_name="btn btn-ghost",
            on_click=on_clear,
            data_hotkey="escape",
        ),
        role="toolbar",
        aria_label="Selected rows",
        class_name="select-bar",
    )
