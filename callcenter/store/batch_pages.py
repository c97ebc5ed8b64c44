"""Lists of batches with their progress, and what holds one up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.batch import Batch, BatchState, Counts
from callcenter.domain.call import Call, CallStatus, Priority
from callcenter.domain.hours import windows_from
from callcenter.domain.lines import BatchLine
from callcenter.domain.paging import Page
from callcenter.domain.search import UNKNOWN
from callcenter.domain.user import Actor
from callcenter.store import batches
from callcenter.store.call_filter import CALLS, Condition
from callcenter.store.database import Tx
from callcenter.store.paging import Order, page_of, visible_to
from callcenter.store.tables import BatchRow, ClientRow, DialRow, table_of

ROWS = table_of(BatchRow)
CLIENTS = table_of(ClientRow)
DIALS = table_of(DialRow)
_B = ROWS.c
_C = CALLS.c
_BY_AGE = Order("-created", _B.created_at, _B.id, is_descending=True)


def search(
    tx: Tx, actor: Actor, *, now: datetime, client_id: str | None = None, states: Sequence[str] = (),
    limit: int, cursor: str | None = None,
) -> Page[BatchLine]:  # fmt: skip
    """Gives a page of batches with their progress, newest first. `states` are stored ones."""
    query = sa.select(_B.id, _B.created_at.label("sort_value")).where(*visible_to(_B.client_id, actor))
    if client_id is not None:
        query = query.where(_B.client_id == client_id)
    if states:
        query = query.where(_B.state.in_(states))
    return page_of(
        tx, query, order=_BY_AGE, limit=limit, cursor=cursor,
        lines=lambda rows: lines(tx, [row["id"] for row in rows], now=now),
    )  # fmt: skip


def lines(tx: Tx, batch_ids: Sequence[str], *, now: datetime) -> list[BatchLine]:
    """Gives the line of each of these batches, in this order."""
    known = batches.many(tx, batch_ids)
    counts = batches.counts(tx, list(known.values()))
    resting = [each for each in known if counts[each].scheduled and not counts[each].active]
    results, next_looks, clients = _results(tx, batch_ids), _next_looks(tx, resting), _clients(tx, list(known.values()))
    return [
        _line(known[each], counts[each], results.get(each, _Results({}, 0, 0)), next_looks.get(each), clients, now=now)
        for each in batch_ids
        if each in known
    ]


def shown_status(state: BatchState, counts: Counts, *, next_look: datetime | None, now: datetime) -> str:
    """Gives the status people see: a running batch waits while all that is left is for later, and finishes when nothing
    is left to dial."""
    if state is not BatchState.RUNNING:
        return state.value
    if counts.scheduled == 0:
        return "finishing" if counts.active else state.value
    return "waiting" if counts.active == 0 and next_look is not None and next_look > now else state.value


def waiting_calls(tx: Tx, batch: Batch, *, limit: int) -> list[Call]:
    """Gives the calls of a batch that wait, in the order of their turn, with only what the rules ask of a call."""
    query = sa.select(*(_C[name].label(field) for field, name in _ASKED.items()))
    query = query.where(_C.batch_id == batch.batch_id, _C.status == CallStatus.SCHEDULED.value)
    rows = tx.execute(query.order_by(_C.priority.desc(), _C.scheduled_at, _C.id).limit(limit)).mappings()
    given = {"client_id": batch.client_id, "batch_id": batch.batch_id, "created_at": batch.created_at}
    return [_waiting_call(row, given) for row in rows]


#: The fields of a call that a rule looks at, and their columns.
_ASKED = {
    "call_id": "id", "root_call_id": "root_call_id", "lead_id": "lead_id", "to_number": "to_number",
    "from_number": "from_number", "attempt_number": "attempt_number", "scheduled_at": "scheduled_at",
    "not_before_at": "not_before_at", "paused_at": "paused_at", "cancel_requested_at": "cancel_requested_at",
    "closed_why": "closed_why", "window": "window",
}  # fmt: skip


def _waiting_call(row: sa.RowMapping, given: Mapping[str, Any]) -> Call:
    window = windows_from(row["window"], field="window") if row["window"] else None
    fields: dict[str, Any] = {**row, **given, "window": window, "updated_at": given["created_at"]}
    return Call(**fields)


def dial_count(tx: Tx, batch_id: str) -> int:
    """Gives how many dials a batch has made."""
    joined = DIALS.join(CALLS, _C.id == DIALS.c.call_id)
    query = sa.select(sa.func.count()).select_from(joined).where(_C.batch_id == batch_id, DIALS.c.sent_at.is_not(None))
    return tx.execute(query).scalar_one()


@dataclass(frozen=True, slots=True)
class _Results:
    outcomes: Mapping[str, int]
    reached: int
    cost: int


def _line(
    batch: Batch, counts: Counts, results: _Results, next_look: datetime | None,
    clients: Mapping[str, tuple[str, int]], *, now: datetime,
) -> BatchLine:  # fmt: skip
    status = shown_status(batch.state, counts, next_look=next_look, now=now)
    name, cap = clients[batch.client_id]
    return BatchLine(
        batch_id=batch.batch_id,
        client_id=batch.client_id,
        client_name=name,
        name=batch.name,
        status=status,
        state=batch.state.value,
        state_why=batch.state_why,
        priority=Priority(batch.priority).name.lower(),
        max_concurrent=batch.max_concurrent,
        client_cap=cap,
        counts=counts,
        outcomes=results.outcomes,
        reached=results.reached,
        cost=results.cost,
        waits_until=next_look if status == "waiting" else None,
        scheduled_at=batch.scheduled_at,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        created_at=batch.created_at,
    )


def _results(tx: Tx, batch_ids: Sequence[str]) -> dict[str, _Results]:
    """What came of the finished calls of each batch, retries counted."""
    ended: Condition = _C.status.in_([s.value for s in (CallStatus.COMPLETED, CallStatus.FAILED, CallStatus.CANCELLED)])
    outcome = sa.func.coalesce(_C.outcome, UNKNOWN)
    reached = sa.func.sum(sa.case((_C.is_reached, 1), else_=0))
    query = sa.select(_C.batch_id, outcome, sa.func.count(), reached, sa.func.coalesce(sa.func.sum(_C.cost), 0))
    query = query.where(_C.batch_id.in_(batch_ids), ended).group_by(_C.batch_id, outcome)
    found: dict[str, _Results] = {}
    for batch_id, value, count, picked_up, cost in tx.execute(query):
        before = found.get(batch_id, _Results({}, 0, 0))
        found[batch_id] = _Results({**before.outcomes, value: count}, before.reached + int(picked_up), before.cost + int(cost))
    return found


def _next_looks(tx: Tx, batch_ids: Sequence[str]) -> dict[str, datetime]:
    """The instant at which the first waiting call of each batch may be worth a look."""
    query = sa.select(_C.batch_id, sa.func.min(_C.look_again_at)).group_by(_C.batch_id)
    query = query.where(_C.batch_id.in_(batch_ids), _C.status == CallStatus.SCHEDULED.value, _C.paused_at.is_(None))
    return {row[0]: row[1] for row in tx.execute(query)}


def _clients(tx: Tx, known: Sequence[Batch]) -> dict[str, tuple[str, int]]:
    c = CLIENTS.c
    query = sa.select(c.id, c.name, c.max_concurrent).where(c.id.in_({batch.client_id for batch in known}))
    return {row[0]: (row[1], row[2]) for row in tx.execute(query)}
