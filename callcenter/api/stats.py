"""Sums and rates as JSON."""

from datetime import date
from typing import Any

from callcenter.api.shapes import MICROS, Shape
from callcenter.services.measuring import CallStats, Totals


class TotalsShape(Shape):
    """The measures of some calls: rates from 0 to 1 or null without a base, durations in seconds, cost in USD."""

    total: int
    by_status: dict[str, int]
    by_outcome: dict[str, int]
    dialled: int
    reached: int
    successful: int
    connect_rate: float | None
    success_rate: float | None
    average_duration: float | None
    cost: float


class DayShape(TotalsShape):
    """The same for one local day."""

    date: date


class StatsShape(TotalsShape):
    """The measures of a period, and of each of its days."""

    per_day: list[DayShape]


def stats_shape(stats: CallStats) -> StatsShape:
    """Gives the measures of a period as JSON."""
    per_day = [DayShape(date=day, **_totals(totals)) for day, totals in stats.per_day]
    return StatsShape(**_totals(stats.totals), per_day=per_day)


def _totals(totals: Totals) -> dict[str, Any]:
    sums = totals.sums
    return {
        "total": sums.total,
        "by_status": dict(totals.by_status),
        "by_outcome": dict(totals.by_outcome),
        "dialled": sums.dialled,
        "reached": sums.reached,
        "successful": sums.successful,
        "connect_rate": sums.connect_rate,
        "success_rate": sums.success_rate,
        "average_duration": sums.average_duration,
        "cost": sums.cost / MICROS,
    }
