"""Who did what to which object: only ever added to."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Select, and_, bindparam, func, select, true

from app.store.columns import Number
from app.store.lists import Listing, PageStatements, read_page
from app.store.records import AuditEvent, Page
from app.store.schema import audit
from app.store.statements import Statement, Transaction, inserting

COLUMNS = tuple(c for c in audit.columns if c.name != "number")
_ADD = inserting(audit)


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


@lru_cache(maxsize=32)
def _lists(asked: tuple[str, ...], *, whole: bool) -> PageStatements:
    wanted = and_(true(), *(audit.c[name] == bindparam(name) for name in asked))
    rows: Select[tuple[object, ...]] = select(*COLUMNS).where(wanted).order_by(audit.c.number.desc())
    if not whole:
        rows = rows.limit(bindparam("size", type_=Number)).offset(bindparam("skipped", type_=Number))
    return PageStatements(Statement(rows), Statement(select(func.count()).select_from(audit).where(wanted)))
