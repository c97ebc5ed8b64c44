"""Live: who is on the phone, what comes next, how today goes, and what needs a person."""

from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import faces
from callcenter.ui.components.buttons import icon_button, link_button, switch
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.progress import bar
from callcenter.ui.components.progress import slots as slot_bar
from callcenter.ui.components.status_badge import outcome_badge, status_badge, status_dot
from callcenter.ui.components.tile import change, number_tile, tiles
from callcenter.ui.components.times import running_time, time_ago
from callcenter.ui.pages.call_acts import CallActs, act_dialogs
from callcenter.ui.pages.home_checklist import Checklist, checklist_card
from callcenter.ui.pages.home_rows import ATTENTION_ICONS
from callcenter.ui.pages.home_state import HomeState
from callcenter.ui.pages.home_wall import wall
from callcenter.ui.shell import ShellState

IN_PROGRESS = "/calls?status=connected,in_progress,initiated,ringing"


def home_page() -> rx.Component:
    """The page; on a wall a bigger one without anything to click."""
    return rx.cond(HomeState.is_wall, wall(), _desk())


def _desk() -> rx.Component:
    actions = rx.fragment(
        switch("Follow live", checked=HomeState.follows, on_change=HomeState.set_follows),
        link_button("Wallboard", "/?wall=1", icon_name="tv"),
    )
    return shell.frame(
        faces.faced(
            HomeState.face,
            ready=_board(),
            loading=faces.skeleton_rows(8, what="calls"),
            empty=rx.fragment(),
            error=faces.page_error("Couldn’t load this page", "Calls keep running on the server.", on_retry=HomeState.retry),
        ),
        act_dialogs(),
        nav="live",
        title="Live",
        side=HomeState.side,
        actions=rx.el.div(actions, class_name="row not-phone"),
        face=HomeState.face,
        announce=HomeState.announced,
    )


def _board() -> rx.Component:
    left = rx.el.div(_in_progress(), _below(), class_name="contents md:flex md:flex-col gap-3 min-w-0")
    right = rx.el.div(_attention(), _batches(), _slots(), class_name="contents md:flex md:flex-col gap-3 min-w-0")
    columns = rx.el.div(
        left, right, class_name="flex flex-col gap-6 md:grid md:gap-3 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)] md:items-stretch"
    )
    return rx.el.div(_tiles(), checklist_card(), columns, class_name="stack gap-3 max-md:gap-6")


# -- tiles ---------------------------------------------------------------------------------------------------------


def _tiles() -> rx.Component:
    shown = HomeState.tiles
    client = HomeState.query

    def rate(tile: rx.Var) -> Any:
        changed = rx.fragment(" · ", change(tile.change, is_good=tile.is_good))
        return rx.fragment(tile.note, rx.cond(tile.change != "", changed))

    return tiles(
        number_tile(
            "In progress", shown.in_progress.value, suffix=shown.in_progress.suffix, note=shown.in_progress.note,
            points=shown.in_progress.points, face=shown.in_progress.face, href=IN_PROGRESS + client,
        ),
        number_tile(
            "Waiting", shown.waiting.value, note=shown.waiting.note, points=shown.waiting.points,
            face=shown.waiting.face, is_neutral=True, href="/calls?status=scheduled&sort=started" + client,
        ),
        number_tile(
            "Answered today", shown.answered.value, suffix=shown.answered.suffix, note=rate(shown.answered),
            points=shown.answered.points, face=shown.answered.face, href="/calls?range=today" + client,
        ),
        number_tile(
            "Success today", shown.success.value, suffix=shown.success.suffix, note=rate(shown.success),
            points=shown.success.points, face=shown.success.face, title="Appointment, sale, successful or qualified lead",
            href="/calls?outcome=appointment_scheduled,qualified_lead,sale_made,successful&range=today" + client,
        ),
        number_tile(
            "Cost today", shown.cost.value, note=rx.el.span(shown.cost.note, class_name="clip block"), face=shown.cost.face,
            href="/calls?range=today&sort=-cost" + client,
        ),
        rx.cond(shown.attention.value == "0", _attention_tile(""), _attention_tile("triangle_alert")),
    )  # fmt: skip


def _attention_tile(icon_name: str) -> rx.Component:
    tile = HomeState.tiles.attention
    note = rx.el.span(tile.note, class_name="clip block")
    return number_tile("Needs attention", tile.value, note=note, face=tile.face, icon_name=icon_name)


# -- the cards -----------------------------------------------------------------------------------------------------


def section(
    title: str, *rows: Any, count: Any = "", more: tuple[Any, Any] | None = None, tools: Any = None, class_name: str = ""
) -> rx.Component:
    """A card with a title inside, which on phones stands over it."""
    right = [link(more[0], href=more[1], class_name="link max-md:hidden")] if more else []
    head = rx.el.div(
        rx.el.h2(title, class_name="max-md:text-[18px] max-md:leading-[26px] max-md:font-bold"),
        rx.el.span(count, class_name="count"),
        rx.el.div(*right, *([tools] if tools is not None else []), class_name="tools"),
        class_name="card-head max-md:border-b-0 max-md:px-0 max-md:min-h-0 max-md:pb-2 max-md:pt-0",
    )
    body = rx.el.div(
        *rows,
        class_name="card-rows max-md:border max-md:border-[var(--line)] max-md:rounded-lg max-md:bg-[var(--color-panel-solid)]",
    )
    return rx.el.section(
        head, body, class_name=f"card max-md:border-0 max-md:rounded-none max-md:bg-transparent {class_name}", aria_label=title
    )


def _in_progress() -> rx.Component:
    rows = rx.el.ul(
        rx.foreach(HomeState.talks, _talk),
        class_name="card-rows list-none m-0 !p-0",
        on_mouse_enter=HomeState.hold(True),
        on_mouse_leave=HomeState.hold(False),
        aria_label="In progress",
    )
    all_of_them = link(
        HomeState.more_talks, href=IN_PROGRESS + HomeState.query, class_name="link flex min-h-13 items-center justify-center"
    )
    return section(
        "In progress",
        rx.cond(HomeState.talks.length() > 0, rows, faces.empty_part(HomeState.nobody)),
        rx.cond(HomeState.more_talks != "", rx.el.div(all_of_them, class_name="md:hidden")),
        count=HomeState.talk_words,
        more=("All calls in progress", IN_PROGRESS + HomeState.query),
        class_name="max-md:order-2",
    )


def _talk(row: rx.Var) -> rx.Component:
    who = rx.el.span(
        link(row.who, href="/calls/" + row.id, class_name="plain-link strong clip block max-md:text-[16px]"),
        rx.el.span(row.number, class_name="quiet small clip max-md:hidden"),
        rx.el.span(row.client, rx.cond(row.agent != "", " · " + row.agent, ""), class_name="quiet clip md:hidden text-[14px]"),
        class_name="stack md:w-36 md:flex-none max-md:col-start-2",
    )
    agent = rx.el.span(icon("bot", 12), rx.el.span(row.agent, class_name="clip"), class_name="quiet small row gap-1")
    client = rx.el.span(
        rx.el.span(row.client, class_name="clip"),
        rx.cond(row.agent != "", agent),
        class_name="stack w-31 flex-none max-md:hidden",
    )
    return rx.el.li(
        rx.cond(row.is_over, rx.el.span(class_name="dot"), status_dot(row.status)),
        who,
        client,
        rx.el.span(_last_words(row), class_name="grow clip max-md:col-start-2 max-md:col-span-2 max-md:text-[14px]"),
        rx.el.span(
            rx.cond(row.running != "", running_time(row.running), row.lasted),
            class_name="strong w-11 flex-none text-right max-md:row-start-1 max-md:col-start-3",
        ),
        _talk_menu(row),
        key=row.id,
        class_name=rx.cond(row.is_over, f"{_TALK} opacity-60", _TALK),
    )


_TALK = (
    "row gap-3 min-h-13 max-md:grid max-md:grid-cols-[8px_minmax(0,1fr)_auto] max-md:gap-x-3 max-md:gap-y-0.5 "
    "max-md:py-2.5 max-md:items-baseline max-md:[&:nth-child(n+5)]:hidden"
)


def _last_words(row: rx.Var) -> rx.Component:
    said = rx.fragment(
        rx.cond(row.speaker != "", rx.el.span(row.speaker, ": ", class_name="quiet max-md:hidden")),
        rx.el.span("“", row.said, "”", dir="auto"),
    )
    over = rx.cond(row.outcome != "", outcome_badge(row.outcome), status_badge(row.status))
    ending = rx.fragment(status_badge(row.status), rx.el.span(" is being ended", class_name="quiet small"))
    waiting = rx.cond(
        row.is_ending, ending, rx.cond((row.said != "") & (row.status == "in_progress"), said, status_badge(row.status))
    )
    return rx.cond(row.is_over, over, waiting)


def _talk_menu(row: rx.Var) -> rx.Component:
    item = rx.dropdown_menu.item
    menu = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(icon_button("ellipsis", "More about this call", size="small")),
        rx.dropdown_menu.content(
            item(icon("external_link"), "Open", on_click=rx.redirect("/calls/" + row.id)),
            rx.cond(
                ShellState.may_call & ~row.is_over,
                item(icon("phone_off"), "End call…", color="red", on_click=CallActs.ask_end(row.id)),
            ),
            rx.cond(ShellState.may_call, item(icon("tag"), "Tags", on_click=CallActs.ask_tags(row.id))),
            align="end",
        ),
    )
    return rx.el.span(menu, class_name="max-md:hidden flex-none")


def _below() -> rx.Component:
    return rx.el.div(_up_next(), _ended(), class_name="grid gap-3 max-md:gap-6 md:grid-cols-2 grow max-md:order-4 items-stretch")


def _up_next() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        return rx.el.div(
            link(line.who, href="/calls/" + line.id, class_name="plain-link strong clip flex-none max-w-[45%]"),
            rx.el.span(line.client, class_name="quiet clip"),
            rx.el.span(line.when, class_name="small ml-auto flex-none"),
            class_name="row gap-3 min-h-11",
        )

    rows = rx.cond(
        HomeState.up_next.length() > 0, rx.fragment(rx.foreach(HomeState.up_next, row)), faces.empty_part("Nobody waits.")
    )
    return section("Up next", rows, count=HomeState.waiting)


def _ended() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        badge = rx.cond(line.outcome != "", outcome_badge(line.outcome), status_badge(line.status))
        return rx.el.div(
            link(line.who, href="/calls/" + line.id, class_name="plain-link strong clip"),
            rx.el.span(badge, class_name="min-w-0"),
            rx.el.span(line.lasted, class_name="text-right"),
            rx.el.span(
                time_ago(line.ended, line.ended_at, line.ended_exact), class_name="quiet small text-right max-[1359px]:hidden"
            ),
            class_name="grid grid-cols-[minmax(0,1fr)_120px_36px_68px] items-center gap-2 min-h-11 "
            "max-[1359px]:grid-cols-[minmax(0,1fr)_auto_36px]",
        )

    rows = rx.cond(
        HomeState.ended.length() > 0, rx.fragment(rx.foreach(HomeState.ended, row)), faces.empty_part("No call ended lately.")
    )
    return section("Just ended", rows, more=("All calls", "/calls"))


def _attention() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        marks = [(name, icon(name)) for name in sorted(set(ATTENTION_ICONS.values()))]
        mark = rx.el.span(
            rx.match(line.icon, *marks, icon("triangle_alert")),
            class_name="hue flex-none",
            data_accent_color=rx.cond(line.is_error, "red", "orange"),
        )
        return rx.el.div(
            mark,
            rx.el.div(
                rx.el.div(line.title, class_name="strong"),
                rx.cond(line.detail != "", rx.el.div(line.detail, class_name="quiet small max-md:text-[14px]")),
                class_name="grow",
            ),
            link_button(line.action, line.href, size="small", class_name="max-md:hidden"),
            link(icon("chevron_right"), href=line.href, aria_label=line.action, class_name="md:hidden btn btn-ghost btn-icon"),
            class_name="row gap-3 min-h-15 py-2",
        )

    rows = rx.cond(
        HomeState.attention.length() > 0,
        rx.fragment(rx.foreach(HomeState.attention, row)),
        rx.el.div(icon("circle_check", class_name="good"), "All is well.", class_name="row quiet min-h-15"),
    )
    return section("Needs attention", rows, count=HomeState.attention.length(), class_name="max-md:order-1")


def _batches() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        pause = icon_button(
            "pause", "Pause " + line.name, size="small", on_click=HomeState.pause(line.id), data_needs_server=True
        )
        play = icon_button(
            "play", "Resume " + line.name, size="small", on_click=HomeState.resume(line.id), data_needs_server=True
        )
        return rx.el.div(
            rx.el.div(
                link(line.name, href="/batches/" + line.id, class_name="plain-link strong clip max-md:text-[16px]"),
                rx.el.span(line.client, class_name="quiet small clip grow"),
                rx.cond(line.may_toggle, rx.cond(line.is_paused, play, pause)),
                class_name="row min-h-6",
            ),
            bar(line.percent, label=line.name + ": " + line.done, is_idle=line.is_idle),
            rx.el.div(
                rx.el.span(line.done, class_name="flex-none"),
                rx.el.span(line.left, class_name="quiet md:ml-auto md:text-right clip"),
                class_name="flex gap-2 small max-md:flex-col max-md:gap-0 max-md:text-[14px] max-md:leading-5",
            ),
            class_name="stack gap-2 py-3",
        )

    all_of_them = link("All batches", href="/batches", class_name="link flex min-h-13 items-center justify-center")
    rows = rx.cond(
        HomeState.batches.length() > 0,
        rx.fragment(rx.foreach(HomeState.batches, row), rx.el.div(all_of_them, class_name="md:hidden")),
        faces.empty_part("No batch is running."),
    )
    return section(
        "Running batches", rows, count=HomeState.batches.length(), more=("All batches", "/batches"), class_name="max-md:order-3"
    )


def _slots() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        said = f"{line.used} of {line.cap} places of {line.name} taken"
        used = rx.el.b(line.used, class_name="font-medium text-[var(--gray-12)]")
        return rx.el.div(
            rx.el.span(line.name, class_name="clip w-32 flex-none"),
            rx.el.div(slot_bar(line.used, line.cap, label=said), class_name="grow"),
            rx.el.span(used, " of ", line.cap, class_name="w-12 text-right flex-none quiet"),
            class_name="row gap-3 min-h-8 !border-0",
        )

    return section(
        "Slots per client",
        rx.cond(
            HomeState.slots.length() > 0,
            rx.el.div(rx.foreach(HomeState.slots, row), class_name="!p-2 !px-[var(--card-pad)]"),
            faces.empty_part(
                "No client yet.", rx.cond(ShellState.is_admin, link("Add a client", href="/clients", class_name="link"))
            ),
        ),
        tools=rx.el.span(HomeState.slot_words, class_name="quiet"),
        class_name="grow max-md:order-5",
    )


on_enter = [HomeState.enter]
on_load = [HomeState.load, Checklist.load, HomeState.watch]
