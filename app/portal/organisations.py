"""Organisations: the list, one with its details, a new one, changing and withdrawing (connect.md 3 and 20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_organisation, require_registrar
from app.access_rules import Level
from app.directory.organisations import OrganisationQuery
from app.errors import DirectoryError, Stale
from app.portal import organisation_form as forms
from app.portal.csv_files import csv_file, every
from app.portal.forms import Form, read_form
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.places import at_organisation, trail
from app.portal.visits import Visit, Visitor
from app.store.lists import Listing
from app.store.records import Organisation, Page
from app.web.errors import status_of

SORTS: Mapping[str, str] = {"name": "name", "created": "created_at", "number": "registration_number"}
COLUMNS = (
    "OrganisationId", "OrganisationName", "LegalEntityName", "Status", "CountryOfRegistration", "CompanyRegister",
    "RegistrationNumber", "RegisteredName", "City", "Postcode", "Country", "Size", "CreatedOn",
)  # fmt: skip
router = APIRouter()


@router.get("/organisations")
async def organisations(visit: Visitor) -> Response:
    asked = Asked.of(visit.request, SORTS)
    query = OrganisationQuery(asked.page, filter_by=asked.q, hide_inactive=not asked.everything)
    listing = await visit.call(visit.sandbox.organisations.list, query)
    return visit.page(
        "organisations.html",
        {"asked": asked, "listing": listing, "href": partial(visit.url, "organisations")},
        place=Place("organisations"),
        trail=[Link(visit.t("frame.organisations"))],
    )


@router.get("/organisations.csv")
async def organisations_file(visit: Visitor) -> Response:
    """The whole of the list as it is narrowed and sorted."""
    asked = Asked.of(visit.request, SORTS)
    query = OrganisationQuery(asked.page, filter_by=asked.q, hide_inactive=not asked.everything)

    def read(page: Page) -> Listing[Organisation]:
        return visit.sandbox.organisations.list(replace(query, page=page))

    found = await visit.call(every, read, asked.page)
    return csv_file("organisations", COLUMNS, map(forms.shown, found))


@router.get("/new-organisation")
async def new(visit: Visitor) -> Response:
    require_registrar(visit.caller)
    return _new_page(visit, forms.empty_form())


@router.post("/new-organisation")
async def create(visit: Visitor) -> Response:
    require_registrar(visit.caller)
    form = await read_form(visit.request)
    try:
        organisation_id, draft = forms.read_creation(form)
        await visit.call(visit.sandbox.organisations.create, visit.caller, organisation_id, draft)
    except DirectoryError as refusal:
        return _new_page(visit, form.refused(refusal, forms.ID), status_of(refusal))
    return visit.go(visit.url("organisations", organisation_id), notice="organisations.made")


@router.get("/organisations/{organisation_id}")
async def organisation(visit: Visitor, organisation_id: str) -> Response:
    place = await at_organisation(visit, organisation_id, "details")
    assert place.organisation is not None
    words = {
        "organisation": place.organisation,
        "organisation_values": forms.shown(place.organisation),
        "groups": forms.GROUPS,
        "fields": forms.FIELDS,
    }
    return visit.page("organisation.html", words, place=place, trail=trail(visit, place))


@router.get("/organisations/{organisation_id}/edit")
async def edit(visit: Visitor, organisation_id: str) -> Response:
    require_organisation(visit.caller, organisation_id)
    place = await at_organisation(visit, organisation_id, "details")
    assert place.organisation is not None
    return _edit_page(visit, place, forms.stored_form(place.organisation))


@router.post("/organisations/{organisation_id}/edit")
async def save(visit: Visitor, organisation_id: str) -> Response:
    """Where somebody was faster, his revision is the next to be replaced: the page says so first."""
    require_organisation(visit.caller, organisation_id)
    form = await read_form(visit.request)
    try:
        draft, known = forms.read_update(form), frozenset({form.text("revision")})
        update = visit.sandbox.organisations.update
        await visit.call(update, visit.caller, organisation_id, draft, revisions=known)
    except DirectoryError as refusal:
        place = await at_organisation(visit, organisation_id, "details")
        assert place.organisation is not None
        if isinstance(refusal, Stale):
            form = form.replacing("revision", str(place.organisation.revision))
        return _edit_page(visit, place, form.refused(refusal), status_of(refusal))
    return visit.go(visit.url("organisations", organisation_id), notice="organisations.saved")


@router.get("/organisations/{organisation_id}/withdraw")
async def ask_withdrawal(visit: Visitor, organisation_id: str) -> Response:
    require_organisation(visit.caller, organisation_id, Level.ADMINISTRATOR)
    place = await at_organisation(visit, organisation_id, "details")
    t, found = visit.t, place.organisation
    assert found is not None
    words = {
        "heading": t("organisations.withdraw.title", name=found.name),
        "says": [t("organisations.withdraw.final"), t("organisations.withdraw.follows")],
        "about": [
            (t("organisations.id"), found.organisation_id),
            (t("fields.LegalEntityName"), found.legal_entity_name),
        ],
        "button": t("organisations.withdraw.button"),
        "is_dangerous": True,
        "cancel": visit.url("organisations", organisation_id),
    }
    crumbs = trail(visit, place, Link(t("organisations.withdraw.button")))
    return visit.page("confirm.html", words, place=place, trail=crumbs)


@router.post("/organisations/{organisation_id}/withdraw")
async def withdraw(visit: Visitor, organisation_id: str) -> Response:
    await visit.call(visit.sandbox.organisations.withdraw, visit.caller, organisation_id)
    return visit.go(visit.url("organisations", organisation_id), notice="organisations.withdrawn")


def _new_page(visit: Visit, form: Form, status: int = 200) -> Response:
    words = {"form": form, "organisation": None, **_inputs()}
    links = [Link(visit.t("frame.organisations"), visit.url("organisations")), Link(visit.t("organisations.new"))]
    return visit.page("organisation_form.html", words, place=Place("organisations"), trail=links, status=status)


def _edit_page(visit: Visit, place: Place, form: Form, status: int = 200) -> Response:
    words = {
        **_inputs(),
        "form": form,
        "organisation": place.organisation,
        "states": _states(visit, place.organisation),
    }
    crumbs = trail(visit, place, Link(visit.t("frame.edit")))
    return visit.page("organisation_form.html", words, place=place, trail=crumbs, status=status)


def _inputs() -> dict[str, object]:
    return {"groups": forms.GROUPS, "fields": forms.FIELDS, "names": forms.NAMES, "states": ()}


def _states(visit: Visit, organisation: Organisation | None) -> tuple[str, ...]:
    """Those that this person may choose."""
    assert organisation is not None
    return ("Active", "Pending") if visit.may("organisations", Level.WRITE, organisation.organisation_id) else ()
