"""Organisations at the REST door (connect.md 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from app.api.etags import etag, expected_revisions
from app.api.operations import Call, Handler
from app.api.paging import list_form, shape
from app.directory.beside import FLAGS, Beside
from app.directory.organisations import OrganisationQuery
from app.store.records import Organisation
from app.web.answers import answer, no_content, warning_headers
from app.web.bodies import read_members
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.queries import flag, text
from app.web.schemas import Reading, Schema
from app.wire import organisations as wire
from app.wire.flags import NOTHING, with_flag_ids
from app.wire.uris import WEBHOOK, webhook_faults

PATH = "/organisations"
ONE = "/organisations/{OrganisationId}"
ID = "OrganisationId"


async def list_organisations(request: Call) -> Response:
    choose(request.accept, [JSON])
    query, sandbox = request.query, request.sandbox
    form = list_form(query, wire.SORTABLE, "page", sandbox.settings)
    member_only = flag(query, "member") or bool(text(query, "displayMine"))
    if flag(query, "authority"):
        return answer(shape(form, [], 0))
    wanted = OrganisationQuery(
        page=form.page,
        filter_by=text(query, "filterBy"),
        hide_inactive=flag(query, "hideInactive"),
        member_of=request.caller.organisations if member_only else None,
    )
    listing = await call(sandbox, sandbox.organisations.list, wanted)
    beside = await _beside(request, listing.items)
    return answer(shape(form, [wire.organisation_object(o, beside) for o in listing.items], listing.total))


async def create_organisation(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, wire.CREATION)
    draft = wire.organisation_draft(reading.values)
    organisations = request.sandbox.organisations
    made = await call(request.sandbox, organisations.create, request.caller, reading.values[ID], draft)
    return await _answer(request, made, reading, 201)


async def read_organisation(request: Call) -> Response:
    choose(request.accept, [JSON])
    found = await call(request.sandbox, request.sandbox.organisations.read, request.path[ID])
    beside = await _beside(request, (found,))
    terms = await call(request.sandbox, request.sandbox.registers.terms.standing, found.organisation_id)
    return answer(wire.organisation_with_terms(found, beside, terms), headers=etag(found.revision))


async def update_organisation(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, wire.UPDATE)
    changed = await call(
        request.sandbox,
        request.sandbox.organisations.update,
        request.caller,
        request.path[ID],
        wire.organisation_draft(reading.values),
        revisions=expected_revisions(request.request),
    )
    return await _answer(request, changed, reading, 200)


async def withdraw_organisation(request: Call) -> Response:
    revisions = expected_revisions(request.request)
    withdraw = request.sandbox.organisations.withdraw
    await call(request.sandbox, withdraw, request.caller, request.path[ID], revisions=revisions)
    return no_content()


async def read_schema(request: Call, schema: Schema) -> Reading:
    """The body by its schema."""
    members = with_flag_ids(await read_members(request.request))
    is_hooked = any(field.name == WEBHOOK for field in schema.fields)
    faults = webhook_faults(members, request.sandbox.settings) if is_hooked else ()
    return schema.read(members, refuse_unknown=refuses_unknown(request), also=faults)


def refuses_unknown(request: Call) -> bool:
    return request.sandbox.settings.unknown_members == "refuse"


async def _beside(request: Call, organisations: Sequence[Organisation]) -> Beside:
    """Their flags; few have any, and then nothing is asked."""
    if not any(each.details.get(FLAGS) for each in organisations):
        return NOTHING
    return await call(request.sandbox, request.sandbox.registers.surroundings.of_organisations, organisations)


async def _answer(request: Call, organisation: Organisation, reading: Reading, status: int) -> Response:
    headers = {**etag(organisation.revision), **warning_headers(reading.warnings)}
    beside = await _beside(request, (organisation,))
    body = {**wire.organisation_object(organisation, beside), "OperationWarnings": []}
    return answer(body, status, headers=headers)


HANDLERS: Mapping[str, Handler] = {
    f"GET {PATH}": list_organisations,
    f"POST {PATH}": create_organisation,
    f"GET {ONE}": read_organisation,
    f"PUT {ONE}": update_organisation,
    f"DELETE {ONE}": withdraw_organisation,
}
