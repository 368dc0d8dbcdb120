"""All rooms, by what they belong to: an organisation, an application, nobody (reference data)."""

from __future__ import annotations

from app.portal.rooms.declared import Options, Room, entry
from app.portal.rooms.further_rooms import CUSTOM_CLAIMS
from app.portal.rooms.reference_rooms import REFERENCES
from app.portal.rooms.server_rooms import CERTIFICATION, CERTIFICATION_OPTIONS, CLAIM_ID, HELD, SERVERS
from app.portal.schema_forms import Group

AUTHORITY = Options("authority", ("AuthorityName",))
CONTACTS = Room(
    "contacts",
    "contacts",
    entry("contact"),
    (("FirstName", "LastName"), ("EmailAddress",)),
    ("ContactType", "EmailAddress", "PhoneNumber", "Department"),
    (
        Group("person", ("ContactType", "FirstName", "LastName", "Department", "EmailAddress", "PhoneNumber")),
        Group(
            "whereabouts",
            ("AddressLine1", "AddressLine2", "City", "Postcode", "Country", "AdditionalInformation", "PgpPublicKey"),
        ),
    ),
    options={"ContactType": Options("contact_type", ("ContactType",), value="ContactType")},
    filter="ContactType",
    entry="contacts",
    steps=True,
)
DOMAINS = Room(
    "domain_claims",
    "domains",
    entry("domain_claim"),
    (("AuthorisationDomainName",),),
    ("AuthorityName", "RegistrationId", "Status"),
    (
        Group(
            "claim",
            ("AuthorisationDomainID", "AuthorityId", "RegistrationId", "Status"),
            frozenset({"AuthorisationDomainID"}),
        ),
    ),
    options={"AuthorisationDomainID": Options("domain", ("AuthorisationDomainName",)), "AuthorityId": AUTHORITY},
    entry="domains",
)
AUTHORISATIONS = Room(
    "authorisations",
    "authorisations",
    entry("authorisation"),
    (("MemberState",),),
    ("Status",),
    (Group("authorisation", ("MemberState",)),),
    entry="roles",
)
ROLES = Room(
    "role_claims",
    "roles",
    entry("role_claim"),
    (("Role",),),
    ("AuthorisationDomain", "RegistrationId", "Status"),
    (
        Group(
            "claim",
            (
                "AuthorisationDomainRoleIdentifier",
                "AuthorityId",
                "RegistrationId",
                "UniqueTechnicalIdentifiers",
                "Status",
            ),
            frozenset({"AuthorisationDomainRoleIdentifier"}),
        ),
    ),
    options={
        "AuthorisationDomainRoleIdentifier": Options(
            "domain_role",
            ("AuthorisationDomainName", "AuthorisationDomainRoleName"),
            brings="AuthorisationDomainID",
            claimed="domain_claim",
        ),
        "AuthorityId": AUTHORITY,
    },
    beside={
        "Role": "AuthorisationDomainRoleIdentifier",
        "AuthorisationDomain": "AuthorisationDomainRoleIdentifier",
        "AuthorisationDomainID": "AuthorisationDomainRoleIdentifier",
    },
    below=(AUTHORISATIONS,),
    tabs=("history",),
    entry="roles",
)
OF_ORGANISATION = (CONTACTS, DOMAINS, ROLES, SERVERS)
OF_APPLICATION = (
    Room(
        "application_claims",
        "roles",
        entry("application_claim"),
        (("Role",),),
        ("AuthorisationDomain", "Status"),
        (Group("claim", (CLAIM_ID, "Status"), frozenset({CLAIM_ID})),),
        options={CLAIM_ID: HELD},
        tab="roles",
    ),
    Room(
        "application_certifications",
        "certifications",
        entry("software_certification"),
        (("ProfileVariant",),),
        ("ProfileType", "CertificationStatus", "CertificationExpirationDate", "Status"),
        (CERTIFICATION,),
        options=CERTIFICATION_OPTIONS,
        tab="certifications",
    ),
    CUSTOM_CLAIMS,
)
OF_REFERENCES = REFERENCES
