"""By how much our clock is ahead of the provider's, when that is too much.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Goes to this revision."""
    op.add_column("accounts", sa.Column("clock_ahead_s", sa.Float(), nullable=True))


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_column("accounts", "clock_ahead_s")
