"""Load and save the named filters over the calls."""

from typing import Any

import sqlalchemy as sa

from callcenter.domain.errors import NotFound
from callcenter.domain.saved_view import SavedView
from callcenter.store.database import Tx
from callcenter.store.tables import SavedViewRow, table_of

ROWS = table_of(SavedViewRow)
_V = ROWS.c


def listed(tx: Tx, user_id: str) -> list[SavedView]:
    """Gives this person's views and the team's, one's own first, each by name."""
    query = sa.select(ROWS).where(sa.or_(_V.user_id == user_id, _V.is_shared))
    rows = tx.execute(query.order_by(sa.case((_V.user_id == user_id, 0), else_=1), sa.func.lower(_V.name), _V.id)).mappings()
    return [_view_of(row) for row in rows]


def get(tx: Tx, view_id: str, *, user_id: str) -> SavedView:
    """Gives a view that this person sees; raises NotFound."""
    query = sa.select(ROWS).where(_V.id == view_id, sa.or_(_V.user_id == user_id, _V.is_shared))
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound("This view is gone.")
    return _view_of(row)


def keep(tx: Tx, view: SavedView) -> None:
    """Adds a view; one of the same person and name gives way."""
    tx.execute(sa.delete(ROWS).where(_V.user_id == view.user_id, sa.func.lower(_V.name) == view.name.lower()))
    tx.execute(
        sa.insert(ROWS).values(
            id=view.view_id, user_id=view.user_id, name=view.name, query=view.query, columns=list(view.columns),
            is_shared=view.is_shared, created_at=view.created_at,
        )
    )  # fmt: skip


def remove(tx: Tx, view_id: str) -> None:
    """Takes a view away."""
    tx.execute(sa.delete(ROWS).where(_V.id == view_id))


def _view_of(row: Any) -> SavedView:
    return SavedView(
        view_id=row["id"], user_id=row["user_id"], name=row["name"], query=row["query"], columns=tuple(row["columns"]),
        is_shared=row["is_shared"], created_at=row["created_at"],
    )  # fmt: skip
