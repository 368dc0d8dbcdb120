"""The public door as one ASGI application: the edge around FastAPI's routers and the Connect operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import (
    applications,
    assertion,
    certificates,
    dialects,
    documentation,
    domain_users,
    keystore,
    organisations,
    participants,
    repository,
    sns,
    status,
    terms,
    users,
)
from app.api.catalogue import Catalogue
from app.api.edge import Edge
from app.api.login import authorise
from app.api.login import device as device_pages
from app.api.login import sign_in as sign_in_pages
from app.api.oauth import backchannel, device, discovery, endpoints, par, registration, userinfo
from app.api.ocsp import OcspDoor
from app.api.operations import Handler, Operations
from app.api.resources import conformance, ecosystem, engine, roles, servers, sign_in, signing
from app.errors import DirectoryError
from app.web import trust
from app.web.errors import MethodNotAllowed
from app.web.exchange import note_disconnect
from app.web.problems import refusal as refusal_of
from app.web.sandboxes import Provider

HANDLERS: Mapping[str, Handler] = {
    **organisations.HANDLERS,
    **engine.HANDLERS,
    **servers.HANDLERS,
    **roles.HANDLERS,
    **participants.HANDLERS,
    **ecosystem.HANDLERS,
    **sign_in.HANDLERS,
    **signing.HANDLERS,
    **conformance.HANDLERS,
    **users.HANDLERS,
    **domain_users.HANDLERS,
    **terms.HANDLERS,
    **applications.HANDLERS,
    **certificates.HANDLERS,
    **assertion.HANDLERS,
    **endpoints.HANDLERS,
    **discovery.HANDLERS,
    **par.HANDLERS,
    **device.HANDLERS,
    **backchannel.HANDLERS,
    **registration.HANDLERS,
}
"""Every operation that is built, by its name in the catalogue."""


def create_data_app(sandboxes: Provider, doors: Mapping[str, ASGIApp] | None = None) -> ASGIApp:
    """Everything that is served on the listeners http, https and mtls.

    `doors` are whole applications beside this one, such as the portal, by the first segment of their paths.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    files, pages = (status, keystore, repository, trust, documentation, sns), (authorise, sign_in_pages, device_pages)
    machines = (discovery, userinfo, registration)
    routers = [room.router for room in (*files, *machines, conformance, *pages)]
    for router in routers:
        app.include_router(router)
    operations = Operations(Catalogue.published(), HANDLERS)
    app.router.default = operations
    app.state.paths = _paths(routers)
    for kind in (DirectoryError, HTTPException, Exception):
        app.add_exception_handler(kind, _refuse)
    app.add_exception_handler(ClientDisconnect, _gone)
    return Edge(_past_routers(app, operations, doors or {}), sandboxes, render=dialects.with_doors(doors or {}))


def _paths(routers: Iterable[APIRouter]) -> frozenset[str]:
    """Every path that is served, for what names them (discovery)."""
    routed = {route.path for router in routers for route in router.routes if isinstance(route, Route)}
    return frozenset(routed | {name.partition(" ")[2] for name in HANDLERS})


def _past_routers(app: ASGIApp, operations: ASGIApp, others: Mapping[str, ASGIApp]) -> ASGIApp:
    """The busiest doors are not behind FastAPI's routers, which cost a tenth of an issue.

    OCSP, whose GET holds slashes besides (RFC 6960, A.1), tokens, and the operations on organisations and what is
    theirs.
    """
    data = participants.ParticipantsDoor(app)
    doors: dict[str, ASGIApp] = {
        "ocsp": OcspDoor(),
        "organisations": operations,
        "token": operations,
        "participants": data,
        "roles": data,
        **others,
    }

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        segment = scope.get("path", "/")[1:].partition("/")[0]
        await doors.get(segment, app)(scope, receive, send)

    return inside


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    if isinstance(refusal, MethodNotAllowed) and request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": f"{refusal.allow}, OPTIONS"})
    request.scope["state"]["refusal"] = refusal
    return dialects.render(refusal, request.scope)


async def _gone(request: Request, _error: Exception) -> Response:
    note_disconnect(request.scope)
    return Response(status_code=499)
