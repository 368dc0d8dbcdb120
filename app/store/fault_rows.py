"""The faults of one sandbox, and what each has done so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from app.errors import NotFound
from app.store.powers import Fault
from app.store.schema import fault
from app.store.statements import Row, Statement, Transaction, inserting

_COLUMNS = tuple(
    fault.c[name] for name in ("fault_id", "position", "rule", "created_at", "seen", "hits", "state", "ended_at")
)
_KEY = fault.c.fault_id == bindparam("key")
_ALL = Statement(select(*_COLUMNS).order_by(fault.c.position))
_LIVING = Statement(select(*_COLUMNS).where(fault.c.ended_at.is_(None)).order_by(fault.c.position))
_FIND = Statement(select(*_COLUMNS).where(_KEY))
_LAST = Statement(select(func.coalesce(func.max(fault.c.position), 0)))
_ADD = inserting(fault)
_COUNT = Statement(update(fault).where(_KEY), ["seen", "hits", "state"])
_END = Statement(update(fault).where(_KEY, fault.c.ended_at.is_(None)), ["ended_at"])
_DROP = Statement(delete(fault).where(_KEY))
_DROP_ALL = Statement(delete(fault))


class Faults:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def all(self) -> tuple[Fault, ...]:
        """In the order in which they are asked, the ended ones too."""
        return _faults(self._transaction.rows(_ALL))

    def living(self) -> tuple[Fault, ...]:
        """Those that may hit still, in the order in which they are asked."""
        return _faults(self._transaction.rows(_LIVING))

    def find(self, fault_id: str) -> Fault | None:
        row = self._transaction.row(_FIND, key=fault_id)
        return None if row is None else Fault(*row)

    def next_position(self) -> int:
        """Behind all that are there."""
        row = self._transaction.row(_LAST)
        return int(row[0]) + 1 if row else 1

    def add(self, record: Fault) -> None:
        """Raises Conflict for an id or a position that is taken."""
        self._transaction.change(
            _ADD,
            fault_id=record.fault_id,
            position=record.position,
            rule=dict(record.rule),
            seen=record.seen,
            hits=record.hits,
            state=dict(record.state),
            created_at=record.created_at,
            ended_at=record.ended_at,
        )

    def count(self, fault_id: str, seen: int, hits: int, state: Mapping[str, Any]) -> None:
        """Write down what it has seen and done; the change token may stay. Raises NotFound."""
        if not self._transaction.keep(_COUNT, key=fault_id, seen=seen, hits=hits, state=dict(state)):
            raise NotFound(f"no fault {fault_id[:80]}")

    def end(self, fault_id: str, at: datetime) -> bool:
        """It hits no more, and is told still; False where it had ended, or is not there."""
        return bool(self._transaction.change(_END, key=fault_id, ended_at=at))

    def drop(self, fault_id: str) -> bool:
        """Whether it was there."""
        return bool(self._transaction.change(_DROP, key=fault_id))

    def drop_all(self) -> int:
        """How many there were."""
        return self._transaction.change(_DROP_ALL)


def _faults(rows: list[Row]) -> tuple[Fault, ...]:
    return tuple(Fault(*row) for row in rows)
