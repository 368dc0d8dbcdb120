"""The life of one object in the audit, without reading the rest of it (connect.md 20).

Revision 0010, after 0009.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_object", "audit", ["object_id", "number"])


def downgrade() -> None:
    op.drop_index("ix_audit_object", "audit")
