"""Audit: who did what, and what was before and after it; for whoever may read it (connect.md 16 and 20)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.directory.audit import TYPES, AuditQuery
from app.directory.changes import Change, Changes
from app.portal.csv_files import csv_file, every
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.organisation_choice import organisations
from app.portal.rooms.history import lines_of
from app.portal.visits import Visit, Visitor
from app.store.records import Page
from app.store.units import Listing

ACTIONS = ("created", "updated", "deleted")
NAMES = ("organisation", "type", "what", "who", "since", "until", "object")
"""The filters, by their names in the address. None may be called `action`: a form calls its own address so."""
LONGEST = 100
COLUMNS = ("Timestamp", "PerformedBy", "EntryType", "ResourceType", "ResourceId", "OrganisationId", "Before", "After")
AUDIT = "audit"
router = APIRouter()


@router.get("/audit")
async def audit(visit: Visitor) -> Response:
    """The newest first. Whoever may not read all of it reads that of his own organisation. Raises Forbidden."""
    asked, wanted = _asked(visit)
    found = await visit.call(Changes(visit.sandbox.store).list, _query(asked, wanted))
    words = {
        "asked": asked,
        "wanted": wanted,
        "organisations": await _organisations(visit),
        "sees_all": visit.may(AUDIT, Level.READ),
        "types": sorted(dict.fromkeys(TYPES.values())),
        "actions": ACTIONS,
        "lines": lines_of(visit, found.items),
        "total": found.total,
        "is_narrowed": any(value for name, value in wanted.items() if name != "organisation"),
        "href": partial(visit.url, "audit", **wanted),
        "file": visit.url("audit.csv", **wanted),
    }
    return visit.page("audit.html", words, place=Place("audit"), trail=[Link(visit.t("frame.audit"))])


@router.get("/audit.csv")
async def audit_file(visit: Visitor) -> Response:
    """The whole of the list as it is narrowed. Raises Forbidden."""
    query = _query(*_asked(visit))

    def read(page: Page) -> Listing[Change]:
        return Changes(visit.sandbox.store).list(replace(query, page=page))

    found = await visit.call(every, read, query.page)
    return csv_file("audit", COLUMNS, map(_row, found))


def _row(change: Change) -> Mapping[str, Any]:
    event = change.entry.event
    before = {each.member: each.before for each in change.differences if each.before is not None}
    after = {each.member: each.after for each in change.differences if each.after is not None}
    written = (json.dumps(each, ensure_ascii=False) if each else "" for each in (before, after))
    told = (event.at, event.actor, change.entry.action, change.entry.resource_type)
    return dict(zip(COLUMNS, (*told, event.object_id, event.organisation_id, *written), strict=True))


def _asked(visit: Visit) -> tuple[Asked, dict[str, str]]:
    """The part of the list, and the filters. Raises Forbidden."""
    wanted = {name: visit.request.query_params.get(name, "").strip()[:LONGEST] for name in NAMES}
    wanted["organisation"] = _organisation(visit, wanted["organisation"])
    return Asked.of(visit.request, {"newest": "at"}), wanted


def _organisation(visit: Visit, asked: str) -> str:
    """The one whose audit is shown; "" = all. Raises Forbidden."""
    if not asked and not visit.may(AUDIT, Level.READ):
        asked = next((each for each in sorted(visit.caller.organisations) if visit.may(AUDIT, Level.READ, each)), "")
    require_right(visit.caller, Need(AUDIT, Level.READ), asked or None)
    return asked


async def _organisations(visit: Visit) -> list[tuple[str, str]]:
    """Ids and names of those that somebody can choose from."""
    if not visit.may(AUDIT, Level.READ):
        own = [each for each in visit.own if visit.may(AUDIT, Level.READ, each.organisation_id)]
        return [(each.organisation_id, each.name) for each in own]
    return await organisations(visit)


def _query(asked: Asked, wanted: Mapping[str, str]) -> AuditQuery:
    """What cannot be read means any: a page is for people."""
    until = _day(wanted["until"])
    return AuditQuery(
        page=Page(asked.number, asked.size),
        organisation_id=wanted["organisation"] or None,
        resource_type=wanted["type"] if wanted["type"] in TYPES.values() else "",
        resource_id=wanted["object"] or None,
        action=wanted["what"] if wanted["what"] in ACTIONS else "",
        actor=wanted["who"],
        since=_day(wanted["since"]),
        until=None if until is None else until + timedelta(days=1),
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
