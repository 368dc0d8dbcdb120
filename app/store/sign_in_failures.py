"""Sign-ins that failed a short time ago, by the machine's clock: every process of a sandbox counts the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Index, Table, bindparam, delete, or_, select

from app.store.columns import Moment, Number, Octets
from app.store.schema import metadata
from app.store.statements import Statement, Transaction, inserting

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("account_sha256", Octets, nullable=False, comment="of what was typed"),
    Column("at", Moment, nullable=False, comment="by the machine's clock"),
    Index("ix_sign_in_failure_account_sha256", "account_sha256", "at"),
    Index("ix_sign_in_failure_at", "at"),
)

_OF_ACCOUNT = sign_in_failure.c.account_sha256 == bindparam("key")
_ADD = inserting(sign_in_failure)
_RECENT = Statement(
    select(sign_in_failure.c.at)
    .where(_OF_ACCOUNT, sign_in_failure.c.at > bindparam("since"), sign_in_failure.c.at <= bindparam("now"))
    .order_by(sign_in_failure.c.at)
)
_PRUNE = Statement(
    delete(sign_in_failure).where(
        or_(sign_in_failure.c.at <= bindparam("since"), sign_in_failure.c.at > bindparam("now"))
    )
)
_FORGET = Statement(delete(sign_in_failure).where(_OF_ACCOUNT))
_CLEAR = Statement(delete(sign_in_failure))


class SignInFailures:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def recent(self, account_sha256: bytes, now: datetime, window: timedelta) -> tuple[datetime, ...]:
        """Those within the window, the oldest first; not those that a clock which was set back has not seen yet."""
        rows = self._transaction.rows(_RECENT, key=account_sha256, since=now - window, now=now)
        return tuple(row[0] for row in rows)

    def add(self, account_sha256: bytes, now: datetime, window: timedelta) -> None:
        """One more; those of anybody that are out of the window are forgotten."""
        self._transaction.keep(_PRUNE, since=now - window, now=now)
        self._transaction.keep(_ADD, account_sha256=account_sha256, at=now)

    def forget(self, account_sha256: bytes) -> None:
        """All of one account."""
        self._transaction.keep(_FORGET, key=account_sha256)

    def clear(self) -> None:
        """All of everybody."""
        self._transaction.keep(_CLEAR)
