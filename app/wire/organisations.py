"""Organisations as on the wire: request schemas and objects of OpenAPI 1.39 (connect.md 3)."""

from __future__ import annotations

import re
from typing import Any

from app.directory.beside import Beside
from app.directory.drafts import OrganisationDraft
from app.directory.terms import Standing
from app.store.records import Organisation
from app.web.answers import present
from app.web.moments import iso
from app.web.schemas import Field, Schema
from app.wire.flags import NOTHING, flag_objects
from app.wire.terms import terms_object

LOGO = re.compile(r"^(http://|https://).*.(svg|png|jpg|jpeg)$|(data:image/[a-zA-Z0-9;+=-]+,[A-Za-z0-9+/]*={0,2})$")
LOGO_TEXT = (
    "LogoUri must be in a URI format (https://... or http://...) or a base64 encoded string "
    "(data:image/png;base64,base64encoded)"
)
OWN_MEMBERS = ("OrganisationName", "LegalEntityName", "CountryOfRegistration", "RegistrationNumber", "Status")
"""Members that have a place of their own in the record; all others are details."""


def _fields() -> tuple[Field, ...]:
    return (
        Field("Status", choices=("Active", "Pending", "Withdrawn")),
        Field("OrganisationName", required=True, least=1, most=255, is_name=True),
        Field("LegalEntityName", required=True, least=1, most=255, is_name=True),
        Field("CountryOfRegistration", required=True, least=2, most=255),
        Field("CompanyRegister", required=True, least=1, most=255),
        Field("Size", most=255),
        Field("RegistrationNumber", required=True, least=1, most=255),
        Field("TaxRegistrationNumber", least=1, most=255),
        Field("RegistrationId", most=40),
        Field("RegisteredName", most=255, is_name=True),
        Field("AddressLine1", required=True, least=5, most=255),
        Field("AddressLine2", most=255),
        Field("City", required=True, least=2, most=255),
        Field("Postcode", required=True, least=3, most=40),
        Field("Country", required=True, least=2, most=255),
        Field("ParentOrganisationReference", most=65_535),
        Field("RequiresParticipantTermsAndConditionsSigning", "boolean"),
        Field("LogoUri", pattern=LOGO, pattern_text=LOGO_TEXT, angle_brackets=True),
        Field("Flags", "strings", most=40, most_items=100),
        Field("EnforceIdpUserManagement", "boolean"),
    )


READ_ONLY = frozenset(
    {"CreatedOn", "CreatedAt", "Authority", "OperationWarnings", "Revision", "OrgDetails", "TncDetails"}
)
CREATION = Schema((Field("OrganisationId", required=True, least=1, most=40), *_fields()), READ_ONLY)
UPDATE = Schema(_fields(), READ_ONLY | {"OrganisationId"})
DEFAULTS = {"RequiresParticipantTermsAndConditionsSigning": True, "EnforceIdpUserManagement": False}
SORTABLE = {
    "OrganisationId": "organisation_id",
    "OrganisationName": "name",
    "LegalEntityName": "legal_entity_name",
    "CountryOfRegistration": "country_of_registration",
    "RegistrationNumber": "registration_number",
    "Status": "status",
    "CreatedOn": "created_at",
}


def organisation_draft(values: dict[str, Any]) -> OrganisationDraft:
    """A read body as what the use case takes."""
    own = {*OWN_MEMBERS, "OrganisationId"}
    return OrganisationDraft(
        name=values["OrganisationName"],
        legal_entity_name=values["LegalEntityName"],
        country_of_registration=values["CountryOfRegistration"],
        registration_number=values["RegistrationNumber"],
        status=values.get("Status"),
        details={name: value for name, value in values.items() if name not in own},
    )


def organisation_object(organisation: Organisation, beside: Beside = NOTHING) -> dict[str, Any]:
    """The schema Organisation; its flags as objects, as far as `beside` has them."""
    details = {**DEFAULTS, **organisation.details}
    return present(
        {
            "OrganisationId": organisation.organisation_id,
            "Status": organisation.status,
            "OrganisationName": organisation.name,
            "CreatedOn": iso(organisation.created_at),
            "LegalEntityName": organisation.legal_entity_name,
            "CountryOfRegistration": organisation.country_of_registration,
            "RegistrationNumber": organisation.registration_number,
            **{field.name: details.get(field.name) for field in UPDATE.fields if field.name not in OWN_MEMBERS},
            "Flags": flag_objects(organisation.details, beside),
            "Authority": bool(details.get("Authority", False)),
        }
    )


def organisation_with_terms(
    organisation: Organisation,
    beside: Beside = NOTHING,
    terms: Standing = Standing(),  # noqa: B008 - it never changes
) -> dict[str, Any]:
    """The schema OrganisationWithTnc; the mock reports terms as signed (connect.md 3) until somebody sends them."""
    return {
        "OrgDetails": organisation_object(organisation, beside),
        "TncDetails": {
            "TnCSigned": not terms.to_be_signed,
            "TnCUpdated": terms.is_outdated,
            "TnCsToBeSigned": [terms_object(document) for document in terms.to_be_signed],
        },
    }
