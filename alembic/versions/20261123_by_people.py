"""The index by which what people did is found among all that was written down.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BY_A_PERSON = sa.text("\"by\" NOT IN ('callcenter', 'dispatcher', 'reconciling', 'retell')")


def upgrade() -> None:
    """Goes to this revision."""
    op.create_index(
        "ix_transitions_by",
        "transitions",
        ["at", "id"],
        unique=False,
        sqlite_where=_BY_A_PERSON,
        postgresql_where=_BY_A_PERSON,
    )


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_index("ix_transitions_by", table_name="transitions")
