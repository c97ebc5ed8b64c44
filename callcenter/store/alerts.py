"""The bell's memory: what needs a person now, what did before, and up to when each person has read it."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.lines import AlertLine
from callcenter.domain.paging import Page
from callcenter.domain.user import Actor
from callcenter.store.database import Tx
from callcenter.store.paging import Order, page_of, visible_to
from callcenter.store.tables import AlertRow, UserRow, table_of

ROWS = table_of(AlertRow)
_A = ROWS.c
_U = table_of(UserRow).c


def current(tx: Tx) -> dict[str, dict[str, Any]]:
    """Gives what lasts, by key."""
    return {row["key"]: dict(row) for row in tx.execute(sa.select(ROWS).where(_A.ended_at.is_(None))).mappings()}


def begin(tx: Tx, *, alert_id: str, key: str, now: datetime, same_within: timedelta, **facts: Any) -> None:
    """Raises an alert; one of its key that was over for no longer than `same_within` goes on, counted once more."""
    recent = sa.select(_A.id).where(_A.key == key, _A.ended_at >= now - same_within).order_by(_A.ended_at.desc()).limit(1)
    if known := tx.execute(recent).scalar():
        again = {"at": now, "ended_at": None, "times": _A.times + 1}
        tx.execute(sa.update(ROWS).where(_A.id == known).values(**again, **facts))
        return
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    tx.execute(insert(ROWS).values(id=alert_id, key=key, at=now, times=1, **facts).on_conflict_do_nothing())


def reword(tx: Tx, alert_id: str, *, title: str, detail: str) -> None:
    """Says anew what an alert is about; that is no news."""
    tx.execute(sa.update(ROWS).where(_A.id == alert_id).values(title=title, detail=detail))


def end(tx: Tx, alert_id: str, *, now: datetime) -> None:
    """Marks an alert as over."""
    tx.execute(sa.update(ROWS).where(_A.id == alert_id, _A.ended_at.is_(None)).values(ended_at=now))


def forget(tx: Tx, *, before: datetime) -> None:
    """Throws away what has been over since then."""
    tx.execute(sa.delete(ROWS).where(_A.ended_at < before))


def search(tx: Tx, actor: Actor, *, limit: int, cursor: str | None = None) -> Page[AlertLine]:
    """Gives a page of what this person may see, the newest first."""
    query = sa.select(ROWS, _A.at.label("sort_value")).where(*visible_to(_A.client_id, actor))
    read_at = _read_at(tx, actor)
    order = Order("-at", _A.at, _A.id, is_descending=True)
    return page_of(tx, query, order=order, limit=limit, cursor=cursor, lines=lambda rows: [_line(row, read_at) for row in rows])


def unread(tx: Tx, actor: Actor) -> int:
    """Gives how many came since this person last read them; none for a script."""
    read_at = _read_at(tx, actor)
    if read_at is None:
        return 0
    query = sa.select(sa.func.count()).select_from(ROWS).where(_A.at > read_at, *visible_to(_A.client_id, actor))
    return tx.execute(query).scalar_one()


def mark_read(tx: Tx, user_id: str, *, now: datetime) -> None:
    """Remembers that this person has read everything up to now."""
    tx.execute(sa.update(table_of(UserRow)).where(_U.id == user_id).values(alerts_read_at=now))


def _read_at(tx: Tx, actor: Actor) -> datetime | None:
    """Since when alerts are news to this person; what was there before they came is not."""
    if actor.user_id is None:
        return None
    return tx.execute(sa.select(sa.func.coalesce(_U.alerts_read_at, _U.created_at)).where(_U.id == actor.user_id)).scalar()


def _line(row: Any, read_at: datetime | None) -> AlertLine:
    return AlertLine(
        alert_id=row["id"], kind=row["kind"], level=row["level"], title=row["title"], detail=row["detail"], href=row["href"],
        at=row["at"], times=row["times"], is_over=row["ended_at"] is not None,
        is_unread=read_at is not None and row["at"] > read_at,
    )  # fmt: skip
