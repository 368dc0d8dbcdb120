"""Snapshots by name: whole states of a sandbox, as octets that only their maker reads."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, select, update

from app.store.powers import Snapshot, SnapshotNote
from app.store.schema import snapshot
from app.store.statements import Statement, Transaction, inserting

_KEY = snapshot.c.name == bindparam("key")
_NOTES = Statement(
    select(snapshot.c.name, snapshot.c.created_at, func.length(snapshot.c.content)).order_by(snapshot.c.name)
)
_FIND = Statement(select(snapshot).where(_KEY))
_ADD = inserting(snapshot)
_REPLACE = Statement(update(snapshot).where(_KEY), ["created_at", "content"])
_DROP = Statement(delete(snapshot).where(_KEY))


class Snapshots:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def notes(self) -> tuple[SnapshotNote, ...]:
        """All of them by name, without their content."""
        return tuple(SnapshotNote(*row) for row in self._transaction.rows(_NOTES))

    def find(self, name: str) -> Snapshot | None:
        row = self._transaction.row(_FIND, key=name)
        return None if row is None else Snapshot(row[0], row[1], bytes(row[2]))

    def put(self, record: Snapshot) -> bool:
        """Keep it, in place of what had that name; whether the name is new."""
        kept = {"created_at": record.created_at, "content": record.content}
        if self._transaction.change(_REPLACE, key=record.name, **kept):
            return False
        self._transaction.change(_ADD, name=record.name, **kept)
        return True

    def drop(self, name: str) -> bool:
        """Whether it was there."""
        return bool(self._transaction.change(_DROP, key=name))
