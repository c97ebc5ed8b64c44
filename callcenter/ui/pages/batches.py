"""The list of batches: how far each one is, what it waits for, and the button that pauses it."""

import dataclasses
import logging
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, Unauthenticated
from callcenter.domain.lines import BatchLine
from callcenter.domain.paging import Page
from callcenter.domain.query import write_query
from callcenter.domain.user import Actor
from callcenter.services import batching, browsing, runtime
from callcenter.ui import live, session, shell, theme, words
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, pager, progress, tabs, toasts
from callcenter.ui.components.buttons import icon_button, link_button
from callcenter.ui.components.status_badge import batch_badge, look_badge, priority
from callcenter.ui.components.times import time_ago
from callcenter.ui.pages import batch_words
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell import ShellState

log = logging.getLogger(__name__)

#: Key in the address, word, the states behind it.
VIEWS = (
    ("", "All", ()),
    ("going", "Going on", ("running", "waiting", "finishing", "paused", "scheduled", "draft")),
    ("paused", "Paused", ("paused",)),
    ("done", "Done", ("done", "cancelled")),
)


@dataclasses.dataclass(frozen=True)
class BatchRow:
    """One batch of the list, in words. `percent` is 0–100; `is_idle` draws the bar gray while it only waits."""

    id: str
    name: str
    client: str
    status: str
    note: str
    far: str
    percent: float
    share: str
    is_idle: bool
    answered: str
    cost: str
    priority: str
    pace: str
    started: str
    started_at: str
    started_exact: str
    can_pause: bool
    can_resume: bool


@dataclasses.dataclass(frozen=True)
class BatchTab:
    """A view over the list."""

    word: str
    href: str
    is_current: bool


class BatchesState(rx.State):
    """One page of batches."""

    rows: list[BatchRow] = []
    face: str = "loading"
    tabs: list[BatchTab] = []
    side: str = ""
    shown: str = ""
    newer: str = ""
    older: str = ""
    is_filtered: bool = False
    _view: str = ""
    _client: str = ""
    _cursor: str = ""
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> Any:
        """Reads the address and asks for its page."""
        actor = await session.who(self)
        self._viewer = await viewer_of(self)
        query = dict(self.router.url.query_parameters)
        wanted = query.get("status", "")
        self._view = wanted if wanted in {key for key, _, _ in VIEWS} else ""
        self._client = query.get("client", "") if not query.get("new") else (await self.get_state(ShellState)).client_id
        self._cursor = query.get("cursor", "")
        self.is_filtered = bool(self._view)
        self.tabs = [BatchTab(word, _address(key, self._client), key == self._view) for key, word, _ in VIEWS]
        try:
            page = await _page(actor, self._client, self._view, self._cursor)
        except Invalid:
            return rx.redirect(_address(self._view, self._client))
        except Exception:
            self.face = "error"
            raise
        self._show(page)
        return None

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps bars and states true while the page is open."""
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow("batches"):
            try:
                actor = await session.still(cookie)
                asked = (self._client, self._view, self._cursor)
                page = await _fresh(actor, *asked)
                async with live.push_slots, self:
                    if asked == (self._client, self._view, self._cursor):
                        self._show(page)
            except Unauthenticated:
                return
            except Exception:
                log.exception("the batches could not be refreshed")

    @rx.event
    @allow(*MANAGERS)
    async def pause(self, batch_id: str) -> Any:
        """Pauses one batch from its row."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            batch = await batching.pause(rt, actor, str(batch_id))
        except CallCenterError as error:
            return toasts.failed("The batch was not paused", error.message)
        await self._again(actor)
        return toasts.done(f"“{batch.name}” is paused. Calls in progress go on.", undo=BatchesState.resume(batch_id))

    @rx.event
    @allow(*MANAGERS)
    async def resume(self, batch_id: str) -> Any:
        """Lets one batch go on."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            batch = await batching.resume(rt, actor, str(batch_id))
        except CallCenterError as error:
            return toasts.failed("The batch was not resumed", error.message)
        await self._again(actor)
        return toasts.done(f"“{batch.name}” goes on.")

    @rx.event
    @allow(*ANYONE)
    async def retry(self) -> Any:
        """Loads the page again after it failed."""
        self.face = "loading"
        return BatchesState.load

    async def _again(self, actor: Actor) -> None:
        live.hub.bump("batches")
        self._show(await _page(actor, self._client, self._view, self._cursor))

    def _show(self, page: Page[BatchLine]) -> None:
        rows = [_row(line, self._viewer) for line in page.items]
        if rows != self.rows:
            self.rows = rows
        self.newer = _address(self._view, self._client, page.newer or "") if page.newer else ""
        self.older = _address(self._view, self._client, page.older or "") if page.older else ""
        last = page.first + len(rows) - 1
        self.shown = f"{page.first}–{last}{'' if page.older else f' of {last}'}" if rows else ""
        going = sum(1 for line in page.items if line.status in ("running", "finishing"))
        self.side = f"{going} running" if going else ""
        self.face = "ready" if rows else "empty"


async def _fresh(actor: Actor, client_id: str, view: str, cursor: str) -> Page[BatchLine]:
    key = (actor.client_ids, actor.role, client_id, view, cursor)
    return await live.hub.snapshot("batches", key, lambda: _page(actor, client_id, view, cursor))


async def _page(actor: Actor, client_id: str, view: str, cursor: str) -> Page[BatchLine]:
    states = next(states for key, _, states in VIEWS if key == view)
    return await browsing.batch_list(
        runtime.current(), actor, client_id=client_id or None, statuses=states, cursor=cursor or None
    )


def _row(line: BatchLine, viewer: Viewer) -> BatchRow:
    now = runtime.current().clock.now()
    began = line.started_at
    ended = sum(count for outcome, count in line.outcomes.items() if outcome != "unknown")
    return BatchRow(
        id=line.batch_id,
        name=line.name,
        client=line.client_name,
        status=line.status,
        note=batch_words.state_note(line, viewer.zone, now=now),
        far=batch_words.far(line),
        percent=batch_words.percent(line),
        share=words.percent(line.done, line.total) if line.total else "",
        is_idle=line.status not in ("running", "finishing"),
        answered=words.percent(line.reached, ended) if ended >= 20 else words.base(line.reached, ended) if ended else words.NONE,
        cost=words.money(line.cost, viewer.currency) if line.done or line.cost else words.NONE,
        priority="" if line.priority == "normal" else line.priority,
        pace=batch_words.at_a_time(line) if line.status in batch_words.OPEN else "",
        started=words.ago(began, now=now, zone=viewer.zone),
        started_at=began.isoformat(timespec="seconds") if began else "",
        started_exact=words.exact(began, viewer.zone),
        can_pause=viewer.may_manage and line.status in batch_words.GOING,
        can_resume=viewer.may_manage and line.status == "paused",
    )


def _address(view: str, client_id: str, cursor: str = "") -> str:
    pairs = [("status", view), ("client", client_id), ("cursor", cursor)]
    query = write_query((name, value) for name, value in pairs if value)
    return f"/batches?{query}" if query else "/batches"


def batches_page() -> rx.Component:
    """The page."""
    return shell.frame(
        faces.faced(
            BatchesState.face,
            ready=_table(),
            loading=faces.skeleton_rows(6, what="batches"),
            empty=rx.cond(BatchesState.is_filtered, _none_here(), _none_yet()),
            error=faces.page_error("Couldn’t load the batches", "Nothing was lost; calls go on.", on_retry=BatchesState.retry),
        ),
        nav="batches",
        title="Batches",
        side=BatchesState.side,
        actions=rx.cond(ShellState.may_manage, _new_batch()),
        tabs=tabs.tab_bar(rx.foreach(BatchesState.tabs, _tab), label="Views"),
        foot=rx.cond(
            BatchesState.face == "ready",
            pager.pager(BatchesState.shown, newer=BatchesState.newer, older=BatchesState.older),
        ),
        face=BatchesState.face,
    )


def _new_batch() -> rx.Component:
    href = "/batches/new" + ShellState.client_query
    return link_button("New batch", href, kind="outline", icon_name="plus", hotkey="b", shown_key="b")


def _tab(view: rx.Var) -> rx.Component:
    return tabs.tab(view.word, view.href, is_current=view.is_current)


def _none_here() -> rx.Component:
    return faces.empty("layers", "No batches here", "No batch is in this state.", link_button("All batches", "/batches"))


def _none_yet() -> rx.Component:
    start = rx.cond(ShellState.may_manage, link_button("New batch", "/batches/new", kind="main", icon_name="plus"))
    return faces.empty("layers", "No batches yet", "A batch calls many leads under one set of rules, a few at a time.", start)


def _table() -> rx.Component:
    return dt.data_table(
        BatchesState.rows,
        [
            dt.Column(title="Batch", cell=_name, kind="main"),
            dt.Column(title="Client", cell=lambda row: row.client, drop=3),
            dt.Column(title="State", cell=_state),
            dt.Column(title="Progress", cell=_progress),
            dt.Column(title="Answered", cell=lambda row: row.answered, kind="number", drop=1),
            dt.Column(title="Cost", cell=lambda row: row.cost, kind="number", drop=1),
            dt.Column(title="Started", cell=_started, kind="time", drop=3),
            dt.Column(title="Pause or resume", cell=_button, hide_title=True),
        ],
        label="Batches",
        row_id=lambda row: row.id,
        href=lambda row: "/batches/" + row.id,
        card=dt.CardLines(
            title=lambda row: row.name,
            when=_started,
            left=lambda row: row.client,
            right=lambda row: row.far,
            badges=lambda row: rx.el.span(state_badge(row.status), _bar(row), class_name="flex w-full items-center gap-3"),
        ),
    )


def _name(row: rx.Var) -> rx.Component:
    return rx.fragment(rx.el.span(row.name, dir="auto"), rx.cond(row.priority != "", _priority(row)))


def _priority(row: rx.Var) -> rx.Component:
    return rx.el.span(priority(row.priority), class_name="ml-2 small")


def _state(row: rx.Var) -> rx.Component:
    note = rx.cond(row.note != "", rx.el.span(row.note, class_name="quiet small clip max-w-40", title=row.note))
    return rx.el.span(state_badge(row.status), note, class_name="row gap-1.5")


def state_badge(status: rx.Var) -> rx.Component:
    """Where a batch is. One that waits may do so for hours or for another try: what stands beside it says until when."""
    return rx.cond(status == "waiting", look_badge(theme.BATCH_STATUS["waiting"], word="Waiting"), batch_badge(status))


def _bar(row: rx.Var) -> rx.Component:
    return progress.bar(row.percent, label=row.far + " leads", is_idle=row.is_idle)


def _progress(row: rx.Var) -> rx.Component:
    numbers = rx.el.span(
        rx.el.span(row.far, class_name="strong"),
        rx.el.span(row.share),
        rx.el.span(row.pace, class_name="ml-auto"),
        class_name="row small quiet",
    )
    return rx.el.div(_bar(row), numbers, class_name="stack gap-1 min-w-48 max-w-72")


def _started(row: rx.Var) -> rx.Component:
    return rx.cond(row.started_at != "", time_ago(row.started, row.started_at, row.started_exact), words.NONE)


def _button(row: rx.Var) -> rx.Component:
    pause = icon_button("pause", "Pause " + row.name, on_click=BatchesState.pause(row.id), data_needs_server=True)
    resume = icon_button("play", "Resume " + row.name, on_click=BatchesState.resume(row.id), data_needs_server=True)
    return rx.el.span(
        rx.cond(row.can_pause, pause, rx.cond(row.can_resume, resume, rx.fragment())), class_name="flex min-w-8 justify-end"
    )


on_load = [BatchesState.load, BatchesState.watch]
