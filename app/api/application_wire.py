"""Applications (software statements) as on the wire: request schemas and objects of OpenAPI 1.39 (connect.md 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from app.api.organisation_wire import LOGO, LOGO_TEXT
from app.directory.drafts import ApplicationDraft, RoleChoice
from app.errors import Finding, Invalid
from app.store.records import Application
from app.web.answers import present
from app.web.moments import iso
from app.web.schemas import Field, Schema

HTTP = re.compile(r"^(http://|https://)\S*\Z")
API_WEBHOOK = re.compile(r"^(https:\/\/[^\s/?#]+(?:\/[^\s\/?#]+)*)\Z")
_REST = r"[a-zA-Z0-9-._~!$&'()*+,;=:@\/?%]*"
ORIGIN = re.compile(
    rf"^https:\/\/(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]+(?::\d+)?(?:\/{_REST})?(?:\?{_REST})?(?:#{_REST})?\Z"
    r"|^android:apk-key-hash:[a-zA-Z0-9-]+"
    r"|^ios:bundle-id:[a-zA-Z][-a-zA-Z0-9]*(?:\.[a-zA-Z][-a-zA-Z0-9]*)+\.?\Z"
)
"""The published pattern, without the part that takes exponential time."""
ANY_UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
MOST_REDIRECTS = 500
REDIRECT = "redirect_uri.invalid"


def _redirect_uri(value: str, pointer: str) -> Iterator[Finding]:
    """RFC 6749, 3.1.2: absolute, without fragment; and nothing that could point elsewhere than it seems."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit("https://unreadable"), None
    faults = {
        "have a host": not host,
        "have no fragment": "#" in value,
        "have no wildcard": "*" in value,
        "have no user part": "@" in parts.netloc,
    }
    for wanted, is_broken in faults.items():
        if is_broken:
            yield Finding(REDIRECT, f"{pointer.split('/')[1]} must {wanted}", pointer, got=value[:80])


def _uri(name: str, text: str, *, code: str = "field.pattern") -> Field:
    return Field(name, most=255, pattern=HTTP, pattern_text=text, pattern_code=code, angle_brackets=True)


def _redirects(name: str, *, required: bool = False) -> Field:
    text = "RedirectUri must be in a URI format https://... or http://..."
    return Field(
        name, "strings", required, most=255, pattern=HTTP, pattern_text=text, pattern_code=REDIRECT,
        angle_brackets=True, most_items=MOST_REDIRECTS, check=_redirect_uri,
    )  # fmt: skip


def _links() -> tuple[Field, ...]:
    return (
        _redirects("RedirectUri", required=True),
        _redirects("PostLogoutRedirectUris"),
        Field("ApiWebhookUri", "strings", most=255, pattern=API_WEBHOOK, most_items=MOST_REDIRECTS, angle_brackets=True,
              pattern_text="ApiWebhookUri must be in a URI format <https://...> or <http://...>"),
        Field("OriginUri", "strings", most=255, pattern=ORIGIN, most_items=MOST_REDIRECTS, angle_brackets=True,
              pattern_text="OriginUri must be in a valid URI format"),
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
UNLOCK = Schema((Field("Unlock", "boolean", required=True, required_text="Unlock equal to true must be provided"),))
NOT_DETAILS = frozenset({"ClientName", "ClientId", "Status", "Roles", "Flags"})
SORTABLE = {
    "ClientName": "client_name",
    "SoftwareStatementId": "software_statement_id",
    "ClientId": "client_id",
    "Status": "status",
    "CreatedAt": "created_at",
}


def application_draft(values: dict[str, Any], *, strict: bool) -> ApplicationDraft:
    """A read body as what the use case takes. Raises Invalid for roles; `strict` also for plain http redirects."""
    if strict and (findings := tuple(_plain_redirects(values["RedirectUri"]))):
        raise Invalid(findings[0].detail, code=REDIRECT, findings=findings)
    return ApplicationDraft(
        client_name=values["ClientName"],
        client_id=values.get("ClientId"),
        status=values.get("Status"),
        details={name: value for name, value in values.items() if name not in NOT_DETAILS},
        roles=tuple(_roles(values.get("Roles", []))),
    )


def _plain_redirects(uris: list[str]) -> Iterator[Finding]:
    for index, uri in enumerate(uris):
        if uri.startswith("http://") and urlsplit(uri).hostname not in ("localhost", "127.0.0.1", "::1"):
            text = "RedirectUri must use https, or http on this machine"
            yield Finding(REDIRECT, text, f"/RedirectUri/{index}", got=uri[:80])


def _roles(entries: list[dict[str, Any]]) -> Iterator[RoleChoice]:
    for entry in entries:
        values = ROLE.read(entry).values
        claim_id = values.get("OrganisationAuthorisationDomainRoleClaimID")
        yield RoleChoice(claim_id, values.get("AuthorisationDomain"), values.get("Role"))


def application_object(application: Application, *, client_secret: str | None = None) -> dict[str, Any]:
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
            "NotificationWebhookStatus": "Pending" if hooked else None,
            "ClientSecret": client_secret,
            "CreatedAt": iso(application.created_at),
            "Flags": [],
        }
    )


def application_with_certifications(application: Application) -> dict[str, Any]:
    """The schema SoftwareStatement, which the reading answers (errata A26); there are no certifications yet."""
    return {**application_object(application), "SoftwareStatementCertifications": []}
