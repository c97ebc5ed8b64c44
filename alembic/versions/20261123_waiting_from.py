"""The index of who is next also knows from which number, so that those of a number that must rest are passed over in it.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = ["client_id", "batch_id", "priority", "scheduled_at", "id", "look_again_at"]
_WAITING = sa.text("status = 'scheduled'")


def _make(columns: list[str]) -> None:
    op.drop_index("ix_calls_waiting", table_name="calls")
    op.create_index(
        "ix_calls_waiting", "calls", columns, unique=False, sqlite_where=_WAITING, postgresql_where=_WAITING
    )  # fmt: skip


def upgrade() -> None:
    """Goes to this revision."""
    _make([*_COLUMNS, "from_number"])


def downgrade() -> None:
    """Goes back to the one before."""
    _make(_COLUMNS)
