"""Administrators of an organisation: the list, a new one, and the switch (connect.md 16 and 20)."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.errors import DirectoryError
from app.oauth.members import Member
from app.oauth.roster import takes_people
from app.portal.forms import Form, read_form
from app.portal.navigation import Link, Place
from app.portal.people.lists import Line, invited, listed, refused
from app.portal.people.switching import Switch, status_after, turn_of
from app.portal.places import at_organisation, trail
from app.portal.visits import Visit, Visitor
from app.web.errors import status_of

AREA, ENTRY = "administrators", "administrators"
PATH = "/organisations/{organisation_id}/administrators"
router = APIRouter()


@router.get(PATH)
async def administrators(visit: Visitor, organisation_id: str) -> Response:
    place = await _enter(visit, organisation_id, Level.READ)
    url = partial(visit.url, "organisations", organisation_id, ENTRY)
    found = await visit.call(visit.sandbox.people.members.administrators, organisation_id)
    assert place.organisation is not None
    may_write = visit.may(AREA, Level.WRITE, organisation_id) and place.organisation.status != "Withdrawn"
    words = {
        "section": ENTRY,
        "new": url("new") if may_write and takes_people(place.organisation) else "",
        "acts": may_write,
        "columns": (),
        **listed(visit, [_line(each, url, may_write=may_write) for each in found], url),
    }
    crumbs = trail(visit, place, Link(visit.t("people.administrators.title")))
    return visit.page("people_list.html", words, place=place, trail=crumbs)


@router.get(f"{PATH}/new")
async def new(visit: Visitor, organisation_id: str) -> Response:
    return _form_page(visit, await _enter(visit, organisation_id, Level.WRITE), Form())


@router.post(f"{PATH}/new")
async def add(visit: Visitor, organisation_id: str) -> Response:
    place = await _enter(visit, organisation_id, Level.WRITE)
    form = await read_form(visit.request)
    try:
        add_one = visit.sandbox.people.members.add_administrator
        made = await visit.call(add_one, visit.caller, organisation_id, await invited(visit, form))
    except DirectoryError as refusal:
        return _form_page(visit, place, refused(form, refusal), status_of(refusal))
    back = visit.url("organisations", organisation_id, ENTRY)
    return visit.go(back, notice="people.administrators.made", email=made.account.email)


@router.get(f"{PATH}/{{user_id}}/{{turn}}")
async def ask_switch(visit: Visitor, organisation_id: str, user_id: str, turn: str) -> Response:
    place = await _enter(visit, organisation_id, Level.WRITE)
    return (await _switch(visit, organisation_id, user_id, turn)).asked(visit, place, partial(trail, visit, place))


@router.post(f"{PATH}/{{user_id}}/{{turn}}")
async def switch(visit: Visitor, organisation_id: str, user_id: str, turn: str) -> Response:
    await _enter(visit, organisation_id, Level.WRITE)
    change = visit.sandbox.people.members.switch_administrator
    asked = await _switch(visit, organisation_id, user_id, turn)
    return await asked.done(
        visit, lambda status: visit.call(change, visit.caller, organisation_id, user_id, status, None)
    )


async def _enter(visit: Visit, organisation_id: str, level: Level) -> Place:
    """Raises NotFound, Forbidden."""
    place = await at_organisation(visit, organisation_id, ENTRY)
    require_right(visit.caller, Need(AREA, level), organisation_id)
    return place


async def _switch(visit: Visit, organisation_id: str, user_id: str, turn: str) -> Switch:
    """Raises NotFound."""
    status_after(turn)
    found = await visit.call(visit.sandbox.people.members.administrator, organisation_id, user_id)
    back, title = visit.url("organisations", organisation_id, ENTRY), visit.t("people.administrators.title")
    return Switch(found.account.email, visit.t("people.administrators.one"), turn, back, title)


def _line(member: Member, url: partial[str], *, may_write: bool) -> Line:
    account, turn = member.account, turn_of(member.status)
    switch = url(account.user_id, turn) if may_write and account.is_active else ""
    return Line(account.email, member.effective, turn=turn, switch=switch)


def _form_page(visit: Visit, place: Place, form: Form, status: int = 200) -> Response:
    assert place.organisation is not None
    back = visit.url("organisations", place.organisation.organisation_id, ENTRY)
    words = {"section": ENTRY, "form": form, "back": back, "choices": ()}
    title = visit.t("people.administrators.title")
    crumbs = trail(visit, place, Link(title, back), Link(visit.t("people.administrators.new")))
    return visit.page("person_form.html", words, place=place, trail=crumbs, status=status)
