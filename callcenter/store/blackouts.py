"""Days on which nobody is called; who added one stands in the audit trail."""

from datetime import date, datetime

import sqlalchemy as sa

from callcenter.domain.blackout import Blackout
from callcenter.domain.errors import NotFound
from callcenter.store import transitions
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import BlackoutRow, table_of

ROWS = table_of(BlackoutRow)
_B = ROWS.c
_T = transitions.ROWS.c
_ADDED = "added"


def add(tx: Tx, day: Blackout) -> None:
    """Adds a day and writes down who did."""
    values = {"id": day.blackout_id, "on": day.on, "client_id": day.client_id, "name": day.name}
    tx.execute(sa.insert(ROWS).values(**values, created_at=day.created_at, updated_at=day.created_at))
    _write_down(tx, day, _ADDED, by=day.by, now=day.created_at)


def remove(tx: Tx, day: Blackout, *, by: str, now: datetime) -> None:
    """Takes a day away and writes down who did."""
    tx.execute(sa.delete(ROWS).where(_B.id == day.blackout_id))
    _write_down(tx, day, "removed", by=by, now=now)


def get(tx: Tx, blackout_id: str) -> Blackout:
    """Gives one; raises NotFound."""
    found = _load(tx, _B.id == blackout_id)
    if not found:
        raise NotFound("There is no such closed day.")
    return found[0]


def find(tx: Tx, on: date, client_id: str | None) -> Blackout | None:
    """Gives the entry of a day for exactly this client, or (None) for everybody."""
    return next(iter(_load(tx, _B.on == on, _B.client_id == client_id if client_id else _B.client_id.is_(None))), None)


def listed(tx: Tx, *, client_id: str | None, since: date) -> list[Blackout]:
    """Gives the days from `since` on that close for everybody and, with `client_id`, those of this client; soonest first."""
    everybody = _B.client_id.is_(None)
    return _load(tx, _B.on >= since, sa.or_(everybody, _B.client_id == client_id) if client_id else everybody)


_NAMES = Prepared(sa.select(_B.on, _B.name).where(sa.or_(_B.client_id.is_(None), _B.client_id == sa.bindparam("b_client"))))


def names_of(tx: Tx, client_id: str) -> dict[date, str]:
    """Gives the days on which this client calls nobody, with their names."""
    return {row["on"]: row["name"] for row in _NAMES.rows(tx, {"b_client": client_id})}


def _load(tx: Tx, *where: sa.ColumnElement[bool]) -> list[Blackout]:
    added = sa.and_(_T.row_id == _B.id, _T.what == "blackout", _T.to_state == _ADDED)
    query = sa.select(ROWS, _T.by).select_from(ROWS.outerjoin(transitions.ROWS, added)).where(*where)
    rows = tx.execute(query.order_by(_B.on, _B.client_id.is_not(None), _B.id)).mappings()
    return [
        Blackout(
            blackout_id=row["id"], on=row["on"], client_id=row["client_id"], name=row["name"], by=row["by"] or "",
            created_at=row["created_at"],
        )
        for row in rows
    ]  # fmt: skip


def _write_down(tx: Tx, day: Blackout, what: str, *, by: str, now: datetime) -> None:
    whose = f" for client {day.client_id}" if day.client_id else " for everybody"
    why = f"{day.on.isoformat()} {day.name}{whose}"
    transitions.add(tx, what="blackout", row_id=day.blackout_id, from_state=None, to_state=what, now=now, by=by, why=why)
