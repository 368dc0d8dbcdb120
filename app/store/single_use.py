"""Rows that may be used once: marked by the database itself, without a look before the step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update

from app.store.columns import Octets
from app.store.grants import Taken
from app.store.statements import Statement, Transaction, inserting

R = TypeVar("R")
KEPT = timedelta(hours=1)
"""How long a row stays after its end, so that a late use can be told from a made-up one."""


class SingleUse:
    """The statements of such a table; its key is one digest. `columns` are those of its record, in their order."""

    def __init__(self, table: Table, columns: tuple[ColumnElement[object], ...] = ()) -> None:
        key = next(iter(table.primary_key.columns)) == bindparam("key", type_=Octets)
        self._find = Statement(select(*(columns or table.columns)).where(key))
        self._add = inserting(table)
        self._use = Statement(update(table).where(key, table.c.used_at.is_(None)), ["used_at"])
        self._prune = Statement(delete(table).where(table.c.expires_at < bindparam("long_ago")))

    def add(self, transaction: Transaction, now: datetime, **values: object) -> None:
        """Keep a new row; those that have long been over at `now` are forgotten."""
        transaction.keep(self._prune, long_ago=now - KEPT)
        transaction.keep(self._add, **values)

    def find(self, transaction: Transaction, make: Callable[..., R], key: bytes) -> R | None:
        row = transaction.row(self._find, key=key)
        return None if row is None else make(*row)

    def take(self, transaction: Transaction, make: Callable[..., R], key: bytes, at: datetime) -> Taken[R] | None:
        """Mark it as used, and tell whether that was the first use; None where there is none."""
        is_first = transaction.keep(self._use, key=key, used_at=at) == 1
        found = self.find(transaction, make, key)
        return None if found is None else Taken(found, is_first)
