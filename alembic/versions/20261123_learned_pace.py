"""The pace that refusals taught us, apart from the one a person set.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Goes to this revision; a pace with an instant beside it was learned."""
    op.add_column("accounts", sa.Column("learned_pace", sa.Float(), nullable=True))
    op.execute("UPDATE accounts SET learned_pace = pace_per_second, pace_per_second = NULL WHERE paced_at IS NOT NULL")


def downgrade() -> None:
    """Goes back to the one before, where there is one pace: the learned one, if any."""
    op.execute("UPDATE accounts SET pace_per_second = learned_pace WHERE learned_pace IS NOT NULL")
    op.drop_column("accounts", "learned_pace")
