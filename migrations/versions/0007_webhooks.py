"""Webhooks: subscriptions, messages, deliveries and the key that signs (connect.md 18).

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
OPEN, HELD = sa.text("state IN ('waiting', 'held')"), sa.text("state = 'held'")


def upgrade() -> None:
    _subscriptions()
    _messages()
    _deliveries()
    op.create_table(
        "webhook_key",
        _needed("name", WORDS),
        _needed("pem", sa.LargeBinary(), comment="private; encrypted when there is a passphrase"),
        sa.PrimaryKeyConstraint("name", name="pk_webhook_key"),
    )


def downgrade() -> None:
    """Who was to be told is forgotten, and what was told."""
    for table in ("webhook_key", "webhook_delivery", "webhook_message", "webhook_subscription"):
        op.drop_table(table)


def _needed(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _subscriptions() -> None:
    op.create_table(
        "webhook_subscription",
        _needed("number", NUMBER, autoincrement=False),
        _needed("subscription_id", WORDS),
        _needed("owner_kind", WORDS, comment="application or server"),
        _needed("owner_id", WORDS, comment="no reference: a server may go, its log stays"),
        _needed("organisation_id", WORDS),
        _needed("endpoint", WORDS),
        _needed("status", WORDS),
        _needed("token", WORDS),
        _needed("created_at", MOMENT),
        _needed("expires_at", MOMENT, comment="when a confirmation comes too late"),
        sa.Column("confirmed_at", MOMENT),
        _needed("queued", sa.Integer(), comment="deliveries that wait; counting them takes too long for a write"),
        _needed("overflowed", sa.Integer(), comment="messages for which the queue was too full"),
        sa.Column("lease", WORDS, comment="which process sends"),
        sa.Column("leased_until", MOMENT, comment="by the machine's clock"),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_subscription"),
        *(
            sa.UniqueConstraint(name, name=f"uq_webhook_subscription_{name}")
            for name in ("subscription_id", "owner_id", "token")
        ),
    )
    for name in ("organisation_id", "status"):
        op.create_index(f"ix_webhook_subscription_{name}", "webhook_subscription", [name])


def _messages() -> None:
    op.create_table(
        "webhook_message",
        _needed("number", NUMBER, autoincrement=False),
        _needed("message_id", WORDS),
        _needed("type", WORDS),
        _needed("made_at", MOMENT),
        _needed("event", WORDS, comment="such as certificate.revoke"),
        _needed("object_id", WORDS),
        _needed("organisation_id", WORDS),
        sa.Column("revision", NUMBER, comment="null where nothing has changed: a confirmation"),
        _needed("body", WORDS, comment="what stands in Message, as it is sent"),
        sa.Column("token", WORDS),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_message"),
        sa.UniqueConstraint("message_id", name="uq_webhook_message_message_id"),
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        _needed("number", NUMBER, autoincrement=False),
        _needed("delivery_id", WORDS),
        _needed("subscription_id", WORDS),
        _needed("message_id", WORDS),
        _needed("state", WORDS),
        _needed("position", NUMBER, comment="the order in which it is sent"),
        _needed("made_at", MOMENT),
        _needed("attempts", sa.Integer()),
        sa.Column("next_attempt_at", MOMENT, comment="by the sandbox's clock; null = when another one has gone"),
        sa.Column("settled_at", MOMENT),
        _needed("effects", sa.JSON(), comment="what is done to it on purpose"),
        _needed("answers", sa.JSON(), comment="what became of each attempt"),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_delivery"),
        sa.UniqueConstraint("delivery_id", name="uq_webhook_delivery_delivery_id"),
    )
    op.create_index("ix_webhook_delivery_message_id", "webhook_delivery", ["message_id"])
    op.create_index("ix_webhook_delivery_subscription", "webhook_delivery", ["subscription_id", "number"])
    op.create_index(
        "ix_webhook_delivery_open",
        "webhook_delivery",
        ["subscription_id", "position"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_webhook_delivery_held",
        "webhook_delivery",
        ["subscription_id", "next_attempt_at"],
        sqlite_where=HELD,
        postgresql_where=HELD,
    )
