"""The newest exchanges at the doors. Numbers have no gaps, so what a full journal has dropped can be told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import and_, bindparam, delete, func, select, true

from app.runtime.exchange import JournalEntry
from app.store.columns import Number, Words
from app.store.lists import pattern
from app.store.schema import journal
from app.store.statements import Statement, Transaction, inserting

COLUMNS = tuple(c for c in journal.columns if c.name != "number")
_ADD = inserting(journal)
_NEWEST = Statement(select(func.coalesce(func.max(journal.c.number), 0)))
_OLDEST = Statement(select(func.coalesce(func.min(journal.c.number), 0)))
_TRIM = Statement(delete(journal).where(journal.c.number <= bindparam("last")))


class JournalRows:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_all(self, entries: Sequence[JournalEntry]) -> None:
        """Keep them in their order."""
        self._transaction.note(_ADD, [_values(entry) for entry in entries])

    def recent(
        self, limit: int, *, path: str = "", status: int | None = None, interaction_id: str = ""
    ) -> tuple[JournalEntry, ...]:
        """The newest first; `path` is a substring, whatever its case."""
        values = {"status": status, "interaction_id": interaction_id or None, "path": pattern(path) if path else None}
        asked = {name: value for name, value in values.items() if value is not None}
        rows = self._transaction.rows(_recent(tuple(asked)), size=limit, **asked)
        return tuple(JournalEntry(*row) for row in rows)

    def trim(self, keep: int) -> int:
        """Drop all but the newest `keep` (at least one: it carries the count on).

        Returns how many were dropped in all so far, by this call and by those before.
        """
        newest = self._number(_NEWEST)
        self._transaction.note(_TRIM, [{"last": newest - max(keep, 1)}])
        oldest = self._number(_OLDEST)
        return oldest - 1 if oldest else newest

    def _number(self, statement: Statement) -> int:
        row = self._transaction.row(statement)
        return int(row[0]) if row else 0


def _values(entry: JournalEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "listener": entry.listener,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "interaction_id": entry.interaction_id,
        "code": entry.code,
        "reason": entry.reason,
        "peer": entry.peer,
        "detail": dict(entry.detail),
    }


@lru_cache(maxsize=32)
def _recent(asked: tuple[str, ...]) -> Statement:
    conditions = {
        "status": journal.c.status == bindparam("status"),
        "interaction_id": journal.c.interaction_id == bindparam("interaction_id"),
        "path": journal.c.path.ilike(bindparam("path", type_=Words), escape="\\"),
    }
    wanted = and_(true(), *(conditions[name] for name in asked))
    rows = select(*COLUMNS).where(wanted).order_by(journal.c.number.desc())
    return Statement(rows.limit(bindparam("size", type_=Number)))
