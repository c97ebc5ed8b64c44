"""Settings of the notices: everything the bell told in the last thirty days."""

from typing import Any
from urllib.parse import quote

import reflex as rx

from callcenter.domain.errors import Invalid
from callcenter.services import alerting, runtime
from callcenter.ui import session
from callcenter.ui.bell import Told, told, told_of
from callcenter.ui.components import pager
from callcenter.ui.components.buttons import text_button
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.faces import empty_part, skeleton_card
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.shell_state import ShellState

_PATH = "/settings/notices"


class NoticesState(rx.State):
    """One page of entries."""

    rows: list[Told] = []
    face: str = "loading"
    shown: str = ""
    newer: str = ""
    older: str = ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Asks for the page of the address, once the section is open."""
        if self.router.url.path.rstrip("/") != _PATH:
            return None
        rt, actor, viewer = runtime.current(), await session.who(self), await viewer_of(self)
        try:
            page = await alerting.page_of_alerts(
                rt, actor, cursor=self.router.url.query_parameters.get("cursor", "")[:400] or None
            )
        except Invalid:
            return rx.redirect(_PATH)
        now = rt.clock.now()
        self.rows = [told_of(line, viewer.zone, now=now) for line in page.items]
        self.shown = f"{page.first}–{page.first + len(page.items) - 1}" if page.items else ""
        self.newer, self.older = _address(page.newer), _address(page.older)
        self.face = "ready" if page.items else "empty"
        return None

    @rx.event
    @allow(*ANYONE)
    async def read_all(self) -> Any:
        """Remembers that this person has read them."""
        await alerting.mark_read(runtime.current(), await session.who(self))
        return [ShellState.load, NoticesState.load]


def _address(cursor: str | None) -> str:
    return f"{_PATH}?cursor={quote(cursor)}" if cursor else ""


def notices_section() -> rx.Component:
    """The section."""
    state = NoticesState
    nothing = empty_part("Nothing needed a person in the last 30 days.")
    rows = card_rows(rx.foreach(state.rows, lambda each: rx.el.div(told(each), key=each.id, class_name="notice-row")))
    shown = rx.match(
        state.face,
        ("loading", rx.el.div(skeleton_card(6), class_name="p-4")),
        ("empty", nothing),
        rx.fragment(rows, pager.card_pager(state.shown, newer=state.newer, older=state.older)),
    )
    read = rx.cond(ShellState.unread > 0, text_button("Mark all read", on_click=state.read_all))
    return card(shown, title="Notices", count="what needed a person, kept 30 days", tools=read, body=False)
