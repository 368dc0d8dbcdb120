"""The certificates and keys of an organisation or an application: the list of chapter 20."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.certificates import CertificateQuery, Certificates, Held
from app.portal.csv_files import csv_file, every
from app.portal.lists import Asked
from app.portal.navigation import Link
from app.portal.places import trail
from app.portal.published import keystore_address
from app.portal.shelves import OnShelf, Shelf, on_both_levels
from app.store.lists import Listing
from app.store.records import Certificate, Page

SORTS: Mapping[str, str] = {
    "newest": "created_at",
    "kid": "kid",
    "type": "type",
    "description": "description",
    "issued": "not_before",
    "expiry": "not_after",
}
COLUMNS = (
    "Id", "Kid", "Type", "Status", "SubjectDN", "Serial", "Description", "IssuedDateTime", "ExpiryDateTime",
    "RevokedDateTime", "RevokeReason", "OrganisationId", "SoftwareStatementId",
)  # fmt: skip
router = APIRouter()
both = on_both_levels(router)


@both("GET", "")
async def certificates(shelf: OnShelf) -> Response:
    """Newest first; `type` narrows to one type, the rest is as in every list."""
    visit = shelf.visit
    asked, chosen, query = _query(shelf)
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


@both("GET", ".csv")
async def certificates_file(shelf: OnShelf) -> Response:
    """The whole of the list as it is narrowed and sorted."""
    visit = shelf.visit
    _asked, _chosen, query = _query(shelf)
    now, store = visit.sandbox.clock.now(), Certificates(visit.sandbox.store)

    def read(page: Page) -> Listing[Held]:
        return store.list(replace(query, page=page))

    found = await visit.call(every, read, query.page)
    return csv_file(f"{shelf.level}-certificates", COLUMNS, (_row(held.certificate, now) for held in found))


def _query(shelf: Shelf) -> tuple[Asked, str, CertificateQuery]:
    """What is asked for, the type that it is narrowed to, and both for the directory."""
    visit = shelf.visit
    asked, wanted = Asked.of(visit.request, SORTS), visit.request.query_params.get("type", "")
    chosen = next((each.type for each in shelf.types if each.type == wanted), "")
    page = replace(asked.page, sort=()) if asked.sort == "newest" else asked.page
    now = None if asked.everything else visit.sandbox.clock.now()
    return asked, chosen, replace(shelf.query, type=chosen or None, page=page, active_at=now, about=asked.q)


def _row(found: Certificate, now: datetime) -> dict[str, Any]:
    """By COLUMNS."""
    return {
        "Id": found.certificate_id,
        "Kid": found.kid,
        "Type": found.type,
        "Status": "Active" if found.is_active(now) else "Inactive",
        "SubjectDN": found.subject_dn,
        "Serial": None if found.serial is None else f"{found.serial:x}",
        "Description": found.description,
        "IssuedDateTime": found.not_before,
        "ExpiryDateTime": found.not_after,
        "RevokedDateTime": found.revoked_at,
        "RevokeReason": found.revoke_reason,
        "OrganisationId": found.organisation_id,
        "SoftwareStatementId": found.software_statement_id,
    }
