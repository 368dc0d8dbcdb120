"""Changes that some view does not show yet (control-cases.md C).

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "late_change",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", WORDS, nullable=False),
        sa.Column("object_kind", WORDS, nullable=False),
        sa.Column("object_id", WORDS, nullable=False),
        sa.Column("organisation_id", WORDS, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("revocation", NUMBER),
        sa.Column("ocsp", MOMENT, comment="from when on this view shows it; null where it always did"),
        sa.Column("crl", MOMENT),
        sa.Column("jwks", MOMENT),
        sa.Column("participants", MOMENT),
        sa.Column("token_status", MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_late_change"),
    )
    op.create_index("ix_late_change_object_id", "late_change", ["object_id"])
    op.create_index("ix_late_change_organisation_id", "late_change", ["organisation_id"])


def downgrade() -> None:
    """What was under way is shown at once."""
    op.drop_table("late_change")
