"""The plain resources of the Connect API, as its table of contents: one entry each.

An entry says under which path it is listed, which published schemas it is read and answered by, which of the five
operations it has, in which form lists come, which filters they take, and to which kind of the directory it belongs.
Behaviour is named, and stands in app/directory/rules. Whoever may call an operation stands in app/access_rules.toml.
"""

from __future__ import annotations

from app.directory.beside import after_flag
from app.directory.kinds import Kind
from app.directory.rules import application_claims as of_applications
from app.directory.rules import claims, references, servers, sso, terms
from app.wire.entries import OF_SERVER, ORGANISATION, SERVER, SERVERS, SOFTWARE, Resource
from app.wire.further_contents import FURTHER

RESOURCES = f"{SERVER}/apiresources"
CLAIM = f"{ORGANISATION}/authorityclaims"
DOMAINS = "/references/authorisationdomains"
ROLES = "/references/authorisationdomainroles"
DOMAIN_ROLES = f"{DOMAINS}/{{AuthorisationDomainName}}/authorisationdomainroles"
OF_ROLE = (("AuthorisationDomainRoleName", "domain_role by name"),)
OF_DOMAIN = (("AuthorisationDomainName", "domain by key"),)
OF_DOMAIN_ROLE = (*OF_DOMAIN, ("AuthorisationDomainRoleIdentifier", "domain_role"))

SERVER_KIND = Kind(
    "server", "AuthorisationServerId", "authorisation_servers", removal="gone",
    rule=servers.server, view=servers.server_view, leaving=sso.server_leaving,
    defaults={"OmitFromEcosystem": False, "SupportsCiba": False, "SupportsDCR": False, "SupportsRedirect": False},
)  # fmt: skip
API_RESOURCE_KIND = Kind(
    "api_resource", "ApiResourceId", "authorisation_servers",
    rule=servers.api_resource, after=servers.after_api_resource, view=servers.api_resource_view,
    defaults={"CertificationStatus": "Awaiting Certification"},
)  # fmt: skip
ROLE_KIND = Kind(
    "domain_role", "AuthorisationDomainRoleIdentifier", "ecosystem",
    rule=references.role, unique=references.role_key_of, defaults={"RoleType": "Federation", "Exclusive": False},
)  # fmt: skip
ENDPOINT_KIND = Kind(
    "discovery_endpoint", "ApiDiscoveryId", "authorisation_servers", removal="gone",
    rule=servers.endpoint, after=servers.after_endpoint,
)  # fmt: skip
METADATA_KIND = Kind("role_metadata", "MetadataId", "ecosystem", removal="gone", rule=references.metadata)
AUTHORITY_KIND = Kind("authority", "AuthorityId", "ecosystem", rule=references.authority)

CONTENTS: tuple[Resource, ...] = (
    # an organisation's own ------------------------------------------------------------------------------------------
    Resource(
        Kind("contact", "ContactId", "contacts", removal="gone", defaults={"ContactType": "Business"}),
        f"{ORGANISATION}/contacts", "ContactId", "Contact", "ContactRequest", "ContactRequest",
        filters={"contactType": "ContactType"},
    ),
    Resource(
        SERVER_KIND, SERVERS, "AuthorisationServerId", "AuthorisationServerResponse",
        "AuthorisationServerCreationRequest", "AuthorisationServerUpdateRequest", lists="array_or_page",
        change_answer="AuthorisationServerResponseWithWarnings",
        also=("OpenIDDiscoveryDocument", "SupportsCiba", "SupportsDCR", "SupportsRedirect"),
        flags={
            "omitFromEcosystem": lambda body: bool(body.get("OmitFromEcosystem")),
            "containsOpenIdDiscoveryDocument": lambda body: bool(body.get("OpenIDDiscoveryDocument")),
        },
        sortable={"AuthorisationServerId": "resource_id"},
    ),
    Resource(
        API_RESOURCE_KIND, RESOURCES, "ApiResourceId", "ApiResource",
        "ApiResourceRequest", "ApiResourceUpdateRequest", lists="array", above=OF_SERVER, optional=("Status",),
    ),
    Resource(
        ENDPOINT_KIND, f"{RESOURCES}/{{ApiResourceId}}/apidiscoveryendpoints", "ApiDiscoveryEndpointId",
        "ApiDiscoveryEndpoint", lists="array", verbs=("list", "read", "remove"),
        above=(*OF_SERVER, ("ApiResourceId", "api_resource")),
    ),
    Resource(
        Kind("server_certification", "CertificationId", "authorisation_servers",
             or_area="certifications", rule=servers.certification, parent_member="AuthorisationServerId"),
        f"{SERVER}/certifications", "AuthorisationServerCertificationId", "AuthorisationServerCertification",
        "AuthorisationServerCertificationRequest", "AuthorisationServerCertificationRequest",
        lists="array_or_page", above=OF_SERVER,
    ),
    Resource(
        Kind("server_claim", "ServerAuthorityClaimId", "authorisation_servers",
             rule=of_applications.server_claim, unique=of_applications.claim_key),
        f"{SERVER}/authorityclaims", "ServerAuthorityClaimID", "ServerAuthorityClaim",
        "ServerAuthorityClaimCreationRequest", "ServerAuthorityClaimUpdateRequest",
        above=OF_SERVER, update_status=204, optional=("OrganisationAuthorisationDomainRoleClaimID",),
    ),
    Resource(
        Kind("domain_claim", "OrganisationAuthorityDomainClaimId", "authority_claims", rule=claims.domain_claim,
             unique=claims.domain_claim_key, after=claims.after_domain_claim),
        f"{ORGANISATION}/authoritydomainclaims", "OrganisationAuthorityDomainClaimId",
        "OrganisationAuthorityDomainClaimObject", "OrganisationAuthorityDomainClaimCreationRequest",
        "OrganisationAuthorityDomainClaimUpdateRequest",
    ),
    Resource(
        Kind("role_claim", "OrganisationAuthorityClaimId", "authority_claims", rule=claims.role_claim,
             unique=claims.role_claim_key, after=claims.after_role_claim, view=claims.role_claim_view),
        CLAIM, "OrganisationAuthorityClaimId", "OrganisationAuthorityDomainRoleClaimObject",
        "OrganisationAuthorityDomainRoleClaimCreationRequest", "OrganisationAuthorityDomainRoleClaimUpdateRequest",
        lists="array_or_page",
    ),
    Resource(
        Kind("authorisation", "OrganisationAuthorisationId", "authority_claims", rule=claims.authorisation,
             unique=claims.authorisation_key, after=claims.after_authorisation,
             parent_member="OrganisationAuthorityClaimId"),
        f"{CLAIM}/{{OrganisationAuthorityClaimId}}/authorisations", "OrganisationAuthorisationId",
        "OrganisationAuthorityClaimAuthorisation", "OrganisationAuthorityClaimAuthorisationRequest",
        lists="array_or_page", verbs=("list", "create", "read", "remove"),
        above=(("OrganisationAuthorityClaimId", "role_claim"),), optional=("Status",),
    ),
    Resource(
        AUTHORITY_KIND, f"{ORGANISATION}/authority-configuration", "AuthorityId", "AuthorityObject",
        "AuthorityCreationRequest", "AuthorityUpdateRequest", verbs=("create", "read", "update"), create_status=200,
    ),
    # an application's own -------------------------------------------------------------------------------------------
    Resource(
        Kind("application_claim", "SoftwareAuthorityClaimId", "software_statements",
             rule=of_applications.application_claim, unique=of_applications.claim_key,
             after=of_applications.after_application_claim),
        f"{SOFTWARE}/authorityclaims", "SoftwareAuthorityClaimId", "SoftwareAuthorityClaim",
        "SoftwareAuthorityClaimCreationRequest", "SoftwareAuthorityClaimUpdateRequest",
        lists="array", verbs=("list", "create", "read", "update"), update_status=204,
    ),
    Resource(
        Kind("software_certification", "CertificationId", "software_statements",
             or_area="certifications", rule=servers.certification, parent_member="SoftwareStatementId"),
        f"{SOFTWARE}/certifications", "SoftwareStatementCertificationId", "SoftwareStatementCertification",
        "SoftwareStatementCertificationRequest", "SoftwareStatementCertificationRequest", lists="array",
    ),
    # reference data of the ecosystem --------------------------------------------------------------------------------
    Resource(
        Kind("domain", "AuthorisationDomainID", "ecosystem", unique=references.domain_key, rule=references.domain),
        DOMAINS, "AuthorisationDomainName", "AuthorisationDomain", "AuthorisationDomainRequest",
        "AuthorisationDomainUpdateRequest", verbs=("list", "create", "read", "update"), by="key",
        filters={"domainName": "AuthorisationDomainName", "domainRegion": "AuthorisationDomainRegion"},
    ),
    Resource(
        Kind("sub_domain", "ID", "ecosystem", rule=references.sub_domain, unique=references.sub_domain_key),
        f"{DOMAINS}/{{AuthorisationDomainName}}/sub-domains", "SubDomainID", "SubDomainObject",
        "SubDomainCreationRequest", "SubDomainUpdateRequest", verbs=("list", "create", "read", "update"),
        above=OF_DOMAIN, update_status=201,
    ),
    Resource(
        ROLE_KIND, DOMAIN_ROLES, "AuthorisationDomainRoleIdentifier", "AuthorisationDomainRole",
        "DomainAuthorisationDomainRoleRequest", "DomainAuthorisationDomainRoleUpdateRequest", above=OF_DOMAIN,
        filters={"domainRole": "AuthorisationDomainRoleName", "type": "RoleType"},
    ),
    Resource(
        METADATA_KIND, f"{DOMAIN_ROLES}/{{AuthorisationDomainRoleIdentifier}}/metadata", "MetadataId",
        "MetadataResponse", "MetadataRequest", "MetadataRequest", above=OF_DOMAIN_ROLE,
        filters={"type": "EntityType"},
    ),
    Resource(
        ROLE_KIND, ROLES, "AuthorisationDomainRoleName", "AuthorisationDomainRole", "AuthorisationDomainRoleRequest",
        "AuthorisationDomainRoleUpdateRequest", by="name", everywhere=True,
        verbs=("list", "read"),
        filters={"domainRole": "AuthorisationDomainRoleName", "domain": "AuthorisationDomainName", "type": "RoleType"},
    ),
    Resource(
        METADATA_KIND, f"{ROLES}/{{AuthorisationDomainRoleName}}/metadata", "MetadataId", "MetadataResponse",
        "MetadataRequest", "MetadataRequest", above=OF_ROLE, filters={"type": "EntityType"},
    ),
    Resource(
        AUTHORITY_KIND, "/references/authorities", "AuthorityId", "AuthorityObject", update="AuthorityUpdateRequest",
        verbs=("list", "read", "update"), everywhere=True, by="anywhere",
        filters={"organisationId": "OrganisationId", "authorityName": "AuthorityName",
                 "authorityCountry": "AuthorityCountry"},
    ),
    Resource(
        Kind("authority_domain", "AuthorityAuthorisationDomainId", "ecosystem", rule=references.mapping,
             unique=references.mapping_key_of),
        "/references/authorityauthorisationdomains", "AuthorityAuthorisationDomainId", "AuthorityAuthorisationDomain",
        "AuthorityAuthorisationDomainRequest", "AuthorityAuthorisationDomainRequest",
        filters={"AuthorityID": "AuthorityID", "AuthorisationDomainID": "AuthorisationDomainID"},
    ),
    Resource(
        Kind("user_type", "AuthorisationDomainUserTypeID", "ecosystem", unique=references.named("Name")),
        "/references/users/authorisationdomain/usertypes", "AuthorisationDomainUserTypeID",
        "AuthorisationDomainUserType", "AuthorisationDomainUserTypeRequest", "AuthorisationDomainUserTypeRequest",
        filters={"parentRole": "ParentRole", "systemID": "SystemID"},
    ),
    Resource(
        Kind("user_system", "SystemID", "ecosystem", unique=references.named("Name")),
        "/references/users/authorisationdomain/systems", "AuthorisationDomainSystemID", "AuthorisationDomainSystem",
        "AuthorisationDomainSystemRequest", "AuthorisationDomainSystemRequest",
    ),
    Resource(
        Kind("flag", "Id", "ecosystem", rule=servers.stamped, unique=references.named("Name"), after=after_flag),
        "/references/flags", "FlagID", "Flag", "FlagRequest", "FlagUpdateRequest", optional=("Cascade",),
    ),
    Resource(
        Kind("contact_type", "Id", "ecosystem", rule=servers.stamped, unique=references.named("ContactType")),
        "/references/contacttypes", "ContactTypeID", "ContactTypeObject", "ContactTypeRequest", "ContactTypeRequest",
    ),
    Resource(
        Kind("certification_type", "TypeID", "ecosystem", rule=servers.stamped, unique=references.named("TypeName")),
        "/references/certificationtypes", "TypeID", "CertificationType", "CertificationTypeRequest",
        "CertificationTypeRequest", filters={"resourceType": "ResourceType", "typeName": "TypeName"},
    ),
    Resource(
        Kind("certification_variant", "VariantID", "ecosystem", rule=servers.stamped, parent_member="TypeID"),
        "/references/certificationtypes/{TypeID}/variants", "VariantID", "CertificationTypeVariant",
        "CertificationTypeVariantRequest", "CertificationTypeVariantUpdateRequest",
        above=(("TypeID", "certification_type"),),
    ),
    Resource(
        Kind("api_family", "ID", "ecosystem", rule=servers.api_family, unique=references.family_key_of),
        "/references/apifamilies", "ApiFamilyID", "ApiFamily", "ApiFamilyRequest", "ApiFamilyUpdateRequest",
        filters={"name": "Name", "version": "Version"},
    ),
    Resource(
        Kind(terms.KIND, "TnCId", "ecosystem", rule=terms.terms, unique=terms.number),
        "/references/termsandconditions", "TnCId", "TermsAndConditionsItem", "TermsAndConditionsCreateRequest",
        "TermsAndConditionsUpdateRequest", by="key",
    ),
    Resource(
        Kind("federation", "ReferenceID", "ecosystem", rule=servers.stamped, unique=references.named("Name")),
        "/references/federations", "FederationId", "FederationItem", "FederationRequest", "FederationRequest",
    ),
    # sign-in by others, groups, policies, custom claims, conformance -------------------------------------------------
    *FURTHER,
)  # fmt: skip
