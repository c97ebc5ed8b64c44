"""What the Live page holds, and how it follows what goes on without moving anything under the pointer."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError, NotFound, Unauthenticated
from callcenter.domain.lines import BatchLine
from callcenter.domain.user import Actor, sight
from callcenter.services import batching, browsing, runtime
from callcenter.services.browsing.pages import LiveBoard
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages import home_rows as rows
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.home_rows import AttentionRow, EndedRow, HourBar, NextRow, RunningRow, SlotRow, TalkRow, Tiles
from callcenter.ui.session import ANYONE, MANAGERS, allow

log = logging.getLogger(__name__)

#: A call that ended stays this long among those in progress, with what came of it.
STAYS = timedelta(seconds=10)
#: Seconds for which an estimate of a batch's end is believed.
ESTIMATE_GOOD_FOR = 15.0
#: Seconds for which sparklines, what the tiles compare with, and what needs a person are believed.
ASIDE_GOOD_FOR = 3.0
SAY_AGAIN = timedelta(seconds=20)
MOST_ROWS = 20


class HomeState(rx.State):
    """The board as shown."""

    face: str = "loading"
    is_wall: bool = False
    shows_people: bool = False
    follows: bool = True
    side: str = ""
    tiles: Tiles = Tiles()
    talks: list[TalkRow] = []
    talk_words: str = ""
    more_talks: str = ""
    nobody: str = ""
    up_next: list[NextRow] = []
    ended: list[EndedRow] = []
    batches: list[RunningRow] = []
    slots: list[SlotRow] = []
    slot_words: str = ""
    attention: list[AttentionRow] = []
    hours: list[HourBar] = []
    waiting: str = ""
    query: str = ""
    announced: str = ""
    _viewer: Viewer = Viewer()
    _client_id: str | None = None
    _is_held: bool = False
    _stays: dict[str, datetime] = {}
    _etas: dict[str, datetime | None] = {}  # batch → when it will be done

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Chooses desk or wall before anything is asked for, so that the other is not seen meanwhile."""
        self.is_wall = self.router.url.query_parameters.get("wall") == "1"

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Loads the board of everything, or of the client the address names."""
        actor = await session.who(self)
        params = self.router.url.query_parameters
        self._viewer, wanted = await viewer_of(self), params.get("client", "")
        self._client_id = wanted if wanted in dict(self._viewer.clients) else None
        self.query = f"&client={self._client_id}" if self._client_id else ""
        self._stays = {}
        try:
            board = await browsing.live_board(runtime.current(), actor, self._client_id, tz=self._viewer.zone)
        except Exception:
            self.face = "error"
            raise
        self.talks = []
        self._etas = await _estimates(actor, board)
        self._show(board)

    @rx.event
    @allow(*ANYONE)
    async def retry(self) -> Any:
        """Loads again after it failed."""
        self.face = "loading"
        return HomeState.load

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the board true while the page is open."""
        rt, cookie = runtime.current(), session.cookie_value(self)
        said_at, over = rt.clock.now(), set[str]()
        async for _ in live.hub.follow("all"):
            try:
                actor, client_id, zone = await session.still(cookie), self._client_id, self._viewer.zone
                board = await _board(actor, client_id, zone)
                etas = await _estimates(actor, board)
                over |= {row.id for row in live.bare(self).get_value("talks") if not row.is_over} & {
                    line.call_id for line in board.just_ended
                }
                async with live.push_slots, self:
                    self._etas = etas
                    live.bare(self)._show(board)
                    if over and board.at - said_at >= SAY_AGAIN:
                        self.announced, said_at, over = f"{words.counted(len(over), 'call')} ended", board.at, set()
            except Unauthenticated:
                return
            except Exception:
                log.exception("the board could not be refreshed")

    def _show(self, board: LiveBoard) -> None:
        """Puts the board into words; only what changed is sent."""
        viewer, now = self._viewer, board.at
        tiles = board.tiles
        talks = self._talks(board)
        going_on = sum(1 for row in talks if not row.is_over)
        places = "" if tiles.places is None else f" of {tiles.places}"
        fresh: dict[str, Any] = {
            "side": rows.title_side(now, viewer.zone),
            "tiles": rows.tiles_of(board, viewer),
            "talks": talks[:MOST_ROWS],
            "talk_words": f"{tiles.in_progress}{places}",
            "more_talks": f"All {tiles.in_progress} in progress" if going_on > 4 else "",
            "nobody": _nobody(board),
            "up_next": [rows.next_row(line, now=now) for line in board.up_next[:4]],
            "ended": [rows.ended_row(line, viewer, now=now) for line in board.just_ended[:4]],
            "batches": [self._running(line, now) for line in board.batches[:4]],
            "slots": rows.slot_rows(board.slots),
            "slot_words": _taken(board),
            "attention": [rows.attention_row(line) for line in board.attention],
            "hours": rows.hour_bars(board.hourly),
            "waiting": words.count(tiles.waiting),
            "face": "ready",
        }
        for name, value in fresh.items():
            if self.get_value(name) != value:  # bare: what Reflex wraps around a value to see it change is slow to compare
                setattr(self, name, value)

    def _running(self, line: BatchLine, now: datetime) -> RunningRow:
        return rows.running_row(line, self._viewer, now=now, eta=self._etas.get(line.batch_id))

    def _talks(self, board: LiveBoard) -> list[TalkRow]:
        """Those in progress, each in its place: a call that ended stays a moment, a new one comes at the end."""
        now, viewer = board.at, self._viewer
        fresh = {line.call_id: rows.talk_row(line, viewer, now=now) for line in board.in_progress}
        over = {line.call_id: line for line in board.just_ended}
        kept: list[TalkRow] = []
        for row in self.get_value("talks"):
            if row.id in fresh:
                kept.append(fresh.pop(row.id))
                continue
            until = self._stays.setdefault(row.id, now + STAYS)
            if now < until or self._is_held:
                kept.append(rows.talk_row(over[row.id], viewer, now=now) if row.id in over else row)
            else:
                self._stays.pop(row.id, None)
        is_still = not self.follows and bool(self.get_value("talks"))
        return kept if is_still else [*kept, *sorted(fresh.values(), key=lambda row: (row.running == "", row.running))]

    @rx.event
    @allow(*ANYONE)
    async def hold(self, is_held: bool) -> None:
        """The pointer came over the calls in progress, or it left: ended ones stay meanwhile."""
        self._is_held = bool(is_held)

    @rx.event
    @allow(*ANYONE)
    async def set_follows(self, follows: bool) -> None:
        """Whether new calls come in by themselves."""
        self.follows = bool(follows)
        live.hub.bump("all")

    @rx.event
    @allow(*ANYONE)
    async def set_shows_people(self, shows: bool) -> None:
        """Whether the wall says names and numbers; it hangs in an open room."""
        self.shows_people = bool(shows)

    @rx.event
    @allow(*MANAGERS)
    async def pause(self, batch_id: str) -> Any:
        """Pauses a batch; its calls in progress go on."""
        return await self._toggle(batch_id, is_pause=True)

    @rx.event
    @allow(*MANAGERS)
    async def resume(self, batch_id: str) -> Any:
        """Lets a paused batch dial again."""
        return await self._toggle(batch_id, is_pause=False)

    async def _toggle(self, batch_id: str, *, is_pause: bool) -> Any:
        rt, actor = runtime.current(), await session.who(self)
        act = batching.pause if is_pause else batching.resume
        try:
            batch = await act(rt, actor, str(batch_id))
        except CallCenterError as error:
            return toasts.failed(f"The batch was not {'paused' if is_pause else 'resumed'}", error.message)
        live.hub.bump("all", "batches", f"batch:{batch_id}")
        said = f"{batch.name} is paused. Calls in progress go on." if is_pause else f"{batch.name} dials again."
        return toasts.done(said, undo=(HomeState.resume if is_pause else HomeState.pause)(batch_id))


async def _board(actor: Actor, client_id: str | None, zone: str) -> LiveBoard:
    """The board as it is since the last change, for everyone who sees the same once."""
    rt, key = runtime.current(), (sight(actor), client_id, zone)
    aside_of = partial(browsing.live_aside, rt, actor, client_id, tz=zone)
    aside = await live.hub.snapshot("all", ("aside", *key), aside_of, good_for=ASIDE_GOOD_FOR, is_dear=True)
    board_of = partial(browsing.live_board, rt, actor, client_id, tz=zone, aside=aside)
    return await live.hub.snapshot("all", ("board", *key), board_of, is_dear=True)


async def _estimates(actor: Actor, board: LiveBoard) -> dict[str, datetime | None]:
    """When each running batch will be done, worked out once for everyone and believed for a while."""
    rt, etas = runtime.current(), dict[str, datetime | None]()
    for line in board.batches[:4]:
        if line.status == "running":
            key = (sight(actor), "eta", line.batch_id)
            look = partial(batching.get, rt, actor, line.batch_id)
            # deleted between two looks: the next board will not have it
            with suppress(NotFound):
                etas[line.batch_id] = (await live.hub.snapshot("all", key, look, good_for=ESTIMATE_GOOD_FOR, is_dear=True)).eta
    return etas


def _taken(board: LiveBoard) -> str:
    used, cap = sum(line.used for line in board.slots), sum(line.cap for line in board.slots)
    return f"{used} of {board.tiles.places if board.tiles.places is not None else cap} taken" if board.slots else ""


def _nobody(board: LiveBoard) -> str:
    """What the list says while nobody is on the phone."""
    waiting, at = board.tiles.waiting, board.tiles.next_at
    if not waiting:
        return "Nobody is on the phone, and nobody waits."
    until = f" until {words.clock_time(at, board.timezone)}" if at and at - board.at > timedelta(minutes=1) else ""
    return f"Nobody is on the phone. {words.count(waiting)} waiting{until}."
