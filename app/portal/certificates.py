"""The certificates and keys of an organisation or an application: the list of chapter 20."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.certificates import Certificates
from app.portal.lists import Asked
from app.portal.navigation import Link
from app.portal.places import trail
from app.portal.published import keystore_address
from app.portal.shelves import OnShelf, on_both_levels

SORTS: Mapping[str, str] = {
    "newest": "created_at",
    "kid": "kid",
    "type": "type",
    "description": "description",
    "issued": "not_before",
    "expiry": "not_after",
}
router = APIRouter()
both = on_both_levels(router)


@both("GET", "")
async def certificates(shelf: OnShelf) -> Response:
    """Newest first; `type` narrows to one type, the rest is as in every list."""
    visit = shelf.visit
    asked, wanted = Asked.of(visit.request, SORTS), visit.request.query_params.get("type", "")
    chosen = next((each.type for each in shelf.types if each.type == wanted), "")
    page = replace(asked.page, sort=()) if asked.sort == "newest" else asked.page
    now = visit.sandbox.clock.now()
    query = replace(
        shelf.query, type=chosen or None, page=page, active_at=None if asked.everything else now, about=asked.q
    )
    listing = await visit.call(Certificates(visit.sandbox.store).list, query)
    words = {
        "shelf": shelf,
        "asked": asked,
        "chosen": chosen,
        "listing": listing,
        "href": partial(shelf.url, type=chosen),
        "keystore": partial(keystore_address, visit),
        "is_narrowed": bool(asked.q or chosen or not asked.everything),
    }
    return visit.page("certificates.html", words, place=shelf.place, trail=trail(visit, shelf.place, Link(shelf.title)))
