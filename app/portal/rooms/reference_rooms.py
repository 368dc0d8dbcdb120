"""Reference data: domains with roles and their metadata, authorities, families, types (connect.md 15 and 16)."""

from __future__ import annotations

from app.portal.rooms.declared import Options, Room, entry
from app.portal.rooms.further_rooms import CONFORMANCE, GROUPS, POLICIES
from app.portal.schema_forms import Group

DOMAIN = Options("domain", ("AuthorisationDomainName",))
USER_TYPE_ACCESS = (
    "OrganisationCertificatesAccess",
    "OrganisationContactsAccess",
    "DomainUserAccess",
    "SoftwareStatementAccess",
    "AuthorisationServerAccess",
    "TermsAndConditionsAccess",
)
METADATA = Room(
    "role_metadata",
    "metadata",
    entry("role_metadata"),
    (("ClaimName",),),
    ("EntityType", "PolicyOperator", "Value", "Values"),
    (Group("metadata", ("EntityType", "ClaimName", "PolicyOperator", "DataType", "Value", "Values")),),
    filter="EntityType",
)
DOMAIN_ROLES = Room(
    "domain_roles",
    "roles",
    entry("domain_role"),
    (("AuthorisationDomainRoleName",),),
    ("AuthorisationDomainRoleDescription", "RoleType", "Exclusive", "Status"),
    (
        Group(
            "role",
            (
                "AuthorisationDomainRoleName",
                "AuthorisationDomainRoleDescription",
                "RoleType",
                "Exclusive",
                "Status",
            ),
        ),
    ),
    filter="RoleType",
    below=(METADATA,),
)
SUB_DOMAINS = Room(
    "sub_domains",
    "sub-domains",
    entry("sub_domain"),
    (("AuthorisationDomainID",),),
    ("Status",),
    (Group("sub_domain", ("AuthorisationDomainID", "Status")),),
    options={"AuthorisationDomainID": DOMAIN},
)
VARIANTS = Room(
    "certification_variants",
    "variants",
    entry("certification_variant"),
    (("VariantName",),),
    ("Description", "CertificationDurationDays", "Status"),
    (Group("variant", ("VariantName", "Description", "CertificationDurationDays", "Status")),),
)
AUTHORITIES = Room(
    "authorities",
    "authorities",
    entry("authority", everywhere=True),
    (("AuthorityName",), ("AuthorityCode",)),
    ("AuthorityCode", "AuthorityCountry", "AuthorityUri", "Status"),
    (Group("authority", ("AuthorityCode", "AuthorityUri", "Status")),),
    own=("create",),
)
REFERENCES = (
    Room(
        "domains",
        "domains",
        entry("domain"),
        (("AuthorisationDomainName",),),
        ("AuthorisationDomainRegion", "AuthorisationDomainDescription", "Status"),
        (
            Group(
                "domain",
                (
                    "AuthorisationDomainName",
                    "AuthorisationDomainRegion",
                    "AuthorisationDomainDescription",
                    "FederationID",
                    "Status",
                ),
            ),
        ),
        options={"FederationID": Options("federation", ("Name",))},
        below=(DOMAIN_ROLES, SUB_DOMAINS),
    ),
    AUTHORITIES,
    Room(
        "authority_domains",
        "authority-domains",
        entry("authority_domain"),
        (("AuthorityName", "AuthorisationDomainName"),),
        ("AuthorityName", "AuthorisationDomainName", "Status"),
        (Group("mapping", ("AuthorityID", "AuthorisationDomainID", "Status")),),
        options={"AuthorityID": Options("authority", ("AuthorityName",)), "AuthorisationDomainID": DOMAIN},
    ),
    Room(
        "api_families",
        "api-families",
        entry("api_family"),
        (("Name", "Version"),),
        ("Mandatory", "ConformanceTest", "RequiresWellKnown", "Status"),
        (
            Group("family", ("Name", "Version", "Endpoints", "RequiresWellKnown", "Mandatory")),
            Group("conformance", ("ConformanceTest", "CertificationURIRegex", "MetadataSchema")),
            Group("life", ("StartDate", "DeprecationDate", "Cascade", "Status")),
        ),
        below=(CONFORMANCE,),
    ),
    Room(
        "certification_types",
        "certification-types",
        entry("certification_type"),
        (("TypeName",),),
        ("Description", "ResourceType", "Status"),
        (Group("type", ("TypeName", "Description", "ResourceType", "Status")),),
        filter="ResourceType",
        below=(VARIANTS,),
    ),
    Room(
        "contact_types",
        "contact-types",
        entry("contact_type"),
        (("ContactType",),),
        ("Description", "AccessLevel", "Status"),
        (Group("type", ("ContactType", "Description", "AccessLevel")),),
    ),
    Room(
        "flags",
        "flags",
        entry("flag"),
        (("Name",),),
        ("Type", "Value", "AccessLevel", "Status"),
        (Group("flag", ("Name", "Description", "Type", "Value", "AccessLevel", "Status")),),
    ),
    Room(
        "federations",
        "federations",
        entry("federation"),
        (("Name",),),
        ("OrganizationName", "HomepageUri", "Status"),
        (
            Group(
                "federation",
                (
                    "Name",
                    "Description",
                    "OrganizationName",
                    "Contacts",
                    "LogoUri",
                    "PolicyUri",
                    "HomepageUri",
                    "RemoteTrustAnchor",
                    "Status",
                ),
            ),
        ),
        below=(POLICIES,),
    ),
    Room(
        "terms",
        "terms",
        entry("terms"),
        (("Name",),),
        ("Type", "Version", "Status"),
        (Group("document", ("Name", "Type", "Content", "RoleIds", "Status")),),
        filter="Type",
    ),
    Room(
        "user_types",
        "user-types",
        entry("user_type"),
        (("Name",),),
        ("Description", "SystemID", "ParentRole", "Status"),
        (
            Group(
                "type",
                ("Name", "Description", "SystemID", "ParentRole", "DirectoryAccess", "ReceiveEmailNotifications"),
            ),
            Group("access", (*USER_TYPE_ACCESS, "Status")),
        ),
        options={"SystemID": Options("user_system", ("Name",)), "ParentRole": Options("user_type", ("Name",))},
    ),
    Room(
        "user_systems",
        "user-systems",
        entry("user_system"),
        (("Name",),),
        ("Description", "Status"),
        (Group("system", ("Name", "Description", "Status")),),
    ),
    GROUPS,
)
