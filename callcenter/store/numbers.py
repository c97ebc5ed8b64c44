"""What the rules ask about phone numbers and money: who holds a number, who has called it, what a client has spent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.dial import FALLEN, HOLDS_NUMBER
from callcenter.domain.eligibility import NumberFacts
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared, among
from callcenter.store.tables import HOLDS_A_NUMBER, IS_FOREIGN, CallRow, DialRow, DoNotCallRow, LeadRow, table_of

_CALLS = table_of(CallRow).c
_DIALS = table_of(DialRow).c
_STOPS = table_of(DoNotCallRow).c
_LEADS = table_of(LeadRow).c


_HELD = frozenset(state.value for state in HOLDS_NUMBER)
_FALLEN = frozenset(state.value for state in FALLEN)


def _stopping(is_postgres: bool) -> Any:
    here = sa.or_(_STOPS.client_id.is_(None), _STOPS.client_id == sa.bindparam("b_client"))
    listed = among(_STOPS.number, "b_numbers", is_postgres=is_postgres)
    return sa.select(_STOPS.number, _STOPS.why, _STOPS.source).where(listed, _STOPS.removed_at.is_(None), here)


def _dialling(is_postgres: bool) -> Any:
    """The dials of some numbers that matter: those of the last day, and what is open however old it is."""
    columns = (_DIALS.number, _DIALS.client_id, _DIALS.state, _DIALS.sent_at, _DIALS.slot_freed_at)
    matters = sa.or_(_DIALS.sent_at > sa.bindparam("b_since"), _DIALS.slot_freed_at.is_(None), sa.text(HOLDS_A_NUMBER))
    return sa.select(*columns).where(among(_DIALS.number, "b_numbers", is_postgres=is_postgres), matters)


_STOPPED, _DIALLED = Prepared(_stopping), Prepared(_dialling)


def facts(tx: Tx, client_id: str, numbers: Sequence[str], *, since: datetime) -> dict[str, NumberFacts]:
    """Gives what is known about each number from the point of view of one client; `since` begins the rolling 24 hours."""
    if not numbers:
        return {}
    stops = _STOPPED.rows(tx, {"b_numbers": list(numbers), "b_client": client_id})
    suppressed = {row["number"]: row["why"] or row["source"] for row in stops}
    dialled: dict[str, list[datetime]] = {}
    open_here: set[str] = set()
    elsewhere: set[str] = set()
    for row in _DIALLED.rows(tx, {"b_numbers": list(numbers), "b_since": since}):
        number, sent_at = row["number"], row["sent_at"]
        if row["state"] not in _FALLEN and sent_at is not None and sent_at > since:
            dialled.setdefault(number, []).append(sent_at)
        if row["client_id"] == client_id and row["state"] in _HELD:
            open_here.add(number)
        elif row["client_id"] != client_id and row["slot_freed_at"] is None:
            elsewhere.add(number)
    return {
        n: NumberFacts(
            suppressed_why=suppressed.get(n),
            open_dial=n in open_here,
            held_elsewhere=n in elsewhere,
            dialled_24h=tuple(sorted(dialled.get(n, ()))),
        )
        for n in numbers
    }


_LEADS_KNOWN = Prepared(
    lambda is_postgres: sa.select(_LEADS.id, _LEADS.timezone, _LEADS.deleted_at).where(
        among(_LEADS.id, "b_leads", is_postgres=is_postgres)
    )
)


def lead_facts(tx: Tx, lead_ids: Sequence[str]) -> list[tuple[str, str | None, bool]]:
    """Gives (lead_id, its own zone, whether it was deleted) of each lead."""
    if not lead_ids:
        return []
    found = _LEADS_KNOWN.rows(tx, {"b_leads": list(lead_ids)})
    return [(row["id"], row["timezone"], row["deleted_at"] is not None) for row in found]


def newest_sends(tx: Tx, account_id: str, *, count: int) -> list[datetime]:
    """Gives when the newest `count` dials of an account were sent, newest last."""
    if count == 0:
        return []
    query = sa.select(_DIALS.sent_at).where(_DIALS.account_id == account_id, _DIALS.sent_at.is_not(None))
    return [row[0] for row in tx.execute(query.order_by(_DIALS.sent_at.desc()).limit(count))][::-1]


def sends_from(tx: Tx, account_id: str, from_number: str, *, since: datetime) -> list[datetime]:
    """Gives when an account has sent dials from one of its numbers since then, newest last."""
    query = sa.select(_DIALS.sent_at).where(_DIALS.account_id == account_id, _DIALS.sent_at >= since)
    return list(tx.execute(query.where(_DIALS.from_number == from_number).order_by(_DIALS.sent_at)).scalars())


def sends_since(tx: Tx, account_id: str, since: datetime) -> int:
    """Counts the dials an account has sent since then."""
    query = sa.select(sa.func.count()).where(_DIALS.account_id == account_id, _DIALS.sent_at >= since)
    return int(tx.execute(query).scalar_one())


_LAST_DIAL = Prepared(
    sa.select(_DIALS.planned_at)
    .where(_DIALS.client_id == sa.bindparam("b_client"))
    .order_by(_DIALS.planned_at.desc())
    .limit(sa.literal_column("1"))
)


def last_dialled(tx: Tx, client_id: str) -> datetime | None:
    """Gives when a client dialled last; one look into an index."""
    found = _LAST_DIAL.rows(tx, {"b_client": client_id})
    return found[0]["planned_at"] if found else None


# said as the index says it, so that it serves: all the calls an account ever had are too many to look through
_FOREIGN = Prepared(
    sa.select(sa.func.count().label("foreign")).where(_CALLS.account_id == sa.bindparam("b_account"), sa.text(IS_FOREIGN))
)


def foreign_calls(tx: Tx, account_id: str) -> int:
    """Counts the live calls on an account that are not ours; they take its places too."""
    return int(_FOREIGN.rows(tx, {"b_account": account_id})[0]["foreign"])


_SPENT = Prepared(
    sa.select(
        sa.func.coalesce(sa.func.sum(_CALLS.cost), 0).label("cost"),
        sa.func.sum(sa.case((_CALLS.cost.is_(None), 1), else_=0)).label("uncosted"),
    ).where(
        _CALLS.client_id == sa.bindparam("b_client"),
        _CALLS.occurred_at >= sa.bindparam("b_since"),
        _CALLS.dialled_at >= sa.bindparam("b_since"),
    )
)


def spent(tx: Tx, client_id: str, *, since: datetime) -> tuple[int, int]:
    """Gives what a client's calls dialled since then cost, in micro-dollars, and how many have no cost yet."""
    row = _SPENT.rows(tx, {"b_client": client_id, "b_since": since})[0]
    return int(row["cost"]), int(row["uncosted"] or 0)
