"""Terms and conditions on the wire, and what has been signed (OpenAPI 1.39; errata R17)."""

from __future__ import annotations

from typing import Any

from app.directory.terms import Signing
from app.store.records import Resource
from app.web.moments import iso
from app.wire.published import told

INITIATOR = "Organisation administrator"


def terms_object(record: Resource) -> dict[str, Any]:
    """The schema TermsAndConditionsItem."""
    return told({**record.body, "Status": record.status}, "TermsAndConditionsItem")


def signing_object(signing: Signing) -> dict[str, Any]:
    """The schema TermsAndConditionsDetail; the misspelt date is as published."""
    members = {
        "TermsAndConditionsItem": terms_object(signing.document),
        "InititatedDate": iso(signing.at),
        "ExternalSigningServiceEnvelopeId": signing.envelope_id,
        "ExternalSigningServiceEnvelopeStatus": signing.status,
    }
    return told(members, "TermsAndConditionsDetail")


def participant_signing_object(signing: Signing) -> dict[str, Any]:
    """The schema OrgTermsAndConditionsDetail."""
    by = {"InitiatedBy": signing.signed_by, "Role": INITIATOR if signing.signed_by else None}
    return told({**by, "TermsAndConditionsDetail": signing_object(signing)}, "OrgTermsAndConditionsDetail")
