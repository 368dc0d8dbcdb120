"""Organisations: the list, and one with its details (connect.md 3 and 20)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.organisations import OrganisationQuery
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.places import at_organisation, trail
from app.portal.visits import Visitor

SORTS: Mapping[str, str] = {"name": "name", "created": "created_at", "number": "registration_number"}
router = APIRouter()


@router.get("/organisations")
async def organisations(visit: Visitor) -> Response:
    asked = Asked.of(visit.request, SORTS)
    query = OrganisationQuery(asked.page, filter_by=asked.q, hide_inactive=not asked.everything)
    listing = await visit.call(visit.sandbox.organisations.list, query)
    return visit.page(
        "organisations.html",
        {"asked": asked, "listing": listing, "href": partial(visit.url, "organisations")},
        place=Place("organisations"),
        trail=[Link(visit.t("frame.organisations"))],
    )


@router.get("/organisations/{organisation_id}")
async def organisation(visit: Visitor, organisation_id: str) -> Response:
    place = await at_organisation(visit, organisation_id, "details")
    return visit.page("organisation.html", {"organisation": place.organisation}, place=place, trail=trail(visit, place))
