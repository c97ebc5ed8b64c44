"""Filters over a list: a search field, chips with checkbox lists and counts, and one sheet with all of them on phones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.ui.components.buttons import icon_button, text_button
from callcenter.ui.components.icons import icon, icon_of
from callcenter.ui.theme import Look

Text = str | rx.Var


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter: its value, word, whether it is on, and its count under the other filters (−1: unknown yet)."""

    value: str
    word: str
    is_on: bool = False
    count: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter. `choices` is a Var of list[Choice], `shown` the chosen words ("Voicemail, No answer"; "" when off).

    Handlers: `on_toggle(value)`, `on_clear()`, and `on_negate(bool)` where "is not" makes sense, with `is_negated`.
    `looks` gives the choices their icons. `is_single`: one choice at a time, as radio buttons (dates).
    `extra` is a component under the choices (native date fields), `note` a word beside "is / is not" ("268 calls match").
    `drops`: goes behind "More filters" while there is little room.
    """

    name: str
    choices: rx.Var
    shown: Text
    on_toggle: Any
    on_clear: Any
    looks: Mapping[str, Look] | None = None
    on_negate: Any = None
    is_negated: Any = False
    is_single: bool = False
    extra: Any = None
    note: Text = ""
    drops: bool = False


def filter_bar(
    chips: Sequence[Chip],
    *,
    search: Text,
    on_search: Any,
    search_words: str,
    is_filtered: Any,
    on_clear_all: Any,
    matches: Text,
    filter_count: rx.Var,
    tools: Any = None,
    more: Sequence[Chip] = (),
) -> rx.Component:
    """The row of filters. `search` is the text now, `on_search(text)` runs 250 ms after the last key.

    `more` are the filters that are always behind "More filters".

    `matches` is "214 calls match": shown on phones, heard everywhere. `filter_count` is how many filters are on, as text.
    """
    cleared = rx.cond(is_filtered, text_button("Clear all", on_click=on_clear_all, data_hotkey="escape"))
    row = rx.el.div(
        search_field(search, on_search, search_words),
        *[filter_chip(chip) for chip in chips],
        _more_filters([chip for chip in chips if chip.drops], more),
        cleared,
        *([rx.el.div(tools, class_name="row ml-auto")] if tools is not None else []),
        class_name="filter-bar",
        role="search",
    )
    phone = rx.el.div(
        search_field(search, on_search, search_words, has_key=False),
        _sheet([*chips, *more], filter_count=filter_count, matches=matches, on_clear_all=on_clear_all),
        class_name="filter-row-phone",
    )
    return rx.fragment(row, phone, rx.el.div(matches, class_name="match-line", role="status", aria_live="polite"))


def search_field(value: Text, on_change: Any, words: str, *, has_key: bool = True) -> rx.Component:
    """A search field that waits for a pause in typing; `/` puts the cursor in it."""
    field = rx.debounce_input(
        rx.el.input(
            value=value,
            on_change=on_change,
            type="search",
            placeholder=words,
            aria_label=words,
            class_name="input",
            data_search=True,
            auto_complete="off",
        ),
        debounce_timeout=250,
    )
    hint = [rx.el.kbd("/", class_name="key", aria_hidden="true")] if has_key else []
    return rx.el.div(icon("search"), field, *hint, class_name="searchbox")


def filter_chip(chip: Chip) -> rx.Component:
    """One chip with its popover."""
    is_on = chip.shown != ""
    word = rx.cond(
        is_on,
        rx.fragment(
            rx.el.span(f"{chip.name}: ", class_name="name"),
            rx.el.span(rx.cond(chip.is_negated, "not ", ""), chip.shown, class_name="value"),
        ),
        rx.fragment(rx.el.span(chip.name, class_name="name"), icon("chevron_down")),
    )
    cross = rx.el.button(
        icon("x"),
        type="button",
        aria_label=f"Remove {chip.name.lower()} filter",
        class_name="chip-x",
        on_click=chip.on_clear,
    )
    return rx.popover.root(
        rx.el.div(
            rx.popover.trigger(rx.el.button(word, type="button", data_filter=True)),
            rx.cond(is_on, cross),
            class_name="chip chip-drops" if chip.drops else "chip",
            data_on=rx.cond(is_on, "true", "false"),
        ),
        rx.popover.content(choice_list(chip), class_name="filter-pop", align="start", side_offset=6, aria_label=chip.name),
    )


def _more_filters(dropped: Sequence[Chip], more: Sequence[Chip]) -> rx.Component:
    if not dropped and not more:
        return rx.fragment()
    trigger = rx.el.button(
        icon("list_filter"),
        rx.el.span("More", rx.el.span(" filters", class_name="more-word")),
        type="button",
        aria_label="More filters",
        class_name="btn btn-outline" if more else "btn btn-outline when-dropped",
    )
    folded = [
        rx.el.details(
            rx.el.summary(chip.name, rx.el.span(chip.shown, class_name="quiet clip"), icon("chevron_down")),
            choice_list(chip),
            class_name=name,
        )
        for chips, name in ((dropped, "when-dropped"), (more, ""))
        for chip in chips
    ]
    return rx.popover.root(
        rx.popover.trigger(trigger),
        rx.popover.content(
            rx.el.div(*folded, class_name="more-filters"),
            class_name="filter-pop",
            align="start",
            aria_label="More filters",
        ),
    )


def choice_list(chip: Chip) -> rx.Component:
    """The choices of a filter with their counts, and the switch between "is" and "is not"."""
    return rx.el.fieldset(
        rx.el.legend(chip.name, class_name="hidden-words"),
        _negation(chip),
        rx.el.ul(rx.foreach(chip.choices, lambda choice: rx.el.li(_choice(choice, chip))), class_name="choices"),
        *([chip.extra] if chip.extra is not None else []),
        class_name="m-0 border-0 p-0",
    )


def _negation(chip: Chip) -> rx.Component:
    note = rx.el.span(chip.note)
    if chip.on_negate is None:
        return rx.el.div(note, class_name="pop-head") if isinstance(chip.note, rx.Var) or chip.note else rx.fragment()
    sides = [
        rx.el.button(
            word,
            type="button",
            on_click=chip.on_negate(value),
            aria_pressed=rx.cond(chip.is_negated, str(value).lower(), str(not value).lower()),
        )
        for word, value in (("is", False), ("is not", True))
    ]
    return rx.el.div(rx.el.div(*sides, class_name="segments small"), note, class_name="pop-head")


def _choice(choice: rx.Var, chip: Chip) -> rx.Component:
    box = rx.el.input(
        type="radio" if chip.is_single else "checkbox",
        checked=choice.is_on,
        on_change=lambda _checked: chip.on_toggle(choice.value),
        class_name="check rounded-full" if chip.is_single else "check",
    )
    number = rx.cond(
        choice.count >= 0,
        rx.el.span(choice.count.to_string(), class_name="n"),
        rx.el.i(class_name="bone", aria_hidden="true") if not chip.is_single else rx.fragment(),
    )
    mark = icon_of(choice.value, chip.looks) if chip.looks else rx.fragment()
    return rx.el.label(
        box,
        mark,
        rx.el.span(choice.word, class_name="clip"),
        number,
        class_name="choice",
        data_none=rx.cond(choice.count == 0, "true", "false"),
    )


def _sheet(chips: Sequence[Chip], *, filter_count: rx.Var, matches: rx.Var, on_clear_all: Any) -> rx.Component:
    is_on = (filter_count != "") & (filter_count != "0")  # a search alone is no filter of the sheet
    trigger = rx.el.button(
        icon("list_filter"),
        rx.el.span("Filters", rx.cond(is_on, rx.fragment(" (", filter_count, ")"))),
        type="button",
        class_name=rx.cond(is_on, "btn btn-outline is-on", "btn btn-outline"),
    )
    head = rx.el.div(
        rx.dialog.title("Filters", class_name="grow"),
        text_button("Clear all", on_click=on_clear_all),
        rx.dialog.close(icon_button("x", "Close filters")),
        class_name="row",
    )
    groups = [rx.el.section(rx.el.h2(chip.name, class_name="field-label"), choice_list(chip)) for chip in chips]
    show = rx.dialog.close(
        rx.el.button(
            "Show ",
            matches.replace(" matches", "").replace(" match", ""),
            type="button",
            class_name="btn btn-main btn-large w-full",
        )
    )
    at_the_foot = rx.el.div(show, class_name="sticky -bottom-6 -mx-6 -mb-6 mt-auto px-6 pt-2 pb-6 bg-[var(--color-panel-solid)]")
    return rx.dialog.root(
        rx.dialog.trigger(trigger),
        rx.dialog.content(
            rx.el.div(head, *groups, at_the_foot, class_name="stack gap-4 min-h-full"),
            class_name="dialog full",
            aria_describedby=None,
        ),
    )
