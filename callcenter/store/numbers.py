"""What the rules ask about phone numbers and money: who holds a number, who has called it, what a client has spent."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import ACTIVE_STATUSES, Origin
from callcenter.domain.dial import FALLEN, HOLDS_NUMBER
from callcenter.domain.eligibility import NumberFacts
from callcenter.store import batches
from callcenter.store.database import Tx
from callcenter.store.tables import BlackoutRow, CallRow, DialRow, DoNotCallRow, LeadRow, table_of

_CALLS = table_of(CallRow).c
_DIALS = table_of(DialRow).c
_STOPS = table_of(DoNotCallRow).c
_LEADS = table_of(LeadRow).c
_DARK = table_of(BlackoutRow).c


def facts(tx: Tx, client_id: str, numbers: Sequence[str], *, since: datetime) -> dict[str, NumberFacts]:
    """Gives what is known about each number from the point of view of one client; `since` begins the rolling 24 hours."""
    if not numbers:
        return {}
    stops = sa.select(_STOPS.number, _STOPS.why, _STOPS.source).where(
        _STOPS.number.in_(numbers),
        _STOPS.removed_at.is_(None),
        sa.or_(_STOPS.client_id.is_(None), _STOPS.client_id == client_id),
    )
    suppressed = {row.number: row.why or row.source for row in tx.execute(stops)}
    # two index walks instead of one: by time for the last day, by place for what is open however old it is
    columns = (_DIALS.number, _DIALS.client_id, _DIALS.state, _DIALS.sent_at, _DIALS.slot_freed_at)
    recent = sa.select(*columns, _DIALS.id).where(_DIALS.number.in_(numbers), _DIALS.sent_at > since)
    held = [s.value for s in HOLDS_NUMBER]
    still = sa.select(*columns, _DIALS.id).where(
        _DIALS.number.in_(numbers), sa.or_(_DIALS.slot_freed_at.is_(None), _DIALS.state.in_(held))
    )
    fallen = {s.value for s in FALLEN}
    dialled: dict[str, list[datetime]] = {}
    open_here: set[str] = set()
    elsewhere: set[str] = set()
    for row in tx.execute(sa.union(recent, still)):
        if row.state not in fallen and row.sent_at is not None and row.sent_at > since:
            dialled.setdefault(row.number, []).append(row.sent_at)
        if row.client_id == client_id and row.state in held:
            open_here.add(row.number)
        elif row.client_id != client_id and row.slot_freed_at is None:
            elsewhere.add(row.number)
    return {
        n: NumberFacts(
            suppressed_why=suppressed.get(n),
            open_dial=n in open_here,
            held_elsewhere=n in elsewhere,
            dialled_24h=tuple(sorted(dialled.get(n, ()))),
        )
        for n in numbers
    }


def lead_facts(tx: Tx, lead_ids: Sequence[str]) -> list[tuple[str, str | None, bool]]:
    """Gives (lead_id, its own zone, whether it was deleted) of each lead."""
    if not lead_ids:
        return []
    query = sa.select(_LEADS.id, _LEADS.timezone, _LEADS.deleted_at).where(_LEADS.id.in_(lead_ids))
    return [(row[0], row[1], row[2] is not None) for row in tx.execute(query)]


def newest_sends(tx: Tx, account_id: str, *, count: int) -> list[datetime]:
    """Gives when the newest `count` dials of an account were sent, newest last."""
    if count == 0:
        return []
    query = sa.select(_DIALS.sent_at).where(_DIALS.account_id == account_id, _DIALS.sent_at.is_not(None))
    return [row[0] for row in tx.execute(query.order_by(_DIALS.sent_at.desc()).limit(count))][::-1]


def sends_since(tx: Tx, account_id: str, since: datetime) -> int:
    """Counts the dials an account has sent since then."""
    query = sa.select(sa.func.count()).where(_DIALS.account_id == account_id, _DIALS.sent_at >= since)
    return int(tx.execute(query).scalar_one())


def last_dialled(tx: Tx, client_ids: Sequence[str]) -> dict[str, datetime]:
    """Gives when each of these clients dialled last; one index look each."""
    out: dict[str, datetime] = {}
    for client_id in client_ids:
        query = sa.select(_DIALS.planned_at).where(_DIALS.client_id == client_id)
        found = tx.execute(query.order_by(_DIALS.planned_at.desc()).limit(1)).first()
        if found is not None:
            out[client_id] = found[0]
    return out


def running_batches(tx: Tx, client_ids: Sequence[str]) -> list[Batch]:
    """Gives the batches of these clients that may dial."""
    return batches.listed(tx, client_ids=client_ids, states=[BatchState.RUNNING], limit=5_000)


def foreign_calls(tx: Tx, account_id: str) -> int:
    """Counts the live calls on an account that are not ours; they take its places too."""
    query = sa.select(sa.func.count()).where(
        _CALLS.status.in_([s.value for s in ACTIVE_STATUSES]),
        _CALLS.origin == Origin.OUTSIDE.value,
        _CALLS.account_id == account_id,
    )
    return int(tx.execute(query).scalar_one())


def spent(tx: Tx, client_id: str, *, since: datetime) -> tuple[int, int]:
    """Gives what a client's calls dialled since then cost, in micro-dollars, and how many have no cost yet."""
    query = sa.select(
        sa.func.coalesce(sa.func.sum(_CALLS.cost), 0), sa.func.sum(sa.case((_CALLS.cost.is_(None), 1), else_=0))
    ).where(_CALLS.client_id == client_id, _CALLS.occurred_at >= since, _CALLS.dialled_at >= since)
    row = tx.execute(query).one()
    return int(row[0]), int(row[1] or 0)


def closed_days(tx: Tx, client_id: str) -> frozenset[date]:
    """Gives the days on which this client calls nobody."""
    query = sa.select(_DARK.on).where(sa.or_(_DARK.client_id.is_(None), _DARK.client_id == client_id))
    return frozenset(row[0] for row in tx.execute(query))
