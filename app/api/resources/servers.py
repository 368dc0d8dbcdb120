"""What authorisation servers and API resources have beside the engine: several endpoints at once, the state of
families, metadata, webhooks (connect.md 14; errata S5, S6, S7, S10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.responses import Response

from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.api.resources.engine import place_of, step_of
from app.directory.kinds import Members, Place
from app.directory.resources import ResourceQuery
from app.directory.rules.servers import recalculated
from app.errors import Finding, Invalid
from app.store.records import Resource as Record
from app.store.store import UnitOfWork
from app.web.answers import answer, warning_headers
from app.web.bodies import read_members
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.schemas import Reading
from app.wire.contents import API_RESOURCE_KIND, CONTENTS, ENDPOINT_KIND, RESOURCES, SERVER_KIND
from app.wire.entries import SERVER
from app.wire.published import request_schema, told

ENDPOINTS = next(entry for entry in CONTENTS if entry.kind is ENDPOINT_KIND)
API_RESOURCES = next(entry for entry in CONTENTS if entry.kind is API_RESOURCE_KIND)


async def create_endpoints(request: Call) -> Response:
    choose(request.accept, [JSON])
    bodies, reading = await _endpoints(request)
    place = place_of(ENDPOINTS, request.path)
    create = request.sandbox.registers.resources.create_all
    await call(request.sandbox, create, request.caller, ENDPOINT_KIND, place, bodies)
    return await _family(request, reading, 201)


async def replace_endpoint(request: Call) -> Response:
    """The first entry is the new address; there must be no other (errata S10)."""
    choose(request.accept, [JSON])
    bodies, reading = await _endpoints(request)
    if len(bodies) != 1:
        raise _refused("ApiEndpoints must hold one entry here: the new address of this endpoint", "/ApiEndpoints")
    place, step = place_of(ENDPOINTS, request.path), step_of(ENDPOINTS, request.path)
    update = request.sandbox.registers.resources.update
    await call(request.sandbox, update, request.caller, ENDPOINT_KIND, place, step, bodies[0])
    return await _family(request, reading, 200)


async def _endpoints(request: Call) -> tuple[list[Members], Reading]:
    """The addresses of a body, each by its own schema."""
    schema = request_schema("ApiDiscoveryEndpointRequest", "ApiDiscoveryEndpointFamilyResponse")
    reading = await read_schema(request, schema)
    each = request_schema("ApiDiscoveryEndpointRequestObject", "ApiDiscoveryEndpoint")
    entries = reading.values["ApiEndpoints"]
    if not entries:
        raise _refused("ApiEndpoints must hold at least one entry", "/ApiEndpoints")
    return [each.read(entry).values for entry in entries], reading


async def _family(request: Call, reading: Reading, status: int) -> Response:
    """The schema ApiDiscoveryEndpointFamilyResponse: every endpoint of the API resource, as it now is."""
    place, step = place_of(API_RESOURCES, request.path), step_of(API_RESOURCES, request.path)
    found = await call(request.sandbox, request.sandbox.registers.resources.read, API_RESOURCE_KIND, place, step)
    members = {name: found.members.get(name) for name in ("ApiDiscoveryEndpoints", "FamilyComplete")}
    return answer(members, status, headers=warning_headers(reading.warnings))


async def family_status(request: Call) -> Response:
    """All API resources of the server, FamilyComplete recalculated (errata S5)."""
    choose(request.accept, [JSON])
    resources, sandbox = request.sandbox.registers.resources, request.sandbox
    place = place_of(API_RESOURCES, request.path)
    await call(sandbox, resources.recalculate, place, recalculated, API_RESOURCE_KIND)
    found = await call(sandbox, resources.list, API_RESOURCE_KIND, place, ResourceQuery())
    return answer([told(shown.members, "ApiResource") for shown in found.items])


async def read_metadata(request: Call) -> Response:
    choose(request.accept, [JSON])
    place, step = place_of(API_RESOURCES, request.path), step_of(API_RESOURCES, request.path)
    found = await call(request.sandbox, request.sandbox.registers.resources.read, API_RESOURCE_KIND, place, step)
    return answer(found.record.body.get("ApiMetadata", {}))


async def write_metadata(request: Call) -> Response:
    """Any object; published as 201 (errata S6)."""
    choose(request.accept, [JSON])
    members = await read_members(request.request)
    place, step = place_of(API_RESOURCES, request.path), step_of(API_RESOURCES, request.path)
    changed = partial(_with, "ApiMetadata", members)
    amend = request.sandbox.registers.resources.amend
    await call(request.sandbox, amend, request.caller, API_RESOURCE_KIND, place, step, changed)
    return answer(members, 201)


def _with(name: str, value: Any, _uow: UnitOfWork, record: Record) -> Record:
    return replace(record, body={**record.body, name: value})


async def webhooks(request: Call) -> Response:
    """The state of every server's webhook, those that nobody confirmed in time ended (errata S7)."""
    choose(request.accept, [JSON])
    await call(request.sandbox, request.sandbox.webhooks.refresh)
    query = ResourceQuery(everywhere=True)
    found = await call(request.sandbox, request.sandbox.registers.resources.list, SERVER_KIND, Place(), query)
    told_ = [
        {"AuthorisationServerId": s.record.resource_id, "WebhookStatus": s.members["NotificationWebhookStatus"]}
        for s in found.items
        if "NotificationWebhookStatus" in s.members
    ]
    return answer(told_)


async def clean_webhooks(request: Call) -> Response:
    """Forget the addresses that were never confirmed; what is deactivated gets no messages anyway."""
    await call(request.sandbox, request.sandbox.registers.resources.sweep, request.caller, SERVER_KIND, _cleaned)
    return Response(status_code=200)


def _cleaned(record: Record) -> Record | None:
    """The server without a deactivated webhook; None = it stays as it is."""
    if record.body.get("NotificationWebhookStatus") != "Deactivated":
        return None
    kept = {name: value for name, value in record.body.items() if not name.startswith("NotificationWebhook")}
    return replace(record, body=kept)


def _refused(detail: str, pointer: str) -> Invalid:
    return Invalid(detail, code="field.value", findings=(Finding("field.value", detail, pointer),))


HANDLERS: Mapping[str, Handler] = {
    f"POST {ENDPOINTS.path}": create_endpoints,
    f"PUT {ENDPOINTS.one}": replace_endpoint,
    f"GET {SERVER}/familystatus": family_status,
    f"GET {RESOURCES}/{{ApiResourceId}}/metadata": read_metadata,
    f"PUT {RESOURCES}/{{ApiResourceId}}/metadata": write_metadata,
    "GET /organisations/authorisationservers/webhooks": webhooks,
    "GET /organisations/authorisationservers/webhooks/clean": clean_webhooks,
}
