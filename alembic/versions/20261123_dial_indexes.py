"""Indexes for dialling: who waits, which places are taken, which calls are not ours, what was spent today.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WAITING = sa.text("status = 'scheduled'")
_TAKEN = sa.text("slot_freed_at IS NULL")
_FOREIGN = sa.text("origin = 'outside' AND status IN ('connected', 'in_progress', 'initiated', 'ringing')")
_TURN = ["client_id", "batch_id", "priority", "scheduled_at", "id"]


def upgrade() -> None:
    """Goes to this revision."""
    _replace("ix_calls_waiting", "calls", [*_TURN, "look_again_at"], where=_WAITING)
    _replace("ix_calls_client_occurred", "calls", ["client_id", "occurred_at", "id", "dialled_at", "cost"])
    _replace("ix_dials_slots", "dials", ["account_id", "client_id", "batch_id"], where=_TAKEN)
    op.create_index("ix_calls_foreign", "calls", ["account_id"], sqlite_where=_FOREIGN, postgresql_where=_FOREIGN)


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_index("ix_calls_foreign", table_name="calls")
    _replace("ix_dials_slots", "dials", ["account_id", "client_id"], where=_TAKEN)
    _replace("ix_calls_client_occurred", "calls", ["client_id", "occurred_at", "id"])
    _replace("ix_calls_waiting", "calls", _TURN, where=_WAITING)


def _replace(name: str, table: str, columns: list[str], *, where: sa.TextClause | None = None) -> None:
    op.drop_index(name, table_name=table)
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
