"""Discovery endpoints: several at once, one a line, as the API takes them (connect.md 14; errata S10)."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.kinds import Members
from app.directory.resources import ResourceQuery, Shown
from app.errors import DirectoryError, Invalid
from app.portal.forms import Form, read_form
from app.portal.navigation import Link
from app.portal.rooms.declared import OBJECT, Way
from app.portal.rooms.entering import AtRoom, enter_room
from app.portal.rooms.pages import WAYS
from app.portal.rooms.server_rooms import ENDPOINTS
from app.portal.visits import Visitor
from app.web.errors import status_of
from app.wire.published import request_schema

NAME, MEMBER = "ApiEndpoints", "ApiEndpoint"
WAY: Way = next(way for way in WAYS if way.room is ENDPOINTS)
EDIT = f"{WAY.path}/{{{OBJECT}}}/edit"
router = APIRouter()


@router.get(WAY.path + "/new")
async def new(visit: Visitor) -> Response:
    here = await enter_room(visit, WAY)
    here.require("create")
    return _page(here, Form())


@router.post(WAY.path + "/new")
async def create(visit: Visitor) -> Response:
    """Those that are there already are not added again."""
    here = await enter_room(visit, WAY)
    here.require("create")
    form = await read_form(visit.request)
    try:
        bodies = [_read(line) for line in form.lines(NAME)] or [_read("")]
        there = [shown.members[MEMBER] for shown in (await here.listing(ResourceQuery())).items]
        new = [body for body in bodies if body[MEMBER] not in there]
        make = visit.sandbox.registers.resources.create_all
        await visit.call(make, visit.caller, ENDPOINTS.resource.kind, here.spot, new)
    except DirectoryError as refusal:
        return _page(here, _refused(form, refusal), status=status_of(refusal))
    return visit.go(_above(here), notice="rooms.endpoints.made")


@router.get(EDIT)
async def edit(visit: Visitor) -> Response:
    here = await enter_room(visit, WAY)
    here.require("update")
    shown = await here.found()
    return _page(here, Form.of({NAME: shown.members[MEMBER]}), shown)


@router.post(EDIT)
async def save(visit: Visitor) -> Response:
    here = await enter_room(visit, WAY)
    here.require("update")
    shown, form = await here.found(), await read_form(visit.request)
    try:
        body = _read(form.text(NAME))
        change = visit.sandbox.registers.resources.update
        await visit.call(change, visit.caller, ENDPOINTS.resource.kind, here.spot, here.step(shown), body)
    except DirectoryError as refusal:
        return _page(here, _refused(form, refusal), shown, status_of(refusal))
    return visit.go(_above(here), notice="rooms.endpoints.saved")


def _read(address: str) -> Members:
    """Raises Invalid."""
    schema = request_schema("ApiDiscoveryEndpointRequestObject", "ApiDiscoveryEndpoint")
    try:
        return schema.read({MEMBER: address} if address else {}).values
    except Invalid as refusal:
        findings = [replace(each, pointer=f"/{NAME}", got=each.got or address[:80]) for each in refusal.findings]
        raise Invalid(refusal.reason, code=refusal.code, findings=tuple(findings)) from None


def _refused(form: Form, refusal: DirectoryError) -> Form:
    return form.refused(refusal, NAME)


def _above(here: AtRoom) -> str:
    """The page of the API resource, which shows all its endpoints and what its family still wants."""
    return here.visit.url(*here.segments[:-1])


def _page(here: AtRoom, form: Form, shown: Shown | None = None, status: int = 200) -> Response:
    words = {"form": form, "name": NAME, "shown": shown, "back": _above(here)}
    link = Link(here.t("new") if shown is None else here.visit.t("frame.edit"))
    return here.page("room_endpoints.html", words, link, status=status)
