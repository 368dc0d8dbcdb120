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
    app.router.default = Operations(Catalogue.published(), HANDLERS)
    for kind in (DirectoryError, HTTPException, Exception):
        app.add_exception_handler(kind, _refuse)
    app.add_exception_handler(ClientDisconnect, _gone)
    return Edge(_with_ocsp(app), sandboxes)


def _with_ocsp(app: ASGIApp) -> ASGIApp:
    """OCSP goes past every router: it is asked most of all, and its GET holds slashes (RFC 6960, A.1)."""
    responder = OcspDoor()

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_ocsp = path == "/ocsp" or path.startswith("/ocsp/")
        await (responder if is_ocsp else app)(scope, receive, send)

    return inside


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    request.scope["state"]["refusal"] = refusal
    return problems.render(refusal, request.scope)


async def _gone(request: Request, _error: Exception) -> Response:
    request.scope["state"].update(code="request.disconnected", reason="the client went away")
    return Response(status_code=499)
