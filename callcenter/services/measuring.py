"""Totals, rates and costs for a period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.errors import Invalid
from callcenter.domain.hours import zone_info
from callcenter.domain.query import UNKNOWN
from callcenter.domain.search import CallFilter
from callcenter.domain.sums import Stretch, Sums
from callcenter.domain.user import Actor, sees
from callcenter.services.runtime import Runtime
from callcenter.store import clients, stats
from callcenter.store.database import Tx

#: Days without a call are filled in up to so many, so that a chart has no holes and an answer no end.
_MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums with how many calls there are of each status and outcome (no outcome is `unknown`)."""

    sums: Sums = field(default_factory=Sums)
    by_status: Mapping[str, int] = field(default_factory=dict[str, int])
    by_outcome: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class CallStats:
    """The measures of a period: over all, and of each local day."""

    totals: Totals
    per_day: tuple[tuple[date, Totals], ...]
    tz: str


async def call_stats(
    rt: Runtime,
    actor: Actor,
    client_id: str | None,
    start: datetime | None = None,
    end: datetime | None = None,
    tz: str | None = None,
) -> CallStats:
    """Gives the measures of our calls dialled, or due while not dialled, from `start` to before `end`; `tz` says what a day
    is, default the client's. Raises NotFound, and Invalid for a zone nobody knows."""
    if client_id is not None:
        sees(actor, client_id)
    if tz is not None and zone_info(tz) is None:
        raise Invalid(f"“{tz[:60]}” is no time zone.", field="tz")

    def work(tx: Tx) -> CallStats:
        home = clients.get(tx, client_id).timezone if client_id else clients.get_installation(tx).timezone
        zone = zone_info(tz or home) or ZoneInfo("UTC")
        asked = CallFilter(clients=(client_id,) if client_id else (), start=start, end=end)
        minutes = stretch_minutes(zone, start, end)
        return _stats(stats.sums_by_stretch(tx, asked, actor, minutes=minutes), zone, start, end)

    return await rt.database.read(work)


def stretch_minutes(zone: ZoneInfo, *instants: datetime | None) -> int:
    """Gives how long stretches may be so that local days are made of whole ones: an hour where the offset allows it."""
    asked = [at for at in instants if at is not None] or [datetime(2026, 1, 1, tzinfo=zone), datetime(2026, 7, 1, tzinfo=zone)]
    offsets = [at.astimezone(zone).utcoffset() or timedelta() for at in asked]
    return 60 if all(offset % timedelta(hours=1) == timedelta() for offset in offsets) else 15


def _stats(rows: Iterable[Stretch], zone: ZoneInfo, start: datetime | None, end: datetime | None) -> CallStats:
    days: dict[date, list[Stretch]] = {}
    everything: list[Stretch] = []
    for row in rows:
        days.setdefault(row.at.astimezone(zone).date(), []).append(row)
        everything.append(row)
    for day in _between(days, zone, start, end):
        days.setdefault(day, [])
    per_day = tuple((day, _totals(of_day)) for day, of_day in sorted(days.items()))
    return CallStats(_totals(everything), per_day, zone.key)


def _between(days: Mapping[date, object], zone: ZoneInfo, start: datetime | None, end: datetime | None) -> Iterable[date]:
    """Every day of the period, or else from the first to the last with a call."""
    edges = sorted(days)
    first = start.astimezone(zone).date() if start else edges[0] if edges else None
    last = (end - timedelta(microseconds=1)).astimezone(zone).date() if end else edges[-1] if edges else None
    if first is None or last is None or not 0 <= (last - first).days < _MOST_DAYS:
        return ()
    return (first + timedelta(days=nth) for nth in range((last - first).days + 1))


def _totals(rows: Iterable[Stretch]) -> Totals:
    sums = Sums()
    statuses: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    for row in rows:
        sums += row.sums
        statuses[row.status] = statuses.get(row.status, 0) + row.sums.total
        outcome = row.outcome or UNKNOWN
        outcomes[outcome] = outcomes.get(outcome, 0) + row.sums.total
    return Totals(sums, statuses, outcomes)
