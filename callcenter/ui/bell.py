"""The bell: what needs a person now, what did lately, and the mark of having read it."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from callcenter.domain.lines import AlertLine
from callcenter.services import alerting, runtime
from callcenter.ui import session, words
from callcenter.ui.components.buttons import text_button
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.times import time_ago
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.shell_state import ShellState

#: So many entries the bell shows; the others stand in Settings.
IN_THE_BELL = 6


@dataclass(frozen=True)
class Told:
    """An entry of the bell: what needed a person, when, and whether that is over."""

    id: str
    title: str
    detail: str
    href: str
    when: str
    instant: str
    exact: str
    is_error: bool
    is_over: bool
    is_unread: bool


class BellState(rx.State):
    """The newest entries, asked for when somebody looks."""

    told: list[Told] = []

    @rx.event
    @allow(*ANYONE)
    async def open(self, is_open: bool) -> None:
        """Asks for the newest entries once somebody looks."""
        if is_open:
            await self._ask()

    @rx.event
    @allow(*ANYONE)
    async def read_all(self) -> None:
        """Remembers that this person has read the bell."""
        await alerting.mark_read(runtime.current(), await session.who(self))
        (await self.get_state(ShellState)).unread = 0
        await self._ask()

    async def _ask(self) -> None:
        rt, actor = runtime.current(), await session.who(self)
        page = await alerting.page_of_alerts(rt, actor, limit=IN_THE_BELL)
        view, now = (await self.get_state(ShellState))._view, rt.clock.now()
        self.told = [told_of(line, view.user_timezone if view else "UTC", now=now) for line in page.items]


def told_of(line: AlertLine, zone: str, *, now: datetime) -> Told:
    """An entry of the bell for a person in this zone."""
    often = f", {line.times} times" if line.times > 1 else ""
    return Told(
        id=line.alert_id, title=line.title + often, detail=words.person(line.detail), href=line.href,
        when=words.ago(line.at, now=now, zone=zone), instant=line.at.isoformat(timespec="seconds"),
        exact=words.exact(line.at, zone), is_error=line.level == "error", is_over=line.is_over, is_unread=line.is_unread,
    )  # fmt: skip


def bell() -> rx.Component:
    """The bell of the top bar: what needs a person now, and under it what did lately."""
    count, unread = ShellState.attention, ShellState.unread
    label = rx.cond(count > 0, f"{count} need attention", "Nothing needs attention") + rx.cond(
        unread > 0, f", {unread} unread", ""
    )
    dot = rx.cond(unread > 0, rx.el.span(class_name="bell-dot"))
    trigger = rx.el.button(icon("bell"), dot, type="button", class_name="btn btn-ghost btn-icon bell not-phone", aria_label=label)
    none = rx.el.div(icon("circle_check", class_name="good"), "Nothing needs attention.", class_name="row quiet p-2")
    return rx.popover.root(
        rx.popover.trigger(trigger),
        rx.popover.content(
            rx.el.h2("Needs attention", class_name="menu-label m-0 text-[14px]"),
            rx.cond(count > 0, rx.el.ul(rx.foreach(ShellState.notices, _notice), class_name="choices"), none),
            rx.cond(BellState.told.length() > 0, _lately()),
            class_name="filter-pop bell-pop",
            align="end",
            aria_label="Needs attention",
        ),
        on_open_change=BellState.open,
    )


def _lately() -> rx.Component:
    head = rx.el.div(
        rx.el.h2("Lately", class_name="menu-label m-0 grow text-[14px]"),
        rx.cond(ShellState.unread > 0, text_button("Mark all read", on_click=BellState.read_all)),
        class_name="row mt-2 pt-1 border-t border-[var(--line-soft)]",
    )
    every = rx.popover.close(link("All notices", href="/settings/notices", class_name="link block px-2 py-1.5", data_arrow=True))
    return rx.fragment(
        head,
        rx.el.ul(rx.foreach(BellState.told, lambda each: rx.el.li(rx.popover.close(told(each)))), class_name="choices"),
        every,
    )


def told(each: rx.Var) -> rx.Component:
    """An entry of the bell: a dot while it is unread, quiet once it is over."""
    mark = rx.cond(
        each.is_over,
        icon("circle_check", label="Over"),
        rx.cond(each.is_error, icon("octagon_x", label="Trouble"), icon("triangle_alert", label="Warning")),
    )
    dot = rx.cond(each.is_unread, rx.el.span(rx.el.span("Unread", class_name="hidden-words"), class_name="dot unread"))
    said = rx.el.span(
        rx.el.span(each.title, class_name=rx.cond(each.is_over, "quiet", "strong")),
        rx.cond(each.detail != "", rx.el.span(each.detail, class_name="quiet small")),
        class_name="stack grow min-w-0",
    )
    when = time_ago(each.when, each.instant, each.exact, class_name="quiet small whitespace-nowrap")
    hue = rx.cond(each.is_over, "gray", rx.cond(each.is_error, "red", "orange"))
    return link(mark, said, dot, when, href=each.href, class_name="choice py-2", data_arrow=True, data_accent_color=hue)


def _notice(notice: rx.Var) -> rx.Component:
    mark = rx.cond(notice.is_error, icon("octagon_x"), icon("triangle_alert"))
    words = rx.el.span(
        rx.el.span(notice.title, class_name="strong"),
        rx.cond(notice.detail != "", rx.el.span(notice.detail, class_name="quiet small")),
        class_name="stack",
    )
    hue = rx.cond(notice.is_error, "red", "orange")
    row = link(mark, words, href=notice.href, class_name="choice py-2", data_arrow=True, data_accent_color=hue)
    return rx.el.li(rx.popover.close(row))
