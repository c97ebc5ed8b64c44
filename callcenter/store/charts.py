"""What charts are drawn from, counted in SQL; only what needs single values (medians) is read row by row, up to a limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.call import Outcome
from callcenter.domain.search import CallFilter
from callcenter.domain.sums import Sums
from callcenter.domain.user import Actor
from callcenter.store.call_filter import CALLS, DETAILS
from callcenter.store.database import Tx
from callcenter.store.stats import DIALLED, REACHED, of, sum_columns, sums_of
from callcenter.store.tables import DialRow, table_of

DIALS = table_of(DialRow)
_C = CALLS.c
_FAILED = (Outcome.FAILED.value, Outcome.WRONG_NUMBER.value)

#: Width of a bar of the histogram of talk times.
BIN_S = 15


@dataclass(frozen=True, slots=True)
class LocalHour:
    """Calls dialled in one hour of the leads' own clocks: "2026-11-23 16", how many, how many were reached."""

    hour: str
    calls: int
    reached: int


def local_hours(tx: Tx, asked: CallFilter, actor: Actor) -> list[LocalHour]:
    """Gives the calls by the hour it was for the lead, as each dial wrote it down."""
    joined = CALLS.join(DIALS, sa.and_(DIALS.c.call_id == _C.id, DIALS.c.provider_call_id == _C.provider_call_id))
    hour = sa.func.substr(DIALS.c.local_time, 1, 13).label("hour")
    reached = sa.func.sum(sa.case((REACHED, 1), else_=0))
    query = sa.select(hour, sa.func.count(), reached).select_from(joined)
    query = query.where(DIALLED, DIALS.c.local_time != "", *of(asked, actor)).group_by(hour)
    return [LocalHour(row[0], row[1], int(row[2])) for row in tx.execute(query)]


@dataclass(frozen=True, slots=True)
class Piece:
    """The calls of one agent and from-number that ended for one reason and talked about as long: `talk_from_s` is the first
    second of the bin, None for those that were not reached. `failed` of them failed."""

    agent_id: str | None
    from_number: str | None
    reason: str | None
    talk_from_s: int | None
    failed: int
    sums: Sums


def pieces(tx: Tx, asked: CallFilter, actor: Actor) -> list[Piece]:
    """Gives the dialled calls in pieces that every comparison can be put together from, in one walk over them."""
    talk_bin = sa.case((REACHED, _C.duration_ms // sa.literal_column(str(BIN_S * 1000), sa.Integer))).label("talk_bin")
    failed = sa.func.sum(sa.case((_C.outcome.in_(_FAILED), 1), else_=0)).label("failed")
    keys = (_C.agent_id, _C.from_number, _C.disconnection_reason, talk_bin)
    query = sa.select(*keys, failed, *sum_columns()).where(DIALLED, *of(asked, actor)).group_by(*keys)
    return [
        Piece(
            row["agent_id"],
            row["from_number"],
            row["disconnection_reason"],
            None if row["talk_bin"] is None else int(row["talk_bin"]) * BIN_S,
            int(row["failed"]),
            sums_of(row),
        )
        for row in tx.execute(query).mappings()
    ]


def talk_and_delay(tx: Tx, asked: CallFilter, actor: Actor, *, sixteenths: int) -> list[Mapping[str, Any]]:
    """Gives occurred_at, duration_ms and latency_p50_ms of reached calls, for medians; of all, or of so many sixteenths
    of them, chosen by the random end of their ids."""
    query = sa.select(_C.occurred_at, _C.duration_ms, _C.latency_p50_ms).where(REACHED, *of(asked, actor))
    if sixteenths < 16:
        query = query.where(sa.func.substr(_C.id, 32, 1) < f"{sixteenths:x}")
    return [dict(row) for row in tx.execute(query).mappings()]


def cost_lines(tx: Tx, asked: CallFilter, actor: Actor, *, limit: int) -> list[tuple[datetime, Sequence[tuple[str, int]]]]:
    """Gives when the newest calls with a cost were dialled and what it was made of, in micro-dollars."""
    lines = DETAILS.c.told["cost_lines"]
    query = sa.select(_C.occurred_at, lines).join_from(CALLS, DETAILS, DETAILS.c.call_id == _C.id)
    query = query.where(_C.cost > 0, *of(asked, actor)).order_by(_C.occurred_at.desc()).limit(limit)
    return [(row[0], [(part, cost) for part, cost in row[1] or ()]) for row in tx.execute(query)]


def agent_names(tx: Tx, agent_ids: Sequence[str]) -> dict[str, str]:
    """Gives what Retell calls these agents, as the newest call of each told us."""
    newest = sa.select(sa.func.max(_C.id)).where(_C.agent_id.in_(agent_ids), _C.phase > 1).group_by(_C.agent_id).scalar_subquery()
    name = DETAILS.c.told["agent_name"].as_string()
    query = sa.select(_C.agent_id, name).join_from(CALLS, DETAILS, DETAILS.c.call_id == _C.id).where(_C.id.in_(newest))
    return {row[0]: row[1] for row in tx.execute(query) if row[1]}
