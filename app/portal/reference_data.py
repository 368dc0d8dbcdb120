"""Reference data: what the whole directory rests on, read by everybody and changed by super users (connect.md 20)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.portal.navigation import Link, Place
from app.portal.rooms.contents import OF_REFERENCES
from app.portal.visits import Visitor

router = APIRouter()


@router.get("/reference-data")
async def reference_data(visit: Visitor) -> Response:
    require_right(visit.caller, Need("ecosystem", Level.READ))
    links = [Link(visit.t("frame.reference_data"))]
    return visit.page("reference_data.html", {"rooms": OF_REFERENCES}, place=Place("reference-data"), trail=links)
