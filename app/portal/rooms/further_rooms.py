"""Rooms of sign-in by others, user groups, policies of federations, conformance and custom claims (OpenAPI 1.39)."""

from __future__ import annotations

from app.portal.rooms.declared import Options, Room, entry
from app.portal.schema_forms import Group

SSO_VERSIONS = Room(
    "sso_versions",
    "versions",
    entry("sso_version"),
    (("Version",),),
    ("ClientID", "SupportedDomains", "Status"),
    (
        Group(
            "version",
            (
                "ClientID",
                "SupportedDomains",
                "RestrictedDomains",
                "GroupClaim",
                "GroupClaimPath",
                "AdditionalScopeValues",
                "AuthenticationPolicies",
                "Status",
            ),
        ),
    ),
    entry="servers",
)
SSO = Room(
    "sso_configurations",
    "sso",
    entry("sso_configuration"),
    (("DisplayName",),),
    ("RedirectUriSuffix", "Contacts", "Status"),
    (Group("configuration", ("DisplayName", "Contacts", "RedirectUriSuffix", "Status")),),
    below=(SSO_VERSIONS,),
    entry="servers",
)
CUSTOM_CLAIMS = Room(
    "custom_claims",
    "custom-claims",
    entry("custom_claim"),
    (("Name",),),
    ("Path", "Source"),
    (Group("claim", ("Name", "Path", "Source")),),
    tab="custom-claims",
)
POLICIES = Room(
    "metadata_policies",
    "metadata-policies",
    entry("metadata_policy"),
    (("Type", "Version"),),
    ("Status",),
    (Group("policy", ("Type", "Policy", "Status")),),
)
CONFORMANCE = Room(
    "conformance_configurations",
    "conformance",
    entry("conformance_configuration"),
    (("TestPlanName",),),
    ("CreatedAt",),
    (Group("conformance", ("TestPlanName",)),),
    names_above="ApiFamilyID",
)
GROUP_PROVIDERS = Room(
    "group_idp_bindings",
    "providers",
    entry("group_idp_binding"),
    (("DisplayName",),),
    ("ExternalID",),
    (Group("binding", ("SsoConfigurationID", "ExternalID")),),
    options={"SsoConfigurationID": Options("sso_configuration", ("DisplayName",))},
)
GROUP_ORGANISATIONS = Room(
    "group_organisation_bindings",
    "organisations",
    entry("group_organisation_binding"),
    (("OrganisationName",),),
    ("OrganisationID",),
    (Group("binding", ("OrganisationID",)),),
)
GROUP_PERMISSIONS = Room(
    "group_permissions",
    "permissions",
    entry("group_permission"),
    (("PermissionType",),),
    ("AuthorisationDomainName", "AuthorisationDomainRoleName", "AuthorisationDomainUserTypeName"),
    (
        Group(
            "permission",
            (
                "PermissionType",
                "AuthorisationDomainID",
                "AuthorisationDomainRoleID",
                "AuthorisationDomainUserTypeID",
                "AuthorisationDomainSystemID",
            ),
        ),
    ),
    options={
        "AuthorisationDomainID": Options("domain", ("AuthorisationDomainName",)),
        "AuthorisationDomainRoleID": Options("domain_role", ("AuthorisationDomainName", "AuthorisationDomainRoleName")),
        "AuthorisationDomainUserTypeID": Options("user_type", ("Name",)),
        "AuthorisationDomainSystemID": Options("user_system", ("Name",)),
    },
)
GROUP_MEMBERS = Room(
    "group_members",
    "members",
    entry("group_member"),
    (("UserIdentifier",),),
    ("LastAuthenticatedAt",),
    (),
)
GROUPS = Room(
    "user_groups",
    "user-groups",
    entry("user_group"),
    (("Name",),),
    ("ManagementType", "Status"),
    (Group("group", ("Name", "Status")),),
    below=(GROUP_ORGANISATIONS, GROUP_PERMISSIONS, GROUP_PROVIDERS, GROUP_MEMBERS),
)
