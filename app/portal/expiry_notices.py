"""Notices: what was told before certificates expire, of one organisation or of all that concern the visitor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_super_user
from app.errors import Forbidden, NotFound
from app.notices.stages import STAGES
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.places import at_organisation, trail
from app.portal.visits import Visit, Visitor
from app.store.notices import STATES, Notice, NoticeFilter
from app.web.calls import call_slowly

ENTRY = "notices"
SIZE = 50
SORTS: Mapping[str, str] = {"newest": "due_at"}
CLASSES: Mapping[str, str] = {"sent": "active", "kept": "active", "waiting": "pending"}
"""How the state of a delivery looks; every other one is trouble."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One notice of the list; `organisation` is the name of the one that it is about."""

    notice: Notice
    organisation: str
    type: str
    certificate: str
    letter: str
    looks: str


@router.get("/notices")
async def all_notices(visit: Visitor) -> Response:
    """Super users see those of every organisation, others those of their own."""
    own = None if visit.is_super_user else tuple(sorted(visit.caller.organisations))
    words = await _listed(visit, NoticeFilter(organisations=own), ("notices",))
    return visit.page("expiry_notices.html", words, place=Place(ENTRY), trail=[Link(visit.t("frame.notices"))])


@router.get("/organisations/{organisation_id}/notices")
async def of_organisation(visit: Visitor, organisation_id: str) -> Response:
    """Who gets them, and what became of them, is shown to those who belong there. Raises NotFound."""
    place, own = await at_organisation(visit, organisation_id, ENTRY), ("organisations", organisation_id, "notices")
    words = await _listed(visit, NoticeFilter(organisation_id=organisation_id), own)
    words["is_own"] = _belongs(visit, organisation_id)
    crumbs = trail(visit, place, Link(visit.t("frame.notices")))
    return visit.page("expiry_notices.html", words, place=place, trail=crumbs)


@router.get("/organisations/{organisation_id}/notices/{notice_id}")
async def letter(visit: Visitor, organisation_id: str, notice_id: str) -> Response:
    """One with its text. Raises NotFound; Forbidden for who does not belong there."""
    place = await at_organisation(visit, organisation_id, ENTRY)
    if not _belongs(visit, organisation_id):
        raise Forbidden("the mail of an organisation is read by those who belong to it")
    notice = await _notice(visit, organisation_id, notice_id)
    own = Link(visit.t("frame.notices"), visit.url("organisations", organisation_id, "notices"))
    may_send = visit.is_super_user and visit.sandbox.settings.smtp_host is not None and notice.recipients
    words = {"line": _line(visit, notice, {}), "may_send": may_send}
    return visit.page("expiry_notice.html", words, place=place, trail=trail(visit, place, own, Link(notice.kid[:10])))


@router.post("/organisations/{organisation_id}/notices/{notice_id}")
async def send(visit: Visitor, organisation_id: str, notice_id: str) -> Response:
    """Once more by mail, for super users: it leaves this machine. Raises NotFound, Forbidden, Conflict."""
    require_super_user(visit.caller)
    notice = await _notice(visit, organisation_id, notice_id)
    await visit.call(visit.sandbox.notices.resend, notice.notice_id)
    address = visit.url("organisations", organisation_id, "notices", notice_id)
    return visit.go(address, notice="expiry_notices.sending")


async def _notice(visit: Visit, organisation_id: str, notice_id: str) -> Notice:
    """One about a certificate of this organisation. Raises NotFound."""
    notice = await call_slowly(visit.sandbox.notices.one, notice_id)
    if notice.organisation_id != organisation_id:
        raise NotFound("there is no such notice of this organisation", code="notice.not_there")
    return notice


def _belongs(visit: Visit, organisation_id: str) -> bool:
    return visit.is_super_user or organisation_id in visit.caller.organisations


async def _listed(visit: Visit, wanted: NoticeFilter, path: tuple[str, ...]) -> dict[str, object]:
    """What the template asks for: one part of the list, and the filters."""
    asked, query = Asked.of(visit.request, SORTS, size=SIZE), visit.request.query_params
    stage, state = query.get("stage", ""), query.get("state", "")
    stage, state = (stage if stage in map(str, STAGES) else ""), (state if state in STATES else "")
    wanted = replace(wanted, stage=int(stage) if stage else None, state=state or None)
    found = await call_slowly(visit.sandbox.notices.all, wanted, SIZE + 1, SIZE * asked.number)
    names = await visit.call(_names, visit, {notice.organisation_id for notice in found})
    return {
        "asked": asked,
        "stage": stage,
        "stages": tuple(map(str, STAGES)),
        "state": state,
        "states": STATES,
        "lines": [_line(visit, notice, names) for notice in found[:SIZE]],
        "has_more": len(found) > SIZE,
        "address": visit.url(*path),
        "href": partial(visit.url, *path, stage=stage, state=state),
        "is_own": True,
        "smtp_host": visit.sandbox.settings.smtp_host,
    }


def _names(visit: Visit, ids: set[str]) -> dict[str, str]:
    """Of the organisations; one that is not there any more is called by its id."""
    with visit.sandbox.store.read() as uow:
        found = {each: uow.organisations.find(each) for each in ids}
    return {each: record.name if record else each for each, record in found.items()}


def _line(visit: Visit, notice: Notice, names: Mapping[str, str]) -> Line:
    own: tuple[str, ...] = ("organisations", notice.organisation_id)
    owner = own if notice.software_statement_id is None else (*own, "applications", notice.software_statement_id)
    profile = visit.sandbox.profiles.get(notice.type)
    return Line(
        notice=notice,
        organisation=names.get(notice.organisation_id, notice.organisation_id),
        type=profile.label if profile else notice.type,
        certificate=visit.url(*owner, "certificates", notice.certificate_id),
        letter=visit.url(*own, "notices", notice.notice_id),
        looks=CLASSES.get(notice.state, "suspended"),
    )
