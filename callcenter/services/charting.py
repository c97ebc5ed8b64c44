"""What the analytics charts show, each an answer to one question about the calls of a filter."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.domain.ending import ended_words
from callcenter.domain.hours import zone_info
from callcenter.domain.rates import wilson
from callcenter.domain.search import CallFilter, day_range, day_start
from callcenter.domain.sums import Stretch, Sums
from callcenter.domain.user import Actor
from callcenter.services.runtime import Runtime
from callcenter.store import charts, stats
from callcenter.store import clients as client_store
from callcenter.store.database import Tx

_DAY = timedelta(days=1)
#: A goal is more than an answered phone: so long counts as having talked.
TALKED_S = 30
_SAMPLE = 20_000  # calls read for medians; of more, a random part
_COST_SAMPLE = 5_000  # calls whose cost is taken apart
_COMPARED = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or an hour when the chart is of one day: its start (UTC), its sums, its outcomes, what its cost was made of."""

    at: datetime
    sums: Sums
    outcomes: Mapping[str, int]
    cost_parts: Mapping[str, int]
    delay_p50_ms: int | None
    delay_p90_ms: int | None


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of the week on the leads' own clocks (Monday is 0): calls dialled and reached."""

    weekday: int
    hour: int
    calls: int
    reached: int


@dataclass(frozen=True, slots=True)
class Compared:
    """An agent or a from-number beside others, with the 95 % range of its success rate."""

    key: str
    name: str
    sums: Sums
    range: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Everything on the Analytics page. `before` and `periods_before` are of the period of equal length before this one, as
    far into it as this one has come.

    `talk_bins` is (from second, calls); `cost_is_sampled` says that cost parts are of the newest calls only.
    """

    start: datetime
    end: datetime
    tz: str
    is_hourly: bool
    now: Sums
    before: Sums
    median_talk_s: float | None
    periods: tuple[Period, ...]
    periods_before: tuple[Sums, ...]
    heat: tuple[HeatCell, ...]
    funnel: tuple[tuple[str, int], ...]
    agents: tuple[Compared, ...]
    numbers: tuple[Compared, ...]
    talk_bins: tuple[tuple[int, int], ...]
    failures: tuple[tuple[str, int], ...]
    cost_is_sampled: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read from the database, still to be put together."""

    asked: CallFilter
    stretches: Sequence[Stretch]
    before: Sequence[Stretch]
    hours: Sequence[charts.LocalHour]
    talks: Sequence[Mapping[str, Any]]
    costs: Sequence[tuple[datetime, Sequence[tuple[str, int]]]]
    pieces: Sequence[charts.Piece]
    agent_names: Mapping[str, str]


async def charts_of(rt: Runtime, actor: Actor, asked: CallFilter, *, tz: str | None = None) -> Charts:
    """Gives the charts of the calls a filter means; without a period, the last 28 days. `tz` says what a day is."""
    now = rt.clock.now()
    home = await rt.database.read(lambda tx: client_store.get_installation(tx).timezone)
    zone = zone_info(tz or home) or ZoneInfo("UTC")
    first, last = day_range("28d", tz=zone, now=now)
    if asked.end is not None:
        first = min(first, asked.end - 28 * _DAY)
    asked = replace(asked, start=asked.start or first, end=asked.end or last)
    read = await rt.database.read(lambda tx: _read(tx, actor, asked, zone, now=now))
    return await asyncio.to_thread(_put_together, read, zone)


def _read(tx: Tx, actor: Actor, asked: CallFilter, zone: ZoneInfo, *, now: datetime) -> _Read:
    start, end = _edges(asked)
    first = _earlier(start, end, zone)
    # a period that is still running is compared with as much of the one before
    earlier = replace(asked, start=first, end=min(first + (max(now, start) - start), start))
    minutes = 15 if (start.astimezone(zone).utcoffset() or timedelta()) % timedelta(hours=1) else 60
    pieces = charts.pieces(tx, asked, actor)
    reached = sum(each.sums.reached for each in pieces)
    return _Read(
        asked=asked,
        stretches=stats.sums_by_stretch(tx, asked, actor, minutes=minutes),
        before=stats.sums_by_stretch(tx, earlier, actor, minutes=minutes),
        hours=charts.local_hours(tx, asked, actor),
        talks=charts.talk_and_delay(tx, asked, actor, sixteenths=max(16 * _SAMPLE // max(reached, _SAMPLE), 1)),
        costs=charts.cost_lines(tx, asked, actor, limit=_COST_SAMPLE),
        pieces=pieces,
        agent_names=charts.agent_names(tx, sorted({each.agent_id for each in pieces if each.agent_id})),
    )


def _edges(asked: CallFilter) -> tuple[datetime, datetime]:
    assert asked.start is not None
    assert asked.end is not None
    return asked.start, asked.end


def _earlier(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The start of the period of equal length before, on the wall clock: 28 days before a midnight is a midnight."""
    local_start, local_end = (at.astimezone(zone).replace(tzinfo=None) for at in (start, end))
    return (local_start - (local_end - local_start)).replace(tzinfo=zone).astimezone(UTC)


def _put_together(read: _Read, zone: ZoneInfo) -> Charts:
    start, end = _edges(read.asked)
    is_hourly = end - start <= _DAY + timedelta(hours=1)
    now = sum((each.sums for each in read.stretches), start=Sums())
    median, delays = _medians(read.talks, zone, is_hourly=is_hourly)
    return Charts(
        start=start,
        end=end,
        tz=zone.key,
        is_hourly=is_hourly,
        now=now,
        before=sum((each.sums for each in read.before), start=Sums()),
        median_talk_s=median,
        periods=_periods(read, zone, delays, is_hourly=is_hourly),
        periods_before=_before(read.before, zone, _earlier(start, end, zone), start, is_hourly=is_hourly),
        heat=_heat(read.hours),
        funnel=(("Dialled", now.dialled), ("Answered", now.reached), (f"Talked {TALKED_S} s", _talked(read.pieces)),
                ("Goal reached", now.successful)),
        agents=_compared(((each.agent_id, each.sums) for each in read.pieces), read.agent_names),
        numbers=_compared(((each.from_number, each.sums) for each in read.pieces), {}),
        talk_bins=_talk_bins(read.pieces),
        failures=_failures(read.pieces),
        cost_is_sampled=len(read.costs) >= _COST_SAMPLE,
    )  # fmt: skip


def _slot(at: datetime, zone: ZoneInfo, *, is_hourly: bool) -> datetime:
    """The start of the local day or hour an instant lies in."""
    if is_hourly:
        return at.replace(minute=0, second=0, microsecond=0)
    return day_start(at.astimezone(zone).date(), tz=zone)


def _slots(start: datetime, end: datetime, zone: ZoneInfo, *, is_hourly: bool) -> list[datetime]:
    found: list[datetime] = []
    at = _slot(start, zone, is_hourly=is_hourly)
    while at < end and len(found) < 1_000:
        found.append(at)
        step = at + (timedelta(hours=1) if is_hourly else timedelta(hours=30))  # a day may have 25 hours
        at = _slot(step, zone, is_hourly=is_hourly)
    return found


def _periods(read: _Read, zone: ZoneInfo, delays: Mapping[datetime, tuple[int, int]], *, is_hourly: bool) -> tuple[Period, ...]:
    sums: dict[datetime, Sums] = {}
    outcomes: dict[datetime, dict[str, int]] = {}
    parts: dict[datetime, dict[str, int]] = {}
    for each in read.stretches:
        slot = _slot(each.at, zone, is_hourly=is_hourly)
        sums[slot] = sums.get(slot, Sums()) + each.sums
        if each.outcome and each.sums.dialled:
            counts = outcomes.setdefault(slot, {})
            counts[each.outcome] = counts.get(each.outcome, 0) + each.sums.dialled
    for at, lines in read.costs:
        costs = parts.setdefault(_slot(at, zone, is_hourly=is_hourly), {})
        for part, cost in lines:
            costs[part] = costs.get(part, 0) + cost
    return tuple(
        Period(slot, sums.get(slot, Sums()), outcomes.get(slot, {}), parts.get(slot, {}), *delays.get(slot, (None, None)))
        for slot in _slots(*_edges(read.asked), zone, is_hourly=is_hourly)
    )


def _before(stretches: Sequence[Stretch], zone: ZoneInfo, start: datetime, end: datetime, *, is_hourly: bool) -> tuple[Sums, ...]:
    sums: dict[datetime, Sums] = {}
    for each in stretches:
        slot = _slot(each.at, zone, is_hourly=is_hourly)
        sums[slot] = sums.get(slot, Sums()) + each.sums
    return tuple(sums.get(slot, Sums()) for slot in _slots(start, end, zone, is_hourly=is_hourly))


def _medians(
    talks: Sequence[Mapping[str, Any]], zone: ZoneInfo, *, is_hourly: bool
) -> tuple[float | None, dict[datetime, tuple[int, int]]]:
    """Median talk in seconds, and p50 and p90 of the agents' answer delay in each period."""
    if not talks:
        return None, {}
    import pandas  # pyright: ignore[reportMissingTypeStubs] - it has none; loaded late, for it takes half a second

    pd: Any = pandas
    frame = pd.DataFrame(talks)
    frame["slot"] = [_slot(at, zone, is_hourly=is_hourly) for at in frame["occurred_at"]]
    talk = frame["duration_ms"].dropna()
    slots = frame.dropna(subset=["latency_p50_ms"]).groupby("slot")["latency_p50_ms"]
    quantiles = slots.quantile([0.5, 0.9]).unstack() if slots.ngroups else pd.DataFrame()
    delays = {slot.to_pydatetime(): (round(row[0.5]), round(row[0.9])) for slot, row in quantiles.iterrows()}
    return (float(talk.median()) / 1000 if len(talk) else None), delays


def _heat(hours: Sequence[charts.LocalHour]) -> tuple[HeatCell, ...]:
    cells: dict[tuple[int, int], tuple[int, int]] = {}
    for each in hours:
        at = datetime.strptime(each.hour, "%Y-%m-%d %H")  # noqa: DTZ007 - the lead's own clock, no zone meant
        calls, reached = cells.get((at.weekday(), at.hour), (0, 0))
        cells[at.weekday(), at.hour] = (calls + each.calls, reached + each.reached)
    return tuple(HeatCell(*key, *counts) for key, counts in sorted(cells.items()))


def _compared(pairs: Iterable[tuple[str | None, Sums]], names: Mapping[str, str]) -> tuple[Compared, ...]:
    sums: dict[str, Sums] = {}
    for key, each in pairs:
        if key is not None:
            sums[key] = sums.get(key, Sums()) + each
    biggest = sorted(sums.items(), key=lambda pair: -pair[1].dialled)[:_COMPARED]
    return tuple(Compared(key, names.get(key, key), each, wilson(each.successful, each.reached)) for key, each in biggest)


def _talk_bins(pieces: Sequence[charts.Piece]) -> tuple[tuple[int, int], ...]:
    bins: dict[int, int] = {}
    for each in pieces:
        if each.talk_from_s is not None:
            bins[each.talk_from_s] = bins.get(each.talk_from_s, 0) + each.sums.reached
    return tuple(sorted(bins.items()))


def _talked(pieces: Sequence[charts.Piece]) -> int:
    return sum(each.sums.reached for each in pieces if each.talk_from_s is not None and each.talk_from_s >= TALKED_S)


def _failures(pieces: Sequence[charts.Piece]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for each in pieces:
        if each.failed:
            words = ended_words(each.reason) or "No reason given"
            counts[words] = counts.get(words, 0) + each.failed
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
