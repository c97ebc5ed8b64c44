"""A few counts that operators watch, each answered by an index."""

import sqlalchemy as sa

from callcenter.domain.call import ACTIVE_STATUSES, CallStatus
from callcenter.store.database import Tx
from callcenter.store.tables import CallRow, DialRow, InboxRow, table_of

_CALLS = table_of(CallRow).c
_DIALS = table_of(DialRow).c
_INBOX = table_of(InboxRow).c

_UNFINISHED = [CallStatus.SCHEDULED.value, *sorted(status.value for status in ACTIVE_STATUSES)]
_UNDONE = ["new", "unmatched", "stale", "poison"]


def on_their_way(tx: Tx) -> dict[str, dict[str, int]]:
    """Gives unfinished calls by status, dials that hold a place by state, provider events not folded by state."""
    return {
        "calls": _counts(tx, _CALLS.status, _CALLS.status.in_(_UNFINISHED)),
        "dials": _counts(tx, _DIALS.state, _DIALS.slot_freed_at.is_(None)),
        "events": _counts(tx, _INBOX.state, _INBOX.state.in_(_UNDONE)),
    }


def _counts(tx: Tx, column: sa.ColumnElement[str], where: sa.ColumnElement[bool]) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(where).group_by(column)
    return {str(row[0]): int(row[1]) for row in tx.execute(query)}
