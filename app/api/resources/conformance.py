"""Test runs of the conformance suite at the REST door, and each again under the address that its answer names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.directory.conformance import Tested
from app.sandbox import Sandbox
from app.store.records import Resource
from app.web.answers import answer, warning_headers
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.moments import iso
from app.wire.entries import ORGANISATION
from app.wire.published import request_schema

PATH = "/conformance"
router = APIRouter()


async def run(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("OrganisationConformanceTest", "OrganisationConformanceTest"))
    values = reading.values
    wanted = Tested(values["ResourceUrl"], values["ApiFamilyType"], values["Version"])
    test, organisation_id = request.sandbox.registers.conformance.run, request.path["OrganisationId"]
    made = await call(request.sandbox, test, request.caller, organisation_id, wanted)
    return answer(_result(request.sandbox, made), 201, headers=warning_headers(reading.warnings))


async def plan(request: Request) -> Response:
    """The published result of a run: public, as its address is."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    found = await call(sandbox, sandbox.registers.conformance.read, str(request.path_params["run_id"]))
    more = {name: found.body[name] for name in ("ResourceUrl", "ApiFamilyID", "TestPlans")}
    return answer({**_result(sandbox, found), **more, "CreatedAt": iso(found.created_at)})


def _result(sandbox: Sandbox, made: Resource) -> dict[str, Any]:
    """The schema OrganisationConformanceTestResult."""
    errors = made.body["errors"]
    return {
        "result": not errors,
        "testPlanUrl": f"{sandbox.addresses.data}{PATH}/{made.resource_id}",
        "errorCount": len(errors),
        "errors": errors,
    }


router.add_route(f"{PATH}/{{run_id}}", plan, methods=["GET"])
HANDLERS: Mapping[str, Handler] = {f"POST {ORGANISATION}/conformancetest": run}
