"""Who changed what, as the API tells it (errata R1 to R4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.store.audit import AuditFilter
from app.store.records import AuditEvent, Page
from app.store.store import Store
from app.store.units import Listing

TYPES: Mapping[str, str] = {
    "organisation": "organisation",
    "application": "softwareStatement",
    "certificate": "jwk",
    "server": "authorisationServer",
    "api_resource": "apiResource",
    "discovery_endpoint": "apiDiscoveryEndpoint",
    "server_certification": "authorisationServerCertification",
    "software_certification": "softwareStatementCertification",
    "contact": "contact",
    "authority": "authority",
    "domain_claim": "organisationAuthorityDomainClaim",
    "role_claim": "organisationAuthorityClaim",
    "authorisation": "organisationAuthorityClaimAuthorisations",
    "application_claim": "softwareStatementAuthorityRoleClaim",
    "server_claim": "serverAuthorityAuthorityRoleClaim",
    "domain": "referenceAuthorisationDomain",
    "sub_domain": "subDomain",
    "domain_role": "referenceAuthorisationDomainRole",
    "role_metadata": "referenceAuthorisationDomainRoleMetadata",
    "authority_domain": "referenceAuthorityAuthorisationDomain",
    "api_family": "apiFamilies",
    "flag": "flag",
    "contact_type": "contactType",
    "certification_type": "certificationType",
    "certification_variant": "certificationTypeVariant",
    "federation": "federation",
    "user_type": "authorisationDomainUserType",
    "user_system": "authorisationDomainSystem",
    "account": "user",
    "super_user": "superUser",
    "data_administrator": "dataAdministrator",
    "certification_manager": "certificationManager",
    "organisation_administrator": "organisationAdmin",
    "domain_user": "domainUser",
    "terms": "referenceTermsAndConditions",
    "registered_client": "registeredClient",
    "sso_configuration": "ssoConfiguration",
    "sso_version": "ssoConfigurationVersion",
    "user_group": "userGroup",
    "group_idp_binding": "userGroupIdpBinding",
    "group_organisation_binding": "userGroupOrganisationBinding",
    "group_permission": "userGroupPermissionBinding",
    "group_member": "userGroupUserMapping",
    "metadata_policy": "federationMetadataPolicy",
    "custom_claim": "customClaim",
    "envelope": "organisationTermsAndConditions",
    "conformance_configuration": "conformanceConfigurations",
}
"""Our kinds of objects -> resource types of the publication."""
CREATION, DELETIONS = "create", frozenset({"delete", "withdraw"})


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries; "" and None = any."""

    page: Page = field(default_factory=Page)
    organisation_id: str | None = None
    resource_type: str = ""
    resource_id: str | None = None
    parent_id: str = ""
    action: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the number of it, what was done, and the event."""

    number: int
    action: str
    resource_type: str
    event: AuditEvent


class AuditTrail:
    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, query: AuditQuery) -> Listing[Entry]:
        """Newest first."""
        by_parent = bool(query.parent_id)
        with self._store.read() as uow:
            found = uow.audit.search(Page() if by_parent else query.page, _filter(query))
        if not by_parent:
            return Listing(tuple(_entry(*each) for each in found.items), found.total)
        fitting = [_entry(*each) for each in found.items if _parent(each[1]) == query.parent_id]
        size = query.page.size or len(fitting)
        return Listing(tuple(fitting[query.page.page * size :][:size]), len(fitting))


def _filter(query: AuditQuery) -> AuditFilter:
    changed = query.action == "updated"
    done = {"created": (CREATION,), "deleted": tuple(sorted(DELETIONS))}.get(query.action, ())
    return AuditFilter(
        organisation_id=query.organisation_id,
        object_id=query.resource_id,
        actor=query.actor or None,
        since=query.since,
        until=query.until,
        object_types=_kinds(query.resource_type) if query.resource_type else (),
        actions=done,
        no_actions=(CREATION, *sorted(DELETIONS)) if changed else (),
    )


def _kinds(resource_type: str) -> tuple[str, ...]:
    """What entries of this type call their objects."""
    found = tuple(kind for kind, published in TYPES.items() if published == resource_type)
    return found if resource_type in TYPES else (*found, resource_type)


def _entry(number: int, event: AuditEvent) -> Entry:
    action = "created" if event.action == CREATION else "deleted" if event.action in DELETIONS else "updated"
    return Entry(number, action, TYPES.get(event.object_type, event.object_type), event)


def _parent(event: AuditEvent) -> str | None:
    """The id of the object above; of an organisation where the record tells none."""
    found: str | None = event.record.get("parent_id", event.organisation_id)
    return found
