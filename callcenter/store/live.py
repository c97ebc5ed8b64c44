"""What the Live page and the frame around every page are made of; each a small query by an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.batch import PAUSED_ITSELF, BatchState
from callcenter.domain.call import ACTIVE_STATUSES, FINISHED_STATUSES, CallStatus, Origin
from callcenter.domain.lines import CallLine
from callcenter.domain.user import Actor
from callcenter.store import call_pages
from callcenter.store.call_filter import CALLS, FOLLOW_UPS, Condition
from callcenter.store.database import Tx
from callcenter.store.paging import visible_to
from callcenter.store.tables import (
    AccountRow,
    BatchRow,
    ClientRow,
    DialRow,
    FromNumberRow,
    InboxRow,
    LeadRow,
    UserRow,
    table_of,
)

_C = CALLS.c
_CLIENTS = table_of(ClientRow).c
_ACCOUNTS = table_of(AccountRow).c
_DIALS = table_of(DialRow).c
_INBOX = table_of(InboxRow).c
_LEADS = table_of(LeadRow).c
_BATCHES = table_of(BatchRow).c
_NUMBERS = table_of(FromNumberRow).c
_USERS = table_of(UserRow).c
_F = FOLLOW_UPS.c
_ACTIVE = sorted(status.value for status in ACTIVE_STATUSES)
_FINISHED = sorted(status.value for status in FINISHED_STATUSES)


def _narrowed(actor: Actor, client_id: str | None) -> list[Condition]:
    """Gives the conditions for the calls of one client, or of all this actor may see."""
    return [*visible_to(_C.client_id, actor), *([_C.client_id == client_id] if client_id else [])]


def by_status(tx: Tx, actor: Actor, client_id: str | None = None) -> dict[str, int]:
    """Counts what waits and what is going on; finished calls are not counted, there may be millions."""
    query = sa.select(_C.status, sa.func.count()).group_by(_C.status)
    query = query.where(_C.status.in_([CallStatus.SCHEDULED.value, *_ACTIVE]), *_narrowed(actor, client_id))
    return {row[0]: row[1] for row in tx.execute(query)}


def in_progress(tx: Tx, actor: Actor, client_id: str | None = None, *, limit: int) -> tuple[CallLine, ...]:
    """Gives what is dialled, rings or talks, the longest first."""
    return call_pages.some(
        tx, _C.status.in_(_ACTIVE), *_narrowed(actor, client_id), order_by=(_C.occurred_at, _C.id), limit=limit
    )


def just_ended(tx: Tx, actor: Actor, client_id: str | None = None, *, since: datetime, limit: int) -> tuple[CallLine, ...]:
    """Gives what ended last. The status is looked at afterwards: asked for, it would be the index that is walked."""
    lines = call_pages.some(
        tx, _C.ended_at >= since, *_narrowed(actor, client_id), order_by=(_C.ended_at.desc(), _C.id.desc()), limit=limit * 2
    )
    return tuple(line for line in lines if line.status in _FINISHED)[:limit]


def up_next(tx: Tx, actor: Actor, client_id: str | None = None, *, now: datetime, limit: int) -> tuple[CallLine, ...]:
    """Gives the waiting calls whose turn comes next: what may be looked at now in the order of its turn, then what is held
    by its time. Only the first in turn are looked at, however many wait."""
    waits = (_C.status == CallStatus.SCHEDULED.value, _C.origin == Origin.OURS.value, _C.paused_at.is_(None))
    turn = (_C.priority.desc(), _C.scheduled_at, _C.id)
    first = call_pages.some(tx, *waits, *_narrowed(actor, client_id), order_by=turn, limit=limit * 8)
    return tuple(sorted(first, key=lambda line: max(line.held_until or now, now)))[:limit]


def going_on_at(
    tx: Tx, actor: Actor, client_id: str | None = None, *, points: Sequence[datetime], since: datetime
) -> tuple[int, ...]:
    """Counts the calls that were going on at each of these instants, of those dialled since then or still going on."""
    is_going_on, ended_at = _C.status.in_(_ACTIVE), sa.func.coalesce(_C.ended_at, _C.updated_at)
    counts = [sa.func.count().filter(_C.dialled_at <= at, sa.or_(is_going_on, ended_at > at)) for at in points]
    query = sa.select(*counts).where(_C.dialled_at.is_not(None), *_narrowed(actor, client_id))
    return tuple(tx.execute(query.where(sa.or_(is_going_on, _C.occurred_at >= since))).one())


def used_slots(tx: Tx, actor: Actor) -> dict[str, int]:
    """Counts the places in use of each client this actor may see."""
    query = sa.select(_DIALS.client_id, sa.func.count()).where(
        _DIALS.slot_freed_at.is_(None), *visible_to(_DIALS.client_id, actor)
    )
    return {row[0]: row[1] for row in tx.execute(query.group_by(_DIALS.client_id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """A client as the screens need it, with what is known of its account."""

    client_id: str
    name: str
    timezone: str
    country: str
    is_active: bool
    paused_at: datetime | None
    paused_why: str | None
    max_concurrent: int
    daily_budget: int | None
    from_number: str | None
    last_event_at: datetime | None
    account_id: str | None
    is_simulated: bool
    account_paused_at: datetime | None
    account_paused_why: str | None
    clock_ahead_s: float | None
    provider_limit: int | None
    own_limit: int | None
    reserved_inbound: int


def client_facts(tx: Tx, actor: Actor) -> list[ClientFacts]:
    """Gives the clients this actor may see, by name."""
    query = (
        sa.select(
            _CLIENTS.id.label("client_id"),
            _CLIENTS.name,
            _CLIENTS.timezone,
            _CLIENTS.country,
            _CLIENTS.is_active,
            _CLIENTS.paused_at,
            _CLIENTS.paused_why,
            _CLIENTS.max_concurrent,
            _CLIENTS.daily_budget,
            _CLIENTS.from_number,
            _CLIENTS.last_event_at,
            _CLIENTS.account_id,
            sa.func.coalesce(_ACCOUNTS.is_simulated, sa.false(), type_=sa.Boolean).label("is_simulated"),
            _ACCOUNTS.paused_at.label("account_paused_at"),
            _ACCOUNTS.paused_why.label("account_paused_why"),
            _ACCOUNTS.clock_ahead_s,
            _ACCOUNTS.provider_limit,
            _ACCOUNTS.own_limit,
            sa.func.coalesce(_ACCOUNTS.reserved_inbound, 0).label("reserved_inbound"),
        )
        .select_from(table_of(ClientRow).outerjoin(table_of(AccountRow), _ACCOUNTS.id == _CLIENTS.account_id))
        .where(*visible_to(_CLIENTS.id, actor))
        .order_by(sa.func.lower(_CLIENTS.name), _CLIENTS.id)
    )
    return [ClientFacts(**row) for row in tx.execute(query).mappings()]


def viewer(tx: Tx, user_id: str | None) -> tuple[str, str]:
    """Gives the name and the time zone of a user, ("", "") for none."""
    found = tx.execute(sa.select(_USERS.name, _USERS.timezone).where(_USERS.id == user_id)).first() if user_id else None
    return (found[0], found[1]) if found else ("", "")


def follow_ups_due(tx: Tx, actor: Actor, *, before: datetime, client_id: str | None = None) -> tuple[int, datetime | None]:
    """Gives how many open follow-ups are due before an instant, and when the oldest was."""
    where = [_F.client_id == client_id] if client_id else visible_to(_F.client_id, actor)
    query = sa.select(sa.func.count(), sa.func.min(_F.at)).where(
        _F.done_at.is_(None), _F.kind == "follow_up", _F.at < before, *where
    )
    row = tx.execute(query).one()
    return row[0], row[1]


def stuck_events(tx: Tx, *, since: datetime) -> dict[str, int]:
    """Counts events that could not be applied (`poison`) or whose call nobody knows (`unmatched`)."""
    query = sa.select(_INBOX.state, sa.func.count()).group_by(_INBOX.state)
    query = query.where(_INBOX.state.in_(["unmatched", "poison", "parked"]), _INBOX.received_at >= since)
    found = {row[0]: row[1] for row in tx.execute(query)}
    return {"unmatched": found.get("unmatched", 0), "poison": found.get("poison", 0) + found.get("parked", 0)}


def doubtful_dials(tx: Tx, actor: Actor, client_id: str | None) -> dict[str, int]:
    """Counts, by state, the dials of which nobody can tell yet whether they became calls."""
    where = [_DIALS.client_id == client_id] if client_id else visible_to(_DIALS.client_id, actor)
    query = sa.select(_DIALS.state, sa.func.count()).where(_DIALS.state.in_(["unknown", "quarantined"]), *where)
    return {row[0]: row[1] for row in tx.execute(query.group_by(_DIALS.state))}


def stopped_batches(tx: Tx, actor: Actor, client_id: str | None) -> list[tuple[str, str, str, str, datetime]]:
    """Gives (batch_id, name, client_id, why, since) of the batches that paused themselves and were not resumed."""
    where = [_BATCHES.client_id == client_id] if client_id else visible_to(_BATCHES.client_id, actor)
    query = sa.select(_BATCHES.id, _BATCHES.name, _BATCHES.client_id, _BATCHES.state_why, _BATCHES.updated_at)
    query = query.where(_BATCHES.state == BatchState.PAUSED.value, _BATCHES.state_why.startswith(PAUSED_ITSELF), *where)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in tx.execute(query.order_by(_BATCHES.id))]


def spoilt_numbers(tx: Tx, numbers: Sequence[str]) -> dict[str, str]:
    """Gives those of these from-numbers that are not well, with their state."""
    query = sa.select(_NUMBERS.number, _NUMBERS.state).where(_NUMBERS.number.in_(numbers), _NUMBERS.state != "ok")
    return {row[0]: row[1] for row in tx.execute(query)}


def numbers_without_zone(tx: Tx, actor: Actor, client_id: str | None = None, *, limit: int) -> list[tuple[str, str]]:
    """Gives (number, batch name) of waiting calls whose lead names no zone and whose number may not say one either.

    North American numbers always say one, so they are not even read.
    """
    joined = CALLS.outerjoin(table_of(LeadRow), _LEADS.id == _C.lead_id).outerjoin(
        table_of(BatchRow),
        _BATCHES.id == _C.batch_id,  # type: ignore[attr-defined]
    )
    query = (
        sa.select(_C.to_number, sa.func.coalesce(_BATCHES.name, ""))
        .select_from(joined)
        .where(
            _C.status == CallStatus.SCHEDULED.value,
            _LEADS.timezone.is_(None),
            _C.to_number.not_like("+1%"),
            *_narrowed(actor, client_id),
        )
    )
    return [(row[0], row[1]) for row in tx.execute(query.limit(limit))]


def active_since(tx: Tx, actor: Actor, client_id: str | None = None) -> Mapping[Any, tuple[int, datetime]]:
    """Gives, by client, how many calls are going on at Retell and when the first of them was dialled."""
    query = sa.select(_C.client_id, sa.func.count(), sa.func.min(_C.dialled_at)).group_by(_C.client_id)
    query = query.where(_C.status.in_(_ACTIVE), _C.dialled_at.is_not(None), *_narrowed(actor, client_id))
    return {row[0]: (row[1], row[2]) for row in tx.execute(query)}
