"""The table of what waits for a person: devices and backchannel requests; beside the others, whose page is full."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table

from app.store.columns import JsonList, Moment, Octets, Words
from app.store.schema import metadata

device_request = Table(
    "device_request",
    metadata,
    Column("device_code_sha256", Octets, primary_key=True),
    Column("user_code", Words, nullable=False, unique=True),
    Column("client_id", Words, nullable=False),
    Column("scopes", JsonList, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("interval_seconds", Integer, nullable=False),
    Column("polled_at", Moment),
    Column("grant_id", Words, ForeignKey("consent_grant.grant_id")),
    Column("denied_at", Moment),
    Column("used_at", Moment),
    Column("user_id", Words, comment="who alone may answer; null for whoever types the code"),
    Column("binding_message", Words),
)
