"""Access tokens, by the SHA-256 of their text."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, func, select, update

from app.errors import NotFound
from app.store.columns import Moment
from app.store.records import Token
from app.store.schema import token
from app.store.statements import Statement, Transaction, inserting

KEPT = timedelta(days=7)
"""How long a token is known after its end, so that it can be told from a made-up one."""
_FIND = Statement(select(token).where(token.c.token_sha256 == bindparam("key")))
_ADD = inserting(token)
_REVOKE = Statement(update(token).where(token.c.token_sha256 == bindparam("key")), ["revoked_at"])
_PRUNE = Statement(delete(token).where(token.c.expires_at < bindparam("long_ago")))
_LAST = Statement(select(func.max(token.c.expires_at)).where(token.c.client_id.is_not(None)))

_LIVING = and_(
    token.c.client_id.is_not(None), token.c.revoked_at.is_(None), token.c.expires_at > bindparam("now", type_=Moment)
)
_REVOKE_ALL = Statement(update(token).where(_LIVING), ["revoked_at"])
_REVOKE_OF = Statement(
    update(token).where(_LIVING, token.c.software_statement_id == bindparam("owner")), ["revoked_at"]
)
_REVOKE_CLIENT = Statement(update(token).where(_LIVING, token.c.client_id == bindparam("client")), ["revoked_at"])
_PROLONG = Statement(update(token).where(token.c.token_sha256 == bindparam("key")), ["issued_at", "expires_at"])
_LIVING_ENDS = Statement(
    select(func.count(), func.min(token.c.expires_at), func.max(token.c.expires_at)).where(
        token.c.revoked_at.is_(None), token.c.expires_at > bindparam("now", type_=Moment)
    )
)


class Tokens:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: Token) -> None:
        """Those that have long been over when this one was given are forgotten."""
        self._transaction.keep(_PRUNE, long_ago=record.issued_at - KEPT)
        self._transaction.keep(
            _ADD,
            token_sha256=record.token_sha256,
            scopes=list(record.scopes),
            issued_at=record.issued_at,
            expires_at=record.expires_at,
            organisation_id=record.organisation_id,
            software_statement_id=record.software_statement_id,
            user=record.user,
            x5t_s256=record.x5t_s256,
            revoked_at=record.revoked_at,
            client_id=record.client_id,
            grant_id=record.grant_id,
        )

    def find(self, token_sha256: bytes) -> Token | None:
        row = self._transaction.row(_FIND, key=token_sha256)
        return None if row is None else Token(*row)

    def prolong(self, token_sha256: bytes, issued_at: datetime, expires_at: datetime) -> None:
        """As if it had been given at another time. Raises NotFound."""
        if not self._transaction.keep(_PROLONG, key=token_sha256, issued_at=issued_at, expires_at=expires_at):
            raise NotFound("no such token")

    def living_ends(self, now: datetime) -> tuple[int, datetime | None, datetime | None]:
        """How many live, and when the first and the last of them is over."""
        row = self._transaction.row(_LIVING_ENDS, now=now)
        assert row is not None
        return int(row[0]), row[1], row[2]

    def revoke(self, token_sha256: bytes, at: datetime) -> None:
        """Raises NotFound."""
        if not self._transaction.keep(_REVOKE, key=token_sha256, revoked_at=at):
            raise NotFound("no such token")

    def revoke_all(self, at: datetime, software_statement_id: str | None = None) -> int:
        """Every living one that the authorisation server has given, or one application's; how many they were.

        Those of the control listener were signed by nobody, and stay.
        """
        if software_statement_id is not None:
            return self._transaction.keep(_REVOKE_OF, revoked_at=at, now=at, owner=software_statement_id)
        return self._transaction.keep(_REVOKE_ALL, revoked_at=at, now=at)

    def revoke_client(self, client_id: str, at: datetime) -> int:
        """Every living one of a client; how many they were."""
        return self._transaction.keep(_REVOKE_CLIENT, revoked_at=at, now=at, client=client_id)

    def last_end(self) -> datetime | None:
        """When the last of those tokens is over that the authorisation server has given."""
        row = self._transaction.row(_LAST)
        return None if row is None else row[0]
