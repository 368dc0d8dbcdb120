"""More of the table of contents (contents.py): sign-in by others, groups, policies, custom claims, conformance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.directory.kinds import Kind
from app.directory.rules import further, groups, sso
from app.runtime.addresses import Addresses
from app.wire.entries import OF_SERVER, SERVER, SOFTWARE, Resource

SSO = f"{SERVER}/sso-configuration"
GROUPS = "/references/users/groups"
GROUP = f"{GROUPS}/{{groupID}}"
POLICIES = "/references/federations/{FederationId}/metadata-policy"
OF_GROUP = (("groupID", "user_group"),)
OF_SSO = (*OF_SERVER, ("ssoConfigurationId", "sso_configuration"))


def redirect_address(members: Mapping[str, Any], addresses: Addresses) -> Mapping[str, Any]:
    """Where the identity provider sends people back to: its suffix, else its id."""
    suffix = str(members.get("RedirectUriSuffix") or members["ID"])
    return {"RedirectUri": f"{addresses.auth}/sso/callback/{quote(suffix, safe='')}"}


SSO_KIND = Kind(
    "sso_configuration", "ID", "authorisation_servers", removal="gone", parent_member="ServerID",
    rule=sso.configuration, unique=sso.configuration_key, view=sso.configuration_view,
    leaving=sso.configuration_leaving,
)  # fmt: skip
POLICY_KIND = Kind(
    "metadata_policy", "ReferenceID", "ecosystem", removal="gone", parent_member="FederationID",
    rule=further.policy, after=further.after_policy,
)  # fmt: skip
MEMBER_KIND = Kind("group_member", "ID", "ecosystem", removal="gone", rule=groups.stamped)

FURTHER: tuple[Resource, ...] = (
    Resource(
        SSO_KIND, SSO, "ssoConfigurationId", "SsoConfigurationObject", "SsoConfigurationCreationRequest",
        "SsoConfigurationUpdateRequest", above=OF_SERVER, addressed=redirect_address,
    ),
    Resource(
        Kind("sso_version", "ID", "authorisation_servers", removal="gone", parent_member="SsoConfigurationID",
             rule=sso.version, unique=sso.version_key, after=sso.after_version, leaving=sso.version_leaving,
             defaults={"GroupClaimPath": "$.", "AdditionalScopeValues": ""}),
        f"{SSO}/{{ssoConfigurationId}}/versions", "versionId", "SsoConfigurationVersionObject",
        "SsoConfigurationVersionCreationRequest", "SsoConfigurationVersionUpdateRequest", above=OF_SSO,
        order=(("key", True),),
    ),
    Resource(
        SSO_KIND, "/references/users/sso-configurations", "ssoConfigurationId", "HighLevelSsoConfigurationObject",
        verbs=("list", "read"), everywhere=True, by="anywhere",
    ),
    Resource(
        Kind("user_group", "ID", "ecosystem", rule=groups.stamped, defaults={"ManagementType": "directory"}),
        GROUPS, "groupID", "UserGroupObject", "UserGroupCreationRequest", "UserGroupUpdateRequest",
        filters={"managementType": "ManagementType"}, update_status=201,
    ),
    Resource(
        Kind("group_idp_binding", "ID", "ecosystem", removal="gone", rule=groups.idp_binding, unique=groups.idp_key,
             view=groups.idp_view),
        f"{GROUP}/idp-binding", "bindingID", "UserGroupIDPBindingObject", "UserGroupIDPBindingCreationRequest",
        verbs=("list", "create", "remove"), above=OF_GROUP,
    ),
    Resource(
        Kind("group_organisation_binding", "ID", "ecosystem", removal="gone", rule=groups.organisation_binding,
             unique=groups.organisation_key, view=groups.organisation_view),
        f"{GROUP}/organisation-binding", "bindingID", "UserGroupOrganisationBindingObject",
        "UserGroupOrganisationBindingCreationRequest", verbs=("list", "create", "remove"), above=OF_GROUP,
    ),
    Resource(
        Kind("group_permission", "ID", "ecosystem", removal="gone", rule=groups.permission,
             unique=groups.permission_key, defaults={"ManagementType": "directory"}),
        f"{GROUP}/permissions", "permissionID", "UserGroupPermissionObject", "UserGroupPermissionCreationRequest",
        verbs=("list", "create", "remove"), above=OF_GROUP,
    ),
    Resource(
        MEMBER_KIND, f"{GROUP}/membership", "memberID", "UserGroupMember", verbs=("list", "remove"), above=OF_GROUP,
    ),
    Resource(
        Kind("custom_claim", "ID", "software_statements", removal="gone", rule=further.custom_claim,
             unique=further.custom_claim_key),
        f"{SOFTWARE}/custom-claims", "CustomClaimID", "CustomClaimObject", "CustomClaimCreationRequest",
        "CustomClaimUpdateRequest",
    ),
    Resource(
        POLICY_KIND, POLICIES, "MetadataPolicyId", "FederationMetadataPolicyItem", "FederationMetadataPolicyRequest",
        "FederationMetadataPolicyRequest", above=(("FederationId", "federation"),),
        filters={"type": "Type", "policyStatus": "Status", "version": "Version"},
    ),
    Resource(
        POLICY_KIND, "/dashboard/federation/referencedatapolicies", "MetadataPolicyId",
        "FederationMetadataPolicyItem", verbs=("list",), everywhere=True, filters={"Status": "Status", "Type": "Type"},
    ),
    Resource(
        Kind("conformance_configuration", "ID", "ecosystem", removal="gone", rule=further.conformance_configuration,
             unique=further.conformance_key),
        "/references/apifamilies/{ApiFamilyID}/conformanceconfigurations", "ConformanceConfigurationID",
        "ConformanceConfiguration", "ConformanceConfigurationRequest", "ConformanceConfigurationRequest",
        above=(("ApiFamilyID", "api_family"),),
    ),
)  # fmt: skip
