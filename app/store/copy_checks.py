"""Whether rows that somebody brings could be the rows of one directory: members, types, keys, references.

Everything is found here, each finding with a pointer into the document, before any of it reaches the database
(control-cases.md G-06).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from app.errors import Finding
from app.store.copy_tables import Copied, Unreadable, copied, kind_of
from app.store.grants import Account
from app.store.notices import Notice
from app.store.records import Application, Certificate, Issuer, Organisation

DUPLICATE, REFERENCE = "import.duplicate", "import.reference"
RECORDS: Mapping[str, type] = {
    "organisation": Organisation,
    "application": Application,
    "issuer": Issuer,
    "certificate": Certificate,
    "account": Account,
    "expiry_notice": Notice,
}
ORDINARY_KEY = ("serial", "issuer_id")
"""Of certificates without a defect; the database knows it as a partial index."""
SHOWN = 60
Sections = Mapping[str, Sequence[Any]]


def check(sections: Sections) -> Iterator[Finding]:
    """Every finding, in the order of the document. `sections` are rows by the name of their table."""
    known = {name: _Keys(copied(name)) for name in sections}
    for name, rows in sections.items():
        for position, row in enumerate(rows):
            pointer = f"/{name}/{position}"
            broken = [*_members(copied(name), row, pointer)]
            yield from broken
            if not broken:
                yield from known[name].enter(row, pointer)
    for name, rows in sections.items():
        yield from _references(name, rows, known)


class _Keys:
    """The keys of one table, as far as it was read."""

    def __init__(self, table: Copied) -> None:
        self._keys = table.keys
        if table.table.name == "certificate":
            self._keys = (*table.keys, ORDINARY_KEY)
        self._seen: dict[tuple[str, ...], dict[tuple[Any, ...], str]] = {key: {} for key in self._keys}

    def enter(self, row: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
        for key in self._keys:
            value = tuple(row.get(column) for column in key)
            if None in value or (key == ORDINARY_KEY and row.get("defect") is not None):
                continue
            first = self._seen[key].setdefault(value, pointer)
            if first != pointer:
                name = key[0] if len(key) == 1 else " with ".join(key)
                shown = ", ".join(str(part)[:SHOWN] for part in value)
                yield Finding(DUPLICATE, f"{name} stands at {first} already", f"{pointer}/{key[0]}", "another", shown)

    def has(self, column: str, value: Any) -> bool:
        return (value,) in self._seen[(column,)]


def _members(table: Copied, row: Any, pointer: str) -> Iterator[Finding]:
    """What is wrong with one row by itself."""
    if not isinstance(row, dict):
        yield Finding("field.type", "a row is an object", pointer, "an object", type(row).__name__)
        return
    columns = {column.name: column for column in table.columns}
    for name in row:
        if name not in columns:
            shown = ascii(name)[1:-1][:SHOWN]
            text = f"{shown} is no member of {table.table.name}"
            yield Finding("field.unknown", text, f"{pointer}/{shown}", f"one of {', '.join(columns)}")
    for name, column in columns.items():
        value = row.get(name)
        if value is None:
            if not column.nullable:
                yield Finding("field.missing", f"{name} is missing", f"{pointer}/{name}", "a value")
            continue
        try:
            kind_of(column).read(value)
        except Unreadable as expected:
            text = f"{name} is not usable here"
            yield Finding("field.type", text, f"{pointer}/{name}", str(expected), ascii(value)[:SHOWN])
            continue
        choice = _choices(table.table.name).get(name)
        if choice and value not in choice:
            text = f"{name} is not usable here"
            yield Finding("field.value", text, f"{pointer}/{name}", f"one of {', '.join(choice)}", str(value)[:SHOWN])


def _references(name: str, rows: Sequence[Any], known: Mapping[str, _Keys]) -> Iterator[Finding]:
    """Rows that name a row which is not there."""
    references = copied(name).references
    for position, row in enumerate(rows):
        for column, (table, target) in references.items():
            value = row.get(column) if isinstance(row, dict) else None
            if isinstance(value, str) and not (table in known and known[table].has(target, value)):
                text = f"{column} names no {table} of this document"
                pointer = f"/{name}/{position}/{column}"
                yield Finding(REFERENCE, text, pointer, f"the {target} of one", str(value)[:SHOWN])


@cache
def _choices(name: str) -> Mapping[str, tuple[str, ...]]:
    """Column -> the texts that its record allows."""
    record = RECORDS.get(name)
    found: dict[str, tuple[str, ...]] = {}
    for member, hint in get_type_hints(record).items() if record else ():
        for each in (hint, *get_args(hint)):
            if get_origin(each) is Literal:
                found[member] = get_args(each)
    return found
