"""Who paused a call.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Goes to this revision."""
    op.add_column("calls", sa.Column("paused_by", sa.String(), nullable=True))


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_column("calls", "paused_by")
