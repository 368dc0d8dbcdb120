"""Small states under a name: the mock's powers and its scenarios. Each change raises the revision of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update

from app.errors import Conflict
from app.store.powers import Power, Scenario
from app.store.schema import power, scenario
from app.store.statements import Row, Statement, Transaction, inserting


class _Named:
    """The statements of such a table: name, state, revision."""

    def __init__(self, table: Table, state: str) -> None:
        self.state = state
        key = table.c.name == bindparam("key")
        self.all = Statement(select(table).order_by(table.c.name))
        self.find = Statement(select(table).where(key))
        self.add = inserting(table)
        self.replace = Statement(
            update(table).where(key, table.c.revision == bindparam("expected")), [state, "revision"]
        )
        self.drop = Statement(delete(table).where(key))
        self.drop_all = Statement(delete(table))


_POWERS, _SCENARIOS = _Named(power, "value"), _Named(scenario, "state")


class _States:
    def __init__(self, transaction: Transaction, named: _Named) -> None:
        self._transaction, self._named = transaction, named

    def drop(self, name: str) -> bool:
        """Whether it was there."""
        return bool(self._transaction.change(self._named.drop, key=name))

    def drop_all(self) -> int:
        """How many there were."""
        return self._transaction.change(self._named.drop_all)

    def _rows(self) -> list[Row]:
        return self._transaction.rows(self._named.all)

    def _row(self, name: str) -> Row | None:
        return self._transaction.row(self._named.find, key=name)

    def _put(self, name: str, state: Mapping[str, Any], expected: int | None) -> int:
        found = self._row(name)
        revision = 0 if found is None else int(found[2])
        if expected is not None and expected != revision:
            raise Conflict(f"{name[:80]} is at revision {revision} by now, not {expected}")
        kept = {self._named.state: dict(state), "revision": revision + 1}
        if found is None:
            self._transaction.change(self._named.add, name=name, **kept)
        else:
            self._transaction.change(self._named.replace, key=name, expected=revision, **kept)
        return revision + 1


class Powers(_States):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, _POWERS)

    def all(self) -> tuple[Power, ...]:
        """By name."""
        return tuple(Power(*row) for row in self._rows())

    def find(self, name: str) -> Power | None:
        row = self._row(name)
        return None if row is None else Power(*row)

    def put(self, name: str, value: Mapping[str, Any], expected: int | None = None) -> int:
        """Keep it, in place of what was there; the new revision.

        Raises Conflict unless its revision is the `expected` one, which is 0 for one that is not there.
        """
        return self._put(name, value, expected)


class Scenarios(_States):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, _SCENARIOS)

    def all(self) -> tuple[Scenario, ...]:
        """By name."""
        return tuple(Scenario(*row) for row in self._rows())

    def find(self, name: str) -> Scenario | None:
        row = self._row(name)
        return None if row is None else Scenario(*row)

    def put(self, name: str, state: Mapping[str, Any], expected: int | None = None) -> int:
        """As `Powers.put`."""
        return self._put(name, state, expected)
