"""Applications (software statements) as on the wire: request schemas and objects of OpenAPI 1.39 (connect.md 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.directory.beside import Beside
from app.directory.drafts import ApplicationDraft, RoleChoice
from app.errors import Finding
from app.settings import Settings
from app.store.records import Application
from app.web.answers import present
from app.web.moments import iso
from app.web.schemas import Field, Reading, Schema
from app.wire.flags import NOTHING, flag_objects
from app.wire.organisations import LOGO, LOGO_TEXT
from app.wire.published import told
from app.wire.uris import ORIGIN_TEXT, REDIRECT, faults_by_setting, redirect_faults

HTTP = re.compile(r"^(http://|https://)\S*\Z")
API_WEBHOOK = re.compile(r"^(https:\/\/[^\s/?#]+(?:\/[^\s\/?#]+)*)\Z")
_REST = r"[a-zA-Z0-9-._~!$&'()*+,;=:@\/?%]*"
ORIGIN = re.compile(
    rf"^https:\/\/(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]+(?::\d+)?(?:\/{_REST})?(?:\?{_REST})?(?:#{_REST})?\Z"
    r"|^https?://localhost(?::\d+)?\Z"
    r"|^android:apk-key-hash:[a-zA-Z0-9-]+"
    r"|^ios:bundle-id:[a-zA-Z][-a-zA-Z0-9]*(?:\.[a-zA-Z][-a-zA-Z0-9]*)+\.?\Z"
)
"""The published pattern without the part that takes exponential time, and localhost, on which a setting decides."""
ANY_UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
MOST_REDIRECTS = 500


def _uri(name: str, text: str, *, code: str = "field.pattern") -> Field:
    return Field(name, most=255, pattern=HTTP, pattern_text=text, pattern_code=code, angle_brackets=True)


def _redirects(name: str, *, required: bool = False) -> Field:
    text = "RedirectUri must be in a URI format https://... or http://..."
    return Field(
        name, "strings", required, most=255, pattern=HTTP, pattern_text=text, pattern_code=REDIRECT,
        angle_brackets=True, most_items=MOST_REDIRECTS, check=redirect_faults,
    )  # fmt: skip


def _links() -> tuple[Field, ...]:
    return (
        _redirects("RedirectUri", required=True),
        _redirects("PostLogoutRedirectUris"),
        Field("ApiWebhookUri", "strings", most=255, pattern=API_WEBHOOK, most_items=MOST_REDIRECTS, angle_brackets=True,
              pattern_text="ApiWebhookUri must be in a URI format <https://...> or <http://...>"),
        Field("OriginUri", "strings", most=255, pattern=ORIGIN, most_items=MOST_REDIRECTS, angle_brackets=True,
              pattern_text=ORIGIN_TEXT),
        _uri("TermsOfServiceUri", "TermsOfServiceUri must be in a URI format https://... or http://..."),
        _uri("NotificationWebhook", "WebhookUri must be in a URI format https://... or http://...", code="url.blocked"),
    )  # fmt: skip


def _settings() -> tuple[Field, ...]:
    managed = ("openid_entity_federation_managed", "openid_entity_self_managed")
    return (
        Field("SoftwareVersion", most=40, angle_brackets=True),
        Field("Version", "number"),
        Field("AdditionalSoftwareMetadata", most=255),
        Field("OpenidFederationEnabled", "boolean"),
        Field("OpenidFederationEntityManagementType", choices=managed),
        Field("RequireSignedRequestObject", "boolean"),
        Field("IdTokenSignedResponseAlgorithm", choices=("PS256", "RS256")),
        Field("TokenEndpointAuthMethod", choices=("private_key_jwt", "tls_client_auth", "client_secret_basic")),
        Field("Roles", "objects", most_items=200),
        Field("TlsClientCertificateBoundAccessTokens", "boolean"),
        Field("RelatedAuthorisationServer", pattern=ANY_UUID,
              pattern_text="RelatedAuthorisationServer must be a UUID"),
        Field("Flags", "strings", most=40, most_items=100),
        _uri("HomepageUri", "HomepageUri must be in a URI format https://... or http://..."),
    )  # fmt: skip


def _fields() -> tuple[Field, ...]:
    return (
        Field("ClientName", required=True, least=1, most=255, is_name=True),
        Field("ClientId", least=1, most=255),
        Field("Description", most=255),
        Field("OnBehalfOf", most=255),
        _uri("PolicyUri", "PolicyUri must be in a URI format https://... or http://..."),
        _uri("ClientUri", "ClientUri must be in a URI format https://... or http://..."),
        Field("LogoUri", required=True, pattern=LOGO, pattern_text=LOGO_TEXT, angle_brackets=True),
        Field("Environment", most=40),
        Field("Mode", choices=("Live", "Test")),
        *_links(),
        *_settings(),
    )


READ_ONLY = frozenset(
    {
        "SoftwareStatementId", "OrganisationId", "Locked", "RtsClientCreated", "UpdateFailed", "UpdateFailedReason",
        "ClientSecret", "CreatedAt", "Revision", "NotificationWebhookStatus", "SoftwareStatementCertifications",
        "OperationWarnings",
    }
)  # fmt: skip
CREATION = Schema(_fields(), READ_ONLY | {"Status"})
UPDATE = Schema((*_fields(), Field("Status", choices=("Active", "Suspended"))), READ_ONLY)
ROLE = Schema(
    (
        Field("OrganisationAuthorisationDomainRoleClaimID", least=1, most=40),
        Field("AuthorisationDomain", least=1, most=30),
        Field("Role", least=1, most=60),
    )
)
UNLOCK = Schema((), tolerated=frozenset({"Unlock"}))
NOT_DETAILS = frozenset({"ClientName", "ClientId", "Status", "Roles"})
SORTABLE = {
    "ClientName": "client_name",
    "SoftwareStatementId": "software_statement_id",
    "ClientId": "client_id",
    "Status": "status",
    "CreatedAt": "created_at",
}


def read_application(members: dict[str, Any], schema: Schema, settings: Settings) -> Reading:
    """A body of CREATION or UPDATE. Raises Invalid with every finding."""
    refuse = settings.unknown_members == "refuse"
    reading = schema.read(members, refuse_unknown=refuse, also=faults_by_setting(members, settings))
    if schema is UPDATE and "Roles" in reading.values:
        text = "Roles are not changed by PUT: use the claim endpoints"
        warning = Finding("field.read_only", text, "/Roles", severity="warning")
        return replace(reading, warnings=(*reading.warnings, warning))
    return reading


def read_unlock(members: dict[str, Any], *, refuse_unknown: bool) -> Reading:
    """`{"Unlock": true}` and nothing else. Raises Invalid with the published text."""
    wrong = members.get("Unlock") is not True
    text = "Unlock equal to true must be provided"
    return UNLOCK.read(members, refuse_unknown=refuse_unknown, also=(Finding("field.value", text, "/Unlock"),) * wrong)


def application_draft(values: dict[str, Any]) -> ApplicationDraft:
    """A read body as what the use case takes. Raises Invalid for roles."""
    return ApplicationDraft(
        client_name=values["ClientName"],
        client_id=values.get("ClientId"),
        status=values.get("Status"),
        details={name: value for name, value in values.items() if name not in NOT_DETAILS},
        roles=tuple(_roles(values.get("Roles", []))),
    )


def _roles(entries: list[dict[str, Any]]) -> Iterator[RoleChoice]:
    for entry in entries:
        values = ROLE.read(entry).values
        claim_id = values.get("OrganisationAuthorisationDomainRoleClaimID")
        yield RoleChoice(claim_id, values.get("AuthorisationDomain"), values.get("Role"))


def application_object(
    application: Application, beside: Beside = NOTHING, *, client_secret: str | None = None
) -> dict[str, Any]:
    """The schema SoftwareStatementDetail; the secret stands only in the answer that makes it (connect.md 4.3)."""
    details = application.details
    hooked = "NotificationWebhook" in details
    return present(
        {
            "Status": application.status,
            "ClientId": application.client_id,
            "ClientName": application.client_name,
            "OrganisationId": application.organisation_id,
            "SoftwareStatementId": application.software_statement_id,
            **{field.name: details.get(field.name) for field in CREATION.fields if field.name not in NOT_DETAILS},
            "RtsClientCreated": application.status != "Inactive",
            "Locked": application.locked,
            "UpdateFailed": False,
            "NotificationWebhookStatus": details.get("NotificationWebhookStatus", "Pending") if hooked else None,
            "ClientSecret": client_secret,
            "CreatedAt": iso(application.created_at),
            "Flags": flag_objects(details, beside),
        }
    )


def application_with_certifications(application: Application, beside: Beside = NOTHING) -> dict[str, Any]:
    """The schema SoftwareStatement, which the reading answers (errata A26)."""
    own = application.software_statement_id
    certifications = [
        told(
            {**each.body, "CertificationId": each.resource_id, "SoftwareStatementId": own, "Status": each.status},
            "SoftwareStatementCertification",
        )
        for each in beside.certifications.get(own, ())
    ]
    return {**application_object(application, beside), "SoftwareStatementCertifications": certifications}
