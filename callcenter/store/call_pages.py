"""Lists of calls: one query for one page, with the names of what each call points to."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.call import CallStatus, Priority
from callcenter.domain.ending import ended_words
from callcenter.domain.lines import AttemptLine, CallLine
from callcenter.domain.paging import Page
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor
from callcenter.store.call_filter import CALLS, DETAILS, FACETS, FOLLOW_UPS, Condition, conditions, order_of
from callcenter.store.database import Tx
from callcenter.store.paging import COUNT_CAP, Query, capped_count, page_of
from callcenter.store.prepared import Prepared, among
from callcenter.store.tables import BatchRow, ClientRow, table_of

BATCHES: sa.Table = table_of(BatchRow)
CLIENTS = table_of(ClientRow)
_C = CALLS.c
_SAME = tuple({f.name for f in fields(CallLine)} & set(_C.keys()))


def search(tx: Tx, asked: CallFilter, actor: Actor, *, limit: int, cursor: str | None = None) -> Page[CallLine]:
    """Gives one page of the calls that match and that this actor may see."""
    order = order_of(asked)
    # sorted narrow, then read wide: a sort that no index serves would otherwise drag whole rows along
    query = sa.select(_C.id, order.column.label("sort_value")).where(*conditions(asked, actor))
    return page_of(
        tx, query, order=order, limit=limit, cursor=cursor, lines=lambda rows: by_ids(tx, [row["id"] for row in rows])
    )  # fmt: skip


def some(tx: Tx, *where: Condition, order_by: Sequence[Any] = (), limit: int = 100) -> tuple[CallLine, ...]:
    """Gives the calls under plain conditions, newest first when no order is given."""
    query = sa.select(_C.id).where(*where).limit(limit)
    query = query.order_by(*(order_by or (_C.occurred_at.desc(), _C.id.desc())))
    return by_ids(tx, list(tx.execute(query).scalars()))


def newest_dialled(tx: Tx, client_id: str, number: str) -> CallLine | None:
    """Gives the call that was dialled last to this number for this client."""
    found = some(tx, _C.to_number == number, _C.client_id == client_id, _C.dialled_at.is_not(None), limit=1)
    return found[0] if found else None


def by_ids(tx: Tx, call_ids: Sequence[str]) -> tuple[CallLine, ...]:
    """Gives these calls in this order; one that is not there is left out."""
    rows = {row["id"]: row for row in _BY_IDS.rows(tx, {"ids": [*call_ids]})}
    found = [rows[each] for each in call_ids if each in rows]
    follow_ups = _next_follow_ups(tx, call_ids)
    agents = agent_names(tx, found)
    return tuple(_line(row, agents.get(row["agent_id"], ""), follow_ups.get(row["id"])) for row in found)


def count(tx: Tx, asked: CallFilter, actor: Actor, *, cap: int = COUNT_CAP) -> tuple[int, bool]:
    """Gives how many calls match, and whether that is only "at least"."""
    return capped_count(tx, sa.select(_C.id).where(*conditions(asked, actor)), cap=cap)


def counts(tx: Tx, asked: CallFilter, actor: Actor, *, by: str) -> dict[str, int]:
    """Gives how many calls each choice of a facet would leave under the other filters in force; None is left out."""
    column, own = FACETS[by]
    others = replace(asked, **dict.fromkeys(own, ()))
    value = column.label("value")
    query = sa.select(value, sa.func.count()).where(*conditions(others, actor)).group_by(value)
    return {row[0]: row[1] for row in tx.execute(query) if row[0] is not None}


def ids(tx: Tx, asked: CallFilter, actor: Actor, *, limit: int) -> list[str]:
    """Gives the ids of the calls that match, for an act on all of them."""
    query = sa.select(_C.id).where(*conditions(asked, actor)).order_by(_C.id).limit(limit)
    return list(tx.execute(query).scalars())


def spoken(tx: Tx, call_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Gives the transcript and the provider's address of the recording of each of these calls, "" for none."""
    url = DETAILS.c.told["recording_url"].as_string()
    query = sa.select(DETAILS.c.call_id, DETAILS.c.transcript, url).where(DETAILS.c.call_id.in_(call_ids))
    return {row[0]: (row[1] or "", row[2] or "") for row in tx.execute(query)}


def chain(tx: Tx, root_call_id: str, *, this: str) -> tuple[AttemptLine, ...]:
    """Gives every call of a chain of tries, newest first."""
    query = sa.select(CALLS).where(_C.root_call_id == root_call_id).order_by(_C.attempt_number.desc())
    return tuple(
        AttemptLine(
            call_id=row["id"],
            attempt_number=row["attempt_number"],
            status=row["status"],
            outcome=row["outcome"],
            disconnection_reason=row["disconnection_reason"],
            ended_words=ended_words(row["disconnection_reason"]),
            duration_s=_seconds(row),
            occurred_at=row["occurred_at"],
            is_this=row["id"] == this,
        )
        for row in tx.execute(query).mappings()
    )


def _select() -> Query:
    joined = (
        CALLS.outerjoin(CLIENTS, CLIENTS.c.id == _C.client_id)
        .outerjoin(BATCHES, BATCHES.c.id == _C.batch_id)
        .outerjoin(DETAILS, DETAILS.c.call_id == _C.id)
    )
    columns = [column for column in _C if column.name not in ("variables", "window", "retry", "notes", "search")]
    names = (CLIENTS.c.name.label("client_name"), BATCHES.c.name.label("batch_name"), DETAILS.c.summary)
    return sa.select(*columns, *names).select_from(joined)


#: Open lists read these several times a second.
_BY_IDS = Prepared(lambda is_postgres: _select().where(among(_C.id, "ids", is_postgres=is_postgres)))
_TO_DO = Prepared(
    lambda is_postgres: sa.select(FOLLOW_UPS.c.call_id, FOLLOW_UPS.c.at, FOLLOW_UPS.c.kind).where(
        among(FOLLOW_UPS.c.call_id, "ids", is_postgres=is_postgres), FOLLOW_UPS.c.done_at.is_(None)
    )
)
_AGENTS = Prepared(
    lambda is_postgres: sa.select(DETAILS.c.call_id, DETAILS.c.told["agent_name"].as_string().label("agent_name")).where(
        among(DETAILS.c.call_id, "ids", is_postgres=is_postgres)
    )
)


def _line(row: Mapping[str, Any], agent_name: str, follow_up: tuple[datetime | None, str] | None) -> CallLine:
    speaker, _, last_words = row["last_words"].partition(": ")
    is_waiting = row["status"] == CallStatus.SCHEDULED.value
    holds = (row["scheduled_at"], row["look_again_at"], row["not_before_at"])
    values: dict[str, Any] = {
        **{name: row[name] for name in _SAME},
        "call_id": row["id"],
        "client_name": row["client_name"] or "",
        "batch_name": row["batch_name"] or "",
        "number": row["to_number"],
        "agent_name": agent_name,
        "outcome_by_hand": row["outcome_by_hand"] is not None,
        "priority": Priority(row["priority"]).name.lower(),
        "duration_s": _seconds(row),
        "summary": row["summary"] or "",
        "ended_words": ended_words(row["disconnection_reason"]),
        "tags": tuple(row["tags"]),
        "speaker": speaker,
        "last_words": last_words,
        "held_until": max(at for at in holds if at is not None) if is_waiting else None,
        "follow_up_at": follow_up[0] if follow_up else None,
        "follow_up_kind": follow_up[1] if follow_up else "",
    }
    return CallLine(**values)


def _seconds(row: Mapping[Any, Any]) -> int | None:
    """Whole seconds of a call that started, None for one that never did."""
    duration_ms = row["duration_ms"]
    return None if duration_ms is None or not (row["started_seen"] or duration_ms) else round(duration_ms / 1000)


def _next_follow_ups(tx: Tx, call_ids: Sequence[str]) -> dict[str, tuple[datetime | None, str]]:
    found: dict[str, tuple[datetime | None, str]] = {}
    for call_id, at, kind in (row.values() for row in _TO_DO.rows(tx, {"ids": [*call_ids]})):
        known = found.get(call_id)
        if known is None or (at is not None and (known[0] is None or at < known[0])):
            found[call_id] = (at, kind)
    return found


def agent_names(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Gives what Retell calls the agents of these rows, as one call of each told us; unknown ones are left out.

    Only the newest few calls of an agent are asked: a page must stay cheap, and the name is the same in all of them.
    """
    asked: dict[str, str] = {}
    for row in rows:
        if row["agent_id"] and row["phase"] > 1:
            asked.setdefault(row["agent_id"], row["id"])
    if not asked:
        return {}
    by_call = {row["call_id"]: row["agent_name"] for row in _AGENTS.rows(tx, {"ids": [*asked.values()]})}
    return {agent: by_call[call] for agent, call in asked.items() if by_call.get(call)}
