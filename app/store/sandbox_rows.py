"""Which sandboxes there are beside `default`. The rows stand in the store of `default` only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from app.store.powers import SandboxRow
from app.store.schema import counter, sandbox
from app.store.statements import Statement, Transaction, inserting

NAME = "sandboxes"
"""Counter of every change of these rows."""
_KEY = sandbox.c.sandbox_id == bindparam("key")
_ALL = Statement(select(sandbox).order_by(sandbox.c.created_at, sandbox.c.sandbox_id))
_COUNT = Statement(select(func.count()).select_from(sandbox))
_FIND = Statement(select(sandbox).where(_KEY))
_OVER = Statement(select(sandbox).where(sandbox.c.expires_at <= bindparam("now")).order_by(sandbox.c.expires_at))
_ADD = inserting(sandbox)
_OPTIONS = Statement(update(sandbox).where(_KEY), ["options"])
_VERSION = Statement(select(counter.c.value).where(counter.c.name == NAME))
_BUMP = Statement(update(counter).where(counter.c.name == NAME).values(value=counter.c.value + 1))
_FIRST = inserting(counter)
_DROP = Statement(delete(sandbox).where(_KEY))


class SandboxRows:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def version(self) -> int:
        """Rises with each change of these rows."""
        row = self._transaction.row(_VERSION)
        return 0 if row is None else int(row[0])

    def all(self) -> tuple[SandboxRow, ...]:
        """Oldest first."""
        return tuple(SandboxRow(*row) for row in self._transaction.rows(_ALL))

    def total(self) -> int:
        row = self._transaction.row(_COUNT)
        return int(row[0]) if row else 0

    def find(self, sandbox_id: str) -> SandboxRow | None:
        row = self._transaction.row(_FIND, key=sandbox_id)
        return None if row is None else SandboxRow(*row)

    def over(self, now: datetime) -> tuple[SandboxRow, ...]:
        """Those whose time to live has passed at `now` of the machine's clock."""
        return tuple(SandboxRow(*row) for row in self._transaction.rows(_OVER, now=now))

    def add(self, record: SandboxRow) -> None:
        """Raises Conflict for an id that is taken."""
        self._changed()
        self._transaction.change(
            _ADD,
            sandbox_id=record.sandbox_id,
            created_at=record.created_at,
            expires_at=record.expires_at,
            template=record.template,
            admin_sha256=record.admin_sha256,
            options=dict(record.options),
        )

    def keep_options(self, sandbox_id: str, options: Mapping[str, Any]) -> bool:
        """In place of those before; whether there is such a sandbox still."""
        self._changed()
        return bool(self._transaction.change(_OPTIONS, key=sandbox_id, options=dict(options)))

    def drop(self, sandbox_id: str) -> bool:
        """Whether it was there."""
        self._changed()
        return bool(self._transaction.change(_DROP, key=sandbox_id))

    def _changed(self) -> None:
        if not self._transaction.change(_BUMP):
            self._transaction.change(_FIRST, name=NAME, value=1)
