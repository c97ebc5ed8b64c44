"""Sums and rates of calls in SQL, by short stretches of time that any time zone can put together into hours and days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from callcenter.domain.call import SUCCESSES, Origin, Phase
from callcenter.domain.search import UNKNOWN
from callcenter.domain.user import Actor
from callcenter.store.call_filter import CALLS, Condition
from callcenter.store.database import Tx
from callcenter.store.paging import visible_to

_C = CALLS.c
_SUCCESSES = sorted(outcome.value for outcome in SUCCESSES)

#: What rates are of: a call of ours that Retell had accepted and that has ended.
DIALLED: Condition = sa.and_(_C.origin == Origin.OURS.value, _C.phase >= int(Phase.ENDED), _C.provider_call_id.is_not(None))
#: Of these, somebody (and no machine) picked up; and of these, it came to something good.
REACHED: Condition = sa.and_(DIALLED, _C.is_reached)
SUCCESSFUL: Condition = sa.and_(REACHED, _C.outcome.in_(_SUCCESSES))

#: Every zone's offset is a multiple of this, so local hours and days are made of whole ones.
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums over some calls. `talk_ms` is of the `started` ones, `cost` of the `costed` ones, in micro-dollars."""

    total: int = 0
    dialled: int = 0
    reached: int = 0
    successful: int = 0
    started: int = 0
    talk_ms: int = 0
    cost: int = 0
    costed: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            total=self.total + other.total,
            dialled=self.dialled + other.dialled,
            reached=self.reached + other.reached,
            successful=self.successful + other.successful,
            started=self.started + other.started,
            talk_ms=self.talk_ms + other.talk_ms,
            cost=self.cost + other.cost,
            costed=self.costed + other.costed,
        )

    @property
    def connect_rate(self) -> float | None:
        """0–1; None without a base."""
        return self.reached / self.dialled if self.dialled else None

    @property
    def success_rate(self) -> float | None:
        """0–1; None without a base."""
        return self.successful / self.reached if self.reached else None

    @property
    def average_duration(self) -> float | None:
        """Seconds, over the calls that started."""
        return self.talk_ms / self.started / 1000 if self.started else None


def sums(tx: Tx, *where: Condition) -> Sums:
    """Gives the sums of the calls under these conditions."""
    return _sums(tx.execute(sa.select(*_columns()).where(*where)).mappings().one())


def sums_by(tx: Tx, column: sa.ColumnElement[Any], *where: Condition) -> dict[Any, Sums]:
    """Gives the sums for each value of a column."""
    value = column.label("value")
    query = sa.select(value, *_columns()).where(*where).group_by(value)
    return {row["value"]: _sums(row) for row in tx.execute(query).mappings()}


def sums_by_quarter(tx: Tx, *where: Condition) -> dict[datetime, Sums]:
    """Gives the sums of each quarter of an hour (its start, UTC) in which calls were dialled or due."""
    return {_instant(key): each for key, each in sums_by(tx, stretch(tx, _C.occurred_at), *where).items()}


@dataclass(frozen=True, slots=True)
class Stretch:
    """The calls of one stretch of time with one status and one outcome."""

    at: datetime
    status: str
    outcome: str | None
    sums: Sums


def sums_by_stretch(tx: Tx, *where: Condition, minutes: int) -> list[Stretch]:
    """Gives the sums of each stretch, status and outcome; `minutes` is 15 or 60."""
    key = stretch(tx, _C.occurred_at, minutes=minutes).label("key")
    query = sa.select(key, _C.status, _C.outcome, *_columns()).where(*where).group_by(key, _C.status, _C.outcome)
    rows = tx.execute(query).mappings()
    return [Stretch(_instant(row["key"]), row["status"], row["outcome"], _sums(row)) for row in rows]


def visible(actor: Actor) -> list[Condition]:
    """Gives the conditions that narrow calls to those this actor may see."""
    return visible_to(_C.client_id, actor)


def outcomes_by_quarter(tx: Tx, *where: Condition) -> list[tuple[datetime, str, int]]:
    """Gives (quarter, outcome, count); no outcome is `unknown`."""
    key, outcome = stretch(tx, _C.occurred_at).label("key"), sa.func.coalesce(_C.outcome, UNKNOWN).label("outcome")
    query = sa.select(key, outcome, sa.func.count()).where(*where).group_by(key, outcome)
    return [(_instant(row[0]), row[1], row[2]) for row in tx.execute(query)]


def count_by(tx: Tx, column: sa.ColumnElement[Any], *where: Condition) -> dict[Any, int]:
    """Gives how many calls there are for each value of a column."""
    value = column.label("value")
    return {row[0]: row[1] for row in tx.execute(sa.select(value, sa.func.count()).where(*where).group_by(value))}


def count_by_minute(tx: Tx, column: sa.ColumnElement[Any], *where: Condition) -> dict[datetime, int]:
    """Gives how many calls there are for each minute of an instant column."""
    return {_instant(key): count for key, count in count_by(tx, stretch(tx, column, minutes=1), *where).items()}


def columns_of(tx: Tx, names: Sequence[str], *where: Condition, limit: int) -> list[Mapping[str, Any]]:
    """Gives some columns of the calls under these conditions, newest first, for what SQL cannot sum."""
    query = sa.select(*(_C[name] for name in names)).where(*where).order_by(_C.occurred_at.desc()).limit(limit)
    return [dict(row) for row in tx.execute(query).mappings()]


def stretch(tx: Tx, column: sa.ColumnElement[Any], *, minutes: int = 15) -> sa.ColumnElement[str]:
    """Gives the start of the stretch an instant lies in as text; `minutes` must divide an hour."""
    if tx.is_postgres:
        at = sa.func.timezone("UTC", column)
        minute = sa.cast(sa.func.date_part("minute", at), sa.Integer)
        hour = sa.func.to_char(at, sa.literal_column("'YYYY-MM-DD HH24:'"))
    else:  # SQLite keeps instants as text: 2026-11-23 16:00:00.000000
        text = sa.type_coerce(column, sa.Text)
        minute = sa.cast(sa.func.substr(text, 15, 2), sa.Integer)
        hour = sa.func.substr(text, 1, 14)
    part: sa.ColumnElement[int] = sa.literal_column(str(int(minutes)), sa.Integer)
    return hour.concat(sa.cast(minute // part * part, sa.Text))


def _instant(key: str) -> datetime:
    hour, _, minute = key.rpartition(":")
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(minute=int(minute), tzinfo=UTC)


def _columns() -> list[sa.ColumnElement[Any]]:
    has_talk = sa.and_(sa.or_(_C.started_seen, _C.duration_ms > 0), _C.duration_ms.is_not(None))
    return [
        sa.func.count().label("total"),
        _count(DIALLED).label("dialled"),
        _count(REACHED).label("reached"),
        _count(SUCCESSFUL).label("successful"),
        _count(has_talk).label("started"),
        sa.func.coalesce(sa.func.sum(sa.case((has_talk, _C.duration_ms), else_=0)), 0).label("talk_ms"),
        sa.func.coalesce(sa.func.sum(_C.cost), 0).label("cost"),
        sa.func.count(_C.cost).label("costed"),
    ]


def _count(where: Condition) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((where, 1), else_=0)), 0)


def _sums(row: sa.RowMapping) -> Sums:
    return Sums(**{name: int(row[name]) for name in Sums.__dataclass_fields__})
