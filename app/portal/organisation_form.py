"""The form of an organisation: its groups of fields, and what was filled in as a draft (connect.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.directory.drafts import OrganisationDraft
from app.portal.forms import Form
from app.portal.schema_forms import Group, fields_of, form_of, members_of
from app.store.records import Organisation
from app.wire import organisations as wire

ADDRESS = ("AddressLine1", "AddressLine2", "City", "Postcode", "Country")
GROUPS = (
    Group(
        "names",
        ("OrganisationName", "LegalEntityName", "RegisteredName", "Size"),
        frozenset({"OrganisationName", "LegalEntityName"}),
    ),
    Group(
        "registration",
        ("CountryOfRegistration", "CompanyRegister", "RegistrationNumber", "TaxRegistrationNumber", "RegistrationId"),
        frozenset({"CountryOfRegistration", "CompanyRegister", "RegistrationNumber"}),
    ),
    Group("address", ADDRESS, frozenset(ADDRESS) - {"AddressLine2"}),
    Group(
        "more",
        (
            "LogoUri",
            "ParentOrganisationReference",
            "RequiresParticipantTermsAndConditionsSigning",
            "EnforceIdpUserManagement",
        ),
    ),
)
FIELDS = fields_of(wire.UPDATE, GROUPS)
ID, STATUS = "OrganisationId", "Status"
NAMES = (ID, *FIELDS, STATUS)
"""Every input, in the order of the page."""


def shown(organisation: Organisation) -> Mapping[str, Any]:
    """What is stored, by the names of the wire."""
    return wire.organisation_object(organisation)


def stored_form(organisation: Organisation) -> Form:
    """What is stored, to be changed."""
    form = form_of(shown(organisation), FIELDS.values())
    return Form({**form.values, STATUS: (organisation.status,), "revision": (str(organisation.revision),)})


def empty_form() -> Form:
    return form_of(wire.DEFAULTS, FIELDS.values())


def read_creation(form: Form) -> tuple[str, OrganisationDraft]:
    """The id and the rest. Raises Invalid with every finding."""
    members = members_of(form, FIELDS.values()) | _text(form, ID)
    values = wire.CREATION.read(members).values
    return values[ID], wire.organisation_draft(values)


def read_update(form: Form) -> OrganisationDraft:
    """Raises Invalid with every finding."""
    members = members_of(form, FIELDS.values()) | _text(form, STATUS)
    return wire.organisation_draft(wire.UPDATE.read(members).values)


def _text(form: Form, name: str) -> dict[str, Any]:
    return {name: form.text(name)} if form.text(name) else {}
