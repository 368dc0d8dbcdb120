"""Private keys as PEM, encrypted by their owner when a passphrase is set. The store only keeps them."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from app.store.schema import vault
from app.store.statements import Statement, Transaction, inserting

_GET = Statement(select(vault.c.pem).where(vault.c.name == bindparam("key")))
_ADD = inserting(vault)
_REPLACE = Statement(update(vault).where(vault.c.name == bindparam("key")), ["pem"])


class Vault:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str) -> bytes | None:
        row = self._transaction.row(_GET, key=name)
        return None if row is None else bytes(row[0])

    def put(self, name: str, pem: bytes) -> None:
        """Keep it, in place of what had that name."""
        if not self._transaction.change(_REPLACE, key=name, pem=pem):
            self._transaction.change(_ADD, name=name, pem=pem)
