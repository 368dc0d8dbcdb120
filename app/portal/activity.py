"""Activity: the journal for people, and why somebody was refused (connect.md 21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.portal.csv_files import csv_file
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.visits import Visit, Visitor
from app.runtime.exchange import JournalEntry
from app.store.journal import REFUSED
from app.web.advice import Advice, advice
from app.web.journal import MOST, entries_about
from app.web.story import story

PLACE = Place("activity")
SIZE = 50
COLUMNS = ("At", "Listener", "Method", "Path", "Status", "Codes", "Reason", "Peer", "Who", "InteractionId")
KINDS: Mapping[str, Mapping[str, Any]] = {
    "csr": {"path": "/certificates", "method": "POST"},
    "token": {"path": "/token"},
    "handshake": {"method": ""},
}
"""What people look for, as conditions of a JournalFilter."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange in the list; `advice` stands with a handshake, which has no page of its own."""

    entry: JournalEntry
    is_refused: bool
    codes: tuple[str, ...]
    advice: Advice | None


@router.get("/activity")
async def activity(visit: Visitor) -> Response:
    """The newest first. `all` is everything, else what was refused; `kind` is one of KINDS."""
    asked, kind, wanted = _wanted(visit)
    reach = min(SIZE * (asked.number + 1) + 1, MOST)
    found = await visit.call(partial(entries_about, visit.sandbox, reach, **wanted))
    begin = SIZE * asked.number
    words = {
        "asked": asked,
        "kind": kind,
        "kinds": tuple(KINDS),
        "lines": [_line(entry) for entry in found[begin : begin + SIZE]],
        "has_more": len(found) > begin + SIZE,
        "href": partial(visit.url, "activity", kind=kind),
    }
    return visit.page("activity.html", words, place=PLACE, trail=[Link(visit.t("frame.activity"))])


@router.get("/activity.csv")
async def activity_file(visit: Visitor) -> Response:
    """The newest of the list as it is narrowed, as many as one question is answered with."""
    _asked, _kind, wanted = _wanted(visit)
    found = await visit.call(partial(entries_about, visit.sandbox, MOST, **wanted))
    return csv_file("activity", COLUMNS, map(_row, found))


@router.get("/activity/{interaction_id}")
async def why(visit: Visitor, interaction_id: str) -> Response:
    """The story of one exchange, or all that is known of a client, a key, a thumbprint, a serial. Raises NotFound."""
    told = await visit.call(story, visit.sandbox, interaction_id)
    crumbs = [Link(visit.t("frame.activity"), visit.url("activity")), Link(interaction_id)]
    return visit.page("why.html", {"story": told}, place=PLACE, trail=crumbs)


def _wanted(visit: Visit) -> tuple[Asked, str, Mapping[str, Any]]:
    """What is asked for, its kind, and both as conditions of a JournalFilter."""
    asked = Asked.of(visit.request, {"newest": "at"}, size=SIZE)
    kind = visit.request.query_params.get("kind", "")
    kind = kind if kind in KINDS else ""
    return asked, kind, {"about": asked.q, "refused": not asked.everything, **KINDS.get(kind, {})}


def _row(entry: JournalEntry) -> dict[str, Any]:
    """By COLUMNS."""
    return {
        "At": entry.at,
        "Listener": entry.listener,
        "Method": entry.method,
        "Path": entry.path,
        "Status": entry.status or None,
        "Codes": _line(entry).codes,
        "Reason": entry.reason,
        "Peer": entry.peer,
        "Who": entry.detail.get("client") or entry.detail.get("actor"),
        "InteractionId": entry.interaction_id,
    }


def _line(entry: JournalEntry) -> Line:
    findings = [str(finding.get("code", "")) for finding in entry.detail.get("findings", ())]
    codes = tuple(dict.fromkeys(code for code in (*findings, entry.code) if code))
    is_handshake = not entry.method
    return Line(
        entry,
        entry.status >= REFUSED or bool(entry.code),
        codes,
        next((advice()[code] for code in codes if code in advice()), None) if is_handshake else None,
    )
