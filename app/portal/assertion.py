"""The software statement assertion of an application: generate, read, copy (connect.md 12 and 20)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_application
from app.errors import DirectoryError
from app.portal.applications import ONE, application_of, may_write
from app.portal.forms import Form
from app.portal.navigation import Link, Place
from app.portal.places import at_application, trail
from app.portal.visits import Visit, Visitor
from app.web.errors import status_of

router = APIRouter()


@router.get(ONE + "/assertion")
async def assertion(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
    return _page(visit, await at_application(visit, organisation_id, software_statement_id, "assertion"))


@router.post(ONE + "/assertion")
async def generate(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
    """The text is shown in this one answer and kept nowhere."""
    ids = organisation_id, software_statement_id
    require_application(visit.caller, *ids)
    try:
        text = await visit.call(visit.sandbox.assertions.assertion, visit.caller, *ids)
    except DirectoryError as refusal:
        place = await at_application(visit, *ids, "assertion")
        return _page(visit, place, form=Form().refused(refusal), status=status_of(refusal))
    return _page(visit, await at_application(visit, *ids, "assertion"), text=text)


def _page(visit: Visit, place: Place, *, text: str = "", form: Form | None = None, status: int = 200) -> Response:
    found = application_of(place)
    words = {
        "application": found,
        "form": form or Form(),
        "text": text,
        "parts": [_readable(part) for part in text.split(".")[:2]] if text else [],
        "keys": f"{visit.sandbox.addresses.keystore}/openbanking.jwks",
        "may_generate": may_write(visit, (found.organisation_id, found.software_statement_id)),
    }
    crumbs = trail(visit, place, Link(visit.t("frame.assertion")))
    return visit.page("assertion.html", words, place=place, trail=crumbs, status=status)


def _readable(part: str) -> str:
    """Header or claims of a JWT for people to read."""
    octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    members: Mapping[str, Any] = json.loads(octets)
    return json.dumps(members, indent=2, ensure_ascii=False)
