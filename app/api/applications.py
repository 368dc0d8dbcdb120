"""Applications (software statements) at the REST door (connect.md 4)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.etags import etag, expected_revisions
from app.api.identifiers import application_ids
from app.api.operations import Call, Handler
from app.api.organisations import refuses_unknown
from app.api.paging import list_form, shape
from app.directory.applications import ApplicationQuery, Made
from app.web.answers import answer, no_content, warning_headers
from app.web.bodies import read_members
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.queries import refused, text
from app.web.schemas import Reading, Schema
from app.wire import applications as wire
from app.wire.flags import with_flag_ids

PATH = "/organisations/{OrganisationId}/softwarestatements"
ONE = PATH + "/{SoftwareStatementId}"
STATES = ("Active", "Suspended", "Inactive")


async def list_applications(request: Call) -> Response:
    choose(request.accept, [JSON])
    sandbox, query = request.sandbox, request.query
    form = list_form(query, wire.SORTABLE, "array_or_page", sandbox.settings)
    status = text(query, "status") or None
    if status is not None and status not in STATES:
        raise refused("field.value", "status", f"status must be one of {', '.join(STATES)}")
    wanted = ApplicationQuery(request.path["OrganisationId"], form.page, text(query, "filterBy"), status)
    listing = await call(sandbox, sandbox.applications.list, wanted)
    beside = await call(sandbox, sandbox.registers.surroundings.of_applications, listing.items)
    return answer(shape(form, [wire.application_with_certifications(a, beside) for a in listing.items], listing.total))


async def create_application(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await _read(request, wire.CREATION)
    create, draft = request.sandbox.applications.create, wire.application_draft(reading.values)
    made = await call(request.sandbox, create, request.caller, request.path["OrganisationId"], draft)
    return await _answer(request, made, reading, 201)


async def read_application(request: Call) -> Response:
    choose(request.accept, [JSON])
    found = await call(request.sandbox, request.sandbox.applications.read, *application_ids(request.path))
    beside = await call(request.sandbox, request.sandbox.registers.surroundings.of_applications, (found,))
    return answer(wire.application_with_certifications(found, beside), headers=etag(found.revision))


async def update_application(request: Call) -> Response:
    choose(request.accept, [JSON])
    ids = application_ids(request.path)
    reading = await _read(request, wire.UPDATE)
    draft, known = wire.application_draft(reading.values), expected_revisions(request.request)
    made = await call(request.sandbox, request.sandbox.applications.update, request.caller, ids, draft, revisions=known)
    return await _answer(request, made, reading, 200)


async def delete_application(request: Call) -> Response:
    ids, revisions = application_ids(request.path), expected_revisions(request.request)
    await call(request.sandbox, request.sandbox.applications.delete, request.caller, ids, revisions=revisions)
    return no_content()


async def unlock_application(request: Call) -> Response:
    choose(request.accept, [JSON])
    ids = application_ids(request.path)
    reading = wire.read_unlock(await read_members(request.request), refuse_unknown=refuses_unknown(request))
    unlocked = await call(request.sandbox, request.sandbox.applications.unlock, request.caller, ids)
    beside = await call(request.sandbox, request.sandbox.registers.surroundings.of_applications, (unlocked,))
    body = wire.application_with_certifications(unlocked, beside)
    return answer(body, headers={**etag(unlocked.revision), **warning_headers(reading.warnings)})


async def _read(request: Call, schema: Schema) -> Reading:
    members = with_flag_ids(await read_members(request.request))
    return wire.read_application(members, schema, request.sandbox.settings)


async def _answer(request: Call, made: Made, reading: Reading, status: int) -> Response:
    headers = {**etag(made.application.revision), **warning_headers(reading.warnings)}
    beside = await call(request.sandbox, request.sandbox.registers.surroundings.of_applications, (made.application,))
    told = wire.application_object(made.application, beside, client_secret=made.client_secret)
    body = {**told, "OperationWarnings": []}
    return answer(body, status, headers=headers)


HANDLERS: Mapping[str, Handler] = {
    f"GET {PATH}": list_applications,
    f"POST {PATH}": create_application,
    f"GET {ONE}": read_application,
    f"PUT {ONE}": update_application,
    f"DELETE {ONE}": delete_application,
    f"PUT {ONE}/unlock": unlock_application,
}
