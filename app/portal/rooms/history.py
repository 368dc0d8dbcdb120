"""The history of an object: what was changed and when; who did it, for those who may read the audit (connect.md 20)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from app.access_rules import Level
from app.directory.changes import Change, Changes
from app.portal.lists import Asked
from app.portal.navigation import Link
from app.portal.rooms.contents import AUTHORISATIONS, ROLES
from app.portal.rooms.declared import OBJECT, Room
from app.portal.rooms.entering import enter_room
from app.portal.rooms.extras import domain_users
from app.portal.rooms.facts import name_of
from app.portal.rooms.pages import WAYS
from app.portal.visits import Visit, Visitor

WAY = next(way for way in WAYS if way.room is ROLES)
SEGMENT = "history"
NAMES = ("OrganisationName", "ClientName", "email", "kid")
"""What objects without a room are called by."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One change; `what` is what people call the kind of the object, `name` the object."""

    change: Change
    what: str
    name: str


@router.get(f"{WAY.path}/{{{OBJECT}}}/{SEGMENT}")
async def history(visit: Visitor) -> Response:
    """Role Change History: the claim and its authorisations, the newest first."""
    here = await enter_room(visit, WAY)
    shown, organisation_id = await here.found(), str(here.owner[0])
    asked = Asked.of(visit.request, {"newest": "at"})
    kind = AUTHORISATIONS.resource.kind.name
    read = Changes(visit.sandbox.store).of_object
    found = await visit.call(read, organisation_id, shown.record.resource_id, kind)
    begin = asked.number * asked.size
    words = {
        "shown": shown,
        "name": await name_of(here, shown),
        **await domain_users(here, shown),
        "asked": asked,
        "lines": lines_of(visit, found[begin : begin + asked.size]),
        "total": len(found),
        "tells_who": visit.may("audit", Level.READ, organisation_id),
        "listed": lambda **query: here.url(shown.record.resource_id, SEGMENT, **query),
    }
    link = Link(str(words["name"]), here.url(shown.record.resource_id))
    return here.page("room_history.html", words, link, Link(here.t("tab_history")))


def lines_of(visit: Visit, changes: Iterable[Change]) -> list[Line]:
    """With the words of the rooms, where there is one for the kind."""
    return [_line(visit, change) for change in changes]


def _line(visit: Visit, change: Change) -> Line:
    kind = change.entry.event.object_type
    room = _rooms().get(kind)
    if room is not None:
        return Line(change, visit.t(f"rooms.{room.name}.one"), room.call(change.members))
    name = next((str(change.members[member]) for member in NAMES if change.members.get(member)), "")
    return Line(change, visit.t.or_else(f"audit.kind.{kind}", change.entry.resource_type), name)


def _rooms() -> dict[str, Room]:
    """By the kind of their objects."""
    return {way.room.resource.kind.name: way.room for way in WAYS}
