"""When the demo's past calls were dialled, and how likely somebody answered: a believable week."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

#: How busy an hour of a working day is, the busiest near 1.
_HOURS = {9: 0.35, 10: 1.0, 11: 1.0, 12: 0.55, 13: 0.3, 14: 0.45, 15: 0.6, 16: 0.9, 17: 1.0, 18: 0.75, 19: 0.3}
#: And a day, from Monday on.
_DAYS = (0.9, 1.0, 1.0, 0.95, 0.85, 0.3, 0.12)
_ALL = sum(_HOURS.values())


def dial_times(chance: Random, *, since: datetime, until: datetime, zone: ZoneInfo, per_day: int) -> list[datetime]:
    """Gives the instants in UTC at which a client's lines were free to dial, earliest first: `per_day` on a busy day."""
    days = (until.astimezone(zone).date() - since.astimezone(zone).date()).days + 1
    first = since.astimezone(zone).date()
    found = [at for nth in range(days) for at in _of_day(chance, first + timedelta(days=nth), zone=zone, per_day=per_day)]
    return sorted(at for at in found if since <= at < until)


def _of_day(chance: Random, day: date, *, zone: ZoneInfo, per_day: int) -> Iterator[datetime]:
    for hour, weight in _HOURS.items():
        expected = per_day * _DAYS[day.weekday()] * weight / _ALL
        for _ in range(int(expected + chance.random())):
            yield datetime.combine(day, time(hour), zone).astimezone(UTC) + timedelta(seconds=chance.uniform(0, 3600))


def last_hours(chance: Random, *, since: datetime, until: datetime, per_hour: int) -> list[datetime]:
    """Gives the instants of the hours just before the demo was started, whatever time of day that is."""
    count = round((until - since) / timedelta(hours=1) * per_hour)
    return sorted(since + (until - since) * chance.random() for _ in range(count))


def answer_rate(local: datetime) -> float:
    """Gives how likely somebody answers at this local time: late afternoons and mornings are good, lunch is not."""
    by_hour = {9: 0.52, 10: 0.62, 11: 0.6, 12: 0.44, 13: 0.4, 14: 0.43, 15: 0.5, 16: 0.6, 17: 0.7, 18: 0.66, 19: 0.54}
    return by_hour.get(local.hour, 0.5) - (0.1 if local.weekday() > 4 else 0.0)
