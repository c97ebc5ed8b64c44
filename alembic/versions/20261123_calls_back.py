"""Whether a client's calls back are made by themselves.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Goes to this revision."""
    op.add_column("clients", sa.Column("calls_back", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_column("clients", "calls_back")
