"""`/reg`: clients register themselves, and look after it (RFC 7591 and RFC 7592; errata O19 to O23)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.callers import authenticate, bearer_of, note_caller
from app.api.oauth.endpoints import NOT_KEPT
from app.api.operations import Call, Handler
from app.oauth.registrations import Registration
from app.sandbox import Sandbox
from app.web.answers import answer, no_content
from app.web.bodies import read_members
from app.web.calls import call
from app.wire.registrations import registration_object

PATH = "/reg"
ONE = f"{PATH}/{{ClientId}}"
router = APIRouter()


async def register(request: Request) -> Response:
    """`POST /reg`: 201; by an access token, or by a software statement in the body without one."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    caller = None
    if "authorization" in request.headers:
        caller = await authenticate(sandbox, request.scope)
        note_caller(request.scope, caller.name, caller.software_statement_id, caller.organisation_id)
    metadata = await _metadata(request)
    return _told(await call(sandbox, sandbox.people.registrations.register, caller, metadata), 201)


async def read(asked: Call) -> Response:
    registrations, token = asked.sandbox.people.registrations, bearer_of(asked.request.scope)
    return _told(await call(asked.sandbox, registrations.read, asked.path["ClientId"], token), 200)


async def update(asked: Call) -> Response:
    """200 to a known client, never 201 (errata O23)."""
    registrations, token = asked.sandbox.people.registrations, bearer_of(asked.request.scope)
    metadata = await _metadata(asked.request)
    return _told(await call(asked.sandbox, registrations.update, asked.path["ClientId"], token, metadata), 200)


async def remove(asked: Call) -> Response:
    registrations, token = asked.sandbox.people.registrations, bearer_of(asked.request.scope)
    await call(asked.sandbox, registrations.remove, asked.path["ClientId"], token)
    return no_content(NOT_KEPT)


async def _metadata(request: Request) -> dict[str, Any]:
    """A member that is null is not there (RFC 7591, 2; errata D7)."""
    members = await read_members(request)
    return {name: value for name, value in members.items() if value is not None}


def _told(registration: Registration, status: int) -> Response:
    return answer(registration_object(registration), status, headers=NOT_KEPT)


router.add_route(PATH, register, methods=["POST"])
HANDLERS: Mapping[str, Handler] = {f"GET {ONE}": read, f"PUT {ONE}": update, f"DELETE {ONE}": remove}
