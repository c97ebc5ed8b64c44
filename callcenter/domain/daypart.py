"""Morning, afternoon, evening: the parts of a lead's day, so that another try can come at another time of it."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from callcenter.domain.hours import HORIZON, Window, opens_at, zone_info

#: When a part ends and the next begins, on the lead's clock; the evening lasts until midnight, the morning begins there.
_BORDERS = (time(12), time(17))
_NAMES = ("morning", "afternoon", "evening")


def daypart(at: datetime, zone: str) -> str | None:
    """Gives the part of the day it is in a zone; None where nobody knows the zone."""
    info = zone_info(zone)
    if info is None:
        return None
    return _NAMES[sum(at.astimezone(info).time() >= border for border in _BORDERS)]


def opens_in_another_part(
    windows: tuple[Window, ...],
    zones: tuple[str, ...],
    at: datetime,
    *,
    than: datetime,
    closed_days: Collection[date] = (),
) -> datetime | None:
    """Gives the first instant from `at` on inside the hours that lies in another part of the lead's day than `than` did.

    Of several zones the first counts. None when the zone is unknown, or no hours of the next two weeks are in another part.
    """
    if not zones or (avoided := daypart(than, zones[0])) is None:
        return None
    limit, found = at + HORIZON, opens_at(windows, zones, at, closed_days=closed_days)
    while found is not None and found < limit:
        if daypart(found, zones[0]) != avoided:
            return found
        found = opens_at(windows, zones, _next_border(found, zones[0]), closed_days=closed_days)
    return None


def _next_border(at: datetime, zone: str) -> datetime:
    """The first instant after `at` at which another part of the day begins."""
    info = zone_info(zone) or UTC
    today = at.astimezone(info).date()
    borders = (
        datetime.combine(today + timedelta(days=days), border, info).astimezone(UTC)
        for days in (0, 1)
        for border in (*_BORDERS, time(0))
    )
    return min(border for border in borders if border > at)
