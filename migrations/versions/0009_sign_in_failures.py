"""Sign-ins that failed, counted for all processes together (connect.md 16).

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    comment = "of what was typed"
    op.create_table(
        "sign_in_failure",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_sha256", sa.LargeBinary(), nullable=False, comment=comment),
        sa.Column("at", MOMENT, nullable=False, comment="by the machine's clock"),
        sa.PrimaryKeyConstraint("number", name="pk_sign_in_failure"),
    )
    op.create_index("ix_sign_in_failure_account_sha256", "sign_in_failure", ["account_sha256", "at"])
    op.create_index("ix_sign_in_failure_at", "sign_in_failure", ["at"])


def downgrade() -> None:
    """Whoever had to wait may try again."""
    op.drop_table("sign_in_failure")
