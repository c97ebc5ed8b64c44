"""How the calls of a batch ended, newest first."""

from datetime import UTC, datetime

import sqlalchemy as sa

from callcenter.domain.stopping import End, is_error
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import MAY_HAVE_ENDED_A_CALL, CallRow, DialRow, table_of

_C = table_of(CallRow).c
_D = table_of(DialRow).c

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)

# the order is that in which we learned of the ends: a call Retell refused has no end of its own. Of the dials only those that
# ended a call count: one refused for now was tried again.
_LAST = Prepared(
    sa.select(_C.id, _C.refused, _C.ended_class, _C.is_reached)
    .select_from(table_of(DialRow).join(table_of(CallRow), _C.id == _D.call_id))
    .where(
        _D.batch_id == sa.bindparam("b_batch"), _D.settled_at > sa.bindparam("b_since"), sa.text(f"dials.{MAY_HAVE_ENDED_A_CALL}")
    )
    .where(sa.or_(_C.status == "completed", _C.status == "failed"), sa.or_(_D.state == "finished", _C.refused.is_(True)))
    .order_by(_D.settled_at.desc(), _D.id.desc())
    .limit(sa.bindparam("b_limit", type_=sa.Integer))
)


def of_batch(tx: Tx, batch_id: str, *, since: datetime | None, limit: int) -> list[End]:
    """Gives how the last calls of a batch ended, those only of which we learned after `since`."""
    rows = _LAST.rows(tx, {"b_batch": batch_id, "b_since": since or _ALWAYS, "b_limit": limit})
    each_once = {row["id"]: row for row in rows}
    return [
        End(
            is_error=is_error(refused=bool(row["refused"]), ended_class=row["ended_class"]),
            is_reached=bool(row["is_reached"]),
            was_placed=not row["refused"],
        )
        for row in each_once.values()
    ]
