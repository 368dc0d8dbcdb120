"""Who runs the directory: super users, data administrators, certification managers (connect.md 16)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.errors import DirectoryError, NotFound
from app.oauth.members import APPOINT, Member
from app.portal.forms import Form, read_form
from app.portal.navigation import Link, Place
from app.portal.people.lists import Line, invited, listed, refused
from app.portal.people.switching import Switch, status_after, turn_of
from app.portal.visits import Visit, Visitor
from app.web.errors import status_of

OFFICES: Mapping[str, str] = {
    "super-users": "SuperUser",
    "data-administrators": "DataAdministrator",
    "certification-managers": "CertificationManager",
}
"""Segment of the address -> flag of accounts."""
PLACE = Place("reference-data")
READ = Need("administrators", Level.READ)
PATH = "/people/{office}"
router = APIRouter()


@router.get(PATH)
async def officers(visit: Visitor, office: str) -> Response:
    flag, url = _enter(visit, office, READ), partial(visit.url, "people", office)
    found = await visit.call(visit.sandbox.people.members.holders, flag)
    may_write = visit.may(APPOINT.area, APPOINT.level)
    words = {
        **listed(visit, [_line(each, url, may_write=may_write) for each in found], url),
        "section": flag,
        "new": url("new") if may_write else "",
        "acts": may_write,
        "columns": (),
        "tabs": [Link(_title(visit, OFFICES[each]), visit.url("people", each), each == office) for each in OFFICES],
    }
    return visit.page("people_list.html", words, place=PLACE, trail=_trail(visit, Link(_title(visit, flag))))


@router.get(f"{PATH}/new")
async def new(visit: Visitor, office: str) -> Response:
    return _form_page(visit, office, _enter(visit, office, APPOINT), Form())


@router.post(f"{PATH}/new")
async def add(visit: Visitor, office: str) -> Response:
    flag = _enter(visit, office, APPOINT)
    form = await read_form(visit.request)
    try:
        appoint = visit.sandbox.people.members.appoint
        made = await visit.call(appoint, visit.caller, flag, await invited(visit, form))
    except DirectoryError as refusal:
        return _form_page(visit, office, flag, refused(form, refusal), status_of(refusal))
    what = visit.t(f"people.{flag}.one")
    return visit.go(visit.url("people", office), notice="people.appointed", email=made.account.email, what=what)


@router.get(f"{PATH}/{{user_id}}/{{turn}}")
async def ask_switch(visit: Visitor, office: str, user_id: str, turn: str) -> Response:
    switch = await _switch(visit, office, user_id, turn)
    return switch.asked(visit, PLACE, partial(_trail, visit))


@router.post(f"{PATH}/{{user_id}}/{{turn}}")
async def switch(visit: Visitor, office: str, user_id: str, turn: str) -> Response:
    asked, change = await _switch(visit, office, user_id, turn), visit.sandbox.people.members.switch
    return await asked.done(
        visit, lambda status: visit.call(change, visit.caller, OFFICES[office], user_id, status, None)
    )


def _enter(visit: Visit, office: str, need: Need) -> str:
    """The flag of the office. Raises NotFound, Forbidden."""
    if office not in OFFICES:
        raise NotFound("there is nothing at this path", code="path.unknown")
    require_right(visit.caller, need)
    return OFFICES[office]


async def _switch(visit: Visit, office: str, user_id: str, turn: str) -> Switch:
    """Raises NotFound, Forbidden."""
    status_after(turn)
    flag = _enter(visit, office, APPOINT)
    found = await visit.call(visit.sandbox.people.members.holders, flag)
    member = next((each for each in found if each.account.user_id == user_id), None)
    if member is None:
        raise NotFound("this user never had the office")
    what, back = visit.t(f"people.{flag}.one"), visit.url("people", office)
    return Switch(member.account.email, what, turn, back, _title(visit, flag))


def _title(visit: Visit, flag: str) -> str:
    return visit.t(f"people.{flag}.title")


def _line(member: Member, url: partial[str], *, may_write: bool) -> Line:
    account, turn = member.account, turn_of(member.status)
    switch = url(account.user_id, turn) if may_write and account.is_active else ""
    return Line(account.email, member.effective, turn=turn, switch=switch)


def _form_page(visit: Visit, office: str, flag: str, form: Form, status: int = 200) -> Response:
    back = visit.url("people", office)
    words = {"section": flag, "form": form, "back": back, "choices": ()}
    crumbs = _trail(visit, Link(_title(visit, flag), back), Link(visit.t(f"people.{flag}.new")))
    return visit.page("person_form.html", words, place=PLACE, trail=crumbs, status=status)


def _trail(visit: Visit, *further: Link) -> list[Link]:
    """The crumbs down to a page; the last is the page itself."""
    links = [Link(visit.t("frame.reference_data"), visit.url("reference-data")), *further]
    return [*links[:-1], Link(links[-1].text)]
