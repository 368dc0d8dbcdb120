"""The keys that sign tokens: which one does, and which are published still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from app.errors import NotFound
from app.store.grants import SigningKey
from app.store.schema import signing_key
from app.store.statements import Statement, Transaction, inserting

_NEWEST = (signing_key.c.retired_at.is_not(None), signing_key.c.created_at.desc(), signing_key.c.kid)
_CURRENT = Statement(select(signing_key).where(signing_key.c.retired_at.is_(None)).order_by(*_NEWEST).limit(1))
_PUBLISHED = Statement(
    select(signing_key)
    .where(or_(signing_key.c.retired_at.is_(None), signing_key.c.published_until > bindparam("now")))
    .order_by(*_NEWEST)
)
_ALL = Statement(select(signing_key).order_by(*_NEWEST))
_ADD = inserting(signing_key)
_RETIRE = Statement(update(signing_key).where(signing_key.c.kid == bindparam("key")), ["retired_at", "published_until"])

_REPLACE = Statement(update(signing_key).where(signing_key.c.kid == bindparam("key")), ["jwk"])


class SigningKeys:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def current(self) -> SigningKey | None:
        """The one that signs."""
        row = self._transaction.row(_CURRENT)
        return None if row is None else SigningKey(*row)

    def published(self, now: datetime) -> tuple[SigningKey, ...]:
        """The one that signs, then those that were and whose tokens live still, newest first."""
        return tuple(SigningKey(*row) for row in self._transaction.rows(_PUBLISHED, now=now))

    def all(self) -> tuple[SigningKey, ...]:
        """Every one that there ever was, the one that signs first."""
        return tuple(SigningKey(*row) for row in self._transaction.rows(_ALL))

    def add(self, record: SigningKey) -> None:
        self._transaction.change(
            _ADD,
            kid=record.kid,
            jwk=dict(record.jwk),
            created_at=record.created_at,
            retired_at=record.retired_at,
            published_until=record.published_until,
        )

    def promote(self, kid: str) -> None:
        """From now on it signs, if it is the newest that was not retired. Raises NotFound."""
        if not self._transaction.change(_RETIRE, key=kid, retired_at=None, published_until=None):
            raise NotFound(f"no signing key {kid[:80]}")

    def replace(self, kid: str, jwk: Mapping[str, str]) -> None:
        """Put another key under this kid. Raises NotFound."""
        if not self._transaction.change(_REPLACE, key=kid, jwk=dict(jwk)):
            raise NotFound(f"no signing key {kid[:80]}")

    def retire(self, kid: str, at: datetime, published_until: datetime) -> None:
        """Raises NotFound."""
        if not self._transaction.change(_RETIRE, key=kid, retired_at=at, published_until=published_until):
            raise NotFound(f"no signing key {kid[:80]}")
