"""Which sandboxes there are, as every process sees them: rows in the store of `default`.

A row is there before its database and goes after it: a process that dies in between leaves nothing that nobody knows
of.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.errors import Conflict
from app.sandbox import Sandbox
from app.store.powers import SandboxRow
from app.store.store import UnitOfWork

STATE, ANCHORS = "state", "anchors"
PATIENCE = timedelta(seconds=60)
"""How long a sandbox may be in the making or in the dropping before another process ends it."""
T = TypeVar("T")


class Rows:
    def __init__(self, default: Sandbox) -> None:
        self._default = default
        self._known: dict[str, SandboxRow] = {}
        self._token: Hashable = None
        self._version = -1

    def version(self) -> int:
        """Another one after each change of any row. Raises Unavailable."""
        self._current()
        return self._version

    def all(self) -> tuple[SandboxRow, ...]:
        """Every row, whatever its state, oldest first. Raises Unavailable."""
        return tuple(self._current().values())

    def living(self) -> tuple[SandboxRow, ...]:
        """Those that are served."""
        now = self._default.clock.machine()
        return tuple(row for row in self.all() if is_living(row, now))

    def find(self, sandbox_id: str) -> SandboxRow | None:
        """One that is served."""
        row = self._current().get(sandbox_id)
        return row if row is not None and is_living(row, self._default.clock.machine()) else None

    def add(self, row: SandboxRow, limit: int) -> None:
        """Raises Conflict for an id that is taken (`sandbox.exists`), and where there are so many (`sandbox.limit`)."""

        def change(uow: UnitOfWork) -> None:
            if uow.sandboxes.find(row.sandbox_id) is not None:
                raise Conflict(f"there is a sandbox {row.sandbox_id} already", code="sandbox.exists")
            if uow.sandboxes.total() >= limit:
                raise Conflict(f"there are {limit} sandboxes already: drop some", code="sandbox.limit")
            uow.sandboxes.add(row)

        self._write(change)

    def amend(self, row: SandboxRow, **options: Any) -> SandboxRow | None:
        """Change some of its options; None where it is gone, or being dropped, by now."""

        def change(uow: UnitOfWork) -> SandboxRow | None:
            current = uow.sandboxes.find(row.sandbox_id)
            if current is None or not is_same(current, row) or current.options.get(STATE) == "dropping":
                return None
            changed = replace(current, options=dict(current.options) | options)
            uow.sandboxes.keep_options(row.sandbox_id, changed.options)
            return changed

        return self._write(change)

    def forget(self, row: SandboxRow) -> None:
        """The end of it."""

        def change(uow: UnitOfWork) -> None:
            current = uow.sandboxes.find(row.sandbox_id)
            if current is not None and is_same(current, row):
                uow.sandboxes.drop(row.sandbox_id)

        self._write(change)

    def _current(self) -> Mapping[str, SandboxRow]:
        """As of this moment: the change token says whether anything was written, the version whether it was a row."""
        store = self._default.store
        token = store.change_token()
        if token != self._token:
            with store.read() as uow:
                version = uow.sandboxes.version()
                if version != self._version:
                    self._known, self._version = {row.sandbox_id: row for row in uow.sandboxes.all()}, version
            self._token = token
        return self._known

    def _write(self, change: Callable[[UnitOfWork], T]) -> T:
        with self._default.store.write() as uow:
            return change(uow)


def is_living(row: SandboxRow, now: datetime) -> bool:
    """`now` is the machine's: a sandbox cannot outlive its time by moving its clock."""
    return row.options.get(STATE) == "ready" and (row.expires_at is None or now < row.expires_at)


def is_over(row: SandboxRow, now: datetime) -> bool:
    """Whether it is to be dropped, or its making or dropping to be ended."""
    if row.options.get(STATE) != "ready":
        return now >= row.created_at + PATIENCE
    return row.expires_at is not None and now >= row.expires_at


def is_same(one: SandboxRow, other: SandboxRow) -> bool:
    """Not another one that has got the same id since."""
    return one.admin_sha256 == other.admin_sha256


def anchors_of(row: SandboxRow) -> tuple[bytes, ...]:
    """Its CAs, DER, root first."""
    return tuple(base64.b64decode(text) for text in row.options.get(ANCHORS, ()))


def as_anchors(certificates: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in certificates]
