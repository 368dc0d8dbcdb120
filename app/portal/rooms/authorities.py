"""A new authority: an organisation that is made one (connect.md 15). The API has that below the organisation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.kinds import Place as Spot
from app.errors import DirectoryError, Finding, NotFound
from app.portal.forms import Form, read_form
from app.portal.navigation import Link
from app.portal.organisation_choice import organisations
from app.portal.rooms.declared import entry
from app.portal.rooms.entering import AtRoom, enter_room
from app.portal.rooms.pages import WAYS
from app.portal.rooms.reference_rooms import AUTHORITIES
from app.portal.rooms.room_forms import Sheet, new_form, refused, sheet_of
from app.portal.schema_forms import Group, members_of
from app.portal.visits import Visitor
from app.web.errors import status_of
from app.web.schemas import Field

OWNER = "OrganisationId"
WAY = next(way for way in WAYS if way.room is AUTHORITIES)
router = APIRouter()


@router.get(WAY.path + "/new")
async def new(visit: Visitor) -> Response:
    here = await enter_room(visit, WAY)
    here.require("create")
    return await _page(here, new_form(_sheet()))


@router.post(WAY.path + "/new")
async def create(visit: Visitor) -> Response:
    here = await enter_room(visit, WAY)
    here.require("create")
    form, kind = await read_form(visit.request), AUTHORITIES.resource.kind
    try:
        owner, body = _read(form)
        make = visit.sandbox.registers.resources.create
        made = await visit.call(make, visit.caller, kind, Spot(owner), body)
    except NotFound as refusal:
        unknown = Finding(refusal.code, refusal.reason, f"/{OWNER}", got=form.text(OWNER)[:80])
        return await _page(here, form.with_findings((unknown,)), status=400)
    except DirectoryError as refusal:
        return await _page(here, refused(_sheet(), form, refusal), status_of(refusal))
    name = here.call(made)
    return visit.go(here.url(made.record.resource_id), notice="rooms.done.made", what=here.t("one"), name=name)


@cache
def _sheet() -> Sheet:
    """What the API asks for, and before it the organisation that the API has in the path."""
    sheet = sheet_of(replace(AUTHORITIES, resource=entry("authority")), is_new=True)
    names = (OWNER, *sheet.names)
    fields = {OWNER: Field(OWNER, required=True, most=40), **sheet.fields}
    return replace(sheet, groups=(Group("authority", names, frozenset(names)),), fields=fields)


def _read(form: Form) -> tuple[str, dict[str, Any]]:
    """The organisation, and the body that the API would have got. Raises Invalid with every finding."""
    sheet, owner = _sheet(), form.text(OWNER)
    missing = () if owner else (Finding("field.missing", f"{OWNER} must be provided", f"/{OWNER}"),)
    own = [field for name, field in sheet.fields.items() if name != OWNER]
    return owner, sheet.schema.read(members_of(form, own), also=missing).values


async def _page(here: AtRoom, form: Form, status: int = 200) -> Response:
    offered = await organisations(here.visit)
    words = {
        "form": form,
        "sheet": _sheet(),
        "step": None,
        "choices": {OWNER: offered} if offered else {},
        "name": "",
        "back": here.url(),
    }
    return here.page("room_form.html", words, Link(here.t("new")), status=status)
