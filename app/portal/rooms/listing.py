"""The list of a room: as a page, narrowed by a text, a kind and by what is active, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from app.directory.resources import ResourceQuery, Shown
from app.portal.csv_files import csv_file, every
from app.portal.lists import Asked
from app.portal.rooms.entering import AtRoom
from app.portal.rooms.facts import table_of
from app.portal.rooms.options import Choice, choices_of
from app.store.records import Page
from app.store.units import Listing
from app.wire.published import members_of, request_schema, told

SORTS: Mapping[str, str] = {"oldest": "created_at"}
LONGEST_KIND = 80


async def list_page(here: AtRoom) -> Response:
    asked, chosen = _asked(here)
    narrowed = {here.room.filter: chosen} if chosen else {}
    words = {
        "asked": asked,
        "table": await table_of(here, await here.listing(_query(here))),
        "chosen": chosen,
        "kinds": await _kinds(here, chosen),
        "is_narrowed": bool(asked.q or chosen or asked.number),
        "listed": lambda **query: here.url(**query, **narrowed),
        "file": here.file(**asked.query(number=0), **narrowed),
    }
    return here.page("room_list.html", words)


async def list_file(here: AtRoom) -> Response:
    """The whole of the list as it is narrowed: the objects as the API has them."""
    resources, query = here.visit.sandbox.registers.resources, _query(here)

    def read(page: Page) -> Listing[Shown]:
        return resources.list(here.room.resource.kind, here.spot, replace(query, page=page))

    found = await here.visit.call(every, read, query.page)
    return csv_file(here.room.segment, members_of(here.room.resource.answer), _rows(here, found))


def _rows(here: AtRoom, found: list[Shown]) -> Iterator[Mapping[str, Any]]:
    for shown in found:
        members = told(shown.members, here.room.resource.answer)
        yield {name: _written(value) for name, value in members.items()}


def _written(value: Any) -> Any:
    """Objects as JSON: a cell is one text."""
    is_object = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))
    return json.dumps(value, ensure_ascii=False) if is_object else value


def _asked(here: AtRoom) -> tuple[Asked, str]:
    """What the address asks for, and the kind that the list is narrowed to."""
    name, request = here.room.filter, here.visit.request
    return Asked.of(request, SORTS), request.query_params.get(name, "")[:LONGEST_KIND] if name else ""


def _query(here: AtRoom) -> ResourceQuery:
    asked, chosen = _asked(here)
    return ResourceQuery(
        page=asked.page,
        status="Active" if here.room.has_status and not asked.everything else None,
        filter_by=asked.q,
        matching={here.room.filter: chosen} if chosen else {},
        everywhere=here.room.resource.everywhere,
    )


async def _kinds(here: AtRoom, chosen: str) -> list[Choice]:
    """What the list can be narrowed to."""
    name, entry = here.room.filter, here.room.resource
    if not name:
        return []
    if found := await choices_of(here, [name], {name: chosen}):
        return found[name]
    fields = request_schema(entry.create, entry.answer).fields
    return [(value, value) for field in fields if field.name == name for value in field.choices]
