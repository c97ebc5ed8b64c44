"""Indexes for lists: searching and sorting calls by cost and length, and what came of a batch.

Revision 0003, after 0002.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Goes to this revision."""
    op.create_index("ix_calls_search", "calls", ["occurred_at", "id", "client_id", "search"], unique=False)
    op.create_index("ix_calls_cost", "calls", ["cost", "id"], unique=False)
    op.create_index("ix_calls_duration", "calls", ["duration_ms", "id"], unique=False)
    op.create_index("ix_calls_batch_results", "calls", ["batch_id", "status", "outcome", "is_reached", "cost"], unique=False)


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_index("ix_calls_batch_results", table_name="calls")
    op.drop_index("ix_calls_duration", table_name="calls")
    op.drop_index("ix_calls_cost", table_name="calls")
    op.drop_index("ix_calls_search", table_name="calls")
