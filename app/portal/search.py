"""The global search: organisations, applications, certificates, servers, contacts, domains (connect.md 20)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.search import LONGEST, MOST, Hits
from app.portal.navigation import Link, Place
from app.portal.places import certificate_address
from app.portal.rooms.contents import OF_ORGANISATION, OF_REFERENCES
from app.portal.rooms.declared import Room
from app.portal.visits import Visit, Visitor
from app.store.records import Resource

ROOMS = {room.resource.kind.name: room for room in (*OF_ORGANISATION, *OF_REFERENCES)}
"""Where plain objects that are found have their pages."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Group:
    """What was found in one room: (address, name, the object) of each."""

    room: Room
    objects: tuple[tuple[str, str, Resource], ...]


@router.get("/search")
async def search(visit: Visitor) -> Response:
    text = visit.request.query_params.get("q", "").strip()[:LONGEST]
    hits = await visit.call(visit.sandbox.search.find, text)
    words = {
        "text": text,
        "hits": hits,
        "groups": [_group(visit, hits, kind) for kind, found in hits.plain.items() if found],
        "most": MOST,
        "now": visit.sandbox.clock.now(),
        "certificate_url": lambda certificate: visit.url(*certificate_address(certificate)),
    }
    return visit.page("search.html", words, place=Place("search"), trail=[Link(visit.t("search.title"))])


def _group(visit: Visit, hits: Hits, kind: str) -> Group:
    room = ROOMS[kind]
    found = ((_address(visit, room, each), room.call(each.body) or each.resource_id, each) for each in hits.plain[kind])
    return Group(room, tuple(found))


def _address(visit: Visit, room: Room, found: Resource) -> str:
    own = ("reference-data",) if found.organisation_id is None else ("organisations", found.organisation_id)
    return visit.url(*own, room.segment, found.resource_id)
