"""${message}.

Revision ${up_revision}, after ${down_revision or "nothing" | comma,n}.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Goes to this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Goes back to the one before."""
    ${downgrades if downgrades else "pass"}
