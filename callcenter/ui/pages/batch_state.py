"""What the page of one batch holds, and what can be done to the batch."""

import logging
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, NotFound, Unauthenticated
from callcenter.domain.lines import CallLine
from callcenter.domain.paging import Page
from callcenter.domain.search import CallFilter, call_filter_from, to_query
from callcenter.domain.user import Actor
from callcenter.services import batching, browsing, drafting, explaining, runtime
from callcenter.services.batching import BatchView
from callcenter.services.browsing.pages import BatchPage
from callcenter.services.explaining import BatchExplanation
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.progress import BarPart
from callcenter.ui.components.timeline import Step
from callcenter.ui.pages import batch_holds
from callcenter.ui.pages import batch_view as view
from callcenter.ui.pages import calls_filters as filters
from callcenter.ui.pages.batch_holds import Fall, Hold
from callcenter.ui.pages.batch_view import Hour, Shown
from callcenter.ui.pages.calls_filters import Filters
from callcenter.ui.pages.calls_rows import CallRow, row_of
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

CALLS_SHOWN = 25
#: Which of its calls are listed, as `show=` in the address; those that wait stand in the order they are due.
_SHOWN: dict[str, dict[str, Any]] = {
    "dialled": {"not_statuses": ("scheduled",)},
    "waiting": {"statuses": ("scheduled",), "sort": "started"},
    "all": {},
}
#: "Call again" takes at most so many leads from a finished batch.
MOST_AGAIN = 5_000


Loaded = tuple[BatchPage, BatchView, BatchExplanation, Page[CallLine], CallFilter]


@closed_when_left("batches", asks_cancel=False)
class BatchPageState(rx.State):
    """One batch, a page of its calls, and the dialogs over it."""

    face: str = "loading"
    batch: Shown = Shown()
    parts: list[BarPart] = []
    bar: list[BarPart] = []
    bar_words: str = ""
    holds: list[Hold] = []
    falls: list[Fall] = []
    hours: list[Hour] = []
    steps: list[Step] = []
    rows: list[CallRow] = []
    filters: Filters = Filters()
    calls_count: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    shows: str = "dialled"
    shows_table: bool = False
    asks_cancel: bool = False
    ends_too: bool = False
    _id: str = ""
    _asked: CallFilter = CallFilter()
    _cursor: str = ""
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Lets go of another batch at once, so that it is not seen under this address while this one is read."""
        if _last(self.router.url.path) != self._id:
            self.batch, self.face, self.asks_cancel = Shown(), "loading", False

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Reads the address and asks for the batch and its calls."""
        actor = await session.who(self)
        self._viewer = await viewer_of(self)
        batch_id = _last(self.router.url.path)
        self._id = batch_id
        query = parse_qs(self.router.url.query)
        params = {"outcome": query.get("outcome", [])}
        asked, _ = call_filter_from(params, tz=ZoneInfo(self._viewer.zone), now=runtime.current().clock.now())
        wanted = query.get("show", [""])[0]
        self.shows = wanted if wanted in _SHOWN else "dialled"
        self._asked = replace(asked, batches=(batch_id,), **_SHOWN[self.shows])
        self._cursor = query.get("cursor", [""])[0]
        try:
            await self._refresh(actor)
        except NotFound:
            self.face = "empty"
        except Invalid:
            return rx.redirect(self._address(self._asked))
        return None

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the batch true while its page is open."""
        wanted = _last(self.router.url.path)
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(f"batch:{wanted}"):
            try:
                if self._id != wanted:
                    continue  # it starts beside `load`, and may come to read first
                actor = await session.still(cookie)
                loaded = await self._load(actor)
                async with live.push_slots, self:
                    self._take(*loaded)
            except (Unauthenticated, NotFound):
                return
            except Exception:
                log.exception("the batch could not be refreshed")

    async def _refresh(self, actor: Actor) -> None:
        self._take(*await self._load(actor))

    async def _load(self, actor: Actor) -> Loaded:
        rt, batch_id, asked, cursor = runtime.current(), self._id, self._asked, self._cursor or None
        page = await browsing.batch_page(rt, actor, batch_id)
        progress = await batching.get(rt, actor, batch_id)
        explained = await explaining.explain_batch(rt, actor, batch_id)
        return page, progress, explained, await browsing.page_of_calls(rt, actor, asked, limit=CALLS_SHOWN, cursor=cursor), asked

    def _take(
        self, page: BatchPage, progress: BatchView, explained: BatchExplanation, calls: Page[CallLine], asked: CallFilter
    ) -> None:
        if asked != self._asked:
            return  # the address changed while this was being read
        now, viewer, parts = runtime.current().clock.now(), self._viewer, view.bar(page)
        fresh = {
            "batch": view.shown_of(page, progress, viewer, now=now),
            "parts": parts,
            "bar": [part for part in parts if part.width],
            "holds": batch_holds.holds_of(explained, viewer, now=now),
            "falls": batch_holds.falls_of(explained),
            "hours": view.hours(page, viewer),
            "steps": view.steps(page, viewer),
            "rows": [row_of(line, viewer, now=now, optional=("attempt",)) for line in calls.items],
        }
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        self._show_calls(calls, page)
        self.face = "ready"

    def _show_calls(self, calls: Page[CallLine], page: BatchPage) -> None:
        total, last = calls.total or 0, calls.first + len(calls.items) - 1
        self.bar_words = f"{self.batch.far} leads are through: " + ", ".join(f"{p.word} {p.number}" for p in self.parts)
        self.calls_count = view.call_count(calls.total, is_capped=calls.is_capped)
        self.shown = f"{calls.first}–{last} of {words.count(total)}" if calls.items else ""
        self.newer = self._address(self._asked, calls.newer) if calls.newer else ""
        self.older = self._address(self._asked, calls.older) if calls.older else ""
        fresh = filters.filters_of(self._asked, {}, self._viewer, batches=(), agents=())
        if fresh != self.filters:
            self.filters = fresh

    def _address(self, asked: CallFilter, cursor: str | None = None) -> str:
        keep = {"show": self.shows if self.shows != "dialled" else "", "cursor": cursor or ""}
        query = to_query(CallFilter(outcomes=asked.outcomes), keep={name: each for name, each in keep.items() if each})
        return f"/batches/{self._id}" + (f"?{query}" if query else "")

    # -- its calls -------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def toggle(self, name: str, value: str) -> Any:
        """Switches one choice of a filter over the calls."""
        if name != "outcome":
            return None
        return rx.redirect(self._address(filters.toggled(self._asked, name, str(value))))

    @rx.event
    @allow(*ANYONE)
    async def clear_filter(self, name: str) -> Any:
        """Takes a filter off."""
        return rx.redirect(self._address(filters.cleared(self._asked, str(name))))

    @rx.event
    @allow(*ANYONE)
    async def show(self, what: str) -> Any:
        """Lists the calls that were dialled, those that wait, or all."""
        if what not in _SHOWN:
            return None
        self.shows = what
        return rx.redirect(self._address(self._asked))

    @rx.event
    @allow(*ANYONE)
    async def show_table(self, shows: bool) -> None:
        """Shows the chart as a table, or as a chart again."""
        self.shows_table = bool(shows)

    # -- the batch itself ------------------------------------------------------------------------------------------

    @rx.event
    @allow(*MANAGERS)
    async def pause(self) -> Any:
        """Dials no more of it until it is resumed."""
        return await self._do(
            batching.pause, "The batch was not paused", "Paused. Calls in progress go on.", BatchPageState.resume
        )

    @rx.event
    @allow(*MANAGERS)
    async def resume(self) -> Any:
        """Lets it go on."""
        return await self._do(batching.resume, "The batch was not resumed", "It goes on.")

    async def _do(self, act: Any, failed: str, done: str, undo: Any = None) -> Any:
        actor = await session.who(self)
        try:
            await act(runtime.current(), actor, self._id)
        except CallCenterError as error:
            await self._refresh(actor)
            return toasts.failed(failed, error.message)
        live.hub.bump(f"batch:{self._id}", "batches")
        await self._refresh(actor)
        return toasts.done(done, undo=undo)

    @rx.event
    @allow(*MANAGERS)
    async def ask_cancel(self) -> None:
        """Opens the dialog that says what cancelling does."""
        self.ends_too, self.asks_cancel = False, True

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> None:
        """Closes the dialog."""
        self.asks_cancel = False

    @rx.event
    @allow(*MANAGERS)
    async def set_ends_too(self, ends: bool) -> None:
        """Whether cancelling also ends the calls in progress."""
        self.ends_too = bool(ends)

    @rx.event
    @allow(*MANAGERS)
    async def cancel(self) -> Any:
        """Cancels what is not dialled yet."""
        actor = await session.who(self)
        try:
            await batching.cancel(runtime.current(), actor, self._id, end_live=self.ends_too)
        except CallCenterError as error:
            return toasts.failed("Nothing was cancelled", error.message)
        self.asks_cancel = False
        live.hub.bump(f"batch:{self._id}", "batches")
        await self._refresh(actor)
        return toasts.done("The rest of the batch is cancelled.")

    @rx.event
    @allow(*MANAGERS)
    async def call_again(self) -> Any:
        """Begins a new batch with the leads of this one that nobody answered for."""
        rt, actor = runtime.current(), await session.who(self)
        ids = await browsing.leads_without_answer(rt, actor, self._id, limit=MOST_AGAIN)
        data = {
            "name": f"{self.batch.name}, again",
            "source": "ids",
            "leave_lately": False,
            "lead_ids": list(ids),
            "ids_words": f"without an answer in {self.batch.name}",
        }
        try:
            draft = await drafting.begin(rt, actor, "batch", client_id=self.batch.client_id, data=data)
        except CallCenterError as error:
            return toasts.failed("No new batch was begun", error.message)
        return rx.redirect(f"/batches/new?draft={draft.draft_id}&step=4")


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1][:64]
