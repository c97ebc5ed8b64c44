"""What the list of calls holds: the filter read from its address, one page of rows, and what changed since."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.errors import Invalid, Unauthenticated
from callcenter.domain.lines import CallLine
from callcenter.domain.paging import Page
from callcenter.domain.search import CALL_SORTS, DEFAULT_CALL_SORT, CallFilter, call_filter_from, to_query
from callcenter.domain.user import Actor
from callcenter.services import browsing, runtime
from callcenter.ui import live, session, words
from callcenter.ui.pages import calls_filters as filters
from callcenter.ui.pages import calls_shared as shared
from callcenter.ui.pages import calls_views as views
from callcenter.ui.pages.calls_choosing import Choosing, Taste
from callcenter.ui.pages.calls_filters import Filters
from callcenter.ui.pages.calls_rows import OVER, CallRow, merged, row_of
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.calls_views import ViewTab, counted
from callcenter.ui.session import ANYONE, allow

log = logging.getLogger(__name__)

#: Screen readers hear at most one summary in this time.
SAY_AGAIN = timedelta(seconds=20)


class CallsState(Choosing, Taste, rx.State):
    """One page of calls and the filter it answers."""

    face: str = "loading"
    tabs: list[ViewTab] = []
    filters: Filters = Filters()
    q: str = ""
    in_transcripts: bool = False
    sort: str = DEFAULT_CALL_SORT
    side: str = ""
    matches: str = ""
    ignored: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    peeked: str = ""
    peek_base: str = "/calls?peek="
    close_href: str = "/calls"
    later: str = ""
    later_href: str = "/calls"
    view: str = ""
    export_href: str = "/api/calls/export"
    new_words: str = ""
    announced: str = ""
    _asked: CallFilter = CallFilter()
    _cursor: str = ""
    _seen: str | None = None
    _viewer: Viewer = Viewer()
    _held_by: frozenset[str] = frozenset()
    _counts: tuple[str, ...] = ()
    _facets: dict[str, dict[str, int]] = {}
    _named: dict[str, list[tuple[str, str]]] = {}
    _agent_names: dict[str, str] = {}

    # -- from the address ------------------------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Reads the address; asks for rows only when more than the peek changed."""
        rt, actor = runtime.current(), await session.who(self)
        viewer = await viewer_of(self)
        tz, now = ZoneInfo(viewer.zone), rt.clock.now()
        params = parse_qs(self.router.url.query)
        asked, ignored = call_filter_from(params, tz=tz, now=now)
        cursor = next(iter(params.get("cursor", [])), "")
        self.view = next(iter(params.get("view", [])), "")[:64]
        self._show_place(asked, cursor, next(iter(params.get("peek", [])), ""))
        seen = views.address(asked, cursor=cursor)
        if seen == self._seen:
            return None
        try:
            page = await shared.page_of(actor, asked, cursor)
        except Invalid:
            return rx.redirect(views.address(asked))  # a cursor of another sort, or one cut short on its way
        except Exception:
            self.face = "error"
            raise
        is_other_filter = replace(asked, sort="") != replace(self._asked, sort="")
        self._asked, self._cursor, self._seen, self._viewer = asked, cursor, seen, viewer
        self.q, self.in_transcripts, self.sort = asked.q, asked.in_transcripts, asked.sort
        self.ignored = f"Ignored a filter we don’t know: {', '.join(ignored)}" if ignored else ""
        self.export_href = _export_href(asked, viewer.zone, now)
        self.new_words = ""
        if is_other_filter:
            self.selected, self.is_all_selected = [], False
            self._facets, self.later = {}, ""
        self.rows = [row_of(line, viewer, now=now, optional=self.columns) for line in page.items]
        self._show_page(page)
        self._show_counts(now)
        return None

    def _show_place(self, asked: CallFilter, cursor: str, peeked: str) -> None:
        self.peeked = peeked[:64]
        self.close_href = views.address(asked, cursor=cursor, view=self.view)
        self.peek_base = self.close_href + ("&" if "?" in self.close_href else "?") + "peek="

    def _show_page(self, page: Page[CallLine]) -> None:
        asked, first, shown = self.get_value("_asked"), page.first, len(self._bare_rows())
        view = self.get_value("view")
        self._set(_agent_names=self.get_value("_agent_names") | _agent_names(page.items))
        total, counted_words = page.total or 0, counted(page.total or 0, page.is_capped)
        self._set(
            total=total,
            total_words=counted_words,
            newer=views.address(asked, cursor=page.newer, view=view) if page.newer else "",
            older=views.address(asked, cursor=page.older, view=view) if page.older else "",
            shown=f"{words.count(first)}–{words.count(first + shown - 1)} of {counted_words}" if shown else "",
            matches=f"{counted_words} {'call matches' if total == 1 else 'calls match'}",
            face="ready" if shown else "empty",
        )

    def _show_counts(self, now: datetime) -> None:
        viewer, asked = self.get_value("_viewer"), self.get_value("_asked")
        tz = ZoneInfo(viewer.zone)
        named, counts, facets = self.get_value("_named"), self.get_value("_counts"), self.get_value("_facets")
        batches, agents = named.get("batch", []), named.get("agent", [])
        later = counts[-1] if counts and facets and views.until_now(asked, now=now) != asked else ""
        self._set(
            filters=filters.filters_of(asked, facets, viewer, batches=batches, agents=agents),
            tabs=views.tabs_of(asked, counts[:-2], tz=tz, now=now),
            side=f"{counts[-2]} today" if counts else "",
            later=f"{later} {'call is' if later == '1' else 'calls are'} planned for later." if later else "",
            later_href=views.address(replace(asked, statuses=("scheduled",), sort="started")),
        )

    # -- as it changes ---------------------------------------------------------------------------------------------

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the rows true while the page is open: values change in place, new calls wait to be asked for."""
        rt, cookie = runtime.current(), session.cookie_value(self)
        said_at = rt.clock.now() - SAY_AGAIN
        ended: dict[str, str] = {}
        async for _ in live.hub.follow("calls"):
            try:
                actor, state = await session.still(cookie), live.bare(self)
                asked, cursor, viewer, columns = map(state.get_value, ("_asked", "_cursor", "_viewer", "columns"))
                look = await shared.look_at(actor, asked, cursor, viewer, columns)
                gone = await state._gone(actor, look.page)
                async with live.push_slots, self:
                    ended |= live.bare(self)._take(look, gone)
                now = rt.clock.now()
                if ended and now - said_at >= SAY_AGAIN:
                    said_at = now
                    async with self:
                        self.announced = _summary(ended)
                    ended = {}
            except Unauthenticated:
                return
            except Exception:
                log.exception("the calls could not be refreshed")

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch_counts(self) -> None:
        """Keeps the counts beside tabs and choices true, apart from the rows, which must not wait for them."""
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(live.COUNTS):
            try:
                await self._count(await session.still(cookie), self.get_value("_asked"), self.get_value("_viewer"))
            except Unauthenticated:
                return
            except Exception:
                log.exception("the calls could not be counted")

    async def _gone(self, actor: Actor, page: Page[CallLine]) -> Sequence[CallLine]:
        """The calls still on screen that the fresh page has not: they keep their place while somebody looks at them."""
        there = {line.call_id for line in page.items}
        missing = [row.id for row in self._bare_rows() if row.id not in there] if self._is_held() else []
        return await browsing.calls_by_id(runtime.current(), actor, missing) if missing else ()

    def _take(self, look: shared.Look, gone: Sequence[CallLine]) -> dict[str, str]:
        """Puts fresh values into the rows; gives the calls that ended meanwhile with their outcome."""
        now, shown, fresh = runtime.current().clock.now(), self._bare_rows(), look.rows
        old = [row_of(line, self._viewer, now=now, optional=self.columns) for line in gone]
        ended = _ended(shown, [*fresh, *old])
        if self._is_held() and shown:
            rows = merged(shown, [*fresh, *old])
            there = {row.id for row in rows}
            waiting = sum(1 for row in fresh if row.id not in there)
            new_words = f"{words.counted(waiting, 'new call')}" if waiting and not self._cursor else ""
        else:
            rows, new_words = look.over(shown), ""
        self._set(rows=rows, new_words=new_words)
        self._show_page(look.page)
        return ended

    def _bare_rows(self) -> list[CallRow]:
        """The rows without what Reflex wraps around each to see it change, which takes longer than all else we do with them."""
        return self.get_value("rows")

    def _set(self, **fresh: Any) -> None:
        """Sets what changed; what did not is not sent again."""
        for name, value in fresh.items():
            if self.get_value(name) != value:
                setattr(self, name, value)

    async def _count(self, actor: Actor, asked: CallFilter, viewer: Viewer) -> None:
        """Counts the views and the choices, for everyone with the same rights and filter once."""
        counts, facets = await shared.counts_of(actor, asked, viewer.zone)
        named = await self._batches(actor, facets.get("batch", {}))
        async with live.aside_slots, self:
            state = live.bare(self)
            if asked != state.get_value("_asked"):
                return
            state._counts, state._facets = counts, {name: dict(each) for name, each in facets.items()}
            state._named = {"batch": named, "agent": _agents(facets.get("agent", {}), state.get_value("_agent_names"))}
            state._show_counts(runtime.current().clock.now())

    async def _batches(self, actor: Actor, counted: Iterable[str]) -> list[tuple[str, str]]:
        """The newest batches by name, asked for again only when a call names one we have not heard of."""
        known: list[tuple[str, str]] = self.get_value("_named").get("batch", [])
        if known and {*counted} <= {batch_id for batch_id, _name in known}:
            return known
        return await shared.batch_names(actor)

    def _listed(self) -> CallFilter:
        """The filter of exactly the calls that "all that match" means on screen."""
        return views.until_now(self._asked, now=runtime.current().clock.now())

    @rx.event
    @allow(*ANYONE)
    async def hold(self, by: str, is_held: bool) -> None:
        """The pointer or the focus came into the list, or left it: rows stay where they are meanwhile."""
        if by in ("pointer", "focus"):
            self._hold(by, bool(is_held))

    @rx.event
    @allow(*ANYONE)
    async def scrolled(self, _left: float, top: float) -> None:
        """Whoever has scrolled down is reading: rows stay where they are until they are back at the top."""
        self._hold("scroll", isinstance(top, int | float) and top > 40)

    def _hold(self, by: str, is_held: bool) -> None:
        self._held_by = self._held_by | {by} if is_held else self._held_by - {by}
        if not self._is_held() and self.new_words:
            live.hub.bump("calls")

    def _is_held(self) -> bool:
        return bool(self._held_by) or bool(self.selected)

    @rx.event
    @allow(*ANYONE)
    async def show_new(self) -> None:
        """Brings in the calls that wait behind the pill."""
        actor = await session.who(self)
        page = await shared.page_of(actor, self._asked, self._cursor)
        now = runtime.current().clock.now()
        self.rows = [row_of(line, self._viewer, now=now, optional=self.columns) for line in page.items]
        self.new_words = ""
        self._show_page(page)

    @rx.event
    @allow(*ANYONE)
    async def retry(self) -> Any:
        """Loads the page again after it failed."""
        self._seen, self.face = None, "loading"
        return CallsState.load

    # -- filters: each is a new address ----------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def toggle(self, name: str, value: str) -> Any:
        """Switches one choice of a filter over."""
        return self._go(filters.toggled(self._asked, str(name), str(value)))

    @rx.event
    @allow(*ANYONE)
    async def clear_filter(self, name: str) -> Any:
        """Takes one filter off."""
        return self._go(filters.cleared(self._asked, str(name)))

    @rx.event
    @allow(*ANYONE)
    async def negate(self, name: str, is_not: bool) -> Any:
        """Turns "is" into "is not", or back."""
        return self._go(filters.negated(self._asked, str(name), bool(is_not)))

    @rx.event
    @allow(*ANYONE)
    async def clear_all(self) -> Any:
        """Takes every filter off, and the view with them."""
        self.view = ""
        return self._go(CallFilter(sort=self._asked.sort))

    @rx.event
    @allow(*ANYONE)
    async def search(self, text: str) -> Any:
        """Looks for what is typed; the address is replaced, not added to the way back."""
        self.q = str(text)[:200]
        return self._go(replace(self._asked, q=" ".join(self.q.split())), is_typing=True)

    @rx.event
    @allow(*ANYONE)
    async def set_in_transcripts(self, is_on: bool) -> Any:
        """Searches what was said too, or no longer."""
        return self._go(replace(self._asked, in_transcripts=bool(is_on)))

    @rx.event
    @allow(*ANYONE)
    async def set_day(self, name: str, day: str) -> Any:
        """Chooses the first or the last day."""
        return self._go(filters.with_days(self._asked, str(name), str(day))) if name in ("from_on", "to_on") else None

    @rx.event
    @allow(*ANYONE)
    async def set_talk(self, name: str, text: str) -> Any:
        """Chooses the least or the most seconds of talk."""
        seconds = int(text) if str(text).isdigit() and len(str(text)) < 6 else None
        return self._go(replace(self._asked, **{name: seconds})) if name in ("min_s", "max_s") else None

    @rx.event
    @allow(*ANYONE)
    async def sort_by(self, name: str) -> Any:
        """Sorts by a column; a second click turns the order round."""
        if name not in CALL_SORTS:
            return None
        return self._go(replace(self._asked, sort=name if self._asked.sort == f"-{name}" else f"-{name}"))

    def _go(self, asked: CallFilter, *, is_typing: bool = False) -> Any:
        wanted = views.address(asked)
        if wanted == views.address(self._asked) and not self._cursor:
            return None
        return rx.redirect(views.address(asked, peek=self.peeked, view=self.view), replace=is_typing)


def _export_href(asked: CallFilter, zone: str, now: datetime) -> str:
    """Exactly what is listed: the same filter, and nothing planned where the list shows nothing planned."""
    keep = {"tz": zone} | ({} if views.until_now(asked, now=now) == asked else {"planned": "no"})
    return f"/api/calls/export?{to_query(asked, keep=keep)}"


def _agent_names(lines: Iterable[CallLine]) -> dict[str, str]:
    return {line.agent_id: line.agent_name for line in lines if line.agent_id and line.agent_name}


def _agents(counts: Iterable[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Agents by the names their calls carry; the id's end where no call on screen names one."""
    return [(agent_id, names.get(agent_id, words.short_id(agent_id))) for agent_id in sorted(counts)]


def _ended(before: Sequence[CallRow], after: Sequence[CallRow]) -> dict[str, str]:
    was = {row.id: row.status for row in before}
    closed = OVER | {"not_reached"}
    return {row.id: row.outcome for row in after if row.status in closed and was.get(row.id, row.status) not in closed}


def _summary(ended: dict[str, str]) -> str:
    booked = sum(1 for outcome in ended.values() if outcome == "appointment_scheduled")
    also = f", {booked} booked" if booked else ""
    return f"{words.counted(len(ended), 'call')} ended{also}"
