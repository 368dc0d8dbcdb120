"""`/me`: userinfo, by GET and by POST (OpenID Connect Core, 5.3; connect.md 17.6)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.callers import authenticate, note_caller
from app.api.oauth.endpoints import NOT_KEPT
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.calls import call

router = APIRouter()


async def userinfo(request: Request) -> Response:
    """Who allowed the token in the Authorization header. A token in a form or an address is not looked at (H-09)."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    caller = await authenticate(sandbox, request.scope)
    note_caller(request.scope, caller.name, caller.software_statement_id, caller.organisation_id)
    return answer(await call(sandbox, sandbox.people.userinfo.about, caller), headers=NOT_KEPT)


router.add_route("/me", userinfo, methods=["GET", "POST"])
