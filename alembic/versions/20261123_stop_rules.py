"""When a batch stops by itself, and the index by which its last ends are found.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_SETTLED = sa.text("state IN ('finished', 'rejected')")


def upgrade() -> None:
    """Goes to this revision."""
    op.add_column("batches", sa.Column("stop", Json, nullable=True))
    op.add_column("batches", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_dials_batch_settled",
        "dials",
        ["batch_id", "settled_at"],
        unique=False,
        sqlite_where=_SETTLED,
        postgresql_where=_SETTLED,
    )


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_index("ix_dials_batch_settled", table_name="dials")
    op.drop_column("batches", "resumed_at")
    op.drop_column("batches", "stop")
