"""`/` of the public door: browsers go on to the portal; programs hear that there is nothing (connect.md 1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from app.errors import NotFound
from app.web.errors import status_of
from app.web.problems import problem


async def front(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI application for this one path."""
    response = _answer(Request(scope, receive))
    await response(scope, receive, send)


def _answer(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{request.scope['state'].get('sandbox_prefix', '')}/portal", 303)
    refusal = NotFound("there is nothing at this path", code="path.unknown")
    request.scope["state"]["refusal"] = refusal
    return problem(refusal, status_of(refusal))
