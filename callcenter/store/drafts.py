"""Load and save drafts, with the file that came with one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.draft import KEPT, Draft
from callcenter.domain.errors import NotFound
from callcenter.store.database import Tx
from callcenter.store.tables import DraftRow, table_of

ROWS = table_of(DraftRow)
_D = ROWS.c


def get(tx: Tx, draft_id: str, *, user_id: str) -> Draft:
    """Gives a draft of this person; raises NotFound also for one of somebody else."""
    query = sa.select(*[column for column in _D if column.name != "body"]).where(_D.id == draft_id, _D.user_id == user_id)
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound("This draft is gone. Start again.")
    return Draft(draft_id=row["id"], **{name: row[name] for name in _COLUMNS})


def body(tx: Tx, draft_id: str) -> bytes:
    """Gives the file of a draft, b"" for none."""
    return tx.execute(sa.select(_D.body).where(_D.id == draft_id)).scalar() or b""


def add(tx: Tx, draft: Draft, *, body: bytes | None = None) -> None:
    """Adds a draft, and throws away those nobody touched for long."""
    tx.execute(sa.delete(ROWS).where(_D.updated_at < draft.updated_at - KEPT))
    tx.execute(sa.insert(ROWS).values(id=draft.draft_id, body=body, **_values(draft)))


def save(tx: Tx, draft: Draft, data: Mapping[str, Any], *, client_id: str | None, now: datetime) -> Draft:
    """Saves what was chosen since."""
    changed = replace(draft, data=dict(data), client_id=client_id, updated_at=now)
    tx.execute(sa.update(ROWS).where(_D.id == draft.draft_id).values(**_values(changed)))
    return changed


def remove(tx: Tx, draft_id: str) -> None:
    """Throws a draft away with its file."""
    tx.execute(sa.delete(ROWS).where(_D.id == draft_id))


_COLUMNS = ("kind", "user_id", "client_id", "filename", "size", "data", "created_at", "updated_at")


def _values(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in _COLUMNS} | {"data": dict(draft.data)}
