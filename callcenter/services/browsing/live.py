"""The Live page: what is going on, what comes next, how today goes, and what needs a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from callcenter.domain.eligibility import zones_for
from callcenter.domain.hours import zone_info
from callcenter.domain.lines import BatchLine, CallLine
from callcenter.domain.search import CallFilter, day_start
from callcenter.domain.sums import Sums
from callcenter.domain.user import Actor, sees
from callcenter.services.browsing import attention
from callcenter.services.browsing.pages import AttentionLine, LiveBoard, LiveTiles, RateTile, SlotLine, UpNextLine
from callcenter.services.runtime import Runtime
from callcenter.store import batch_pages, stats
from callcenter.store import clients as client_store
from callcenter.store import live as live_store
from callcenter.store.database import Tx

Answer = TypeVar("Answer")

_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)
_SPARK = 10  # points of a sparkline
_SPARK_STEP = timedelta(minutes=6)
_JUST = timedelta(hours=4)  # how far back "just ended" looks
_UNREAD_LIMIT = 20  # places of an account whose limit Retell has not told us yet
_ROWS, _FEW = 50, 8
_RUNNING = ("running", "paused", "scheduled")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose board, over which clients, at what instant; the viewer's day began `today`, this process `since`."""

    tx: Tx
    actor: Actor
    client_id: str | None
    clients: Sequence[live_store.ClientFacts]
    now: datetime
    today: datetime
    since: datetime

    def calls(self, since: datetime | None = None, until: datetime | None = None) -> CallFilter:
        """The filter for the calls of this board in a stretch of time."""
        return CallFilter(clients=(self.client_id,) if self.client_id else (), start=since, end=until)


@dataclass(frozen=True, slots=True)
class LiveAside:
    """What stands beside the calls: dear to work out and slow to change, so a screen may keep it for some seconds.

    `attention` is what needs a person. The rest is what the tiles compare with: `before` is the same stretch of a week ago,
    `hours` the last ten, `going_on` the calls at each point of the sparkline, `left` how many fewer wait now than at each.
    """

    attention: tuple[AttentionLine, ...]
    before: Sums
    hours: tuple[Sums, ...]
    going_on: tuple[int, ...]
    left: tuple[int, ...]


async def live_board(
    rt: Runtime, actor: Actor, client_id: str | None = None, *, tz: str | None = None, aside: LiveAside | None = None
) -> LiveBoard:
    """Gives the board of one client, or of all this person may see. `tz` says when today began; default the workspace's.

    With `aside`, of a moment ago, that part is not worked out again.
    """

    def work(asked: _Asked, zone: ZoneInfo) -> LiveBoard:
        return _board(asked, zone, aside or _aside(asked))

    return await _read(rt, actor, client_id, tz, work)


async def live_aside(rt: Runtime, actor: Actor, client_id: str | None = None, *, tz: str | None = None) -> LiveAside:
    """Gives the part of that board which may be of a moment ago."""
    return await _read(rt, actor, client_id, tz, lambda asked, _zone: _aside(asked))


async def _read(
    rt: Runtime, actor: Actor, client_id: str | None, tz: str | None, ask: Callable[[_Asked, ZoneInfo], Answer]
) -> Answer:
    if client_id is not None:
        sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> Answer:
        zone = zone_info(tz or "") or zone_info(client_store.get_installation(tx).timezone) or ZoneInfo("UTC")
        clients = [each for each in live_store.client_facts(tx, actor) if client_id in (None, each.client_id)]
        today = day_start(now.astimezone(zone).date(), tz=zone)
        return ask(_Asked(tx, actor, client_id, clients, now, today, rt.began_at), zone)

    return await rt.database.read(work)


def _aside(asked: _Asked) -> LiveAside:
    found = attention.lines(
        asked.tx, asked.actor, clients=asked.clients, client_id=asked.client_id, now=asked.now, since=asked.since
    )
    return LiveAside(found, _same_time_last_week(asked), _last_hours(asked), _going_on(asked), _left(asked))


def _board(asked: _Asked, zone: ZoneInfo, aside: LiveAside) -> LiveBoard:
    tx, actor, client_id, now = asked.tx, asked.actor, asked.client_id, asked.now
    used = live_store.used_slots(tx, actor)
    slots = tuple(
        SlotLine(client_id=c.client_id, client_name=c.name, used=used.get(c.client_id, 0), cap=c.max_concurrent)
        for c in asked.clients
        if c.is_active
    )
    up_next = tuple(_up_next(line, slots, now) for line in live_store.up_next(tx, actor, client_id, now=now, limit=_FEW))
    quarters = stats.sums_by_quarter(tx, asked.calls(asked.today), actor)
    return LiveBoard(
        at=now,
        timezone=zone.key,
        tiles=_tiles(asked, quarters, up_next, aside),
        in_progress=live_store.in_progress(tx, actor, client_id, limit=_ROWS),
        up_next=up_next,
        just_ended=live_store.just_ended(tx, actor, client_id, since=now - _JUST, limit=_FEW),
        batches=_batches(asked),
        slots=slots,
        attention=aside.attention,
        hourly=_hourly(quarters, zone),
    )


def _tiles(asked: _Asked, quarters: Mapping[datetime, Sums], up_next: Sequence[UpNextLine], aside: LiveAside) -> LiveTiles:
    counts = live_store.by_status(asked.tx, asked.actor, asked.client_id)
    waiting = counts.get("scheduled", 0)
    talking = counts.get("connected", 0) + counts.get("in_progress", 0)
    dialling = counts.get("initiated", 0) + counts.get("ringing", 0)
    today = sum(quarters.values(), start=Sums())
    before, hours = aside.before, aside.hours
    budgets = [each.daily_budget for each in asked.clients if each.is_active]
    return LiveTiles(
        in_progress=talking + dialling,
        places=_places(asked.clients),
        talking=talking,
        dialling=dialling,
        in_progress_spark=aside.going_on,
        waiting=waiting,
        waiting_spark=tuple(max(waiting + left, 0) for left in aside.left),
        next_at=min((line.at for line in up_next if line.at), default=None),
        answered=_rate(today.reached, today.dialled, (before.reached, before.dialled), [hour.connect_rate for hour in hours]),
        success=_rate(
            today.successful, today.reached, (before.successful, before.reached), [hour.success_rate for hour in hours]
        ),
        cost_today=today.cost,
        budget_today=sum(b for b in budgets if b) if budgets and all(budgets) else None,
        calls_with_cost=today.costed,
        attention=len(aside.attention),
    )


#: Fewer than this are nothing to compare a rate with.
MIN_BASE = 20


def _rate(count: int, base: int, before: tuple[int, int], hours: Sequence[float | None]) -> RateTile:
    """A rate and how it moved; `before` is its count and base then, too small a base is nothing to compare with."""
    earlier, earlier_base = before
    is_known = base and earlier_base >= MIN_BASE
    change = round(count / base * 100) - round(earlier / earlier_base * 100) if is_known else None
    return RateTile(count=count, base=base, change_points=change, hours=tuple(hours))


def _same_time_last_week(asked: _Asked) -> Sums:
    since, until = asked.today - _WEEK, asked.now - _WEEK
    return stats.sums(asked.tx, asked.calls(since, until), asked.actor)


def _last_hours(asked: _Asked) -> tuple[Sums, ...]:
    """The sums of each of the last ten hours, oldest first."""
    since = asked.now - _SPARK * _HOUR
    hours = [Sums()] * _SPARK
    for start, each in stats.sums_by_quarter(asked.tx, asked.calls(since), asked.actor).items():
        hours[min(max((start - since) // _HOUR, 0), _SPARK - 1)] += each
    return tuple(hours)


def _points(asked: _Asked) -> list[datetime]:
    """The instants of a sparkline; the last is now."""
    return [asked.now - _SPARK_STEP * (_SPARK - 1 - nth) for nth in range(_SPARK)]


def _going_on(asked: _Asked) -> tuple[int, ...]:
    points = _points(asked)
    return live_store.going_on_at(asked.tx, asked.actor, asked.client_id, points=points, since=points[0] - _HOUR)


def _left(asked: _Asked) -> tuple[int, ...]:
    """How many fewer wait now than at each point: those dialled since, less those scheduled since."""
    points = _points(asked)
    dialled = stats.dialled_by_minute(asked.tx, points[0], asked.calls(), asked.actor)
    created = stats.created_by_minute(asked.tx, points[0], asked.calls(), asked.actor)
    return tuple(
        sum(n for at, n in dialled.items() if at >= point) - sum(n for at, n in created.items() if at >= point)
        for point in points
    )


def _places(clients: Sequence[live_store.ClientFacts]) -> int | None:
    """How many calls may run at once: per account its limit, at most what its clients may together."""
    caps: dict[str, int] = {}
    limits: dict[str, int] = {}
    for each in clients:
        if not each.is_active or each.account_id is None:
            continue
        caps[each.account_id] = caps.get(each.account_id, 0) + each.max_concurrent
        theirs = _UNREAD_LIMIT if each.provider_limit is None else max(each.provider_limit - each.reserved_inbound, 0)
        limits[each.account_id] = theirs if each.own_limit is None else min(theirs, each.own_limit)
    return sum(min(cap, limits[account]) for account, cap in caps.items()) if caps else None


def _up_next(line: CallLine, slots: Sequence[SlotLine], now: datetime) -> UpNextLine:
    zones = zones_for(None, line.number)
    zone = zones[0] if zones else "UTC"
    slot = next((each for each in slots if each.client_id == line.client_id), None)
    held = line.held_until or now
    if held > now:
        reason, words, at = "later", "", held
    elif slot is None:
        reason, words, at = "client_off", "the client is switched off", None
    elif slot.used >= slot.cap:
        reason, words, at = "slot", "waiting for a free slot", None
    else:
        reason, words, at = "due", "next", now
    return UpNextLine(
        call_id=line.call_id, who=line.who, number=line.number, client_name=line.client_name,
        batch_name=line.batch_name, priority=line.priority, at=at, zone=zone, reason=reason, words=words,
    )  # fmt: skip


def _batches(asked: _Asked) -> tuple[BatchLine, ...]:
    page = batch_pages.search(asked.tx, asked.actor, now=asked.now, client_id=asked.client_id, states=_RUNNING, limit=_FEW)
    return page.items


def _hourly(quarters: Mapping[datetime, Sums], zone: ZoneInfo) -> tuple[tuple[int, int], ...]:
    hours: dict[int, int] = {}
    for start, each in quarters.items():
        hour = start.astimezone(zone).hour
        hours[hour] = hours.get(hour, 0) + each.dialled
    return tuple(sorted(hours.items()))
