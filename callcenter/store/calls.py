"""Load and save calls: the row that lists read, the details beside it, and every change of status written down."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.call import ACTIVE_STATUSES, Call, CallStatus, Derived, Origin, Outcome, Priority
from callcenter.domain.changing import with_changes
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.hours import windows_from, windows_to
from callcenter.domain.notice import Notice
from callcenter.domain.retry import policy_from, policy_to
from callcenter.domain.user import Actor
from callcenter.store import transitions
from callcenter.store.database import Tx
from callcenter.store.paging import visible_to
from callcenter.store.prepared import Prepared, among, not_among
from callcenter.store.tables import IS_WAITING, CallDetailRow, CallRow, DialRow, table_of
from callcenter.store.told import told_from, told_to

ROWS = table_of(CallRow)
DETAILS = table_of(CallDetailRow)
_C = ROWS.c
_DIALS = table_of(DialRow).c

_ACTIVE = sorted(status.value for status in ACTIVE_STATUSES)
_OPEN = [CallStatus.SCHEDULED.value, *_ACTIVE]
#: What stands in columns of its own although the fold or the derivation made it.
_TOLD_COLUMNS = (
    "provider_call_id",
    "provider_status",
    "disconnection_reason",
    "started_at",
    "ended_at",
    "duration_ms",
    "cost",
    "latency_p50_ms",
)
_SAME_COLUMNS = (
    "client_id",
    "account_id",
    "lead_id",
    "lead_name",
    "batch_id",
    "root_call_id",
    "attempt_number",
    "max_attempts",
    "direction",
    "to_number",
    "from_number",
    "agent_id",
    "scheduled_at",
    "notes",
    "outcome_by",
    "cancel_requested_at",
    "cancel_by",
    "paused_at",
    "paused_by",
    "closed_why",
    "refused",
    "not_before_at",
    "next_check_at",
    "checks",
)
_TOLD, _SAME = attrgetter(*_TOLD_COLUMNS), attrgetter(*_SAME_COLUMNS)


def add(tx: Tx, *calls: Call) -> None:
    """Adds new calls; raises IntegrityError when one of them exists already."""
    if not calls:
        return
    tx.execute(sa.insert(ROWS), [{"id": c.call_id, **_row_of(c), "created_at": c.created_at} for c in calls])
    told = [_details_of(c) for c in calls if c.told.phase]
    if told:
        tx.execute(sa.insert(DETAILS), told)
    for call in calls[:50]:  # one notice tells it as well as ten thousand
        tx.announce(Notice("call", call.client_id, call.call_id))


#: A call with its details, as `call_of` reads it.
WHOLE = sa.select(ROWS, DETAILS.c.told, DETAILS.c.keywords, DETAILS.c.quality_reason).select_from(
    ROWS.outerjoin(DETAILS, DETAILS.c.call_id == _C.id)
)


def _prepared(where: sa.ColumnElement[bool]) -> tuple[Prepared, Prepared]:
    """The question for the calls, and before it the one that keeps others from changing them.

    Two statements, for PostgreSQL: one that had to wait for its lock sees the call as it is now, but its details as they were
    when the statement began, and what is folded into those would undo what the other has folded.
    """
    return Prepared(WHOLE.where(where)), Prepared(locking(where))


def locking(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Gives the query that locks calls, in the order of their ids: two who lock the same ones never wait for each other."""
    return sa.select(_C.id).where(where).order_by(_C.id).with_for_update(key_share=True)


_BY_ID = _prepared(_C.id == sa.bindparam("b_id"))
_BY_TOKEN = _prepared(_C.id == sa.select(_DIALS.call_id).where(_DIALS.token == sa.bindparam("b_token")).scalar_subquery())
_BY_DIAL = _prepared(
    _C.id
    == sa.select(_DIALS.call_id)
    .where(_DIALS.account_id == sa.bindparam("b_account"), _DIALS.provider_call_id == sa.bindparam("b_provider"))
    .scalar_subquery()
)
_BY_PROVIDER = _prepared(sa.and_(_C.account_id == sa.bindparam("b_account"), _C.provider_call_id == sa.bindparam("b_provider")))


def get(tx: Tx, call_id: str, *, lock: bool = False) -> Call:
    """Gives one call; with `lock` nobody else changes it until this transaction ends. Raises NotFound."""
    found = _find(tx, _BY_ID, {"b_id": call_id}, lock=lock)
    if found is None:
        raise NotFound("There is no such call.")
    return found


def find_by_token(tx: Tx, token: str, *, lock: bool = False) -> Call | None:
    """Gives the call that a dial's token belongs to."""
    return _find(tx, _BY_TOKEN, {"b_token": token}, lock=lock)


def find_by_dial(tx: Tx, account_id: str, provider_call_id: str, *, lock: bool = False) -> Call | None:
    """Gives the call of which a dial became this Retell call."""
    return _find(tx, _BY_DIAL, {"b_account": account_id, "b_provider": provider_call_id}, lock=lock)


def find_by_provider(tx: Tx, account_id: str, provider_call_id: str, *, lock: bool = False) -> Call | None:
    """Gives the call that is this Retell call, if we have one."""
    return _find(tx, _BY_PROVIDER, {"b_account": account_id, "b_provider": provider_call_id}, lock=lock)


def _find(tx: Tx, queries: tuple[Prepared, Prepared], facts: Mapping[str, Any], *, lock: bool) -> Call | None:
    tx.flush(_UPSERT.many)
    if lock and tx.is_postgres:
        queries[1].rows(tx, facts)
    found = queries[0].rows(tx, facts)
    return call_of(found[0]) if found else None


def load(tx: Tx, where: sa.ColumnElement[bool], *, limit: int, order: Any = None, lock: bool = False) -> list[Call]:
    """Gives whole calls, at most `limit`; for lists use call_pages, which reads less.

    With `lock` nobody else changes them until this transaction ends; then those with the first ids are given.
    """
    tx.flush(_UPSERT.many)
    if lock and tx.is_postgres:
        where = _C.id.in_(list(tx.execute(locking(where).limit(limit)).scalars()))
    query = WHOLE.where(where).limit(limit)
    if order is not None:
        query = query.order_by(order)
    return [call_of(row) for row in tx.execute(query).mappings()]


def many(tx: Tx, call_ids: Sequence[str]) -> dict[str, Call]:
    """Gives these whole calls by id."""
    return {call.call_id: call for call in load(tx, _C.id.in_(list(call_ids)), limit=len(call_ids))}


def save(tx: Tx, before: Call, after: Call, *, now: datetime, by: str = "callcenter", why: str = "") -> Call:
    """Saves a changed call, writes down its change of status, announces it; gives it with its new `rev`.

    Raises Conflict when someone else saved it after `before` was read.
    """
    if after == before:
        return before
    saved = with_changes(after, rev=before.rev + 1, updated_at=now)
    was, row = _row_of(before), _row_of(saved)
    # an index is touched when its column is named, even if the value stays; so only what has changed is written
    changed = {name: value for name, value in row.items() if value != was[name]}
    facts = {f"b_{name}": value for name, value in changed.items()} | {"was_id": saved.call_id, "was_rev": before.rev}
    if _saving(tuple(changed)).count(tx, facts) != 1:
        raise Conflict("Someone changed this call a moment ago. Look at it again.")
    if after.told is not before.told or after.derived is not before.derived:
        tx.at_end(_UPSERT.many, [_details_of(saved)])
    if after.derived.status != before.derived.status:
        transitions.add(
            tx,
            what="call",
            row_id=saved.call_id,
            from_state=before.derived.status,
            to_state=saved.derived.status,
            now=now,
            by=by,
            why=why,
        )
    tx.announce(Notice("call", saved.client_id, saved.call_id))
    if saved.batch_id and after.derived.status != before.derived.status:
        tx.announce(Notice("batch", saved.client_id, saved.batch_id))
    return saved


def _next(*more: Callable[[bool], sa.ColumnElement[bool]]) -> Prepared:
    """The first waiting calls of a batch: of each priority the first by time, so that an index is walked and nothing sorted."""
    return Prepared(lambda is_postgres: _first_of_each_priority([condition(is_postgres) for condition in more]))


def _first_of_each_priority(more: Sequence[sa.ColumnElement[bool]]) -> sa.CompoundSelect[Any]:

    def first(priority: Priority) -> sa.Subquery:
        where = (
            _C.client_id == sa.bindparam("b_client"),
            *more,
            _C.priority == sa.literal_column(str(int(priority))),
            sa.text(IS_WAITING),
            _C.scheduled_at <= sa.bindparam("b_now"),
            _C.look_again_at <= sa.bindparam("b_now"),
            _C.paused_at.is_(None),
        )
        query = sa.select(ROWS).where(*where).order_by(_C.scheduled_at, _C.id)
        return query.limit(sa.bindparam("b_limit", type_=sa.Integer)).subquery()

    return sa.union_all(*[sa.select(first(priority)) for priority in Priority])


def _of_batch(_is_postgres: bool) -> sa.ColumnElement[bool]:
    return _C.batch_id == sa.bindparam("b_batch")


def _single(_is_postgres: bool) -> sa.ColumnElement[bool]:
    return _C.batch_id.is_(None)


def _from_others(is_postgres: bool) -> sa.ColumnElement[bool]:
    mine = sa.func.coalesce(_C.from_number, sa.bindparam("b_from", type_=sa.String))
    return not_among(mine, "b_resting", is_postgres=is_postgres)


_NEXT_OF_BATCH, _NEXT_SINGLE = _next(_of_batch), _next(_single)
_OTHERS_OF_BATCH, _OTHERS_SINGLE = _next(_of_batch, _from_others), _next(_single, _from_others)


def waiting(
    tx: Tx,
    client_id: str,
    batch_id: str | None,
    *,
    now: datetime,
    limit: int,
    resting: Sequence[str] = (),
    from_number: str | None = None,
) -> list[Call]:
    """Gives the scheduled calls of one batch (or of none) that may be worth a look now, in the order of their turn.

    Those from a number in `resting` are left out; a call without one of its own goes out from `from_number`.
    """
    known: dict[str, Any] = {"b_client": client_id, "b_now": now, "b_limit": limit}
    if batch_id:
        known["b_batch"] = batch_id
    if resting:
        known |= {"b_resting": list(resting), "b_from": from_number}
        found = (_OTHERS_OF_BATCH if batch_id else _OTHERS_SINGLE).rows(tx, known)
    else:
        found = (_NEXT_OF_BATCH if batch_id else _NEXT_SINGLE).rows(tx, known)
    found.sort(key=lambda row: (-row["priority"], row["scheduled_at"], row["id"]))
    return [call_of(row) for row in found[:limit]]


def look_again(tx: Tx, *, now: datetime, **where: str | None) -> int:
    """Lets the dispatcher look at scheduled calls again at once, by client_id, batch_id, to_number, lead_id or account_id.

    Call it whenever something changed that may allow a call earlier than it was told to wait. Gives how many there are.
    """
    conditions = [_C.status == CallStatus.SCHEDULED.value, _C.look_again_at > now]
    conditions += [_C[name] == value for name, value in where.items() if value is not None]
    return tx.execute(sa.update(ROWS).where(*conditions).values(look_again_at=now)).rowcount


def _looking_later(is_postgres: bool) -> Any:
    mine = among(_C.id, "b_ids", is_postgres=is_postgres)
    return sa.update(ROWS).where(mine).values(look_again_at=sa.bindparam("b_at", type_=_C.look_again_at.type))


_LOOK_LATER = Prepared(_looking_later)


def look_later(tx: Tx, later: Mapping[str, datetime]) -> None:
    """Spares the scan these calls until the given instants."""
    same: dict[datetime, list[str]] = {}  # most wait for the same opening hour
    for call_id, at in later.items():
        same.setdefault(at, []).append(call_id)
    for at, call_ids in same.items():
        _LOOK_LATER.count(tx, {"b_ids": call_ids, "b_at": at})


def cancel_waiting(
    tx: Tx,
    *,
    why: str,
    by: str,
    now: datetime,
    number: str | None = None,
    client_id: str | None = None,
    batch_id: str | None = None,
    lead_id: str | None = None,
    call_ids: Iterable[str] | None = None,
) -> int:
    """Cancels every call that waits (nothing dialled) under all given conditions; gives how many.

    What is in flight is not touched here: see services/calling.py.
    """
    conditions = [_C.status == CallStatus.SCHEDULED.value, _C.origin == Origin.OURS.value]
    given = {"to_number": number, "client_id": client_id, "batch_id": batch_id, "lead_id": lead_id}
    conditions += [_C[name] == value for name, value in given.items() if value is not None]
    if call_ids is not None:
        conditions.append(_C.id.in_(list(call_ids)))
    found = tx.execute(sa.select(_C.id, _C.client_id, _C.batch_id).where(*conditions)).mappings().all()
    return _cancel(tx, found, why=why, by=by, now=now)


_CHAIN = Prepared(sa.select(_C.id, _C.client_id, _C.batch_id, _C.status).where(_C.root_call_id == sa.bindparam("b_root")))


def cancel_chain(tx: Tx, root_call_id: str, *, why: str, by: str, now: datetime) -> int:
    """Cancels what still waits in a chain of attempts; gives how many that were."""
    chain = _CHAIN.rows(tx, {"b_root": root_call_id})
    return _cancel(tx, [row for row in chain if row["status"] == CallStatus.SCHEDULED.value], why=why, by=by, now=now)


def _cancel(tx: Tx, found: Sequence[Mapping[Any, Any]], *, why: str, by: str, now: datetime) -> int:
    for start in range(0, len(found), 500):
        ids = [row["id"] for row in found[start : start + 500]]
        values = {
            "status": CallStatus.CANCELLED.value,
            "closed_why": why,
            "cancel_by": by,
            "cancel_requested_at": now,
            "updated_at": now,
            "rev": _C.rev + 1,
        }
        tx.execute(sa.update(ROWS).where(_C.id.in_(ids)).values(values))
    transitions.add_many(
        tx,
        [(row["id"], CallStatus.SCHEDULED.value, CallStatus.CANCELLED.value) for row in found],
        what="call",
        now=now,
        by=by,
        why=why,
    )
    for row in found[:50]:
        tx.announce(Notice("call", row["client_id"], row["id"]))
    for batch in {(row["client_id"], row["batch_id"]) for row in found if row["batch_id"]}:
        tx.announce(Notice("batch", *batch))
    return len(found)


def locked(tx: Tx, call_ids: Sequence[str]) -> list[Call]:
    """Gives these calls; nobody else changes them until this transaction ends."""
    return load(tx, _C.id.in_(list(call_ids)), limit=len(call_ids), lock=True)


def waiting_for_lead(tx: Tx, lead_id: str) -> list[Call]:
    """Gives the calls that wait for a lead."""
    return load(tx, sa.and_(_C.lead_id == lead_id, _C.status == CallStatus.SCHEDULED.value), limit=1_000)


def is_in_batch(tx: Tx, batch_id: str, number: str) -> bool:
    """Whether a first attempt of this batch goes to this number already."""
    query = sa.select(_C.id).where(_C.batch_id == batch_id, _C.to_number == number, _C.attempt_number == 1).limit(1)
    return tx.execute(query).first() is not None


def in_flight(tx: Tx, **where: str | None) -> list[Call]:
    """Gives the calls that are dialled, ring or talk now, by client_id, batch_id, to_number or account_id."""
    conditions = [_C.status.in_(_ACTIVE), *(_C[name] == value for name, value in where.items() if value is not None)]
    return load(tx, sa.and_(*conditions), limit=5_000)


def ids_in_flight(
    tx: Tx, actor: Actor, client_id: str | None = None, batch_id: str | None = None, *, after: str, limit: int
) -> list[str]:
    """Gives the ids of what is dialled, rings or talks and this actor may see, in their order, those after `after` only."""
    narrowed = {_C.client_id: client_id, _C.batch_id: batch_id}
    conditions = [_C.status.in_(_ACTIVE), _C.id > after, *visible_to(_C.client_id, actor)]
    conditions += [column == value for column, value in narrowed.items() if value is not None]
    return list(tx.execute(sa.select(_C.id).where(*conditions).order_by(_C.id).limit(limit)).scalars())


def due_for_check(tx: Tx, account_ids: Collection[str], *, now: datetime, limit: int) -> list[tuple[str, str, str, int]]:
    """Gives (call_id, account_id, provider_call_id, checks) of these accounts' calls whose news is overdue, longest first."""
    query = sa.select(_C.id, _C.account_id, _C.provider_call_id, _C.checks)
    query = query.where(_C.next_check_at <= now, _C.provider_call_id.is_not(None), _C.account_id.in_(account_ids))
    return [(row[0], row[1], row[2], row[3]) for row in tx.execute(query.order_by(_C.next_check_at).limit(limit))]


def check_at(tx: Tx, call_id: str, at: datetime | None, *, checks: int = 0) -> None:
    """Says when reconciling should ask the provider about this call next; None: never."""
    tx.execute(sa.update(ROWS).where(_C.id == call_id).values(next_check_at=at, checks=checks))


def _row_of(call: Call) -> dict[str, Any]:
    derived, told = call.derived, call.told
    row: dict[str, Any] = dict(zip(_SAME_COLUMNS, _SAME(call), strict=True))
    row |= zip(_TOLD_COLUMNS, _TOLD(told), strict=True)
    row |= {
        "origin": call.origin.value,
        "priority": int(call.priority),
        "variables": dict(call.variables),
        "tags": list(call.tags),
        "window": None if call.window is None else windows_to(call.window),
        "retry": None if call.retry is None else policy_to(call.retry),
        "outcome_by_hand": call.outcome_by_hand and call.outcome_by_hand.value,
        "phase": int(told.phase),
        "started_seen": told.started_seen,
        "status": derived.status.value,
        "checking": derived.checking,
        "outcome": derived.outcome and derived.outcome.value,
        "sentiment": derived.sentiment,
        "intent": derived.intent,
        "quality_score": derived.quality_score,
        "is_reached": derived.is_reached,
        "ended_class": derived.ended_class,
        "dialled_at": derived.dialled_at,
        "occurred_at": derived.dialled_at or (told.started_at if call.origin is Origin.OUTSIDE else None) or call.scheduled_at,
        "last_words": _last_words(call),
        "look_again_at": call.look_again_at or call.scheduled_at,
        "search": " ".join((call.lead_name, call.to_number, told.provider_call_id or "", call.call_id)).lower(),
        "rev": call.rev,
        "updated_at": call.updated_at,
    }
    return row


@cache
def _saving(names: tuple[str, ...]) -> Prepared:
    """The update of these columns, made once."""
    mine = sa.and_(_C.id == sa.bindparam("was_id"), _C.rev == sa.bindparam("was_rev"))
    return Prepared(sa.update(ROWS).where(mine).values({name: sa.bindparam(f"b_{name}", type_=_C[name].type) for name in names}))


def _upserting(is_postgres: bool) -> Any:
    given = {column.name: sa.bindparam(column.name, type_=column.type) for column in DETAILS.c}
    adding = (postgresql.insert if is_postgres else sqlite.insert)(DETAILS).values(given)
    others = {column.name: adding.excluded[column.name] for column in DETAILS.c if column.name != "call_id"}
    return adding.on_conflict_do_update(index_elements=["call_id"], set_=others)


_UPSERT = Prepared(_upserting)


def _last_words(call: Call) -> str:
    spoken = next((t for t in reversed(call.told.turns) if t.role in ("agent", "user") and t.text), None)
    return f"{spoken.role}: {spoken.text[:160]}" if spoken else ""


def _details_of(call: Call) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "told": told_to(call.told),
        "transcript": call.told.transcript,
        "summary": call.told.summary,
        "keywords": list(call.derived.keywords),
        "quality_reason": call.derived.quality_reason,
    }


def call_of(row: Mapping[Any, Any]) -> Call:
    """Gives the call of a row of WHOLE."""
    retry = row["retry"]
    outcome, by_hand = row["outcome"], row["outcome_by_hand"]
    return Call(
        call_id=row["id"],
        **{name: row[name] for name in _SAME_COLUMNS},
        origin=Origin(row["origin"]),
        priority=Priority(row["priority"]),
        variables=row["variables"],
        tags=tuple(row["tags"]),
        window=None if row["window"] is None else windows_from(row["window"], field="window"),
        retry=None if retry is None else policy_from(retry),
        outcome_by_hand=Outcome(by_hand) if by_hand else None,
        look_again_at=row["look_again_at"],
        told=told_from(row.get("told")),
        derived=Derived(
            status=CallStatus(row["status"]),
            checking=row["checking"],
            outcome=Outcome(outcome) if outcome else None,
            sentiment=row["sentiment"],
            intent=row["intent"],
            keywords=tuple(row.get("keywords") or ()),
            quality_score=row["quality_score"],
            quality_reason=row.get("quality_reason"),
            dialled_at=row["dialled_at"],
            occurred_at=row["occurred_at"],
            is_reached=row["is_reached"],
            ended_class=row["ended_class"],
        ),
        rev=row["rev"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def statuses(tx: Tx, call_ids: Sequence[str]) -> dict[str, CallStatus]:
    """Gives where each of these calls is."""
    return {row.id: CallStatus(row.status) for row in tx.execute(sa.select(_C.id, _C.status).where(_C.id.in_(list(call_ids))))}


# by lead alone: told the status too, SQLite would go through all calls that wait
_RETRIES_OF_LEAD = Prepared(sa.select(_C.id, _C.status).where(_C.lead_id == sa.bindparam("b_lead"), _C.attempt_number > 1))


def waiting_retries(tx: Tx, lead_id: str) -> list[str]:
    """Gives the ids of a lead's scheduled second and later attempts."""
    return [row["id"] for row in _RETRIES_OF_LEAD.rows(tx, {"b_lead": lead_id}) if row["status"] == CallStatus.SCHEDULED]


def set_priority(tx: Tx, batch_id: str, priority: Priority, *, now: datetime) -> None:
    """Gives every waiting call of a batch another priority."""
    waiting_calls = sa.update(ROWS).where(_C.batch_id == batch_id, _C.status == CallStatus.SCHEDULED.value)
    tx.execute(waiting_calls.values(priority=int(priority), updated_at=now, rev=_C.rev + 1))


def set_max_attempts(tx: Tx, batch_id: str, most: int, *, now: datetime) -> None:
    """Gives every call of a batch that is not over another number of tries for its lead."""
    mine = sa.update(ROWS).where(_C.batch_id == batch_id, _C.status.in_(_OPEN))
    tx.execute(mine.values(max_attempts=most, updated_at=now, rev=_C.rev + 1))


def beyond(tx: Tx, batch_id: str, most: int) -> list[str]:
    """Gives the ids of the waiting calls of a batch that are a later try than the `most`-th."""
    query = sa.select(_C.id).where(_C.batch_id == batch_id, _C.status == CallStatus.SCHEDULED.value)
    return list(tx.execute(query.where(_C.attempt_number > most)).scalars())


def next_of_batch(tx: Tx, batch_id: str, *, limit: int) -> list[Call]:
    """Gives the waiting calls of a batch whose turn comes first, whether or not they may be dialled yet."""
    where = sa.and_(_C.batch_id == batch_id, _C.status == CallStatus.SCHEDULED.value)
    query = sa.select(ROWS).where(where).order_by(_C.priority.desc(), _C.look_again_at, _C.scheduled_at, _C.id).limit(limit)
    return [call_of(row) for row in tx.execute(query).mappings()]
