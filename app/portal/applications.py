"""Applications: the list of an organisation, and one with its details and roles (connect.md 4 and 20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_application
from app.access_rules import Level
from app.directory.applications import ApplicationQuery
from app.errors import DirectoryError, Stale
from app.portal import application_form as forms
from app.portal.csv_files import csv_file, every
from app.portal.forms import Form, read_form
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.places import at_application, at_organisation, trail
from app.portal.visits import Visit, Visitor
from app.store.lists import Listing
from app.store.records import Application, Page
from app.web.errors import status_of

SORTS: Mapping[str, str] = {"name": "client_name", "created": "created_at", "status": "status"}
COLUMNS = (
    "SoftwareStatementId", "ClientName", "ClientId", "Status", "Locked", "OrganisationId", "Description", "Mode",
    "Version", "Environment", "RedirectUri", "CreatedAt",
)  # fmt: skip
LIST = "/organisations/{organisation_id}/applications"
ONE = LIST + "/{software_statement_id}"
router = APIRouter()


@router.get(LIST)
async def applications(visit: Visitor, organisation_id: str) -> Response:
    place = await at_organisation(visit, organisation_id, "applications")
    asked = Asked.of(visit.request, SORTS)
    query = ApplicationQuery(organisation_id, asked.page, asked.q, None if asked.everything else "Active")
    listing = await visit.call(visit.sandbox.applications.list, query)
    href = partial(visit.url, "organisations", organisation_id, "applications")
    words = {"asked": asked, "listing": listing, "href": href, "organisation": place.organisation}
    crumbs = trail(visit, place, Link(visit.t("frame.applications")))
    return visit.page("applications.html", words, place=place, trail=crumbs)


@router.get(LIST + ".csv")
async def applications_file(visit: Visitor, organisation_id: str) -> Response:
    """The whole of the list as it is narrowed and sorted. Raises NotFound."""
    await at_organisation(visit, organisation_id, "applications")
    asked = Asked.of(visit.request, SORTS)
    query = ApplicationQuery(organisation_id, asked.page, asked.q, None if asked.everything else "Active")

    def read(page: Page) -> Listing[Application]:
        return visit.sandbox.applications.list(replace(query, page=page))

    found = await visit.call(every, read, asked.page)
    return csv_file("applications", COLUMNS, map(forms.shown, found))


@router.get(ONE)
async def application(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
    place = await at_application(visit, organisation_id, software_statement_id, "details")
    found = application_of(place)
    words = {"application": found, "values": forms.shown(found), "groups": forms.GROUPS, "fields": forms.FIELDS}
    return visit.page("application.html", words, place=place, trail=trail(visit, place))


@router.get(ONE + "/edit")
async def edit(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
    require_application(visit.caller, organisation_id, software_statement_id)
    place = await at_application(visit, organisation_id, software_statement_id, "details")
    return _edit_page(visit, place, forms.stored_form(application_of(place)))


@router.post(ONE + "/edit")
async def save(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
    """Where somebody was faster, his revision is the next to be replaced: the page says so first."""
    ids = organisation_id, software_statement_id
    require_application(visit.caller, *ids)
    place = await at_application(visit, *ids, "details")
    stored, settings, form = application_of(place), visit.sandbox.settings, await read_form(visit.request)
    try:
        draft = forms.read_redirects(form, stored, settings) if stored.locked else forms.read_update(form, settings)
        known = frozenset({form.text("revision")})
        made = await visit.call(visit.sandbox.applications.update, visit.caller, ids, draft, revisions=known)
    except DirectoryError as refusal:
        if isinstance(refusal, Stale):
            form = form.replacing("revision", str(stored.revision))
        return _edit_page(visit, place, form.refused(refusal), status_of(refusal))
    if made.client_secret is not None:
        return made_page(visit, place, made.client_secret)
    return visit.go(visit.url(*address(*ids)), notice="applications.saved")


def made_page(visit: Visit, place: Place, client_secret: str | None = None) -> Response:
    """The client id of an application, and its secret in the one answer that makes it (connect.md 4.3)."""
    words = {"application": application_of(place), "client_secret": client_secret}
    return visit.page("application_made.html", words, place=place, trail=trail(visit, place))


def address(organisation_id: str, software_statement_id: str) -> tuple[str, ...]:
    """The segments of the page of an application."""
    return "organisations", organisation_id, "applications", software_statement_id


def application_of(place: Place) -> Application:
    assert place.application is not None
    return place.application


def may_write(visit: Visit, ids: tuple[str, str], level: Level = Level.WRITE) -> bool:
    """For what is shown to this person on pages of this application."""
    return visit.may("software_statements", level, *ids)


def _edit_page(visit: Visit, place: Place, form: Form, status: int = 200) -> Response:
    words = {
        "application": application_of(place),
        "form": form,
        "groups": forms.GROUPS,
        "fields": forms.FIELDS,
        "names": forms.NAMES,
    }
    crumbs = trail(visit, place, Link(visit.t("frame.edit")))
    return visit.page("application_form.html", words, place=place, trail=crumbs, status=status)
