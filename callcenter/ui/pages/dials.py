"""The ledger of dials: was this person called, under which key, and how do we know?"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, NotFound, Unauthenticated
from callcenter.domain.user import Actor
from callcenter.services import browsing, deciding, runtime
from callcenter.services.browsing.dials import LedgerPage
from callcenter.services.deciding import Decision
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.filter_bar import Choice
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.dials_rows import LOOKS, DialRow, DialView, row_of, view_of
from callcenter.ui.pages.dials_view import ledger
from callcenter.ui.session import MANAGERS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

_ASKS = ("placed", "not_placed")


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    q: str = ""
    client: str = ""
    state: str = ""
    cursor: str = ""

    def address(self, **more: str) -> str:
        """The page for this; `more` replaces parts of it, or adds `peek`."""
        given = {"q": self.q, "client": self.client, "state": self.state, "cursor": self.cursor} | more
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/dials?{query}" if query else "/dials"


@closed_when_left("dials", asks="")
class DialsState(rx.State):
    """One page of dials, the one in the peek, and the dialog that settles it."""

    rows: list[DialRow] = []
    face: str = "loading"
    side: str = ""
    q: str = ""
    clients: list[Choice] = []
    client_shown: str = ""
    states: list[Choice] = []
    state_shown: str = ""
    is_filtered: bool = False
    filter_count: str = ""
    matches: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    peeked: str = ""
    peek_base: str = "/dials?peek="
    close_href: str = "/dials"
    dial: DialView = DialView()
    is_gone: bool = False
    asks: str = ""
    error: str = ""
    error_field: str = ""
    _asked: Asked = Asked()
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*MANAGERS)
    async def load(self) -> Any:
        """Reads the address and what it asks for."""
        actor = await session.who(self)
        self._viewer = await viewer_of(self)
        self._asked, self.peeked = self._read()
        self._show_place()
        try:
            page = await _page(actor, self._asked)
        except Invalid:
            return rx.redirect(replace(self._asked, cursor="").address())
        except Exception:
            self.face = "error"
            raise
        self._show_page(page, runtime.current().clock.now())
        await self._show_dial(actor)
        return None

    def _read(self) -> tuple[Asked, str]:
        query = self.router.url.query_parameters
        asked = Asked(*(query.get(name, "")[:400] for name in ("q", "client", "state", "cursor")))
        if asked.client not in dict(self._viewer.clients):
            asked = replace(asked, client="")
        if asked.state not in LOOKS:
            asked = replace(asked, state="")
        return asked, query.get("peek", "")[:64]

    def _show_place(self) -> None:
        asked = self._asked
        self.q = asked.q
        self.close_href = asked.address()
        self.peek_base = self.close_href + ("&" if "?" in self.close_href else "?") + "peek="
        names = dict(self._viewer.clients)
        self.clients = [Choice(key, name, key == asked.client) for key, name in names.items()]
        self.client_shown = names.get(asked.client, "")
        self.states = [Choice(key, look.word, key == asked.state) for key, look in LOOKS.items()]
        self.state_shown = LOOKS[asked.state].word if asked.state else ""
        on = sum(1 for value in (asked.client, asked.state) if value)
        self.is_filtered, self.filter_count = bool(on or asked.q), str(on)

    def _show_page(self, found: LedgerPage, now: datetime) -> None:
        page, asked = found.page, self._asked
        rows = [row_of(line, self._viewer, now=now) for line in page.items]
        if rows != self.rows:
            self.rows = rows
        self.newer = asked.address(cursor=page.newer) if page.newer else ""
        self.older = asked.address(cursor=page.older) if page.older else ""
        self.shown = f"{words.count(page.first)}–{words.count(page.first + len(rows) - 1)}" if rows else ""
        self.matches = f"{words.counted(len(rows), 'dial')}{' and more' if page.older else ''}"
        doubtful = sum(found.in_doubt.values())
        self.side = f"{words.count(doubtful)} in doubt" if doubtful else "none in doubt"
        self.face = "ready" if rows else "empty"

    async def _show_dial(self, actor: Actor) -> None:
        self.is_gone, found = False, DialView()
        if self.peeked:
            rt = runtime.current()
            try:
                found = view_of(await browsing.dial_detail(rt, actor, self.peeked), self._viewer, now=rt.clock.now())
            except NotFound:
                self.is_gone = True
        if found != self.dial:
            self.dial = found

    @rx.event(background=True)
    @allow(*MANAGERS)
    async def watch(self) -> None:
        """Brings the list and the dial beside it up to date whenever a call changed."""
        rt, cookie = runtime.current(), session.cookie_value(self)
        async for _ in live.hub.follow("calls"):
            try:
                actor, asked = await session.still(cookie), self._asked
                found = await live.hub.snapshot("calls", ("dials", actor.client_ids, asked), lambda a=actor, q=asked: _page(a, q))
                async with live.push_slots, self:
                    if asked == self._asked and self.face != "loading":
                        self._show_page(found, rt.clock.now())
                        await self._show_dial(actor)
            except Unauthenticated:
                return
            except Exception:
                log.exception("the dials could not be refreshed")

    @rx.event
    @allow(*MANAGERS)
    async def search(self, text: str) -> Any:
        """Looks for a key, a call id or a number."""
        return self._go(q=str(text)[:200].strip())

    @rx.event
    @allow(*MANAGERS)
    async def choose(self, name: str, value: str) -> Any:
        """Turns one filter on, or off again."""
        if name not in ("client", "state"):
            return None
        is_same = getattr(self._asked, name) == value
        return self._go(**{name: "" if is_same else str(value)[:100]})

    @rx.event
    @allow(*MANAGERS)
    async def clear_all(self) -> Any:
        """Turns every filter off."""
        return rx.redirect("/dials")

    def _go(self, **more: str) -> Any:
        return rx.redirect(self._asked.address(**{"cursor": "", **more}))

    # -- a person's word --------------------------------------------------------------------------------------------

    @rx.event
    @allow(*MANAGERS)
    async def ask(self, what: str) -> None:
        """Opens the dialog that settles the dial in the peek."""
        self.asks = what if what in _ASKS else ""
        self.error = self.error_field = ""

    @rx.event
    @allow(*MANAGERS)
    async def close(self) -> None:
        """Closes the dialog without doing anything."""
        self.asks = self.error = self.error_field = ""

    @rx.event
    @allow(*MANAGERS)
    async def settle(self, data: dict[str, Any]) -> Any:
        """Settles the dial as the dialog says."""
        decision = Decision.PLACED if self.asks == "placed" else Decision.NOT_PLACED
        named, why = str(data.get("callId", ""))[:200], str(data.get("reason", ""))[:500]
        return await self._decide(decision, named, why)

    @rx.event
    @allow(*MANAGERS)
    async def leave(self) -> Any:
        """Writes down that somebody looked and left it as it is."""
        return await self._decide(Decision.LEFT, "", "")

    async def _decide(self, decision: Decision, named: str, why: str) -> Any:
        actor, rt = await session.who(self), runtime.current()
        try:
            await deciding.decide(rt, actor, self.peeked, decision, provider_call_id=named, why=why)
        except CallCenterError as error:
            self.error, self.error_field = error.message, getattr(error, "field", None) or ""
            return None if self.asks else toasts.failed("Not settled", error.message)
        self.asks = self.error = self.error_field = ""
        self._show_page(await _page(actor, self._asked), rt.clock.now())
        await self._show_dial(actor)
        return toasts.done("Left as it is; it is written down" if decision is Decision.LEFT else "Settled")


async def _page(actor: Actor, asked: Asked) -> LedgerPage:
    return await browsing.ledger_page(
        runtime.current(),
        actor,
        q=asked.q,
        client_id=asked.client or None,
        states=(asked.state,) if asked.state else (),
        cursor=asked.cursor or None,
    )


def dials_page() -> rx.Component:
    """The page."""
    return ledger(DialsState)


on_load = [DialsState.load, DialsState.watch]
