"""Who did what to which object: only ever added to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, not_, or_, select, true

from app.store.columns import Moment, Number
from app.store.lists import Listing, PageStatements, read_page
from app.store.records import AuditEvent, Page
from app.store.schema import audit
from app.store.statements import Statement, Transaction, inserting

COLUMNS = tuple(c for c in audit.columns if c.name != "number")
_ADD = inserting(audit)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; None and () = any."""

    organisation_id: str | None = None
    object_id: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    """The number of an entry: only older ones."""
    object_types: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    no_actions: tuple[str, ...] = ()
    """None of these."""

    def values(self) -> Iterator[tuple[str, Any]]:
        """What is asked for, under the names of the placeholders."""
        for name in EQUAL + BOUNDS:
            if (value := getattr(self, name)) is not None:
                yield name, value
        for name in SEVERAL:
            yield from ((f"{name}_{index}", value) for index, value in enumerate(getattr(self, name)))


EQUAL, BOUNDS = ("organisation_id", "object_id", "actor"), ("since", "until", "before")
SEVERAL = ("object_types", "actions", "no_actions")


class Audit:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.added: list[AuditEvent] = []
        """Those of this transaction, for whoever tells others of them before it is over."""

    def add(self, event: AuditEvent) -> None:
        self._transaction.change(
            _ADD,
            at=event.at,
            actor=event.actor,
            action=event.action,
            object_type=event.object_type,
            object_id=event.object_id,
            organisation_id=event.organisation_id,
            record=dict(event.record),
        )
        self.added.append(event)

    def list(
        self,
        page: Page,
        *,
        organisation_id: str | None = None,
        object_type: str | None = None,
        object_id: str | None = None,
    ) -> Listing[AuditEvent]:
        """Newest first, in the order in which they were committed; None = any."""
        values = {"organisation_id": organisation_id, "object_type": object_type, "object_id": object_id}
        asked = {name: value for name, value in values.items() if value is not None}
        statements = _lists(tuple(asked), whole=page.size is None)
        rows, total = read_page(self._transaction, statements, page, **asked)
        return Listing(tuple(AuditEvent(*row) for row in rows), total)

    def search(self, page: Page, wanted: AuditFilter) -> Listing[tuple[int, AuditEvent]]:
        """As `list`, each with its number, which never changes."""
        values = dict(wanted.values())
        rows, total = read_page(self._transaction, _searches(tuple(values), whole=page.size is None), page, **values)
        return Listing(tuple((int(row[0]), AuditEvent(*row[1:])) for row in rows), total)


@lru_cache(maxsize=32)
def _lists(asked: tuple[str, ...], *, whole: bool) -> PageStatements:
    wanted = and_(true(), *(audit.c[name] == bindparam(name) for name in asked))
    return _statements(select(*COLUMNS), wanted, whole=whole)


@lru_cache(maxsize=64)
def _searches(asked: tuple[str, ...], *, whole: bool) -> PageStatements:
    """`asked` are names of placeholders, as AuditFilter.values has them."""
    parts: list[ColumnElement[bool]] = [audit.c[name] == bindparam(name) for name in EQUAL if name in asked]
    if "since" in asked:
        parts.append(audit.c.at >= bindparam("since", type_=Moment))
    if "until" in asked:
        parts.append(audit.c.at <= bindparam("until", type_=Moment))
    if "before" in asked:
        parts.append(audit.c.number < bindparam("before", type_=Number))
    for several, column in zip(SEVERAL, (audit.c.object_type, audit.c.action, audit.c.action), strict=True):
        any_of = [column == bindparam(name) for name in asked if name.startswith(f"{several}_")]
        if any_of:
            parts.append(not_(or_(*any_of)) if several == "no_actions" else or_(*any_of))
    return _statements(select(audit.c.number, *COLUMNS), and_(true(), *parts), whole=whole)


def _statements(rows: Select[Any], wanted: ColumnElement[bool], *, whole: bool) -> PageStatements:
    rows = rows.where(wanted).order_by(audit.c.number.desc())
    if not whole:
        rows = rows.limit(bindparam("size", type_=Number)).offset(bindparam("skipped", type_=Number))
    return PageStatements(Statement(rows), Statement(select(func.count()).select_from(audit).where(wanted)))
