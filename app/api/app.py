"""The public door as one ASGI application: the edge around FastAPI's routers and the Connect operations."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import applications, assertion, certificates, keystore, organisations, problems, repository, status
from app.api.catalogue import Catalogue
from app.api.edge import Edge, Sandboxes
from app.api.ocsp import OcspDoor
from app.api.operations import Handler, Operations
from app.errors import DirectoryError
from app.web import trust
from app.web.exchange import note_disconnect
from app.web.problems import refusal as refusal_of

HANDLERS: Mapping[str, Handler] = {
    **organisations.HANDLERS,
    **applications.HANDLERS,
    **certificates.HANDLERS,
    **assertion.HANDLERS,
}
"""Every operation that is built, by its name in the catalogue."""


def create_data_app(sandboxes: Sandboxes) -> ASGIApp:
    """Everything that is served on the listeners http, https and mtls."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for room in (status, keystore, repository, trust):
        app.include_router(room.router)
    operations = Operations(Catalogue.published(), HANDLERS)
    app.router.default = operations
    for kind in (DirectoryError, HTTPException, Exception):
        app.add_exception_handler(kind, _refuse)
    app.add_exception_handler(ClientDisconnect, _gone)
    return Edge(_past_routers(app, operations), sandboxes)


def _past_routers(app: ASGIApp, operations: ASGIApp) -> ASGIApp:
    """The two busiest doors are not behind FastAPI's routers, which cost a tenth of an issue.

    OCSP, whose GET holds slashes besides (RFC 6960, A.1), and the operations on organisations and what is theirs.
    """
    doors = {"ocsp": OcspDoor(), "organisations": operations}

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        segment = scope.get("path", "/")[1:].partition("/")[0]
        await doors.get(segment, app)(scope, receive, send)

    return inside


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    request.scope["state"]["refusal"] = refusal
    return problems.render(refusal, request.scope)


async def _gone(request: Request, _error: Exception) -> Response:
    note_disconnect(request.scope)
    return Response(status_code=499)
