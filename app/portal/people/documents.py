"""Documents of an organisation: the terms and conditions that it has agreed to (connect.md 3 and 20)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.directory.terms import Signing
from app.errors import NotFound
from app.portal.navigation import Link, Place
from app.portal.places import at_organisation, trail
from app.portal.visits import Visit, Visitor

AREA, ENTRY = "terms_and_conditions", "documents"
PATH = f"/organisations/{{organisation_id}}/{ENTRY}"
router = APIRouter()


@router.get(PATH)
async def documents(visit: Visitor, organisation_id: str) -> Response:
    place, signings = await _enter(visit, organisation_id)
    words = {"signings": signings}
    crumbs = trail(visit, place, Link(visit.t("people.documents.title")))
    return visit.page("documents.html", words, place=place, trail=crumbs)


@router.get(f"{PATH}/{{envelope_id}}")
async def document(visit: Visitor, organisation_id: str, envelope_id: str) -> Response:
    """One with its text. Raises NotFound."""
    place, signings = await _enter(visit, organisation_id)
    signing = next((each for each in signings if each.envelope_id == envelope_id), None)
    if signing is None:
        raise NotFound("this organisation has no such document")
    back = Link(visit.t("people.documents.title"), visit.url("organisations", organisation_id, ENTRY))
    crumbs = trail(visit, place, back, Link(str(signing.document.body["Name"])))
    return visit.page("document.html", {"signing": signing}, place=place, trail=crumbs)


async def _enter(visit: Visit, organisation_id: str) -> tuple[Place, tuple[Signing, ...]]:
    """Raises NotFound, Forbidden."""
    place = await at_organisation(visit, organisation_id, ENTRY)
    require_right(visit.caller, Need(AREA, Level.READ), organisation_id)
    return place, await visit.call(visit.sandbox.registers.terms.of_organisation, organisation_id)
