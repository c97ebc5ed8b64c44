"""Rules made stricter or, with a reason, looser: who decided it and why."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.store.database import Tx
from callcenter.store.tables import OverrideRow, table_of

ROWS = table_of(OverrideRow)


def add(
    tx: Tx,
    *,
    override_id: str,
    client_id: str | None,
    key: str,
    value: Mapping[str, Any],
    why: str,
    by: str,
    now: datetime,
) -> None:
    """Writes down one decision; earlier ones stay, the newest of a key holds."""
    values = {"client_id": client_id, "key": key, "value": dict(value), "why": why, "by": by}
    tx.execute(sa.insert(ROWS).values(id=override_id, created_at=now, updated_at=now, **values))


def listed(tx: Tx, *, client_ids: Collection[str] | None, limit: int) -> list[dict[str, Any]]:
    """Gives the decisions for these clients (None: for all), newest first."""
    query = sa.select(ROWS).order_by(ROWS.c.id.desc()).limit(limit)
    if client_ids is not None:
        query = query.where(ROWS.c.client_id.in_(client_ids))
    return [dict(row) for row in tx.execute(query).mappings()]
