"""The control listener as one ASGI application: the mock's own powers, never behind mTLS (control-cases.md R1)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from app.control import (
    authority,
    certificates,
    clock,
    evidence,
    explain,
    faults,
    health,
    journal,
    login,
    notices,
    on_demand,
    outside,
    propagation,
    scenarios,
    signing_keys,
    state,
    states,
    tokens,
    webhooks,
)
from app.control import sandboxes as sandboxes_room
from app.control.gate import Gate
from app.control.refusals import render
from app.errors import DirectoryError
from app.runtime.readiness import Readiness
from app.settings import Settings
from app.web import trust
from app.web.problems import refusal as refusal_of
from app.web.sandboxes import Provider

ROOMS = (
    trust,
    authority,
    certificates,
    clock,
    evidence,
    explain,
    faults,
    journal,
    login,
    notices,
    on_demand,
    outside,
    propagation,
    scenarios,
    signing_keys,
    states,
    tokens,
    webhooks,
)


def create_control_app(
    sandboxes: Provider | None,
    readiness: Readiness,
    *,
    settings: Settings | None = None,
    listeners: Mapping[str, str] | None = None,
) -> ASGIApp:
    """What the control listener serves; it may be asked before a sandbox is open, and then says 503 and why.

    `settings` (default: the sandbox's) tell who may ask, also before there is a sandbox. `listeners` are the base
    addresses that `/_mock/state` names; they may be filled in later.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    made = (health.routes(readiness), state.routes(listeners or {}), sandboxes_room.routes(listeners or {}))
    for router in (*made, *(room.router for room in ROOMS)):
        app.include_router(router)
    for kind in (DirectoryError, HTTPException, Exception):
        app.add_exception_handler(kind, _refuse)
    app.add_exception_handler(ClientDisconnect, _gone)
    return Gate(app, sandboxes, settings)


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    request.scope["state"]["refusal"] = refusal
    return render(refusal, request.scope)


async def _gone(request: Request, _error: Exception) -> Response:
    request.scope["state"].update(code="request.disconnected", reason="the client went away")
    return Response(status_code=499)
