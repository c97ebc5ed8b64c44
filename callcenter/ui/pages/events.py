"""The inspector of provider news: why did my call not update?"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, NotFound, Unauthenticated
from callcenter.domain.user import Actor
from callcenter.services import browsing, refolding, runtime
from callcenter.services.browsing.pages import EventsPage
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.filter_bar import Choice
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.events_rows import KINDS, RESULT_WORDS, EventRow, EventView, bytes_words, replayed_words, row_of, view_of
from callcenter.ui.pages.events_view import inspector
from callcenter.ui.session import ADMINS, allow

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    q: str = ""
    client: str = ""
    kind: str = ""
    result: str = ""
    cursor: str = ""

    def address(self, **more: str) -> str:
        """The page for this; `more` replaces parts of it, or adds `peek`."""
        given = {"q": self.q, "client": self.client, "kind": self.kind, "result": self.result, "cursor": self.cursor} | more
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/events?{query}" if query else "/events"


class EventsState(rx.State):
    """One page of events, and the one in the peek."""

    rows: list[EventRow] = []
    face: str = "loading"
    side: str = ""
    q: str = ""
    clients: list[Choice] = []
    client_shown: str = ""
    kinds: list[Choice] = []
    kind_shown: str = ""
    results: list[Choice] = []
    result_shown: str = ""
    is_filtered: bool = False
    filter_count: str = ""
    matches: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    peeked: str = ""
    peek_base: str = "/events?peek="
    close_href: str = "/events"
    event: EventView = EventView()
    is_gone: bool = False
    is_paused: bool = False
    new_words: str = ""
    _asked: Asked = Asked()
    _seen: Asked | None = None
    _viewer: Viewer = Viewer()
    _is_held: bool = False

    @rx.event
    @allow(*ADMINS)
    async def load(self) -> Any:
        """Reads the address; asks for rows only when more than the peek changed."""
        actor = await session.who(self)
        self._viewer = await viewer_of(self)
        asked, peeked = self._read()
        self._asked = asked
        self._show_place(asked, peeked)
        if asked != self._seen:
            try:
                page = await _page(actor, asked)
            except Invalid:
                return rx.redirect(replace(asked, cursor="").address())
            except Exception:
                self.face = "error"
                raise
            self._seen, self.new_words = asked, ""
            self._show_page(page)
        await self._show_event(actor)
        return None

    def _read(self) -> tuple[Asked, str]:
        url = self.router.url
        query, parts = url.query_parameters, url.path.strip("/").split("/")
        asked = Asked(*(query.get(name, "")[:400] for name in ("q", "client", "kind", "result", "cursor")))
        if asked.client not in dict(self._viewer.clients):
            asked = replace(asked, client="")
        if asked.result not in RESULT_WORDS:
            asked = replace(asked, result="")
        return asked, query.get("peek", "")[:64] or (parts[1][:64] if len(parts) > 1 else "")

    def _show_place(self, asked: Asked, peeked: str) -> None:
        self.q, self.peeked = asked.q, peeked
        self.close_href = asked.address()
        self.peek_base = self.close_href + ("&" if "?" in self.close_href else "?") + "peek="
        names = dict(self._viewer.clients)
        self.clients = [Choice(key, name, key == asked.client) for key, name in names.items()]
        self.client_shown = names.get(asked.client, "")
        self.kind_shown = KINDS.get(asked.kind, asked.kind)
        self.result_shown = RESULT_WORDS.get(asked.result, "")
        on = sum(1 for value in (asked.client, asked.kind, asked.result) if value)
        self.is_filtered, self.filter_count = bool(on or asked.q), str(on)

    def _show_page(self, page: EventsPage) -> None:
        asked, now = self._asked, runtime.current().clock.now()
        self._take(page, now)
        kinds = sorted({*page.kinds, *([asked.kind] if asked.kind else [])}, key=lambda kind: KINDS.get(kind, kind))
        self.kinds = [Choice(kind, KINDS.get(kind, kind), kind == asked.kind) for kind in kinds]
        self.results = [Choice(key, word, key == asked.result) for key, word in RESULT_WORDS.items()]
        self.newer = asked.address(cursor=page.newer) if page.newer else ""
        self.older = asked.address(cursor=page.older) if page.older else ""

    def _take(self, page: EventsPage, now: datetime) -> None:
        rows = [row_of(line, self._viewer.zone, now=now) for line in page.items]
        if rows != self.rows:
            self.rows = rows
        last = page.first + len(rows) - 1
        of = " of what is kept" if page.older else ""
        self.shown = f"{words.count(page.first)}–{words.count(last)}{of}" if rows else ""
        self.side = f"{words.count(page.today)} today, {bytes_words(page.bytes_kept)} kept"
        self.matches = f"{words.counted(len(rows), 'event')}{' and more' if page.older else ''}"
        self.face = "ready" if rows else "empty"

    async def _show_event(self, actor: Actor) -> None:
        if not self.peeked:
            self.event, self.is_gone = EventView(), False
            return
        try:
            detail = await browsing.event_detail(runtime.current(), actor, self.peeked)
        except NotFound:
            self.event, self.is_gone = EventView(), True
            return
        self.event, self.is_gone = view_of(detail, self._viewer.zone), False

    @rx.event(background=True)
    @allow(*ADMINS)
    async def watch(self) -> None:
        """Lets new events come in at the top while nobody points at the list or has paused it."""
        rt, cookie = runtime.current(), session.cookie_value(self)
        async for _ in live.hub.follow("events"):
            try:
                actor, asked = await session.still(cookie), self._asked
                if asked.cursor or self.is_paused:
                    continue
                page = await _shared(actor, asked)
                async with live.push_slots, self:
                    if asked == self._asked:
                        self._news(page, rt.clock.now())
            except Unauthenticated:
                return
            except Exception:
                log.exception("the events could not be refreshed")

    def _news(self, page: EventsPage, now: datetime) -> None:
        known = {row.id for row in self.rows}
        new = sum(1 for line in page.items if line.event_id not in known)
        if new and self.rows and (self._is_held or self.peeked):
            self.new_words = words.counted(new, "new event") if new < len(page.items) else f"{new}+ new events"
        else:
            self.new_words = ""
            self._take(page, now)

    @rx.event
    @allow(*ADMINS)
    async def hold(self, is_held: bool) -> None:
        """The pointer came over the list, or it left: rows stay where they are meanwhile."""
        self._is_held = bool(is_held)
        if not self._is_held and self.new_words and not self.peeked:
            live.hub.bump("events")

    @rx.event
    @allow(*ADMINS)
    async def show_new(self) -> None:
        """Brings in the events that wait behind the pill."""
        page = await _page(await session.who(self), self._asked)
        self.new_words = ""
        self._show_page(page)

    @rx.event
    @allow(*ADMINS)
    async def pause(self, is_paused: bool) -> None:
        """Stops the list from moving, or lets it move again."""
        self.is_paused = bool(is_paused)
        if not self.is_paused:
            live.hub.bump("events")

    @rx.event
    @allow(*ADMINS)
    async def replay(self) -> Any:
        """Folds the event in the peek again, which is safe to repeat, and says what came of it."""
        actor, rt = await session.who(self), runtime.current()
        try:
            done = await refolding.refold(rt, actor, self.peeked)
        except CallCenterError as error:
            return toasts.failed("Not replayed", error.message)
        await self._show_event(actor)
        return toasts.info(replayed_words(done))

    @rx.event
    @allow(*ADMINS)
    async def search(self, text: str) -> Any:
        """Looks for a call id or a number."""
        return self._go(q=str(text)[:200].strip())

    @rx.event
    @allow(*ADMINS)
    async def choose(self, name: str, value: str) -> Any:
        """Turns one filter on, or off again."""
        if name not in ("client", "kind", "result"):
            return None
        is_same = getattr(self._asked, name) == value
        return self._go(**{name: "" if is_same else str(value)[:100]})

    @rx.event
    @allow(*ADMINS)
    async def clear_all(self) -> Any:
        """Turns every filter off."""
        return rx.redirect("/events")

    def _go(self, **more: str) -> Any:
        return rx.redirect(self._asked.address(**{"cursor": "", **more}))


async def _shared(actor: Actor, asked: Asked) -> EventsPage:
    return await live.hub.snapshot("events", (actor.client_ids, actor.role, asked), lambda: _page(actor, asked))


async def _page(actor: Actor, asked: Asked) -> EventsPage:
    return await browsing.events_page(
        runtime.current(),
        actor,
        q=asked.q,
        client_id=asked.client or None,
        kind=asked.kind,
        result=asked.result,
        cursor=asked.cursor or None,
    )


def events_page() -> rx.Component:
    """The page."""
    return inspector(EventsState)


on_load = [EventsState.load, EventsState.watch]
