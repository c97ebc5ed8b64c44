"""Side effects of a call's news, each remembered so that it happens once however often the news comes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.store.database import Tx
from callcenter.store.tables import CallRow, EffectRow, table_of

ROWS = table_of(EffectRow)
_CALLS = table_of(CallRow).c


def once(tx: Tx, call_id: str, kind: str, *, now: datetime, detail: str = "") -> bool:
    """Claims a side effect; True for the one who may carry it out, in this same transaction."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    values = {"call_id": call_id, "kind": kind, "at": now, "detail": detail[:500]}
    adding = insert(ROWS).values(values).on_conflict_do_nothing().returning(ROWS.c.kind)
    return tx.execute(adding).first() is not None


def retries_by_class(tx: Tx, root_call_id: str) -> dict[str, int]:
    """Counts the retries a chain has had, by the class of end that brought each."""
    query = (
        sa.select(ROWS.c.detail, sa.func.count())
        .select_from(ROWS.join(table_of(CallRow), _CALLS.id == ROWS.c.call_id))
        .where(_CALLS.root_call_id == root_call_id, ROWS.c.kind == "retry")
    )
    return {row[0]: row[1] for row in tx.execute(query.group_by(ROWS.c.detail))}
