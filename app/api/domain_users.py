"""Domain users at the REST door: who is what in a role of an organisation (connect.md 16)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.etags import expected_revisions
from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.api.paging import list_form
from app.api.users import SORTABLE, USER, changed, invitation, part_of
from app.web.answers import answer
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.queries import text
from app.wire.people import domain_user_object
from app.wire.published import request_schema

DOMAIN, ROLE, RECORD = "AuthorisationDomainName", "AuthorisationDomainRoleName", "AuthorisationDomainUserId"
PATH = f"/organisations/{{OrganisationId}}/{{{DOMAIN}}}/users"
OBJECT = "AuthorisationDomainUser"
COLUMNS = {**SORTABLE, **{name: name for name in (RECORD, "AuthorisationDomainRole", "ContactRole")}}


async def list_users(request: Call) -> Response:
    choose(request.accept, [JSON])
    form = list_form(request.query, COLUMNS, "page", request.sandbox.settings)
    every = request.sandbox.people.domain_users.list
    found = await call(request.sandbox, every, *_place(request), text(request.query, ROLE))
    return answer(part_of(form, [domain_user_object(row) for row in found]))


async def create_user(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("AuthorisationDomainUserCreateRequest", OBJECT))
    invited = await invitation(request, reading.values["Email"])
    create = request.sandbox.people.domain_users.create
    made = await call(request.sandbox, create, request.caller, *_place(request), reading.values, invited)
    return changed(domain_user_object(made), made.account, reading, 201)


async def read_user(request: Call) -> Response:
    """A page: somebody may be several things in one domain."""
    choose(request.accept, [JSON])
    form = list_form(request.query, COLUMNS, "page", request.sandbox.settings)
    of_user = request.sandbox.people.domain_users.of_user
    found = await call(request.sandbox, of_user, *_place(request), request.path[USER])
    return answer(part_of(form, [domain_user_object(row) for row in found]))


async def switch_user(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("UserUpdateRequest", OBJECT))
    made = await call(
        request.sandbox,
        request.sandbox.people.domain_users.switch,
        request.caller,
        _place(request),
        request.path[USER],
        request.path[RECORD],
        reading.values["Status"],
        expected_revisions(request.request),
    )
    return changed(domain_user_object(made), made.account, reading, 200)


def _place(request: Call) -> tuple[str, str]:
    return request.path["OrganisationId"], request.path[DOMAIN]


HANDLERS: Mapping[str, Handler] = {
    f"GET {PATH}": list_users,
    f"POST {PATH}": create_user,
    f"GET {PATH}/{{{USER}}}": read_user,
    f"PUT {PATH}/{{{USER}}}/{{{RECORD}}}": switch_user,
}
