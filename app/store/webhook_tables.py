"""The tables of webhooks: who is told, what is told, and each delivery of it (connect.md 18)."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, text

from app.store.columns import JsonList, Moment, Number, Octets, Words
from app.store.schema import metadata

subscription = Table(
    "webhook_subscription",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("subscription_id", Words, nullable=False, unique=True),
    Column("owner_kind", Words, nullable=False, comment="application or server"),
    Column("owner_id", Words, nullable=False, unique=True, comment="no reference: a server may go, its log stays"),
    Column("organisation_id", Words, nullable=False, index=True),
    Column("endpoint", Words, nullable=False),
    Column("status", Words, nullable=False, index=True),
    Column("token", Words, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, comment="when a confirmation comes too late"),
    Column("confirmed_at", Moment),
    Column("queued", Integer, nullable=False, comment="deliveries that wait; counting them takes too long for a write"),
    Column("overflowed", Integer, nullable=False, comment="messages for which the queue was too full"),
    Column("lease", Words, comment="which process sends"),
    Column("leased_until", Moment, comment="by the machine's clock"),
)

message = Table(
    "webhook_message",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("message_id", Words, nullable=False, unique=True),
    Column("type", Words, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("event", Words, nullable=False, comment="such as certificate.revoke"),
    Column("object_id", Words, nullable=False),
    Column("organisation_id", Words, nullable=False),
    Column("revision", Number, comment="null where nothing has changed: a confirmation"),
    Column("body", Words, nullable=False, comment="what stands in Message, as it is sent"),
    Column("token", Words),
)

delivery = Table(
    "webhook_delivery",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("delivery_id", Words, nullable=False, unique=True),
    Column("subscription_id", Words, nullable=False),
    Column("message_id", Words, nullable=False, index=True),
    Column("state", Words, nullable=False),
    Column("position", Number, nullable=False, comment="the order in which it is sent"),
    Column("made_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment, comment="by the sandbox's clock; null = when another one has gone"),
    Column("settled_at", Moment),
    Column("effects", JsonList, nullable=False, comment="what is done to it on purpose"),
    Column("answers", JsonList, nullable=False, comment="what became of each attempt"),
    Index(
        "ix_webhook_delivery_open",
        "subscription_id",
        "position",
        sqlite_where=text("state IN ('waiting', 'held')"),
        postgresql_where=text("state IN ('waiting', 'held')"),
    ),
    Index(
        "ix_webhook_delivery_held",
        "subscription_id",
        "next_attempt_at",
        sqlite_where=text("state = 'held'"),
        postgresql_where=text("state = 'held'"),
    ),
    Index("ix_webhook_delivery_subscription", "subscription_id", "number"),
)

signing_key = Table(
    "webhook_key",
    metadata,
    Column("name", Words, primary_key=True),
    Column("pem", Octets, nullable=False, comment="private; encrypted when there is a passphrase"),
)
