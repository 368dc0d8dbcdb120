"""Domain users of an organisation: who is what in which role of it (connect.md 16 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.errors import DirectoryError, Finding, Invalid, NotFound
from app.oauth.offices import DomainUser
from app.oauth.roster import require_address, takes_people
from app.portal.forms import Form, read_form
from app.portal.navigation import Link, Place
from app.portal.people.lists import EMAIL, Line, invited, listed, refused
from app.portal.people.switching import Switch, status_after, turn_of
from app.portal.places import at_organisation, trail
from app.portal.visits import Visit, Visitor
from app.store.records import Organisation, Resource
from app.web.errors import status_of

AREA, ENTRY = "domain_users", "domain-users"
PATH = f"/organisations/{{organisation_id}}/{ENTRY}"
ROLE, TYPE, BETWEEN = "AuthorisationDomainRole", "UserTypeID", " · "
COLUMNS = ("AuthorisationDomain", "Role", "ContactRole")
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its value in the form, and its text."""

    name: str
    options: Sequence[tuple[str, str]]


@router.get(PATH)
async def domain_users(visit: Visitor, organisation_id: str) -> Response:
    place = await _enter(visit, organisation_id, Level.READ)
    url = partial(visit.url, "organisations", organisation_id, ENTRY)
    found = await visit.call(visit.sandbox.people.domain_users.of_organisation, organisation_id)
    assert place.organisation is not None
    may_write = visit.may(AREA, Level.WRITE, organisation_id) and place.organisation.status != "Withdrawn"
    words = {
        "section": "domain_users",
        "new": url("new") if may_write and takes_people(place.organisation) else "",
        "acts": may_write,
        "columns": COLUMNS,
        **listed(visit, [_line(row, url, may_write=may_write) for row in found], url),
    }
    crumbs = trail(visit, place, Link(visit.t("people.domain_users.title")))
    return visit.page("people_list.html", words, place=place, trail=crumbs)


@router.get(f"{PATH}/new")
async def new(visit: Visitor, organisation_id: str) -> Response:
    return await _form_page(visit, await _enter(visit, organisation_id, Level.WRITE), Form())


@router.post(f"{PATH}/new")
async def add(visit: Visitor, organisation_id: str) -> Response:
    """The choice of a role names its domain, that of a type its system."""
    place = await _enter(visit, organisation_id, Level.WRITE)
    form = await read_form(visit.request)
    domain, _, role = form.text(ROLE).partition(BETWEEN)
    types = await visit.call(_types, visit)
    system = next((str(each.body["SystemID"]) for each in types if each.resource_id == form.text(TYPE)), "")
    values = {ROLE: role, TYPE: form.text(TYPE), "SystemID": system}
    try:
        _require_chosen(visit, form, place, types)
        create = visit.sandbox.people.domain_users.create
        made = await visit.call(create, visit.caller, organisation_id, domain, values, await invited(visit, form))
    except DirectoryError as refusal:
        return await _form_page(visit, place, refused(form, refusal), status_of(refusal))
    back = visit.url("organisations", organisation_id, ENTRY)
    return visit.go(back, notice="people.domain_users.made", email=made.account.email)


@router.get(f"{PATH}/{{user_id}}/{{row_id}}/{{turn}}")
async def ask_switch(visit: Visitor, organisation_id: str, user_id: str, row_id: str, turn: str) -> Response:
    place = await _enter(visit, organisation_id, Level.WRITE)
    row = await _row(visit, organisation_id, user_id, row_id)
    return _switch(visit, row, turn).asked(visit, place, partial(trail, visit, place))


@router.post(f"{PATH}/{{user_id}}/{{row_id}}/{{turn}}")
async def switch(visit: Visitor, organisation_id: str, user_id: str, row_id: str, turn: str) -> Response:
    await _enter(visit, organisation_id, Level.WRITE)
    row = await _row(visit, organisation_id, user_id, row_id)
    change, spot = visit.sandbox.people.domain_users.switch, (organisation_id, row.role["AuthorisationDomainName"])
    return await _switch(visit, row, turn).done(
        visit, lambda status: visit.call(change, visit.caller, spot, user_id, row_id, status, None)
    )


async def _enter(visit: Visit, organisation_id: str, level: Level) -> Place:
    """Raises NotFound, Forbidden."""
    place = await at_organisation(visit, organisation_id, ENTRY)
    require_right(visit.caller, Need(AREA, level), organisation_id)
    return place


async def _row(visit: Visit, organisation_id: str, user_id: str, row_id: str) -> DomainUser:
    """Raises NotFound."""
    found = await visit.call(visit.sandbox.people.domain_users.of_organisation, organisation_id)
    row = next((each for each in found if (each.account.user_id, each.row_id) == (user_id, row_id)), None)
    if row is None:
        raise NotFound("this user has no such record in this organisation")
    return row


def _switch(visit: Visit, row: DomainUser, turn: str) -> Switch:
    """Raises NotFound."""
    status_after(turn)
    back, title = visit.url("organisations", row.organisation_id, ENTRY), visit.t("people.domain_users.title")
    return Switch(row.account.email, BETWEEN.join(_facts(row)), turn, back, title)


def _facts(row: DomainUser) -> tuple[str, ...]:
    names = ("AuthorisationDomainName", "AuthorisationDomainRoleName", "ContactRole")
    return tuple(str(row.role[name]) for name in names)


def _line(row: DomainUser, url: partial[str], *, may_write: bool) -> Line:
    account = row.account
    status = row.status if account.is_active else "Inactive"
    turn = turn_of(row.status)
    switch = url(account.user_id, row.row_id, turn) if may_write and account.is_active else ""
    return Line(account.email, status, _facts(row), turn, switch)


async def _form_page(visit: Visit, place: Place, form: Form, status: int = 200) -> Response:
    assert place.organisation is not None
    back = visit.url("organisations", place.organisation.organisation_id, ENTRY)
    types = [(each.resource_id, _called(each.body)) for each in await visit.call(_types, visit)]
    words = {
        "section": "domain_users",
        "form": form,
        "back": back,
        "choices": (Choice(ROLE, _held(place.organisation)), Choice(TYPE, types)),
    }
    title = visit.t("people.domain_users.title")
    crumbs = trail(visit, place, Link(title, back), Link(visit.t("people.domain_users.new")))
    return visit.page("person_form.html", words, place=place, trail=crumbs, status=status)


def _held(organisation: Organisation) -> list[tuple[str, str]]:
    """The roles of the organisation, with their domains."""
    held = (claim for claim in organisation.roles if claim.get("status", "Active") == "Active")
    told = (f"{claim['domain']}{BETWEEN}{claim['role']}" for claim in held)
    return [(each, each) for each in sorted(dict.fromkeys(told), key=str.casefold)]


def _types(visit: Visit) -> list[Resource]:
    with visit.sandbox.store.read() as uow:
        return [each for each in uow.resources.of_kind("user_type") if each.is_active]


def _called(body: Mapping[str, object]) -> str:
    description = body.get("Description")
    return f"{body['Name']} ({description})" if description else str(body["Name"])


def _require_chosen(visit: Visit, form: Form, place: Place, types: Sequence[Resource]) -> None:
    """Raises Invalid for what the form does not offer, and for an address that is none, all at once."""
    assert place.organisation is not None
    try:
        require_address(EMAIL, form.text(EMAIL))
        first: tuple[Finding, ...] = ()
    except Invalid as fault:
        first = fault.findings
    offered = {ROLE: [value for value, _text in _held(place.organisation)], TYPE: [each.resource_id for each in types]}
    findings = first + tuple(
        Finding("field.value", visit.t(f"people.unchosen.{name}"), f"/{name}", got=form.text(name)[:80])
        for name, values in offered.items()
        if form.text(name) not in values
    )
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=findings)
