"""The Live page on a wall: big numbers, who is on the phone without saying who, and today hour by hour."""

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components.buttons import switch
from callcenter.ui.components.faces import empty_part
from callcenter.ui.components.status_badge import outcome_badge, status_badge, status_dot
from callcenter.ui.components.tile import change, number_tile, tiles
from callcenter.ui.components.times import running_time
from callcenter.ui.pages.home_state import HomeState


def wall() -> rx.Component:
    """The page."""
    below = rx.el.div(_talks(), _hours(), class_name="grid gap-4 lg:grid-cols-[3fr_2fr] grow")
    return shell.wall(_tiles(), below, title="Live", face=HomeState.face)


def _tiles() -> rx.Component:
    shown = HomeState.tiles

    def one(label: str, tile: rx.Var) -> rx.Component:
        changed = rx.cond(tile.change != "", rx.fragment(" · ", change(tile.change, is_good=tile.is_good)))
        value = rx.cond(tile.short != "", tile.short, tile.value)
        return number_tile(label, value, suffix=tile.suffix, note=rx.fragment(tile.note, changed), face=tile.face)

    return tiles(
        one("In progress", shown.in_progress),
        one("Waiting", shown.waiting),
        one("Answered today", shown.answered),
        one("Success today", shown.success),
        one("Cost today", shown.cost),
        one("Needs attention", shown.attention),
    )


def _talks() -> rx.Component:
    people = switch("Show people", checked=HomeState.shows_people, on_change=HomeState.set_shows_people)
    rows = rx.el.ul(rx.foreach(HomeState.talks, _talk), class_name="card-rows list-none m-0 p-0")
    return rx.el.section(
        rx.el.div(
            rx.el.h2("In progress"),
            rx.el.span(HomeState.talk_words, class_name="count"),
            rx.el.div(people, class_name="tools text-[14px]"),
            class_name="card-head",
        ),
        rx.cond(HomeState.talks.length() > 0, rows, empty_part(HomeState.nobody)),
        class_name="card",
    )


def _talk(row: rx.Var) -> rx.Component:
    who = rx.cond(HomeState.shows_people, row.who, row.client)
    badge = rx.cond(row.is_over & (row.outcome != ""), outcome_badge(row.outcome), status_badge(row.status))
    return rx.el.li(
        rx.cond(row.is_over, rx.el.span(class_name="dot"), status_dot(row.status)),
        rx.el.span(who, class_name="strong clip w-64 max-md:grow"),
        rx.el.span(rx.cond(HomeState.shows_people, row.client, row.agent), class_name="quiet clip grow max-md:hidden"),
        badge,
        rx.el.span(rx.cond(row.running != "", running_time(row.running), row.lasted), class_name="w-20 text-right strong"),
        key=row.id,
        class_name=rx.cond(row.is_over, "row gap-4 min-h-14 opacity-60", "row gap-4 min-h-14"),
    )


_BAR = "block w-full max-w-24 rounded-t-[3px] bg-[var(--indigo-9)]"


def _hours() -> rx.Component:
    def bar(hour: rx.Var) -> rx.Component:
        return rx.el.li(
            rx.el.span(hour.count, class_name="quiet text-[16px]"),
            rx.el.i(
                class_name="block w-full max-w-24 rounded-t-[3px] bg-[var(--indigo-9)]",
                style={"height": hour.height.to_string() + "%"},
            ),
            rx.el.span(hour.hour, class_name="quiet text-[16px]"),
            class_name="flex-1 min-w-0 flex flex-col justify-end items-center h-full",
        )

    chart = rx.el.ol(
        rx.foreach(HomeState.hours, bar),
        class_name="list-none m-0 p-4 flex gap-2 items-end grow min-h-80",
        aria_label="Calls dialled in each hour of today",
    )
    return rx.el.section(
        rx.el.div(rx.el.h2("Dialled today, hour by hour"), class_name="card-head"),
        rx.cond(HomeState.hours.length() > 0, chart, empty_part("Nobody dialled yet today.")),
        class_name="card flex flex-col",
    )
