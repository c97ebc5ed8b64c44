"""What the list of leads holds: the filter read from its address, one page of rows, and what is selected."""

import logging
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, Unauthenticated
from callcenter.domain.lead_input import LeadInput
from callcenter.domain.lead_search import LEAD_SORTS, LeadFilter, lead_filter_from, lead_query
from callcenter.domain.lines import LeadLine
from callcenter.domain.paging import Page
from callcenter.domain.user import Actor
from callcenter.services import browsing, drafting, leading, runtime
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages import leads_rows as rows
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.choices import Option, options
from callcenter.ui.pages.leads_rows import Filters, LeadRow, LeadTab, row_of
from callcenter.ui.session import ANYONE, MANAGERS, OPERATORS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

#: The most leads that one click may tag; more are tagged by importing a list.
MOST_TAGGED = 500
_CHUNK = 200


@closed_when_left("leads", asks="")
class LeadsState(rx.State):
    """One page of leads and the filter it answers."""

    rows: list[LeadRow] = []
    face: str = "loading"
    tabs: list[LeadTab] = []
    filters: Filters = Filters()
    q: str = ""
    sort: str = LeadFilter().sort
    matches: str = ""
    ignored: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    total: int = 0
    total_words: str = ""
    export_href: str = "/api/leads/export"
    batch_href: str = "/batches/new"
    clients: list[Option] = []
    client: str = ""
    selected: list[str] = []
    is_all_selected: bool = False
    asks: str = ""
    error: str = ""
    error_field: str = ""
    _asked: LeadFilter = LeadFilter()
    _cursor: str = ""
    _viewer: Viewer = Viewer()

    @rx.var
    def page_is_selected(self) -> bool:
        """Whether every row of this page is selected."""
        return bool(self.rows) and len(self.selected) >= len(self.rows)

    @rx.var
    def page_is_mixed(self) -> bool:
        """Whether some rows of this page are selected, and not all."""
        return 0 < len(self.selected) < len(self.rows)

    @rx.var
    def offers_all(self) -> bool:
        """Whether more match than this page shows, and all of the page is selected."""
        return self.page_is_selected and not self.is_all_selected and self.total > len(self.rows)

    @rx.var
    def selected_words(self) -> str:
        """ "3 selected", or that all which match are."""
        return f"{self.total_words if self.is_all_selected else len(self.selected)} selected" if self.selected else ""

    # -- from the address ------------------------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Reads the address and asks for its page."""
        rt, actor = runtime.current(), await session.who(self)
        viewer = await viewer_of(self)
        params = parse_qs(self.router.url.query)
        asked, ignored = lead_filter_from(params)
        cursor = next(iter(params.get("cursor", [])), "")
        try:
            page = await browsing.page_of_leads(rt, actor, asked, cursor=cursor or None)
        except Invalid:
            return rx.redirect(rows.address(asked))
        except Exception:
            self.face = "error"
            raise
        only = asked.clients[0] if len(asked.clients) == 1 else None
        tags = await browsing.lead_tags(rt, actor, only if only in dict(viewer.clients) else None)
        if asked != self._asked:
            self.selected, self.is_all_selected = [], False
        self._asked, self._cursor, self._viewer = asked, cursor, viewer
        self.q, self.sort = asked.q, asked.sort
        self.ignored = f"Ignored a filter we don’t know: {', '.join(ignored)}" if ignored else ""
        query = lead_query(asked)
        self.export_href = f"/api/leads/export?{query}".rstrip("?")
        self.batch_href = f"/batches/new?{query}".rstrip("?")
        self.clients, self.client = options(viewer.clients), only or (viewer.clients[0][0] if len(viewer.clients) == 1 else "")
        self.filters, self.tabs = rows.filters_of(asked, tags, viewer), rows.tabs_of(asked)
        self._show(page)
        return None

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the rows true while the page is open, their local times too."""
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow("leads"):
            try:
                actor = await session.still(cookie)
                asked, cursor = self._asked, self._cursor
                page = await _fresh(actor, asked, cursor)
                async with live.push_slots, self:
                    if (asked, cursor) == (self._asked, self._cursor):
                        self._show(page)
            except Unauthenticated:
                return
            except Exception:
                log.exception("the leads could not be refreshed")

    def _show(self, page: Page[LeadLine]) -> None:
        now, total = runtime.current().clock.now(), page.total or 0
        fresh = [row_of(line, self._viewer, now=now) for line in page.items]
        if fresh != self.rows:
            self.rows = fresh
        self.total, self.total_words = total, f"{words.count(total)}{'+' if page.is_capped else ''}"
        self.newer = rows.address(self._asked, cursor=page.newer) if page.newer else ""
        self.older = rows.address(self._asked, cursor=page.older) if page.older else ""
        last = page.first + len(fresh) - 1
        self.shown = f"{words.count(page.first)}–{words.count(last)} of {self.total_words}" if fresh else ""
        self.matches = f"{self.total_words} {'lead matches' if total == 1 else 'leads match'}"
        self.face = "ready" if fresh else "empty"

    @rx.event
    @allow(*ANYONE)
    async def retry(self) -> Any:
        """Loads the page again after it failed."""
        self.face = "loading"
        return LeadsState.load

    # -- filters: each is a new address ----------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def toggle(self, name: str, value: str) -> Any:
        """Switches one choice of a filter over."""
        return self._go(rows.toggled(self._asked, str(name), str(value)))

    @rx.event
    @allow(*ANYONE)
    async def clear_filter(self, name: str) -> Any:
        """Takes one filter off."""
        return self._go(rows.cleared(self._asked, str(name)))

    @rx.event
    @allow(*ANYONE)
    async def negate(self, is_not: bool) -> Any:
        """Turns "has the tag" into "has it not", or back."""
        return self._go(rows.negated(self._asked, bool(is_not)))

    @rx.event
    @allow(*ANYONE)
    async def clear_all(self) -> Any:
        """Takes every filter off."""
        return self._go(LeadFilter(sort=self._asked.sort))

    @rx.event
    @allow(*ANYONE)
    async def search(self, text: str) -> Any:
        """Looks for what is typed; the address is replaced, not added to the way back."""
        self.q = str(text)[:200]
        return self._go(replace(self._asked, q=" ".join(self.q.split())), is_typing=True)

    @rx.event
    @allow(*ANYONE)
    async def sort_by(self, name: str) -> Any:
        """Sorts by a column; a second click turns the order round."""
        if name not in LEAD_SORTS:
            return None
        return self._go(replace(self._asked, sort=f"-{name}" if self._asked.sort == name else name))

    def _go(self, asked: LeadFilter, *, is_typing: bool = False) -> Any:
        if asked == self._asked and not self._cursor:
            return None
        return rx.redirect(rows.address(asked), replace=is_typing)

    # -- selecting -------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def select(self, lead_id: str, is_on: bool) -> None:
        """Selects a row, or no longer."""
        self.is_all_selected = False
        wanted = {*self.selected} | {lead_id} if is_on else {*self.selected} - {lead_id}
        self.selected = [row.id for row in self.rows if row.id in wanted]

    @rx.event
    @allow(*ANYONE)
    async def select_page(self, is_on: bool) -> None:
        """Selects every row of this page, or none."""
        self.is_all_selected = False
        self.selected = [row.id for row in self.rows] if is_on else []

    @rx.event
    @allow(*ANYONE)
    async def select_all(self) -> None:
        """Selects everything that matches: the filter is fixed, not the rows."""
        self.is_all_selected = bool(self.selected)

    @rx.event
    @allow(*ANYONE)
    async def select_none(self) -> None:
        """Clears the selection."""
        self.selected, self.is_all_selected = [], False

    @rx.event
    @allow(*MANAGERS)
    async def start_batch(self) -> Any:
        """Begins a batch with what is selected."""
        rt, actor = runtime.current(), await session.who(self)
        if self.is_all_selected:
            return rx.redirect(self.batch_href)
        chosen = [await leading.get_lead(rt, actor, lead_id) for lead_id in self.selected]
        owners = {lead.client_id for lead in chosen}
        if len(owners) != 1:
            return toasts.failed("A batch calls for one client", "Select leads of one client only.")
        ids = [lead.lead_id for lead in chosen]
        data = {"source": "ids", "lead_ids": ids, "ids_words": "selected in the list", "leave_lately": False}
        draft = await drafting.begin(rt, actor, "batch", client_id=owners.pop(), data=data)
        return rx.redirect(f"/batches/new?draft={draft.draft_id}")

    @rx.event
    @allow(*OPERATORS)
    async def ask(self, what: str) -> None:
        """Opens the dialog to add a lead, or to tag what is selected."""
        self.asks = what if what in ("add", "tag") else ""
        self.error = self.error_field = ""

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> None:
        """Closes the dialogs."""
        self.asks = ""

    @rx.event
    @allow(*OPERATORS)
    async def tag(self, form: dict[str, Any]) -> Any:
        """Adds tags to the leads selected."""
        rt, actor = runtime.current(), await session.who(self)
        tags = _tags(form.get("tags"))
        if not tags:
            self.error, self.error_field = "Type at least one tag.", "tags"
            return None
        ids = await self._selected(actor)
        if len(ids) > MOST_TAGGED:
            self.error, self.error_field = f"At most {MOST_TAGGED:,} leads at once. Narrow the filter.", "tags"
            return None
        try:
            for lead_id in ids:
                lead = await leading.get_lead(rt, actor, lead_id)
                await leading.change_lead(rt, actor, lead_id, {"tags": tuple(sorted({*lead.tags, *tags}))})
        except CallCenterError as error:
            self.error, self.error_field = error.message, "tags"
            return None
        self.asks, self.selected, self.is_all_selected = "", [], False
        live.hub.bump("leads")
        return [LeadsState.load, toasts.done(f"{words.counted(len(ids), 'lead')} tagged {', '.join(tags)}.")]

    async def _selected(self, actor: Actor) -> list[str]:
        if not self.is_all_selected:
            return list(self.selected)
        found: list[str] = []
        cursor: str | None = None
        while len(found) <= MOST_TAGGED:
            page = await browsing.page_of_leads(runtime.current(), actor, self._asked, limit=_CHUNK, cursor=cursor)
            found += [line.lead_id for line in page.items]
            cursor = page.older
            if cursor is None:
                break
        return found

    @rx.event
    @allow(*OPERATORS)
    async def add(self, form: dict[str, Any]) -> Any:
        """Adds one lead by hand and opens its page."""
        rt, actor = runtime.current(), await session.who(self)
        text = {name: str(form.get(name) or "")[:300] for name in ("client", "name", "phone", "email", "timezone")}
        given = LeadInput(
            name=text["name"],
            phone=text["phone"],
            email=text["email"] or None,
            timezone=text["timezone"] or None,
            tags=_tags(form.get("tags")),
        )
        if not text["client"]:
            self.error, self.error_field = "Choose the client.", "client"
            return None
        try:
            lead = await leading.add_lead(rt, actor, text["client"], given)
        except Invalid as error:
            self.error, self.error_field = error.message, error.field or (error.errors[0][0] if error.errors else "phone")
            return None
        except CallCenterError as error:
            self.error, self.error_field = error.message, "phone"
            return None
        self.asks = ""
        live.hub.bump("leads")
        return [rx.redirect(f"/leads/{lead.lead_id}"), toasts.done(f"{lead.name or 'The lead'} is added.")]


async def _fresh(actor: Actor, asked: LeadFilter, cursor: str) -> Page[LeadLine]:
    rt, key = runtime.current(), (actor.client_ids, actor.role, asked, cursor)
    return await live.hub.snapshot("leads", key, lambda: browsing.page_of_leads(rt, actor, asked, cursor=cursor or None))


def _tags(text: object) -> tuple[str, ...]:
    return tuple(tag.strip()[:60] for tag in str(text or "").replace(";", ",").split(",") if tag.strip())[:20]
