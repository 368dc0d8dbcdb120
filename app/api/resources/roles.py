"""Domain roles under the path that names them without their domain, roles of an application, and starting families."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.etags import etag, expected_revisions
from app.api.identifiers import application_ids
from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.api.paging import list_form, shape
from app.directory.kinds import Place, Step
from app.directory.resources import Shown
from app.errors import Finding, Invalid, NotFound
from app.web.answers import answer, no_content, warning_headers
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.queries import text
from app.web.schemas import Reading
from app.wire.contents import ROLE_KIND, ROLES
from app.wire.entries import SOFTWARE
from app.wire.published import request_schema, told

DOMAIN, NAME = "AuthorisationDomainName", "AuthorisationDomainRoleName"
ANSWER = "AuthorisationDomainRole"


async def create_role(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("AuthorisationDomainRoleRequest", ANSWER))
    create, place = request.sandbox.registers.resources.create, _below(reading.values[DOMAIN])
    try:
        made = await call(request.sandbox, create, request.caller, ROLE_KIND, place, reading.values)
    except NotFound:
        detail = f"{DOMAIN} must name an authorisation domain"
        raise Invalid(detail, code="field.value", findings=(Finding("field.value", detail, f"/{DOMAIN}"),)) from None
    return _answer(made, reading, 201)


async def update_role(request: Call) -> Response:
    choose(request.accept, [JSON])
    schema = request_schema("AuthorisationDomainRoleUpdateRequest", ANSWER)
    reading = await read_schema(request, schema)
    place, step = await _found(request)
    changed = await call(
        request.sandbox,
        request.sandbox.registers.resources.update,
        request.caller,
        ROLE_KIND,
        place,
        step,
        reading.values,
        revisions=expected_revisions(request.request),
    )
    return _answer(changed, reading, 200)


async def remove_role(request: Call) -> Response:
    place, step = await _found(request)
    remove, revisions = request.sandbox.registers.resources.remove, expected_revisions(request.request)
    await call(request.sandbox, remove, request.caller, ROLE_KIND, place, step, revisions=revisions)
    return no_content()


async def software_metadata(request: Call) -> Response:
    """What the roles of an application say about clients that have them (connect.md 15)."""
    choose(request.accept, [JSON])
    form = list_form(request.query, {}, "page", request.sandbox.settings)
    ids = application_ids(request.path)
    of_application = request.sandbox.registers.role_metadata.of_application
    found = await call(request.sandbox, of_application, *ids, text(request.query, "type"))
    size = form.page.size or len(found)
    part = found[form.page.page * size :][:size]
    return answer(shape(form, [told(members, "MetadataResponse") for members in part], len(found)))


async def init_families(request: Call) -> Response:
    """Bring back the families that a directory starts with; those that are there stay."""
    await call(request.sandbox, request.sandbox.registers.references.restore)
    return no_content()


async def _found(request: Call) -> tuple[Place, Step]:
    """The role that a path names by its name alone. Raises NotFound."""
    step = Step(ROLE_KIND.name, request.path[NAME], "name")
    role = await call(request.sandbox, request.sandbox.registers.resources.read, ROLE_KIND, Place(), step)
    return _below(str(role.members[DOMAIN])), step


def _below(domain: str) -> Place:
    return Place(above=(Step("domain", domain, "key"),))


def _answer(made: Shown, reading: Reading, status: int) -> Response:
    headers = {**etag(made.record.revision), **warning_headers(reading.warnings)}
    return answer(told(made.members, ANSWER), status, headers=headers)


HANDLERS: Mapping[str, Handler] = {
    f"POST {ROLES}": create_role,
    f"PUT {ROLES}/{{{NAME}}}": update_role,
    f"DELETE {ROLES}/{{{NAME}}}": remove_role,
    f"GET {SOFTWARE}/metadata": software_metadata,
    "POST /references/apifamilies/init": init_families,
}
