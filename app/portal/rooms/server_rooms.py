"""Authorisation servers with what hangs below them (connect.md 14)."""

from __future__ import annotations

from app.portal.rooms.declared import Options, Room, entry
from app.portal.rooms.further_rooms import SSO
from app.portal.schema_forms import Group

CLAIM_ID = "OrganisationAuthorisationDomainRoleClaimID"
HELD = Options("role_claim", ("AuthorisationDomain", "Role"), of_organisation=True)
"""The role claims of the organisation."""
OTHER_SERVER = Options("server", ("CustomerFriendlyName",), of_organisation=True)
CERTIFICATION = Group(
    "certification",
    (
        "ProfileType",
        "ProfileVariant",
        "ProfileVersion",
        "CertificationStatus",
        "CertificationStartDate",
        "CertificationURI",
        "Status",
    ),
)
CERTIFICATION_OPTIONS = {
    "ProfileType": Options("certification_type", ("TypeName",), value="TypeName"),
    "ProfileVariant": Options("certification_variant", ("VariantName",), value="VariantName"),
}
ENDPOINTS = Room(
    "endpoints",
    "endpoints",
    entry("discovery_endpoint"),
    (("ApiEndpoint",),),
    (),
    (),
    entry="servers",
    own=("create", "update"),
)
API_RESOURCES = Room(
    "api_resources",
    "resources",
    entry("api_resource"),
    (("ApiFamilyType", "ApiVersion"),),
    ("FamilyComplete", "CertificationStatus", "Status"),
    (
        Group("family", ("ApiFamilyID", "ApiFamilyType", "ApiVersion", "ApiEndpoint")),
        Group("certification", ("CertificationStatus", "CertificationStartDate", "ApiCertificationUri", "Status")),
    ),
    options={"ApiFamilyID": Options("api_family", ("Name", "Version"))},
    below=(ENDPOINTS,),
    entry="servers",
)
SERVERS = Room(
    "servers",
    "servers",
    entry("server"),
    (("CustomerFriendlyName",),),
    ("CustomerFriendlyDescription", "Issuer", "Status"),
    (
        Group("shown", ("CustomerFriendlyName", "CustomerFriendlyDescription", "CustomerFriendlyLogoUri")),
        Group(
            "issuer",
            (
                "Issuer",
                "OpenIDDiscoveryDocument",
                "PayloadSigningCertLocationUri",
                "AutoRegistrationSupported",
                "SupportsDCR",
                "SupportsCiba",
                "SupportsRedirect",
            ),
        ),
        Group("webhooks", ("AutoRegistrationNotificationWebhook", "NotificationWebhook")),
        Group("developers", ("DeveloperPortalUri", "TermsOfServiceUri")),
        Group(
            "life",
            (
                "ParentAuthorisationServerId",
                "SupersededByAuthorisationServerId",
                "DeprecatedDate",
                "RetirementDate",
                "OmitFromEcosystem",
                "Status",
            ),
        ),
    ),
    options={"ParentAuthorisationServerId": OTHER_SERVER, "SupersededByAuthorisationServerId": OTHER_SERVER},
    below=(
        API_RESOURCES,
        Room(
            "server_certifications",
            "certifications",
            entry("server_certification"),
            (("ProfileVariant",),),
            ("ProfileType", "CertificationStatus", "CertificationExpirationDate", "Status"),
            (CERTIFICATION,),
            options=CERTIFICATION_OPTIONS,
            entry="servers",
        ),
        Room(
            "server_claims",
            "roles",
            entry("server_claim"),
            (("AuthorisationDomainRoleName",),),
            ("AuthorisationDomainName", "AuthorityName", "Status"),
            (Group("claim", (CLAIM_ID, "Status")),),
            options={CLAIM_ID: HELD},
            entry="servers",
        ),
        SSO,
    ),
    entry="servers",
)
