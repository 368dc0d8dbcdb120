"""The first page: one's own organisation, or all of them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.portal.visits import Visitor

router = APIRouter()


@router.get("")
async def home(visit: Visitor) -> Response:
    if len(visit.own) == 1 and not visit.is_super_user:
        return visit.go(visit.url("organisations", visit.own[0].organisation_id))
    return visit.go(visit.url("organisations"))
