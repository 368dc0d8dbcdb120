"""The newest exchanges at the doors. Numbers have no gaps, so what a full journal has dropped can be told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, delete, func, or_, select, true

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
_CLEAR = Statement(delete(journal))
CALLERS = ("client", "actor")
"""Members of the detail that name who asked."""
ORGANISATION, CERTIFICATE = "organisation", "x5t#S256"
MOST_NAMES = 4
"""Forms of one client's id (connect.md 4.3)."""
_TRIM = Statement(delete(journal).where(journal.c.number <= bindparam("last")))


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which exchanges are asked for; what is empty does not count.

    `path` is a substring, whatever its case. `code` is the code of the refusal or of any of its findings. `about` is a
    substring of what is told: reason, findings, details, path. `since` is the first moment that is still shown, `until`
    the last. `method` "" is a handshake. `refused` leaves out what went well. `clients` are the names of one client,
    `cert` is the thumbprint of a client certificate (x5t#S256). `not_listener` leaves one listener out.
    """

    path: str = ""
    status: int | None = None
    code: str = ""
    interaction_id: str = ""
    about: str = ""
    since: datetime | None = None
    method: str | None = None
    refused: bool = False
    until: datetime | None = None
    listener: str = ""
    not_listener: str = ""
    peer: str = ""
    clients: tuple[str, ...] = ()
    organisation: str = ""
    cert: str = ""

    def fits(self, entry: JournalEntry) -> bool:
        """What the conditions below say, for an entry that the store does not have yet."""
        return self._fits_exchange(entry) and self._fits_caller(entry) and self._fits_story(entry)

    def _fits_exchange(self, entry: JournalEntry) -> bool:
        return (
            self.path.casefold() in entry.path.casefold()
            and self.status in (None, entry.status)
            and self.method in (None, entry.method)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
            and self.listener in ("", entry.listener)
            and (not self.not_listener or entry.listener != self.not_listener)
            and self.interaction_id in ("", entry.interaction_id)
        )

    def _fits_caller(self, entry: JournalEntry) -> bool:
        detail = entry.detail
        names = {detail.get(member) for member in CALLERS}
        return (
            self.peer in ("", entry.peer)
            and (not self.clients or not names.isdisjoint(self.clients))
            and self.organisation in ("", detail.get(ORGANISATION))
            and (not self.cert or _member(CERTIFICATE, self.cert) in json.dumps(dict(detail)))
        )

    def _fits_story(self, entry: JournalEntry) -> bool:
        codes = {entry.code, *(finding.get("code") for finding in entry.detail.get("findings", ()))}
        about = self.about.casefold()
        told = (entry.path, entry.reason, json.dumps(dict(entry.detail)))
        return (
            (not self.code or self.code in codes)
            and (not self.refused or entry.status >= REFUSED or bool(entry.code))
            and any(about in part.casefold() for part in told)
        )

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
            "until": self.until,
            "listener": self.listener or None,
            "not_listener": self.not_listener or None,
            "peer": self.peer or None,
            "clients": self.clients or None,
            "organisation": pattern(_member(ORGANISATION, self.organisation)) if self.organisation else None,
            "cert": pattern(_member(CERTIFICATE, self.cert)) if self.cert else None,
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
        names, values = _bound(wanted or JournalFilter())
        rows = self._transaction.rows(_recent(names), size=limit, **values)
        return tuple(JournalEntry(*row) for row in rows)

    def count(self, wanted: JournalFilter) -> int:
        """How many there are."""
        names, values = _bound(wanted)
        row = self._transaction.row(_count(names), **values)
        return int(row[0]) if row else 0

    def clear(self) -> None:
        """Forget all; the numbers begin again."""
        self._transaction.note(_CLEAR, [{}])

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


def _member(name: str, value: str) -> str:
    """A member of an object as the store has it in JSON text."""
    return f"{json.dumps(name)}: {json.dumps(value)}"


def _bound(wanted: JournalFilter) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The conditions that count, and the values of their parameters."""
    values = wanted.values()
    names = tuple(values)
    if "code" in values:
        values["finding"] = pattern(_member("code", wanted.code))
    if clients := values.pop("clients", ()):
        padded = (*clients, *([clients[0]] * MOST_NAMES))[:MOST_NAMES]
        values |= {
            f"{member}_{index}": pattern(_member(member, name))
            for member in CALLERS
            for index, name in enumerate(padded)
        }
    return names, values


def _told(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    return column.ilike(bindparam(parameter, type_=Words), escape="\\")


@lru_cache(maxsize=128)
def _recent(asked: tuple[str, ...]) -> Statement:
    rows = select(*COLUMNS).where(_wanted(asked)).order_by(journal.c.number.desc())
    return Statement(rows.limit(bindparam("size", type_=Number)))


@lru_cache(maxsize=128)
def _count(asked: tuple[str, ...]) -> Statement:
    return Statement(select(func.count()).select_from(journal).where(_wanted(asked)))


def _wanted(asked: tuple[str, ...]) -> ColumnElement[bool]:
    detail = cast(journal.c.detail, Text)
    exact = ("status", "interaction_id", "method", "listener", "peer")
    conditions = {name: journal.c[name] == bindparam(name) for name in exact} | {
        "path": _told(journal.c.path, "path"),
        "code": or_(journal.c.code == bindparam("code"), _told(detail, "finding")),
        "about": or_(*(_told(column, "about") for column in (journal.c.path, journal.c.reason, detail))),
        "since": journal.c.at >= bindparam("since", type_=Moment),
        "until": journal.c.at <= bindparam("until", type_=Moment),
        "refused": or_(journal.c.status >= REFUSED, journal.c.code != ""),
        "not_listener": journal.c.listener != bindparam("not_listener"),
        "clients": or_(*(_told(detail, f"{name}_{index}") for name in CALLERS for index in range(MOST_NAMES))),
        "organisation": _told(detail, "organisation"),
        "cert": _told(detail, "cert"),
    }
    return and_(true(), *(conditions[name] for name in asked))
