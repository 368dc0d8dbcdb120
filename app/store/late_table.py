"""The table of changes that some view does not show yet; beside the others, whose page is full."""

from __future__ import annotations

from sqlalchemy import Column, Table

from app.store.columns import Json, Moment, Number, Words
from app.store.schema import metadata

late_change = Table(
    "late_change",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("kind", Words, nullable=False),
    Column("object_kind", Words, nullable=False),
    Column("object_id", Words, nullable=False, index=True),
    Column("organisation_id", Words, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("before", Json, nullable=False),
    Column("revocation", Number),
    Column("ocsp", Moment, comment="from when on this view shows it; null where it always did"),
    Column("crl", Moment),
    Column("jwks", Moment),
    Column("participants", Moment),
    Column("token_status", Moment),
)
