"""People who may sign in, and the browsers that they did it with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from app.errors import Conflict, NotFound
from app.store.grants import Account, BrowserSession
from app.store.lists import folded
from app.store.schema import account, browser_session
from app.store.statements import Statement, Transaction, inserting

_COLUMNS = (
    account.c.user_id,
    account.c.email,
    account.c.password_hash,
    account.c.status,
    account.c.created_at,
    account.c.second_factor,
    account.c.details,
    account.c.revision,
)
"""In the order of the record."""
_FIND = Statement(select(*_COLUMNS).where(account.c.user_id == bindparam("key")))
_BY_EMAIL = Statement(select(*_COLUMNS).where(account.c.folded_email == bindparam("key")))
_ALL = Statement(select(*_COLUMNS).order_by(account.c.folded_email))
_ADD = inserting(account)
_REPLACE = Statement(
    update(account).where(account.c.user_id == bindparam("key"), account.c.revision == bindparam("expected")),
    ["email", "folded_email", "password_hash", "second_factor", "status", "details", "revision"],
)

DIGEST = 32
"""Octets of a SHA-256."""
_SESSION = Statement(select(browser_session).where(browser_session.c.session_sha256 == bindparam("key")))
_ADD_SESSION = inserting(browser_session)
_END = Statement(delete(browser_session).where(browser_session.c.session_sha256 == bindparam("key")))
_END_NAMED = Statement(
    delete(browser_session).where(browser_session.c.session_sha256.between(bindparam("first"), bindparam("last")))
)
_END_ALL = Statement(delete(browser_session).where(browser_session.c.user_id == bindparam("user")))
_PRUNE = Statement(delete(browser_session).where(browser_session.c.expires_at < bindparam("now")))


class Accounts:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, user_id: str) -> Account | None:
        return self._one(_FIND, user_id)

    def find_by_email(self, email: str) -> Account | None:
        """Whatever the letter case."""
        return self._one(_BY_EMAIL, folded(email))

    def all(self) -> tuple[Account, ...]:
        """By e-mail address."""
        return tuple(Account(*row) for row in self._transaction.rows(_ALL))

    def add(self, record: Account) -> None:
        """Raises Conflict for an id or an e-mail address in use."""
        self._transaction.change(_ADD, user_id=record.user_id, created_at=record.created_at, **_values(record))

    def replace(self, record: Account) -> None:
        """Keep the next revision. Raises NotFound; Conflict unless the stored revision is the one before."""
        if not self._transaction.change(_REPLACE, key=record.user_id, expected=record.revision - 1, **_values(record)):
            stored = self.find(record.user_id)
            if stored is None:
                raise NotFound(f"no account {record.user_id[:80]}")
            raise Conflict(f"revision {record.revision} cannot follow revision {stored.revision} of this account")

    def _one(self, statement: Statement, key: str) -> Account | None:
        row = self._transaction.row(statement, key=key)
        return None if row is None else Account(*row)


class BrowserSessions:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: BrowserSession) -> None:
        """Those that were over when this one began are forgotten."""
        self._transaction.keep(_PRUNE, now=record.authenticated_at)
        self._transaction.keep(
            _ADD_SESSION,
            session_sha256=record.session_sha256,
            user_id=record.user_id,
            authenticated_at=record.authenticated_at,
            expires_at=record.expires_at,
            amr=list(record.amr),
        )

    def find(self, session_sha256: bytes, now: datetime) -> BrowserSession | None:
        """None where it is not there, or over."""
        row = self._transaction.row(_SESSION, key=session_sha256)
        found = None if row is None else BrowserSession(*row)
        return found if found is not None and now < found.expires_at else None

    def end(self, session_sha256: bytes) -> None:
        """Sign out; again is fine."""
        self._transaction.keep(_END, key=session_sha256)

    def end_named(self, sid: str) -> None:
        """End the session whose digest begins with these 32 hexadecimal characters, as the `sid` of ID tokens does."""
        first = bytes.fromhex(sid)
        rest = DIGEST - len(first)
        self._transaction.keep(_END_NAMED, first=first + bytes(rest), last=first + b"\xff" * rest)

    def end_all(self, user_id: str) -> int:
        """Sign a person out everywhere; how many browsers that were."""
        return self._transaction.keep(_END_ALL, user=user_id)


def _values(record: Account) -> dict[str, Any]:
    return {
        "email": record.email,
        "folded_email": folded(record.email),
        "password_hash": record.password_hash,
        "second_factor": record.second_factor,
        "status": record.status,
        "details": dict(record.details),
        "revision": record.revision,
    }
