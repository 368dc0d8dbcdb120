"""What lists and pages show of objects: members under the names of the API, ids told as what they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.directory.resources import ResourceQuery, Shown
from app.portal.rooms.declared import Room
from app.portal.rooms.entering import AtRoom
from app.portal.rooms.options import labels_of
from app.store.records import Page
from app.store.units import Listing
from app.wire.published import told

FEW = 10
"""Rows of a room that stands on the page of the object above it."""
MOMENTS = ("CreatedAt", "UpdatedAt")
"""Members that are moments, some of them kept as on the wire."""
Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` are the members of the columns, in their order."""

    object_id: str
    name: str
    cells: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Table:
    here: AtRoom
    rows: tuple[Row, ...]
    total: int


async def table_of(here: AtRoom, listing: Listing[Shown]) -> Table:
    named = [name for names in here.room.called for name in names]
    labels = await labels_of(here, dict.fromkeys((*named, *here.room.columns)))
    return Table(here, tuple(_row(here.room, shown, labels) for shown in listing.items), listing.total)


async def tables_below(here: AtRoom, shown: Shown) -> list[Table]:
    """The beginnings of the rooms below an object."""
    found = []
    for room in here.room.below:
        below = here.below(room, shown)
        found.append(await table_of(below, await below.listing(ResourceQuery(Page(size=FEW)))))
    return found


async def facts_of(here: AtRoom, shown: Shown) -> list[tuple[str, Any]]:
    """What the form asks for first, then what the server says; lists of objects stand in rooms of their own."""
    entry, addresses = here.room.resource, here.visit.sandbox.addresses
    more = {} if entry.addressed is None else entry.addressed(shown.members, addresses)
    members = told({**shown.members, **more}, entry.answer)
    asked = [name for group in here.room.groups for name in group.names if name in members]
    names = dict.fromkeys((*asked, *members))
    labels = await labels_of(here, names)
    members |= {name: _moment(shown.members[name]) for name in MOMENTS if name in members}
    return [(name, value) for name in names if _is_shown(value := _said(name, members[name], labels))]


async def name_of(here: AtRoom, shown: Shown) -> str:
    """What people call this object, ids told as what they name."""
    named = [name for names in here.room.called for name in names]
    return _name(here.room, shown, await labels_of(here, named))


def _moment(value: Any) -> Any:
    """A moment; what is none is shown as it is."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _row(room: Room, shown: Shown, labels: Labels) -> Row:
    cells = ((name, _said(name, shown.members.get(name), labels)) for name in room.columns)
    return Row(shown.record.resource_id, _name(room, shown, labels), tuple(cells))


def _name(room: Room, shown: Shown, labels: Labels) -> str:
    called = room.call({name: _said(name, value, labels) for name, value in shown.members.items()})
    return called or shown.record.resource_id


def _said(name: str, value: Any, labels: Labels) -> Any:
    return labels[name].get(value, value) if name in labels and isinstance(value, str) else value


def _is_shown(value: Any) -> bool:
    return value not in (None, "", [], {}) and not (isinstance(value, list) and isinstance(value[0], dict))
