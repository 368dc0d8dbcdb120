"""The outbox of expiry notices (connect.md 19).

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_index("ix_certificate_not_after", "certificate", ["not_after"])
    _notices()
    op.create_table(
        "notice_mark",
        _needed("epoch", NUMBER, autoincrement=False, comment="the counter `restored`"),
        _needed("through", MOMENT, comment="what fell due by then was told"),
        _needed("certificate", NUMBER, comment="the newest certificate that was looked at"),
        sa.PrimaryKeyConstraint("epoch", name="pk_notice_mark"),
    )


def downgrade() -> None:
    """What was told is forgotten."""
    op.drop_table("notice_mark")
    op.drop_table("expiry_notice")
    op.drop_index("ix_certificate_not_after", "certificate")


def _needed(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _notices() -> None:
    op.create_table(
        "expiry_notice",
        _needed("number", NUMBER, autoincrement=False),
        _needed("notice_id", WORDS),
        _needed("certificate_id", WORDS, comment="no reference: a notice outlives what it is about"),
        _needed("stage", sa.Integer(), comment="days before the expiry; 0 is the expiry itself"),
        _needed("organisation_id", WORDS),
        sa.Column("software_statement_id", WORDS),
        _needed("kid", WORDS),
        _needed("type", WORDS),
        _needed("not_after", MOMENT),
        _needed("due_at", MOMENT),
        _needed("made_at", MOMENT),
        _needed("recipients", sa.JSON()),
        _needed("subject", WORDS),
        _needed("body", WORDS),
        _needed("state", WORDS),
        _needed("attempts", sa.Integer()),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("error", WORDS),
        sa.PrimaryKeyConstraint("number", name="pk_expiry_notice"),
        sa.UniqueConstraint("notice_id", name="uq_expiry_notice_notice_id"),
        sa.UniqueConstraint("certificate_id", "stage", name="uq_expiry_notice_certificate_id_stage"),
    )
    op.create_index("ix_expiry_notice_newest", "expiry_notice", ["organisation_id", "due_at", "number"])
    op.create_index("ix_expiry_notice_due_at", "expiry_notice", ["due_at", "number"])
    op.create_index(
        "ix_expiry_notice_waiting", "expiry_notice", ["next_attempt_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )
