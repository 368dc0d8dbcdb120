"""Users at the REST door: portraits, holders of offices, administrators of organisations (connect.md 16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response

from app.api.etags import etag, expected_revisions
from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.api.paging import ListForm, list_form, shape
from app.oauth.domain_users import DomainUsers
from app.oauth.members import Member, Members
from app.oauth.roster import Invited
from app.store.grants import Account
from app.web.answers import answer, warning_headers
from app.web.calls import call, call_slowly
from app.web.media import JSON, choose
from app.web.schemas import Reading
from app.wire.people import administrator_object, office_object, portrait_object, role_details
from app.wire.published import request_schema
from app.wire.terms import terms_object

USER = "UserEmailOrID"
ADMINISTRATORS = "/organisations/{OrganisationId}/adminusers"
SORTABLE = {name: name for name in ("UserID", "Email", "Status")}
"""Of lists of people: by members of what is shown."""


@dataclass(frozen=True, slots=True)
class Office:
    """One of the offices that hold everywhere: its flag, its path, the schema of its holders."""

    flag: str
    path: str
    schema: str
    doubled: str = ""
    """A second name of the list in its page: one schema spells it so."""


OFFICES = (
    Office("SuperUser", "/users/super", "SuperUser"),
    Office("DataAdministrator", "/users/data-administrator", "DataAdministrator"),
    Office("CertificationManager", "/users/certification", "CertificationManager", "Content"),
)


async def read_user(request: Call) -> Response:
    choose(request.accept, [JSON])
    found = await call(request.sandbox, _users(request).portrait, request.caller, request.path[USER])
    terms = None if found.terms is None else terms_object(found.terms)
    return answer(portrait_object(found, terms), headers=etag(found.account.revision))


async def list_holders(office: Office, request: Call) -> Response:
    choose(request.accept, [JSON])
    form = list_form(request.query, SORTABLE, "page", request.sandbox.settings)
    found = await call(request.sandbox, _members(request).holders, office.flag)
    body = part_of(form, [office_object(member, office.schema) for member in found])
    if office.doubled and form.as_page:
        body[office.doubled] = body["content"]
    return answer(body)


async def appoint(office: Office, request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("UserCreationRequest", office.schema))
    invited = await invitation(request, reading.values["Email"])
    made = await call(request.sandbox, _members(request).appoint, request.caller, office.flag, invited)
    return changed(office_object(made, office.schema), made.account, reading, 201)


async def switch(office: Office, request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("UserUpdateRequest", office.schema))
    made = await call(
        request.sandbox,
        _members(request).switch,
        request.caller,
        office.flag,
        request.path[USER],
        reading.values["Status"],
        expected_revisions(request.request),
    )
    return changed(office_object(made, office.schema), made.account, reading, 200)


async def list_administrators(request: Call) -> Response:
    choose(request.accept, [JSON])
    form = list_form(request.query, SORTABLE, "array_or_page", request.sandbox.settings)
    organisation_id = request.path["OrganisationId"]
    found = await call(request.sandbox, _members(request).administrators, organisation_id)
    return answer(part_of(form, await _told(request, organisation_id, found)))


async def add_administrator(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("OrgAdminUserCreateRequest", "OrganisationAdminUser"))
    organisation_id = request.path["OrganisationId"]
    invited = await invitation(request, reading.values["UserEmail"])
    made = await call(request.sandbox, _members(request).add_administrator, request.caller, organisation_id, invited)
    (body,) = await _told(request, organisation_id, (made,))
    return changed(body, made.account, reading, 201)


async def read_administrator(request: Call) -> Response:
    choose(request.accept, [JSON])
    organisation_id = request.path["OrganisationId"]
    found = await call(request.sandbox, _members(request).administrator, organisation_id, request.path[USER])
    (body,) = await _told(request, organisation_id, (found,))
    return answer(body, headers=etag(found.account.revision))


async def switch_administrator(request: Call) -> Response:
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("UserUpdateRequest", "OrganisationAdminUser"))
    organisation_id = request.path["OrganisationId"]
    made = await call(
        request.sandbox,
        _members(request).switch_administrator,
        request.caller,
        organisation_id,
        request.path[USER],
        reading.values["Status"],
        expected_revisions(request.request),
    )
    (body,) = await _told(request, organisation_id, (made,))
    return changed(body, made.account, reading, 200)


def part_of(form: ListForm, told: list[dict[str, Any]]) -> Any:
    """The part of a list that is asked for, sorted by members of what is shown, in the shape that is asked for."""
    for name, descending in reversed(form.page.sort):
        told.sort(key=lambda members: str(members.get(name, "")).casefold(), reverse=descending)
    size = form.page.size or len(told)
    return shape(form, told[form.page.page * size :][:size], len(told))


async def invitation(request: Call, email: str) -> Invited:
    """Somebody who may have to come to be; hashing what he signs in with takes a while."""
    return Invited(email, await call_slowly(_members(request).new_password))


def changed(body: Any, account: Account, reading: Reading, status: int) -> Response:
    return answer(body, status, headers={**etag(account.revision), **warning_headers(reading.warnings)})


async def _told(request: Call, organisation_id: str, members: Iterable[Member]) -> list[dict[str, Any]]:
    """Administrators, with what they are in the domains of the organisation."""
    rows = await call(request.sandbox, _users(request).of_organisation, organisation_id)
    by_user: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_user.setdefault(row.account.user_id, []).append(role_details(row))
    return [administrator_object(member, by_user.get(member.account.user_id, [])) for member in members]


def _members(request: Call) -> Members:
    return request.sandbox.people.members


def _users(request: Call) -> DomainUsers:
    return request.sandbox.people.domain_users


HANDLERS: Mapping[str, Handler] = {
    f"GET /users/{{{USER}}}": read_user,
    **{f"GET {office.path}": partial(list_holders, office) for office in OFFICES},
    **{f"POST {office.path}": partial(appoint, office) for office in OFFICES},
    **{f"PUT {office.path}/{{{USER}}}": partial(switch, office) for office in OFFICES},
    f"GET {ADMINISTRATORS}": list_administrators,
    f"POST {ADMINISTRATORS}": add_administrator,
    f"GET {ADMINISTRATORS}/{{{USER}}}": read_administrator,
    f"PUT {ADMINISTRATORS}/{{{USER}}}": switch_administrator,
}
