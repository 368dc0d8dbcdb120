"""Servers, API resources, claims, contacts and reference data: one table for all plain objects of the API.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "resource",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        _needed("resource_id", WORDS),
        _needed("kind", WORDS),
        sa.Column("organisation_id", WORDS),
        _needed("parent_id", WORDS),
        sa.Column("key", WORDS),
        _needed("status", WORDS),
        _needed("body", sa.JSON()),
        _needed("created_at", MOMENT),
        _needed("revision", sa.Integer()),
        _needed("search", WORDS),
        sa.PrimaryKeyConstraint("number", name="pk_resource"),
        sa.UniqueConstraint("resource_id", name="uq_resource_resource_id"),
        sa.UniqueConstraint("kind", "key", name="uq_resource_kind_key"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_resource_organisation_id"
        ),
    )
    op.create_index("ix_resource_organisation_id", "resource", ["organisation_id"])
    op.create_index("ix_resource_newest", "resource", ["kind", "parent_id", "created_at", "number"])
    op.create_index("ix_resource_parent_id", "resource", ["parent_id"])


def downgrade() -> None:
    op.drop_table("resource")


def _needed(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)
