"""What people and scripts did, read from all that was written down, with the names of what they did it to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from callcenter.domain.lines import AuditLine
from callcenter.domain.paging import Page
from callcenter.store import transitions
from callcenter.store.database import Tx
from callcenter.store.paging import Order, Query, page_of
from callcenter.store.tables import BY_A_PERSON, BatchRow, CallRow, ClientRow, DialRow, LeadRow, TokenRow, UserRow, table_of

_T = transitions.ROWS.c
_CALLS = table_of(CallRow)
_DIALS = table_of(DialRow)
#: The subjects a page may be narrowed to, and the words of `what` behind each.
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "call": ("call", "outcome", "note", "tags", "pause", "resume", "follow_up", "decision"),
    "batch": ("batch",),
    "lead": ("lead",),
    "client": ("client",),
    "person": ("user",),
    "token": ("token",),
    "workspace": ("installation", "account", "blackout", "event"),
}
_NAMES: Mapping[str, sa.Table] = {
    "batch": table_of(BatchRow), "lead": table_of(LeadRow), "client": table_of(ClientRow), "user": table_of(UserRow),
    "token": table_of(TokenRow),
}  # fmt: skip
_MOST_PEOPLE = 200


def search(tx: Tx, *, by: str = "", subject: str = "", limit: int, cursor: str | None = None) -> Page[AuditLine]:
    """Gives a page of entries, newest first. `by` is somebody's label, `subject` one of SUBJECTS."""
    query = sa.select(transitions.ROWS, _T.at.label("sort_value")).where(sa.text(BY_A_PERSON), _T.by != "")
    if by:
        query = query.where(_T.by == by)
    if subject:
        query = query.where(_T.what.in_(SUBJECTS[subject]))
    order = Order("-at", _T.at, _T.id, is_descending=True)
    return page_of(tx, query, order=order, limit=limit, cursor=cursor, lines=lambda rows: _lines(tx, rows))


def people(tx: Tx) -> tuple[str, ...]:
    """Gives the labels of all who ever did something, by name."""
    query = sa.select(_T.by).where(sa.text(BY_A_PERSON), _T.by != "").distinct().order_by(_T.by).limit(_MOST_PEOPLE)
    return tuple(tx.execute(query).scalars())


def _lines(tx: Tx, rows: Sequence[Any]) -> list[AuditLine]:
    names = _names(tx, rows)
    return [
        AuditLine(
            entry_id=row["id"], at=row["at"], what=row["what"], row_id=row["row_id"], name=names.get(row["row_id"], ""),
            from_state=row["from_state"], to_state=row["to_state"], by=row["by"], why=row["why"],
        )
        for row in rows
    ]  # fmt: skip


def _names(tx: Tx, rows: Sequence[Any]) -> dict[str, str]:
    """The names of what the entries are about, a query for each kind of thing."""
    ids: dict[str, set[str]] = {}
    for row in rows:
        ids.setdefault(row["what"], set()).add(row["row_id"])
    found: dict[str, str] = {}
    for what, table in _NAMES.items():
        if wanted := ids.get(what):
            found |= _pairs(tx, sa.select(table.c.id, table.c.name).where(table.c.id.in_(wanted)))
    who = sa.func.coalesce(sa.func.nullif(_CALLS.c.lead_name, ""), _CALLS.c.to_number)
    if wanted := _all(ids, SUBJECTS["call"]):
        found |= _pairs(tx, sa.select(_CALLS.c.id, who).where(_CALLS.c.id.in_(wanted)))
    if wanted := ids.get("decision"):
        joined = _DIALS.join(_CALLS, _CALLS.c.id == _DIALS.c.call_id)
        found |= _pairs(tx, sa.select(_DIALS.c.id, who).select_from(joined).where(_DIALS.c.id.in_(wanted)))
    return found


def _all(ids: Mapping[str, set[str]], kinds: Iterable[str]) -> set[str]:
    return set[str]().union(*(ids.get(kind, ()) for kind in kinds))


def _pairs(tx: Tx, query: Query) -> dict[str, str]:
    return {key: name or "" for key, name in tx.execute(query)}
