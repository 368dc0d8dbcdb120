"""Forms of a room: which fields, what is stored as a form, and what was filled in as a body of the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.directory.resources import Shown
from app.errors import DirectoryError
from app.portal.forms import Form
from app.portal.rooms.declared import Room
from app.portal.rooms.entering import AtRoom
from app.portal.rooms.options import above_of
from app.portal.schema_forms import Group, form_of, members_of
from app.web.schemas import Field, Schema
from app.wire.published import request_schema

REVISION, STATUS = "revision", "Status"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of a room, for a new object or for one that is there."""

    room: Room
    schema: Schema
    groups: tuple[Group, ...]
    fields: Mapping[str, Field]

    @property
    def names(self) -> tuple[str, ...]:
        """Every input, in the order of the page."""
        return tuple(name for group in self.groups for name in group.names)


def sheet_of(room: Room, *, is_new: bool) -> Sheet:
    """A new object is active, so nobody is asked; unless objects of this kind are in states of their own."""
    entry = room.resource
    schema = request_schema(
        entry.create if is_new else entry.update, entry.answer, entry.also, () if is_new else entry.optional
    )
    known = {field.name: field for field in schema.fields}
    if is_new and room.has_status:
        known.pop(STATUS, None)
    known.pop(room.names_above, None)
    groups = tuple(group for each in room.groups if (group := _group(each, known)).names)
    return Sheet(room, schema, groups, {name: known[name] for group in groups for name in group.names})


def _group(group: Group, known: Mapping[str, Field]) -> Group:
    names = tuple(name for name in group.names if name in known)
    return Group(group.name, names, frozenset(n for n in names if known[n].required or n in group.required))


def new_form(sheet: Sheet) -> Form:
    return form_of(sheet.room.resource.kind.defaults, sheet.fields.values())


def stored_form(sheet: Sheet, shown: Shown) -> Form:
    """What is stored, to be changed."""
    return form_of(shown.members, sheet.fields.values()).replacing(REVISION, str(shown.record.revision))


async def read_sheet(here: AtRoom, sheet: Sheet, form: Form, stored: Shown | None = None) -> Mapping[str, Any]:
    """The body that the API would have got. What the form does not ask for stays. Raises Invalid with every finding."""
    kept = {} if stored is None else stored.members
    names = {field.name for field in sheet.schema.fields}
    body = {name: value for name, value in kept.items() if name in names and name not in sheet.fields}
    body |= members_of(form, sheet.fields.values())
    if stored is None and STATUS in names and here.room.has_status:
        body[STATUS] = "Active"
    if here.room.names_above:
        body[here.room.names_above] = here.over[-1].record.resource_id
    for name, options in here.room.options.items():
        if options.brings and name in body:
            body[options.brings] = await above_of(here, options, str(body[name]))
    return sheet.schema.read(body).values


def refused(sheet: Sheet, form: Form, refusal: DirectoryError) -> Form:
    """The form with what was wrong, each finding beside an input of it."""
    shown = form.refused(refusal, sheet.names[0])
    return shown.with_findings([replace(f, pointer=_pointer(sheet.room, f.pointer)) for f in shown.findings])


def _pointer(room: Room, pointer: str) -> str:
    name, separator, rest = pointer[1:].partition("/")
    return f"/{room.beside[name]}{separator}{rest}" if name in room.beside else pointer
