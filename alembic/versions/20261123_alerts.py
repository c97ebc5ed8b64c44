"""What needed a person, kept for the bell, and up to when each person has read it.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Goes to this revision."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("href", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_at", "alerts", ["at"], unique=False)
    op.create_index("uq_alerts_open", "alerts", ["key"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.add_column("users", sa.Column("alerts_read_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_column("users", "alerts_read_at")
    op.drop_table("alerts")
