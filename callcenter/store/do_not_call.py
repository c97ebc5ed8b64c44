"""Numbers nobody may dial, for one client or for everybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.lines import DoNotCallLine
from callcenter.domain.notice import Notice
from callcenter.domain.paging import Page
from callcenter.domain.user import Actor
from callcenter.store.database import Tx
from callcenter.store.paging import Order, capped_count, page_of
from callcenter.store.tables import ClientRow, DoNotCallRow, table_of

ROWS = table_of(DoNotCallRow)
CLIENTS = table_of(ClientRow)
_D = ROWS.c
_BY_AGE = Order("-created", _D.created_at, _D.id, is_descending=True)


def add(
    tx: Tx, *, entry_id: str, number: str, client_id: str | None, why: str, source: str, now: datetime,
    call_id: str | None = None, words: str | None = None, by: str | None = None,
) -> bool:  # fmt: skip
    """Puts a number on the list; gives False when it stands there already for the same scope."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    values = {
        "id": entry_id, "number": number, "client_id": client_id, "why": why[:500], "source": source, "call_id": call_id,
        "words": words, "by": by, "created_at": now, "updated_at": now,
    }  # fmt: skip
    is_new = tx.execute(insert(ROWS).values(values).on_conflict_do_nothing().returning(ROWS.c.id)).first() is not None
    if is_new:
        tx.announce(Notice("do_not_call", client_id, entry_id), Notice("slot", client_id))
    return is_new


def remove(tx: Tx, number: str, *, client_id: str | None, why: str, by: str, now: datetime) -> int:
    """Takes a number off the list of this scope, keeping who did it and why; gives how many entries that were."""
    here = _D.client_id == client_id if client_id else _D.client_id.is_(None)
    query = sa.update(ROWS).where(_D.number == number, here, _D.removed_at.is_(None))
    done = tx.execute(query.values(removed_at=now, removed_why=why[:500], removed_by=by, updated_at=now))
    if done.rowcount:
        tx.announce(Notice("do_not_call", client_id, number), Notice("slot", client_id))
    return done.rowcount


def among(tx: Tx, numbers: Sequence[str], *, client_id: str | None) -> Mapping[str, str]:
    """Gives those of these numbers that may not be dialled for this client, with the reason."""
    query = sa.select(_D.number, _D.why, _D.source).where(
        _D.number.in_(list(numbers)),
        _D.removed_at.is_(None),
        sa.or_(_D.client_id.is_(None), _D.client_id == client_id),
    )
    return {row[0]: row[1] or row[2] for row in tx.execute(query)}


def search(
    tx: Tx, actor: Actor, *, q: str = "", client_id: str | None = None, limit: int, cursor: str | None = None
) -> Page[DoNotCallLine]:
    """Gives a page of the list, newest first: what holds for everybody, and for the clients this actor may see."""
    where = _where(actor, q=q, client_id=client_id)
    joined = ROWS.outerjoin(CLIENTS, CLIENTS.c.id == _D.client_id)
    query = sa.select(ROWS, CLIENTS.c.name.label("client_name"), _D.created_at.label("sort_value"))
    return page_of(
        tx, query.select_from(joined).where(*where), order=_BY_AGE, limit=limit, cursor=cursor,
        lines=lambda rows: [_line(row) for row in rows],
    )  # fmt: skip


def count(tx: Tx, actor: Actor, *, q: str = "", client_id: str | None = None) -> tuple[int, bool]:
    """Gives how many numbers are on the list, and whether that is only "at least"."""
    return capped_count(tx, sa.select(_D.id).where(*_where(actor, q=q, client_id=client_id)))


def _where(actor: Actor, *, q: str, client_id: str | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [_D.removed_at.is_(None)]
    if actor.client_ids is not None:
        found.append(sa.or_(_D.client_id.is_(None), _D.client_id.in_(sorted(actor.client_ids))))
    if client_id:
        found.append(sa.or_(_D.client_id.is_(None), _D.client_id == client_id))
    digits = "".join(char for char in q if char.isdecimal())
    if digits:
        found.append(_D.number.contains(digits, autoescape=True))
    elif q.strip():
        found.append(_D.why.icontains(q.strip(), autoescape=True))
    return found


def _line(row: sa.RowMapping) -> DoNotCallLine:
    return DoNotCallLine(
        entry_id=row["id"],
        number=row["number"],
        client_id=row["client_id"],
        client_name=row["client_name"] or "",
        why=row["why"],
        source=row["source"],
        words=row["words"],
        call_id=row["call_id"],
        by=row["by"],
        created_at=row["created_at"],
    )
