"""Who changed what, as the API tells it (errata R1 to R4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
DELETIONS = frozenset({"delete", "withdraw"})


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
        with self._store.read() as uow:
            every = uow.audit.list(Page(), organisation_id=query.organisation_id, object_id=query.resource_id)
        fitting = [entry for entry in _entries(every) if _fits(entry, query)]
        size = query.page.size or len(fitting)
        return Listing(tuple(fitting[query.page.page * size :][:size]), len(fitting))


def _entries(events: Listing[AuditEvent]) -> Iterator[Entry]:
    for index, event in enumerate(events.items):
        action = "created" if event.action == "create" else "deleted" if event.action in DELETIONS else "updated"
        yield Entry(events.total - index, action, TYPES.get(event.object_type, event.object_type), event)


def _fits(entry: Entry, query: AuditQuery) -> bool:
    event = entry.event
    wanted: tuple[tuple[Any, Any], ...] = (
        (query.action, entry.action),
        (query.resource_type, entry.resource_type),
        (query.actor, event.actor),
        (query.parent_id, event.record.get("parent_id", event.organisation_id)),
    )
    is_in_time = (query.since is None or event.at >= query.since) and (query.until is None or event.at <= query.until)
    return is_in_time and all(asked in ("", found) for asked, found in wanted)
