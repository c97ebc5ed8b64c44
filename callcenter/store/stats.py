"""Sums and rates of calls in SQL, by short stretches of time that any time zone can put together into hours and days."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from callcenter.domain.call import SUCCESSES, Origin, Phase
from callcenter.domain.search import UNKNOWN, CallFilter
from callcenter.domain.sums import Stretch, Sums
from callcenter.domain.user import SYSTEM, Actor
from callcenter.store.call_filter import CALLS, Condition, conditions
from callcenter.store.database import Tx

_C = CALLS.c
_SUCCESSES = sorted(outcome.value for outcome in SUCCESSES)

#: What rates are of: a call of ours that Retell had accepted and that has ended.
DIALLED: Condition = sa.and_(_C.origin == Origin.OURS.value, _C.phase >= int(Phase.ENDED))
#: Of these, somebody (and no machine) picked up; and of these, it came to something good.
REACHED: Condition = sa.and_(DIALLED, _C.is_reached)
SUCCESSFUL: Condition = sa.and_(REACHED, _C.outcome.in_(_SUCCESSES))

#: Every zone's offset is a multiple of this, so local hours and days are made of whole ones.
QUARTER = timedelta(minutes=15)


#: What sums can be told apart by.
_GROUPS = {"client": _C.client_id, "agent": _C.agent_id, "number": _C.from_number, "lead": _C.lead_id}


def sums(tx: Tx, asked: CallFilter, actor: Actor = SYSTEM) -> Sums:
    """Gives the sums of our calls that match."""
    return sums_of(tx.execute(sa.select(*sum_columns()).where(*of(asked, actor))).mappings().one())


def sums_by(tx: Tx, group: str, asked: CallFilter, actor: Actor = SYSTEM) -> dict[str, Sums]:
    """Gives the sums for each `client`, `agent`, from-`number` or `lead`; calls that have none are left out."""
    column = _GROUPS[group]
    query = sa.select(column.label("key"), *sum_columns()).where(column.is_not(None), *of(asked, actor)).group_by(column)
    return {row["key"]: sums_of(row) for row in tx.execute(query).mappings()}


def sums_by_quarter(tx: Tx, asked: CallFilter, actor: Actor = SYSTEM) -> dict[datetime, Sums]:
    """Gives the sums of each quarter of an hour (its start, UTC) in which calls were dialled or due."""
    key = stretch(tx, _C.occurred_at).label("key")
    query = sa.select(key, *sum_columns()).where(*of(asked, actor)).group_by(key)
    return {_instant(row["key"]): sums_of(row) for row in tx.execute(query).mappings()}


def sums_by_stretch(tx: Tx, asked: CallFilter, actor: Actor = SYSTEM, *, minutes: int) -> list[Stretch]:
    """Gives the sums of each stretch, status and outcome; `minutes` is 15 or 60."""
    key = stretch(tx, _C.occurred_at, minutes=minutes).label("key")
    query = sa.select(key, _C.status, _C.outcome, *sum_columns()).where(*of(asked, actor))
    rows = tx.execute(query.group_by(key, _C.status, _C.outcome)).mappings()
    return [Stretch(_instant(row["key"]), row["status"], row["outcome"], sums_of(row)) for row in rows]


def outcomes_by_quarter(tx: Tx, asked: CallFilter, actor: Actor = SYSTEM) -> list[tuple[datetime, str, int]]:
    """Gives (quarter, outcome, count) of the dialled calls; no outcome is `unknown`."""
    key, outcome = stretch(tx, _C.occurred_at).label("key"), sa.func.coalesce(_C.outcome, UNKNOWN).label("outcome")
    query = sa.select(key, outcome, sa.func.count()).where(DIALLED, *of(asked, actor)).group_by(key, outcome)
    return [(_instant(row[0]), row[1], row[2]) for row in tx.execute(query)]


def ends(tx: Tx, asked: CallFilter, actor: Actor = SYSTEM) -> dict[str, int]:
    """Gives how many of the dialled calls had which class of end."""
    query = sa.select(_C.ended_class, sa.func.count()).where(DIALLED, *of(asked, actor)).group_by(_C.ended_class)
    return {row[0]: row[1] for row in tx.execute(query)}


def dialled_by_minute(tx: Tx, since: datetime, asked: CallFilter, actor: Actor) -> dict[datetime, int]:
    """Gives how many calls were dialled in each minute since then."""
    return _by_minute(tx, _C.dialled_at, _C.occurred_at >= since, _C.dialled_at >= since, *of(asked, actor))


def created_by_minute(tx: Tx, since: datetime, asked: CallFilter, actor: Actor) -> dict[datetime, int]:
    """Gives how many calls were scheduled in each minute since then."""
    return _by_minute(tx, _C.created_at, _C.created_at >= since, *of(asked, actor))


def talk_ms(tx: Tx, asked: CallFilter, actor: Actor = SYSTEM, *, limit: int) -> list[int]:
    """Gives how long the newest reached calls lasted, for their median."""
    query = sa.select(_C.duration_ms).where(REACHED, _C.duration_ms.is_not(None), *of(asked, actor))
    return list(tx.execute(query.order_by(_C.occurred_at.desc()).limit(limit)).scalars())


def of(asked: CallFilter, actor: Actor) -> list[Condition]:
    """Gives the conditions of what is measured: calls that match, that this actor may see, and that are ours."""
    return [*conditions(asked, actor), _C.origin == Origin.OURS.value]


def _by_minute(tx: Tx, column: sa.ColumnElement[datetime], *where: Condition) -> dict[datetime, int]:
    key = stretch(tx, column, minutes=1).label("key")
    query = sa.select(key, sa.func.count()).where(*where).group_by(key)
    return {_instant(row[0]): row[1] for row in tx.execute(query)}


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


@cache  # to write them anew takes longer than to ask for them
def sum_columns() -> Sequence[sa.ColumnElement[Any]]:
    """Gives the columns of a query that `sums_of` reads."""
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


def sums_of(row: sa.RowMapping) -> Sums:
    """Gives the sums in a row of a query with `sum_columns`."""
    return Sums(**{name: int(row[name]) for name in Sums.__dataclass_fields__})
