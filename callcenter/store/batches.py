"""Load and save batches, and count how far each has come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.batch import Batch, BatchState, Counts, Refusal
from callcenter.domain.call import ACTIVE_STATUSES, CallStatus, Priority
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.hours import windows_from, windows_to
from callcenter.domain.notice import Notice
from callcenter.domain.retry import policy_from, policy_to
from callcenter.domain.stopping import StopRule, stop_from, stop_to
from callcenter.store import transitions
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared, among
from callcenter.store.tables import BatchRow, CallRow, table_of

ROWS = table_of(BatchRow)
_C = ROWS.c
_CALLS = table_of(CallRow).c
_NEWER = sa.alias(table_of(CallRow), "newer")
#: The call was tried again.
_SUPERSEDED = sa.exists().where(_NEWER.c.root_call_id == _CALLS.root_call_id, _NEWER.c.attempt_number > _CALLS.attempt_number)

_SAME_COLUMNS = (
    "client_id",
    "name",
    "state_why",
    "max_concurrent",
    "scheduled_at",
    "ends_at",
    "max_attempts",
    "started_at",
    "resumed_at",
    "finished_at",
)


def add(tx: Tx, batch: Batch, *, by: str) -> None:
    """Adds a new batch."""
    tx.execute(sa.insert(ROWS).values(id=batch.batch_id, **_row_of(batch), created_at=batch.created_at))
    transitions.add(tx, what="batch", row_id=batch.batch_id, from_state=None, to_state=batch.state, now=batch.created_at, by=by)
    tx.announce(Notice("batch", batch.client_id, batch.batch_id), Notice("slot", batch.client_id))


def get(tx: Tx, batch_id: str, *, lock: bool = False) -> Batch:
    """Gives one batch or raises NotFound."""
    query = sa.select(ROWS).where(_C.id == batch_id)
    if lock and tx.is_postgres:
        query = query.with_for_update(key_share=True)
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound("There is no such batch.")
    return _batch_of(row)


def many(tx: Tx, batch_ids: Sequence[str]) -> dict[str, Batch]:
    """Gives these batches by id."""
    rows = tx.execute(sa.select(ROWS).where(_C.id.in_(list(batch_ids)))).mappings()
    return {row["id"]: _batch_of(row) for row in rows}


def listed(tx: Tx, *, client_ids: Sequence[str] | None, states: Sequence[BatchState] = (), limit: int = 200) -> list[Batch]:
    """Gives the newest batches of these clients (None: of all), perhaps only those in the given states."""
    query = sa.select(ROWS)
    if client_ids is not None:
        query = query.where(_C.client_id.in_(list(client_ids)))
    if states:
        query = query.where(_C.state.in_([s.value for s in states]))
    return [_batch_of(r) for r in tx.execute(query.order_by(_C.created_at.desc(), _C.id.desc()).limit(limit)).mappings()]


_RUNNING = Prepared(
    lambda is_postgres: sa.select(ROWS).where(
        among(_C.client_id, "b_clients", is_postgres=is_postgres), _C.state == sa.bindparam("b_state", BatchState.RUNNING.value)
    )
)


def running(tx: Tx, client_ids: Sequence[str]) -> list[Batch]:
    """Gives every batch of these clients that may dial."""
    return [_batch_of(row) for row in _RUNNING.rows(tx, {"b_clients": list(client_ids)})] if client_ids else []


def save(tx: Tx, before: Batch, after: Batch, *, now: datetime, by: str, why: str = "") -> Batch:
    """Saves a changed batch, writes down its change of state, announces it. Raises Conflict if it changed meanwhile."""
    saved = replace(after, rev=before.rev + 1, updated_at=now)
    done = tx.execute(sa.update(ROWS).where(_C.id == saved.batch_id, _C.rev == before.rev).values(_row_of(saved)))
    if done.rowcount != 1:
        raise Conflict("Someone changed this batch a moment ago. Look at it again.")
    if saved.state != before.state:
        transitions.add(
            tx,
            what="batch",
            row_id=saved.batch_id,
            from_state=before.state,
            to_state=saved.state,
            now=now,
            by=by,
            why=why,
        )
    tx.announce(Notice("batch", saved.client_id, saved.batch_id), Notice("slot", saved.client_id))
    return saved


_FIRST_DIAL = Prepared(
    sa.update(ROWS)
    .where(_C.id == sa.bindparam("was_id"), _C.started_at.is_(None))
    .values(started_at=sa.bindparam("b_now", type_=_C.started_at.type), state=BatchState.RUNNING.value)
)


def first_dial(tx: Tx, batch_id: str, *, now: datetime) -> None:
    """Notes when the first call of a batch was dialled."""
    _FIRST_DIAL.count(tx, {"was_id": batch_id, "b_now": now})


_NOW = sa.bindparam("b_now", type_=_C.scheduled_at.type)
_DUE = Prepared(sa.select(ROWS).where(_C.state == BatchState.SCHEDULED.value, _C.scheduled_at <= _NOW))


def due(tx: Tx, *, now: datetime) -> list[Batch]:
    """Gives the scheduled batches whose start has come."""
    return [_batch_of(row) for row in _DUE.rows(tx, {"b_now": now})]


_IS_GOING = sa.or_(_C.state == BatchState.RUNNING.value, _C.state == BatchState.PAUSED.value)
_OPEN = (CallStatus.SCHEDULED.value, *(s.value for s in ACTIVE_STATUSES))


_EMPTIED = sa.select(ROWS).where(_IS_GOING, ~sa.exists().where(_CALLS.batch_id == _C.id, _CALLS.status.in_(_OPEN)))
_PAST_THEIR_END = Prepared(sa.select(ROWS).where(_IS_GOING, _C.ends_at <= _NOW))


def emptied(tx: Tx) -> list[Batch]:
    """Gives the batches that run or are paused and have no call any more that waits or runs."""
    return [_batch_of(row) for row in tx.execute(_EMPTIED).mappings()]


def past_their_end(tx: Tx, *, now: datetime) -> list[Batch]:
    """Gives the batches that run or are paused although their time is over."""
    return [_batch_of(row) for row in _PAST_THEIR_END.rows(tx, {"b_now": now})]


def has_open_calls(tx: Tx, batch_id: str) -> bool:
    """Whether a call of this batch still waits or runs."""
    query = sa.select(_CALLS.id).where(_CALLS.batch_id == batch_id, _CALLS.status.in_(_OPEN)).limit(1)
    return tx.execute(query).first() is not None


def counts(tx: Tx, batches: Sequence[Batch]) -> dict[str, Counts]:
    """Counts the leads of each batch by their newest call."""
    once = [b.batch_id for b in batches if b.max_attempts <= 1]
    query = sa.select(_CALLS.batch_id, _CALLS.status, sa.func.count()).group_by(_CALLS.batch_id, _CALLS.status)
    # those without retries are counted from an index alone
    rows = [*tx.execute(query.where(_CALLS.batch_id.in_(once)))] if once else []
    if retried := [b.batch_id for b in batches if b.max_attempts > 1]:
        rows += tx.execute(query.where(_CALLS.batch_id.in_(retried), ~_SUPERSEDED))
    found: dict[str, dict[str, int]] = {}
    for batch_id, status, count in rows:
        found.setdefault(batch_id, {})[status] = count
    active = [s.value for s in ACTIVE_STATUSES]
    return {
        b.batch_id: Counts(
            leads=sum(found.get(b.batch_id, {}).values()),
            refused=len(b.refused),
            scheduled=found.get(b.batch_id, {}).get("scheduled", 0),
            active=sum(found.get(b.batch_id, {}).get(s, 0) for s in active),
            completed=found.get(b.batch_id, {}).get("completed", 0),
            failed=found.get(b.batch_id, {}).get("failed", 0),
            cancelled=found.get(b.batch_id, {}).get("cancelled", 0),
        )
        for b in batches
    }


def outcomes(tx: Tx, batch_id: str) -> tuple[dict[str, int], int]:
    """Gives how often each outcome came up in a batch (`unknown` for none yet) and what its calls cost, in micro-dollars."""
    query = (
        sa.select(_CALLS.outcome, sa.func.count(), sa.func.coalesce(sa.func.sum(_CALLS.cost), 0))
        .where(_CALLS.batch_id == batch_id, _CALLS.status.in_(["completed", "failed", "cancelled"]))
        .group_by(_CALLS.outcome)
    )
    rows = tx.execute(query).all()
    return {row[0] or "unknown": row[1] for row in rows}, int(sum(row[2] for row in rows))


def leads_ended(tx: Tx, batch_id: str, outcomes: Sequence[str], *, limit: int) -> list[str]:
    """Gives the leads of a batch for whom one of these outcomes is the last word."""
    query = sa.select(_CALLS.lead_id).where(*_last_words(batch_id), _CALLS.outcome.in_(outcomes), _CALLS.lead_id.is_not(None))
    return list(tx.execute(query.order_by(_CALLS.lead_id).limit(limit)).scalars())


def _last_words(batch_id: str) -> list[sa.ColumnElement[bool]]:
    """The calls of a batch that are over and were not tried again."""
    return [_CALLS.batch_id == batch_id, _CALLS.status.in_(["completed", "failed", "cancelled"]), ~_SUPERSEDED]


def leads_dialled(tx: Tx, batch_id: str) -> int:
    """Counts the leads of a batch that were dialled at least once."""
    query = sa.select(sa.func.count(sa.distinct(_CALLS.root_call_id)))
    return tx.execute(query.where(_CALLS.batch_id == batch_id, _CALLS.dialled_at.is_not(None))).scalar_one()


def newest_outcomes(tx: Tx, batch_id: str) -> dict[str, int]:
    """Gives for how many leads each outcome is the last word (`unknown`: over without one, `cancelled`: never dialled)."""
    query = sa.select(_CALLS.status, _CALLS.outcome, sa.func.count())
    query = query.where(*_last_words(batch_id)).group_by(_CALLS.status, _CALLS.outcome)
    found: dict[str, int] = {}
    for status, outcome, count in tx.execute(query):
        key = outcome or ("cancelled" if status == "cancelled" else "unknown")
        found[key] = found.get(key, 0) + count
    return found


def _row_of(batch: Batch) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(batch, name) for name in _SAME_COLUMNS}
    return row | {
        "state": batch.state.value,
        "priority": int(batch.priority),
        "window": None if batch.window is None else windows_to(batch.window),
        "retry": policy_to(batch.retry),
        "stop": stop_to(batch.stop),
        "variables": dict(batch.variables),
        "refused": [[r.lead_id, r.reason, r.name, r.number] for r in batch.refused],
        "rev": batch.rev,
        "updated_at": batch.updated_at,
    }


def _batch_of(row: Mapping[Any, Any]) -> Batch:
    return Batch(
        batch_id=row["id"],
        **{name: row[name] for name in _SAME_COLUMNS},
        state=BatchState(row["state"]),
        priority=Priority(row["priority"]),
        window=None if row["window"] is None else windows_from(row["window"], field="window"),
        retry=policy_from(row["retry"]),
        stop=StopRule() if row["stop"] is None else stop_from(row["stop"], field="stop"),
        variables=row["variables"],
        refused=tuple(Refusal(*r) for r in row["refused"]),
        rev=row["rev"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def speed(tx: Tx, batch_id: str, *, since: datetime, now: datetime) -> float:
    """Gives how many calls of a batch have ended per second since then; 0 when none has."""
    query = sa.select(sa.func.count(), sa.func.min(_CALLS.ended_at)).where(_CALLS.batch_id == batch_id, _CALLS.ended_at >= since)
    count, first = tx.execute(query).one()
    if not count or first is None:
        return 0.0
    return count / max(30.0, (now - max(since, _utc(first))).total_seconds())


def _utc(at: datetime | str) -> datetime:
    # an aggregate of an instant comes back as the database's own type on SQLite
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
