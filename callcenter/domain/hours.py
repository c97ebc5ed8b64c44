"""Calling hours, judged in the lead's own time zone, exact on the days when clocks change."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from callcenter.domain.window import (
    ALL_WEEK,
    DAYS,
    DEFAULT_HOURS,
    Window,
    goes_beyond,
    is_all_week,
    overlap,
    spans_of,
    windows_from,
    windows_to,
    words,
)

#: Everything about hours may be had from here; how a week is written is window.py's business.
__all__ = [
    "ALL_WEEK",
    "DAYS",
    "DEFAULT_HOURS",
    "HORIZON",
    "Window",
    "goes_beyond",
    "has_zones",
    "is_all_week",
    "is_open",
    "midnights",
    "opens_at",
    "overlap",
    "windows_from",
    "windows_to",
    "words",
    "zone_info",
]

#: How far `opens_at` looks before it says never.
HORIZON = timedelta(days=14)

_DAY = timedelta(days=1)
_STEP = timedelta(hours=2)  # no zone changes its clocks twice in two hours
_Stretch = tuple[datetime, datetime]  # in UTC, half-open


def is_open(windows: tuple[Window, ...], zones: Sequence[str], now: datetime, *, closed_days: Collection[date] = ()) -> bool:
    """Says whether `now` lies inside the hours in every one of `zones` at once.

    No zone, or one nobody knows, is open only under hours that hold all week. `closed_days` are dates in the lead's
    zone.
    """
    asked = _asked(windows, tuple(zones))
    return bool(asked) and all(_is_inside(windows, now.astimezone(zone), closed_days) for zone in asked)


def opens_at(
    windows: tuple[Window, ...], zones: Sequence[str], now: datetime, *, closed_days: Collection[date] = ()
) -> datetime | None:
    """Gives the first instant, `now` or later, that is inside the hours in every zone; None if none comes in 14 days.

    Exact on days when clocks change: a skipped opening opens at the jump, an hour that comes twice counts twice.
    """
    # All the calls that wait for a morning ask the same question, so it is answered once for each quarter of an hour.
    at = now.astimezone(UTC)
    quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    asked, closed = _asked(windows, tuple(zones)), frozenset(closed_days)
    found = _first_opening(windows, asked, closed, quarter)
    return found if found is None or found >= at else _search(windows, asked, closed, at)


def has_zones(zones: Sequence[str]) -> bool:
    """Says whether there is a zone, and the time zone database knows all of them."""
    return bool(_infos(tuple(zones)))


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo | None:
    """Gives the zone of that name from the time zone database, None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def midnights(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Gives when the day of this instant began and when it ends, on the clocks of a zone (UTC where nobody knows it)."""
    info = zone_info(zone) or UTC
    today = at.astimezone(info).date()
    begins, ends = (datetime.combine(day, time(0), info).astimezone(UTC) for day in (today, today + timedelta(days=1)))
    return begins, ends


# Judging one zone ----------------------------------------------------------------------------------------------------


def _is_inside(windows: tuple[Window, ...], local: datetime, closed_days: Collection[date]) -> bool:
    day, clock = DAYS[local.weekday()], local.time()
    return any(day in w.days and w.start <= clock and (w.end is None or clock < w.end) for w in windows) and not (
        closed_days and local.date() in closed_days
    )


def _asked(windows: tuple[Window, ...], zones: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    """The zones in which hours must hold; () when no answer but no is safe."""
    return _infos(zones) or (_ANYWHERE if is_all_week(windows) else ())


@lru_cache(maxsize=4096)
def _infos(zones: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    found = [info for info in map(zone_info, zones) if info is not None]
    return tuple(found) if len(found) == len(zones) else ()


#: An unknown zone stands for all: these three see every calendar day that it is somewhere, so closed days close it.
_ANYWHERE = _infos(("Etc/GMT+12", "UTC", "Etc/GMT-14"))


# Finding the next opening ---------------------------------------------------------------------------------------------


def _search(windows: tuple[Window, ...], asked: tuple[ZoneInfo, ...], closed: frozenset[date], at: datetime) -> datetime | None:
    """Moves on to each zone's next opening in turn until one instant suits them all."""
    limit = at + HORIZON
    suits = 0
    while asked and at <= limit:
        for zone in asked:
            opening = _next_in(zone, windows, closed, at)
            if opening is None:
                return None
            suits = suits + 1 if opening == at else 1
            at = opening
            if suits >= len(asked):
                return at if at <= limit else None
    return None


_first_opening = lru_cache(maxsize=4096)(_search)


def _next_in(zone: ZoneInfo, windows: tuple[Window, ...], closed: frozenset[date], at: datetime) -> datetime | None:
    """The first instant from `at` on that is inside the hours of one zone; None within the horizon."""
    today = at.astimezone(zone).date()
    best: datetime | None = None
    # From yesterday to tomorrow at least: clocks that fall back over midnight give a piece of yesterday once more.
    for ahead in range(-1, HORIZON.days + 2):
        day = today + ahead * _DAY
        if day not in closed:
            openings = [max(start, at) for start, end in _stretches(windows, zone, day) if end > at]
            best = min([best, *openings] if best else openings, default=None)
        if best and (best == at or ahead > 0):
            break
    return best


@lru_cache(maxsize=16_384)
def _stretches(windows: tuple[Window, ...], zone: ZoneInfo, day: date) -> tuple[_Stretch, ...]:
    """The open stretches of one local day, in UTC: the hours laid over each piece of the day with one offset."""
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    found = [
        (max(since, midnight + start - offset), min(until, midnight + end - offset))
        for since, until, offset in _pieces(zone, day)
        for start, end in spans_of(windows, DAYS[day.weekday()])
    ]
    return tuple(sorted((start, end) for start, end in found if start < end))


@lru_cache(maxsize=16_384)
def _pieces(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """Pieces of time around a local day in which the zone keeps one UTC offset."""
    since = at = datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=16)
    end = since + timedelta(hours=56)
    offset = _offset(zone, since)
    pieces: list[tuple[datetime, datetime, timedelta]] = []
    while at < end:
        if (later := _offset(zone, at + _STEP)) != offset:
            change = _change(zone, at, offset)
            pieces.append((since, change, offset))
            since, offset = change, later
        at += _STEP
    return (*pieces, (since, end, offset))


def _change(zone: ZoneInfo, after: datetime, offset: timedelta) -> datetime:
    """The second, within a step, at which the zone leaves `offset`."""
    low, high = 0, int(_STEP.total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, after + timedelta(seconds=middle)) == offset else (low, middle)
    return after + timedelta(seconds=high)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
