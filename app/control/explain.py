"""Why somebody was refused, for the control listener (control-cases.md E)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of, wrong
from app.web.answers import answer
from app.web.calls import call
from app.web.queries import text
from app.web.story import story

router = APIRouter()


@router.get("/_mock/explain")
async def explain(request: Request) -> Response:
    """By interaction id, client id, kid, thumbprint or serial. Raises NotFound where nothing is known of it."""
    sandbox, name = sandbox_of(request), text(query_of(request, ("id",)), "id").strip()
    if not name:
        raise wrong("/query/id", "an interaction id, client id, kid, thumbprint or serial", "nothing")
    return answer(await call(sandbox, story, sandbox, name))
