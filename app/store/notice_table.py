"""The tables of the outbox; beside the others, whose page is full."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint, text

from app.store.columns import JsonList, Moment, Number, Words
from app.store.schema import metadata

expiry_notice = Table(
    "expiry_notice",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("notice_id", Words, nullable=False, unique=True),
    Column("certificate_id", Words, nullable=False, comment="no reference: a notice outlives what it is about"),
    Column("stage", Integer, nullable=False, comment="days before the expiry; 0 is the expiry itself"),
    Column("organisation_id", Words, nullable=False),
    Column("software_statement_id", Words),
    Column("kid", Words, nullable=False),
    Column("type", Words, nullable=False),
    Column("not_after", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("recipients", JsonList, nullable=False),
    Column("subject", Words, nullable=False),
    Column("body", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("sent_at", Moment),
    Column("error", Words),
    UniqueConstraint("certificate_id", "stage"),
    Index("ix_expiry_notice_newest", "organisation_id", "due_at", "number"),
    Index("ix_expiry_notice_due_at", "due_at", "number"),
    Index(
        "ix_expiry_notice_waiting",
        "next_attempt_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

notice_mark = Table(
    "notice_mark",
    metadata,
    Column("epoch", Number, primary_key=True, autoincrement=False, comment="the counter `restored`"),
    Column("through", Moment, nullable=False, comment="what fell due by then was told"),
    Column("certificate", Number, nullable=False, comment="the newest certificate that was looked at"),
)
