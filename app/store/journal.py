"""The newest exchanges at the doors. Numbers have no gaps, so what a full journal has dropped can be told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, delete, func, or_, select, true

from app.runtime.exchange import JournalEntry
from app.store.columns import Moment, Number, Words
from app.store.lists import pattern
from app.store.schema import journal
from app.store.statements import Statement, Transaction, inserting

COLUMNS = tuple(c for c in journal.columns if c.name != "number")
REFUSED = 400
"""The first status of a refusal; an entry with a code is one as well."""
_ADD = inserting(journal)
_NEWEST = Statement(select(func.coalesce(func.max(journal.c.number), 0)))
_OLDEST = Statement(select(func.coalesce(func.min(journal.c.number), 0)))
_TRIM = Statement(delete(journal).where(journal.c.number <= bindparam("last")))


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which exchanges are asked for; what is empty does not count.

    `path` is a substring, whatever its case. `code` is the code of the refusal or of any of its findings. `about` is a
    substring of what is told: reason, findings, details, path. `since` is the first moment that is still shown.
    `method` "" is a handshake. `refused` leaves out what went well.
    """

    path: str = ""
    status: int | None = None
    code: str = ""
    interaction_id: str = ""
    about: str = ""
    since: datetime | None = None
    method: str | None = None
    refused: bool = False

    def values(self) -> dict[str, Any]:
        """By the names of the conditions below, without what does not count."""
        asked = {
            "path": pattern(self.path) if self.path else None,
            "status": self.status,
            "code": self.code or None,
            "interaction_id": self.interaction_id or None,
            "about": pattern(self.about) if self.about else None,
            "since": self.since,
            "method": self.method,
            "refused": self.refused or None,
        }
        return {name: value for name, value in asked.items() if value is not None}


class JournalRows:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_all(self, entries: Sequence[JournalEntry]) -> None:
        """Keep them in their order."""
        self._transaction.note(_ADD, [_values(entry) for entry in entries])

    def recent(self, limit: int, wanted: JournalFilter | None = None) -> tuple[JournalEntry, ...]:
        """The newest first."""
        asked = (wanted or JournalFilter()).values()
        names = tuple(asked)
        if "code" in asked:
            asked["finding"] = _finding_pattern(asked["code"])
        rows = self._transaction.rows(_recent(names), size=limit, **asked)
        return tuple(JournalEntry(*row) for row in rows)

    def counts(self) -> tuple[int, int]:
        """How many are kept, and how many a full journal has dropped so far."""
        newest, oldest = self._number(_NEWEST), self._number(_OLDEST)
        return (newest - oldest + 1, oldest - 1) if oldest else (0, newest)

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


def _finding_pattern(code: str) -> str:
    """A LIKE pattern for the member `code` of a finding, as JSON is written; a quote inside a text has an escape."""
    return pattern(f'"code": {json.dumps(code)}')


@lru_cache(maxsize=32)
def _recent(asked: tuple[str, ...]) -> Statement:
    detail = cast(journal.c.detail, Text)
    conditions = {
        "status": journal.c.status == bindparam("status"),
        "interaction_id": journal.c.interaction_id == bindparam("interaction_id"),
        "path": journal.c.path.ilike(bindparam("path", type_=Words), escape="\\"),
        "code": or_(journal.c.code == bindparam("code"), detail.ilike(bindparam("finding", type_=Words), escape="\\")),
        "about": or_(
            *(
                column.ilike(bindparam("about", type_=Words), escape="\\")
                for column in (journal.c.path, journal.c.reason, detail)
            )
        ),
        "since": journal.c.at >= bindparam("since", type_=Moment),
        "method": journal.c.method == bindparam("method"),
        "refused": or_(journal.c.status >= REFUSED, journal.c.code != ""),
    }
    wanted = and_(true(), *(conditions[name] for name in asked))
    rows = select(*COLUMNS).where(wanted).order_by(journal.c.number.desc())
    return Statement(rows.limit(bindparam("size", type_=Number)))
