"""The audit trail: every step of a dial, status of a call, state of a batch; rows are added, never changed."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import TransitionRow, table_of

ROWS = table_of(TransitionRow)

_ADD = Prepared(sa.insert(ROWS))

# an id that sorts by time and by order inside one process; the row's own id keeps two processes apart
_counter = itertools.count()


def add(tx: Tx, *, what: str, row_id: str, from_state: str | None, to_state: str, now: datetime, by: str, why: str = "") -> None:
    """Writes down one step of `what` (call, dial, batch, client …)."""
    add_many(tx, [(row_id, from_state, to_state)], what=what, now=now, by=by, why=why)


def add_many(tx: Tx, steps: Sequence[tuple[str, str | None, str]], *, what: str, now: datetime, by: str, why: str = "") -> None:
    """Writes down many steps (row_id, from, to) that happened together."""
    if not steps:
        return
    micros = int(now.timestamp() * 1_000_000)
    tx.at_end(
        _ADD.many,
        [
            {
                "id": f"{micros:014x}{next(_counter) & 0xFFFFFF:06x}{row_id[-12:]}",
                "at": now,
                "what": what,
                "row_id": row_id,
                "from_state": from_state,
                "to_state": to_state,
                "by": by[:200],
                "why": why[:500],
            }
            for row_id, from_state, to_state in steps
        ],
    )


def of(tx: Tx, *row_ids: str) -> list[dict[str, Any]]:
    """Gives the steps of these rows, oldest first."""
    query = sa.select(ROWS).where(ROWS.c.row_id.in_(row_ids)).order_by(ROWS.c.at, ROWS.c.id)
    return [dict(row) for row in tx.execute(query).mappings()]
