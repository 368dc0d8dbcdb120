"""The global search: organisations, applications and certificates, ten of each (connect.md 20)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.search import LONGEST, MOST
from app.portal.navigation import Link, Place
from app.portal.places import certificate_address
from app.portal.visits import Visitor

router = APIRouter()


@router.get("/search")
async def search(visit: Visitor) -> Response:
    text = visit.request.query_params.get("q", "").strip()[:LONGEST]
    hits = await visit.call(visit.sandbox.search.find, text)
    words = {
        "text": text,
        "hits": hits,
        "most": MOST,
        "now": visit.sandbox.clock.now(),
        "certificate_url": lambda certificate: visit.url(*certificate_address(certificate)),
    }
    return visit.page("search.html", words, place=Place("search"), trail=[Link(visit.t("search.title"))])
