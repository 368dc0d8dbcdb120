"""Access tokens, by the SHA-256 of their text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from app.errors import NotFound
from app.store.records import Token
from app.store.schema import token
from app.store.statements import Statement, Transaction, inserting

_FIND = Statement(select(token).where(token.c.token_sha256 == bindparam("key")))
_ADD = inserting(token)
_REVOKE = Statement(update(token).where(token.c.token_sha256 == bindparam("key")), ["revoked_at"])


class Tokens:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: Token) -> None:
        self._transaction.change(
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
        )

    def find(self, token_sha256: bytes) -> Token | None:
        row = self._transaction.row(_FIND, key=token_sha256)
        return None if row is None else Token(*row)

    def revoke(self, token_sha256: bytes, at: datetime) -> None:
        """Raises NotFound."""
        if not self._transaction.change(_REVOKE, key=token_sha256, revoked_at=at):
            raise NotFound("no such token")
