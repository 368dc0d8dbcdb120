"""Requests that wait for a certain person: backchannel authentication (CIBA Core).

Revision 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("device_request", recreate=_recreate()) as table:
        table.add_column(
            sa.Column("user_id", WORDS, comment="who alone may answer; null for whoever types the code"),
        )
        table.add_column(sa.Column("binding_message", WORDS))


def downgrade() -> None:
    """What waits for a certain person is forgotten."""
    op.execute("DELETE FROM device_request WHERE user_id IS NOT NULL")
    with op.batch_alter_table("device_request") as table:
        table.drop_column("binding_message")
        table.drop_column("user_id")


def _recreate() -> str:
    """SQLite's own ALTER TABLE would write the table in another form than a new one has."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"
