"""Objects as events carry them: the members of the API's, with the dates of events, and shortened where deleted.

What the directory keeps for itself - hashes of secrets, the state of the webhook - is no part of them (connect.md 18).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.directory.keystore_paths import key_set_addresses, pem_address
from app.runtime.old_dates import java, sql
from app.store.records import SECRET_SHA256, Application, Certificate, Organisation, Resource
from app.webhooks.occurrences import Occurrence

Members = dict[str, Any]
PRIVATE = frozenset(
    {
        SECRET_SHA256, "NotificationWebhookStatus", "NotificationWebhookAddedDate", "ApiMetadata", "Domains",
        "OrgAccessDetails",
    }
)  # fmt: skip
NAME_LIMIT = 40
"""As in the certificate objects of the API (errata C3)."""
IDS: Mapping[str, str] = {
    "contact": "ContactId",
    "domain_claim": "OrganisationAuthorityDomainClaimId",
    "role_claim": "OrganisationAuthorityClaimId",
    "authorisation": "OrganisationAuthorisationId",
    "server": "AuthorisationServerId",
    "api_resource": "ApiResourceId",
    "discovery_endpoint": "ApiDiscoveryId",
    "server_certification": "CertificationId",
    "application_claim": "SoftwareAuthorityClaimId",
    "envelope": "ExternalSigningServiceEnvelopeId",
}
"""Kind of plain object -> the member that names it."""
OF_ENVELOPES: Mapping[str, str] = {
    "ExternalSigningServiceEnvelopeStatus": "EnvelopeStatus",
    "TnCId": "TnCId",
    "Version": "Version",
    "InitiatedBy": "InitiatedBy",
    "InititatedDate": "InitiatedDate",
}
"""Members of a signing of terms and conditions, as the API spells them (errata R17) -> those of its record."""
KEPT_WHEN_DELETED: Mapping[str, tuple[str, ...]] = {
    "contact": ("ContactType",),
    "server": ("AutoRegistrationSupported", "SupportsCiba", "SupportsDCR", "SupportsRedirect"),
    "api_resource": ("ApiFamilyType", "ApiVersion"),
}
"""What is left of a deleted object beside its id: kinds and flags."""


def members_of(occurrence: Occurrence, keystore: str, client_name: str | None) -> Members:
    """The object, without its revision; what is absent is left out, never null."""
    subject, is_deleted = occurrence.subject, occurrence.action == "delete"
    match subject:
        case Organisation():
            members = {"OrganisationId": subject.organisation_id, "Status": subject.status}
            members |= {} if is_deleted else _organisation(subject)
        case Application():
            members = _application(subject)
        case Certificate():
            members = _certificate(subject, occurrence, client_name) | _places(subject, keystore)
        case Resource():
            members = _plain(subject, is_deleted=is_deleted)
    return {name: value for name, value in members.items() if value is not None}


def _organisation(organisation: Organisation) -> Members:
    return {
        "OrganisationName": organisation.name,
        "LegalEntityName": organisation.legal_entity_name,
        "CountryOfRegistration": organisation.country_of_registration,
        "RegistrationNumber": organisation.registration_number,
        "CreatedOn": _iso(organisation.created_at),
        **_public(organisation.details),
    }


def _application(application: Application) -> Members:
    """A deleted one comes in full, without its client id."""
    is_gone = application.status == "Inactive"
    return {
        "Status": application.status,
        "ClientId": None if is_gone else application.client_id,
        "ClientName": application.client_name,
        "OrganisationId": application.organisation_id,
        "SoftwareStatementId": application.software_statement_id,
        **_public(application.details),
        "RtsClientCreated": not is_gone,
        "Locked": application.locked,
        "CreatedAt": _iso(application.created_at),
    }


def _certificate(certificate: Certificate, occurrence: Occurrence, client_name: str | None) -> Members:
    """Dates in the Java form while it lives, in the SQL form when it is revoked (connect.md 2.5)."""
    is_active = certificate.is_active(occurrence.at)
    write: Callable[[datetime], str] = java if certificate.revoked_at is None else sql
    moments = {
        "ValidFromDateTime": certificate.not_before,
        "ExpiryDateTime": certificate.not_after,
        "RevokedDateTime": certificate.revoked_at,
    }
    software = certificate.software_statement_id
    return {
        "OrganisationId": certificate.organisation_id,
        "SoftwareStatementIds": [software] if software else None,
        "ClientName": client_name[:NAME_LIMIT] if client_name and software else None,
        "Status": "Active" if is_active else "Inactive",
        **{name: write(moment) for name, moment in moments.items() if moment is not None},
        **certificate.jwk,
        "keyType": certificate.type,
        "kid": certificate.kid,
        "use": certificate.use,
        "Description": certificate.description,
        **(_document(certificate.der) if certificate.der is not None else {}),
    }


def _document(der: bytes) -> Members:
    return {
        "x5c": [base64.b64encode(der).decode()],
        "x5t": _thumbprint(hashlib.sha1(der, usedforsecurity=False).digest()),
        "x5thashS256": _thumbprint(hashlib.sha256(der).digest()),
    }


def _places(certificate: Certificate, keystore: str) -> Members:
    """Where key set and PEM are (connect.md 11)."""
    software = certificate.software_statement_id
    sets = key_set_addresses(keystore, certificate.organisation_id, software)
    key_set = sets.transport if certificate.jwks == "transport" else sets.application
    told: Members = {"JwkPath" if software else "OrgJwkPath": key_set}
    if certificate.der is not None:
        pem = pem_address(keystore, certificate)
        told |= {"x5u": pem, "SignedCertPath": pem}
    return told


def _plain(record: Resource, *, is_deleted: bool) -> Members:
    named = {IDS[record.kind]: record.resource_id}
    if record.kind == "envelope":
        return named | {name: record.body.get(kept) for name, kept in OF_ENVELOPES.items()}
    if is_deleted:
        return named | {name: record.body.get(name) for name in KEPT_WHEN_DELETED.get(record.kind, ())}
    return {**named, **_public(record.body), "Status": record.status}


def _public(details: Mapping[str, Any]) -> Members:
    return {name: value for name, value in details.items() if name not in PRIVATE}


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _thumbprint(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
