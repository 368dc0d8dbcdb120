"""Putting a whole state in the place of another: one transaction, so everybody sees the old one or the new one.

Three things are never taken back, whatever is reset: CRL numbers rise, revocations are counted on, and an assertion
that was used stays used (control-cases.md A-05 and G-04).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.store.copy_tables import DATA, JOURNAL, NOTICES, PASSING, TOKENS
from app.store.store import UnitOfWork

Row = Mapping[str, Any]
Rows = Iterable[tuple[str, Row]]
"""Section and row, in the order of a document."""
SCOPES = ("data", "tokens", "journal", "notices", "faults", "scenarios", "clock", "propagation", "switches")
_TABLES: Mapping[str, tuple[str, ...]] = {
    "data": DATA,
    "tokens": TOKENS,
    "journal": JOURNAL,
    "notices": NOTICES,
    "faults": ("fault",),
}
_OWN_POWERS = frozenset({"faults", "clock", "propagation"})
"""States that are reset under their own name; every other one is a switch."""
_SHOWN_BY = frozenset({"data", "propagation"})
"""After a reset of these every view shows what there is: changes that were under way are not."""
SESSIONS = "browser_session"


def replace(uow: UnitOfWork, rows: Rows, scopes: Iterable[str], numbers: Mapping[str, int] | None = None) -> None:
    """Put these rows where the rows of the scopes were; rows of other scopes are left out.

    `numbers` are CRL numbers that were given out elsewhere. Raises Unreadable, Conflict.
    """
    chosen = frozenset(scopes)
    tables = {table for scope in chosen for table in _TABLES.get(scope, ())}
    sessions = [*uow.copies.rows(SESSIONS)] if "data" in chosen and "tokens" not in chosen else []
    if "data" in chosen:
        uow.revocations.put_aside(numbers or {})
        uow.webhooks.clear()
    if not chosen.isdisjoint(_SHOWN_BY):
        uow.late.flush()
    uow.copies.clear(tables | ({SESSIONS} if sessions else set()))
    states: dict[str, dict[str, Row]] = {"power": {}, "scenario": {}}
    for name, part in groupby(rows, key=itemgetter(0)):
        if name in states:
            states[name] = {row["name"]: row for _, row in part}
        elif name in tables:
            uow.copies.fill(name, (row for _, row in part))
    if "tokens" in chosen:
        uow.sign_in_failures.clear()
    if "data" in chosen:
        uow.copies.fill(SESSIONS, (row for row in sessions if uow.accounts.find(row["user_id"]) is not None))
        uow.copies.follow()
        uow.revocations.go_on()
    _replace_powers(uow, states["power"], chosen)
    if "scenarios" in chosen:
        _replace_scenarios(uow, states["scenario"])
    uow.copies.mark()


def _replace_powers(uow: UnitOfWork, states: Mapping[str, Row], scopes: frozenset[str]) -> None:
    """Each revision rises, so that every process learns of it."""
    names = {power.name for power in uow.powers.all()} | states.keys()
    for name in sorted(names - {PASSING["power"]}):
        if (name if name in _OWN_POWERS else "switches") not in scopes:
            continue
        if name in states:
            uow.powers.put(name, states[name]["value"])
        else:
            uow.powers.drop(name)


def _replace_scenarios(uow: UnitOfWork, states: Mapping[str, Row]) -> None:
    for scenario in uow.scenarios.all():
        if scenario.name not in states:
            uow.scenarios.drop(scenario.name)
    for name, row in states.items():
        uow.scenarios.put(name, row["state"])
