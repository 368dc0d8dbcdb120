"""Which rows make a directory the same directory, and how a row is written as JSON (docs/state.md).

A member of a row is a column by its name; what is null is absent. Moments are ISO 8601 in UTC with microseconds, octets
are base64, serials hexadecimal. Columns that follow from others are not written, but made again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, Table, UniqueConstraint

from app.store import schema
from app.store.columns import JsonList, Moment, Serial
from app.store.lists import folded, searchable
from app.store.notice_table import expiry_notice
from app.store.resources import searched
from app.store.waiting_table import device_request

HIDDEN: Mapping[str, frozenset[str]] = {
    "organisation": frozenset({"search"}),
    "application": frozenset({"search"}),
    "resource": frozenset({"search"}),
    "account": frozenset({"folded_email"}),
    "scenario": frozenset({"revision"}),
    "power": frozenset({"revision"}),
}
"""Columns that are not written, beside `number`: they follow from others, or only tell processes of a change."""
DATA = (
    "organisation", "application", "resource", "issuer", "certificate", "vault", "signing_key", "account", "audit",
)  # fmt: skip
POWERS = ("power", "fault", "scenario")
TOKENS = (
    "token", "browser_session", "pushed_request", "consent_grant", "authorisation_code", "refresh_token",
    device_request.name,
)  # fmt: skip
JOURNAL = ("journal",)
NOTICES = (expiry_notice.name,)
PASSING: Mapping[str, str] = {"vault": "login-seal", "power": "chance"}
"""Rows by table and name that are no part of what a directory is: a secret that is made when it is wanted, and how many
processes have drawn from one seed, which nobody may take back.
"""
HEX = re.compile(r"-?[0-9a-f]{1,200}")


class Unreadable(Exception):
    """A value of another kind than its column; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one type of column are written, and read again. `read` raises Unreadable."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Copied:
    """A table as it is copied."""

    table: Table

    @cached_property
    def columns(self) -> tuple[Column[Any], ...]:
        """Those that are written."""
        hidden = HIDDEN.get(self.table.name, frozenset()) | {"number"}
        return tuple(column for column in self.table.columns if column.name not in hidden)

    @cached_property
    def order(self) -> tuple[Column[Any], ...]:
        """By number, which is the order of committing, else by the key."""
        return tuple(self.table.primary_key.columns)

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Which columns together occur once."""
        unique = [tuple(c.columns.keys()) for c in self.table.constraints if isinstance(c, UniqueConstraint)]
        primary = tuple(self.table.primary_key.columns.keys())
        written = {column.name for column in self.columns}
        return tuple(sorted(key for key in (primary, *unique) if written.issuperset(key)))

    @cached_property
    def references(self) -> Mapping[str, tuple[str, str]]:
        """Column -> the table and the column that it names a row of."""
        found = {}
        for column in self.columns:
            for key in column.foreign_keys:
                found[column.name] = (key.column.table.name, key.column.name)
        return found

    def written(self, row: Iterable[Any]) -> dict[str, Any]:
        """A row as the members of a JSON object."""
        members = {}
        for column, value in zip(self.columns, row, strict=True):
            if value is not None:
                members[column.name] = kind_of(column).write(value)
        return members

    def read(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """A row with every column but `number`. Raises Unreadable."""
        row: dict[str, Any] = {}
        for column in self.columns:
            given = members.get(column.name)
            if given is None and not column.nullable:
                raise Unreadable(f"{column.name}, which is missing")
            row[column.name] = None if given is None else kind_of(column).read(given)
        row.update(_DERIVED.get(self.table.name, _nothing)(row))
        return row


def copied(name: str) -> Copied:
    """By the name of the table."""
    return _COPIED[name]


def kind_of(column: Column[Any]) -> Kind:
    """By the type of the column."""
    for type_, kind in _KINDS:
        if isinstance(column.type, type_):
            return kind
    return _WORDS


# values


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("a text")
    return value


def _number(value: Any, bits: int = 64) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise Unreadable(f"a whole number of at most {bits} bits")
    return value


def _integer(value: Any) -> int:
    return _number(value, 32)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unreadable("true or false")
    return value


def _json(value: Any) -> Any:
    if not isinstance(value, dict):
        raise Unreadable("an object")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable("an array")
    return value


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _octets(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("base64") from None


def _told(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unreadable("a moment with its zone, such as 2026-01-01T00:00:00.000000Z")


def _hex(value: int) -> str:
    return f"{value:x}"


def _serial(value: Any) -> int:
    if not HEX.fullmatch(_text(value)):
        raise Unreadable("a serial in hexadecimal")
    return int(value, 16)


_WORDS = Kind(_same, _text)
_KINDS: tuple[tuple[Any, Kind], ...] = (
    (Serial, Kind(_hex, _serial)),
    (Moment, Kind(_told, _moment)),
    (DateTime, Kind(_told, _moment)),
    (JsonList, Kind(list, _list)),
    (JSON, Kind(_same, _json)),
    (LargeBinary, Kind(_encoded, _octets)),
    (Boolean, Kind(bool, _boolean)),
    (BigInteger, Kind(int, _number)),
    (Integer, Kind(int, _integer)),
)


# columns that follow from others


def _nothing(_row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _organisation(row: Mapping[str, Any]) -> Mapping[str, Any]:
    names = ("name", "legal_entity_name", "organisation_id", "registration_number")
    return {"search": searchable(*(row[name] for name in names))}


def _application(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"search": searchable(row["client_name"], row["software_statement_id"])}


def _resource(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"search": searched(row["resource_id"], row["body"])}


def _account(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"folded_email": folded(row["email"])}


_DERIVED: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "organisation": _organisation,
    "application": _application,
    "resource": _resource,
    "account": _account,
}
_COPIED = {name: Copied(schema.metadata.tables[name]) for name in (*DATA, *POWERS, *TOKENS, *JOURNAL, *NOTICES)}
