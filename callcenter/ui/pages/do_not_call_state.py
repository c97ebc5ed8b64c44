"""What the do-not-call list holds: one page of numbers, and the dialogs that add and remove them."""

import dataclasses
import logging
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, Unauthenticated
from callcenter.domain.lines import DoNotCallLine
from callcenter.domain.paging import Page
from callcenter.domain.query import write_query
from callcenter.domain.user import Actor
from callcenter.services import runtime, suppressing
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.choices import Option, options
from callcenter.ui.session import ANYONE, MANAGERS, OPERATORS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

EVERYBODY = "all"
_SOURCES = {
    "person": "Added by hand",
    "call": "Said on a call",
    "import": "From a list",
    "api": "Over the API",
    "retell": "Said on a call",
}


@dataclasses.dataclass(frozen=True)
class StopRow:
    """One number nobody may dial. `number` is for people, `dialled` the same as stored; `client_id` "" is everybody's."""

    id: str
    number: str
    dialled: str
    client: str
    client_id: str
    why: str
    source: str
    call_href: str
    by: str
    since: str
    since_at: str
    since_exact: str


@closed_when_left("leads", asks="")
class DoNotCallState(rx.State):
    """One page of the list, and the dialogs that add and remove."""

    rows: list[StopRow] = []
    face: str = "loading"
    q: str = ""
    side: str = ""
    matches: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    clients: list[Option] = []
    client: str = EVERYBODY
    asks: str = ""
    number: str = ""
    facts: str = ""
    error: str = ""
    error_field: str = ""
    _client: str = ""
    _cursor: str = ""
    _removed: tuple[str, str] = ("", "")
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Reads the address and asks for its page."""
        actor = await session.who(self)
        self._viewer = viewer = await viewer_of(self)
        query = dict(self.router.url.query_parameters)
        known = dict(viewer.clients)
        self._client = query.get("client", "") if query.get("client", "") in known else ""
        self.q, self._cursor = query.get("q", "")[:60], query.get("cursor", "")
        everybody = [(EVERYBODY, "All clients")] if actor.client_ids is None else []
        self.clients = options([*everybody, *viewer.clients])
        self.client = self._client or self.clients[0].value if self.clients else EVERYBODY
        try:
            self._show(await _page(actor, self.q, self._client, self._cursor))
        except Invalid:
            return rx.redirect(self._address())
        except Exception:
            self.face = "error"
            raise
        return None

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the list true while the page is open."""
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow("do_not_call"):
            try:
                actor = await session.still(cookie)
                asked = (self.q, self._client, self._cursor)
                page = await _page(actor, *asked)
                async with live.push_slots, self:
                    if asked == (self.q, self._client, self._cursor):
                        self._show(page)
            except Unauthenticated:
                return
            except Exception:
                log.exception("the do-not-call list could not be refreshed")

    def _show(self, page: Page[DoNotCallLine]) -> None:
        fresh, total = [_row(line, self._viewer) for line in page.items], page.total or 0
        if fresh != self.rows:
            self.rows = fresh
        said = f"{words.count(total)}{'+' if page.is_capped else ''}"
        self.side = said if total else ""
        self.matches = f"{said} {'number matches' if total == 1 else 'numbers match'}"
        self.newer = self._address(page.newer) if page.newer else ""
        self.older = self._address(page.older) if page.older else ""
        self.shown = f"{page.first}–{page.first + len(fresh) - 1} of {said}" if fresh else ""
        self.face = "ready" if fresh else "empty"

    def _address(self, cursor: str | None = None, *, q: str | None = None) -> str:
        pairs = [("q", self.q if q is None else q), ("client", self._client), ("cursor", cursor or "")]
        query = write_query((name, value) for name, value in pairs if value)
        return f"/leads/do-not-call?{query}" if query else "/leads/do-not-call"

    @rx.event
    @allow(*ANYONE)
    async def search(self, text: str) -> Any:
        """Looks for a number."""
        return rx.redirect(self._address(q=str(text)[:60].strip()), replace=True)

    @rx.event
    @allow(*ANYONE)
    async def clear_all(self) -> Any:
        """Shows every number again."""
        return rx.redirect("/leads/do-not-call")

    @rx.event
    @allow(*ANYONE)
    async def retry(self) -> Any:
        """Loads the page again after it failed."""
        self.face = "loading"
        return DoNotCallState.load

    # -- adding ----------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def ask_add(self) -> None:
        """Opens the dialog to add a number."""
        self.asks, self.error, self.error_field = "add", "", ""

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> None:
        """Closes the dialogs."""
        self.asks = ""

    @rx.event
    @allow(*OPERATORS)
    async def add(self, given: dict[str, Any]) -> Any:
        """Puts a number on the list and says how many calls that cancelled."""
        rt, actor = runtime.current(), await session.who(self)
        number, why = str(given.get("number") or "")[:60], str(given.get("why") or "")[:300].strip()
        chosen = str(given.get("for") or EVERYBODY)
        client_id = None if chosen == EVERYBODY else chosen
        try:
            done = await suppressing.suppress(rt, actor, number, client_id=client_id, why=why)
        except Invalid as error:
            self.error, self.error_field = error.message, "number"
            return None
        except CallCenterError as error:
            self.error, self.error_field = error.message, "for"
            return None
        self.asks = ""
        live.hub.bump("do_not_call", "calls", "leads")
        self._show(await _page(actor, self.q, self._client, self._cursor))
        shown = self._viewer.number(done.number)
        if not done.is_new:
            return toasts.info(f"{shown} was on the list already.")
        cancelled = f" {words.counted(done.cancelled, 'waiting call')} cancelled." if done.cancelled else ""
        return toasts.done(f"{shown} is not called any more.{cancelled}", undo=DoNotCallState.undo(done.number, client_id or ""))

    @rx.event
    @allow(*OPERATORS)
    async def undo(self, number: str, client_id: str) -> Any:
        """Takes back one's own click of a moment ago; calls it cancelled stay cancelled."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await suppressing.undo_suppress(rt, actor, str(number), client_id=str(client_id) or None)
        except CallCenterError as error:
            return toasts.failed("It was not undone", error.message)
        live.hub.bump("do_not_call")
        self._show(await _page(actor, self.q, self._client, self._cursor))
        return toasts.done("Off the list again. Calls that were cancelled stay cancelled.")

    # -- removing --------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*MANAGERS)
    async def ask_remove(self, entry_id: str) -> None:
        """Opens the dialog that asks for a reason."""
        row = next((each for each in self.rows if each.id == entry_id), None)
        if row is None:
            return
        self._removed = (row.dialled, row.client_id)
        self.number, self.asks, self.error, self.error_field = row.number, "remove", "", ""
        self.facts = (
            f"{row.client} may call {row.number} again." if row.client_id else f"Every client may call {row.number} again."
        )

    @rx.event
    @allow(*MANAGERS)
    async def remove(self, given: dict[str, Any]) -> Any:
        """Takes the number off the list, with a reason that is kept."""
        rt, actor = runtime.current(), await session.who(self)
        number, client_id = self._removed
        try:
            why = str(given.get("reason") or "")[:300]
            await suppressing.unsuppress(rt, actor, number, client_id=client_id or None, why=why)
        except CallCenterError as error:
            self.error, self.error_field = error.message, "reason"
            return None
        self.asks = ""
        live.hub.bump("do_not_call", "leads")
        self._show(await _page(actor, self.q, self._client, self._cursor))
        return toasts.done(f"{self.number} may be called again.")


async def _page(actor: Actor, q: str, client_id: str, cursor: str) -> Page[DoNotCallLine]:
    rt = runtime.current()
    return await suppressing.page_of_numbers(rt, actor, q=q, client_id=client_id or None, cursor=cursor or None)


def _row(line: DoNotCallLine, viewer: Viewer) -> StopRow:
    now = runtime.current().clock.now()
    return StopRow(
        id=line.entry_id,
        number=viewer.number(line.number),
        dialled=line.number,
        client=line.client_name if line.client_id else "All clients",
        client_id=line.client_id or "",
        why=line.why or line.words or words.NONE,
        source=_SOURCES.get(line.source, line.source),
        call_href=f"/calls/{line.call_id}" if line.call_id else "",
        by=words.person(line.by) if line.by and line.by != "callcenter" else words.NONE,
        since=words.ago(line.created_at, now=now, zone=viewer.zone),
        since_at=line.created_at.isoformat(timespec="seconds"),
        since_exact=words.exact(line.created_at, viewer.zone),
    )
