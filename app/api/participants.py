"""`/participants` and `/roles`: public, cacheable, asked by all clients (connect.md 13). Raw ASGI, for speed."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.faults.odd import odd_of
from app.api.operations import Call, Handler
from app.directory import odd_participants
from app.directory.participants import Publication
from app.sandbox import Sandbox
from app.web.answers import JSON, encode
from app.web.calls import call
from app.web.publications import matches, publish

MAX_AGE = 900
"""Seconds that anybody may keep the list: 15 minutes (OFB operation guide)."""
PARTICIPANTS, ROLES = "/participants", "/roles"


class ParticipantsDoor:
    """Answers its own path; everything else goes on to the application behind it."""

    def __init__(self, behind: ASGIApp) -> None:
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        if path not in (PARTICIPANTS, ROLES) or scope["method"] not in ("GET", "HEAD"):
            await self._behind(scope, receive, send)
            return
        sandbox: Sandbox = scope["state"]["sandbox"]
        if path == ROLES:
            body = encode(await call(sandbox, sandbox.registers.participants.roles)).encode()
            response = publish(Request(scope, receive), body, JSON, max_age=MAX_AGE)
        else:
            response = _answer(scope, await call(sandbox, sandbox.registers.participants.publication))
        await response(scope, receive, send)


def _answer(scope: Scope, found: Publication) -> Response:
    strike, max_age = odd_of(scope, "participants"), MAX_AGE
    if strike is not None:
        found, max_age = odd_participants.changed(found, strike.effect, strike.state), 0
    given = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
    headers = {"etag": found.etag, "cache-control": f"public, max-age={max_age}", "access-control-allow-origin": "*"}
    if given is not None and matches(given.decode("latin-1"), found.etag):
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers={**headers, "content-type": JSON})


async def export(request: Call) -> Response:
    """The same list, made anew at once; scope admin."""
    found = await call(request.sandbox, request.sandbox.registers.participants.rebuild)
    return Response(found.body, media_type=JSON)


HANDLERS: Mapping[str, Handler] = {"GET /organisations/export/open-data": export}
