"""How a participant is written into the list: an organisation with its servers and claims (connect.md 13). Pure.

It reads what is there and asks for nothing: rows of older versions and of imports may lack members.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.records import Organisation, Resource

DETAILS = (
    "CompanyRegister", "Size", "TaxRegistrationNumber", "RegistrationId", "RegisteredName", "AddressLine1",
    "AddressLine2", "City", "Postcode", "Country",
)  # fmt: skip
Members = dict[str, Any]

Below = Mapping[tuple[str, str], list[Resource]]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What reference data adds: what roles say about clients, by the id of the role, and active flags by their ids.

    `mark` is another after any change of it.
    """

    by_role: Mapping[str, list[Members]]
    flags: Mapping[str, tuple[str, str]]
    mark: Hashable

    def flags_of(self, members: Mapping[str, Any]) -> dict[str, list[str]]:
        """The values of the flags that somebody has, by name."""
        found: dict[str, list[str]] = {}
        for name, value in (self.flags[each] for each in members.get("Flags", ()) if each in self.flags):
            found.setdefault(name, []).append(value)
        return found


def metadata_of(records: Iterable[Resource], flags: Iterable[Resource] = ()) -> Metadata:
    """From the metadata of all roles, and all flags."""
    found: dict[str, list[Members]] = {}
    records = tuple(records)
    for each in records:
        told = {
            "MetadataId": each.resource_id,
            "DomainRoleName": each.body.get("DomainRoleName"),
            "Type": each.body.get("EntityType"),
            "Name": each.body.get("ClaimName"),
            "Status": each.status,
        }
        found.setdefault(each.parent_id, []).append(told)
    flags = tuple(flags)
    named = {f.resource_id: (str(f.body.get("Name")), str(f.body.get("Value"))) for f in flags if f.is_active}
    return Metadata(found, named, tuple((each.resource_id, each.revision) for each in (*records, *flags)))


def participant(
    organisation: Organisation, resources: Iterable[Resource], metadata: Metadata, *, without_servers: bool
) -> Members | None:
    """None for one that the list does not show: not active, or without any server that is (but `without_servers`)."""
    below = _by_parent(resources)
    servers = [
        _server(each, below, metadata)
        for each in below.get((organisation.organisation_id, "server"), ())
        if _is_shown(each)
    ]
    if not organisation.is_active or not (servers or without_servers):
        return None
    return _organisation(organisation, servers, below, metadata)


def _by_parent(records: Iterable[Resource]) -> Below:
    found: dict[tuple[str, str], list[Resource]] = {}
    for record in records:
        found.setdefault((record.parent_id, record.kind), []).append(record)
    return found


def _is_shown(server: Resource) -> bool:
    return server.is_active and not server.body.get("OmitFromEcosystem")


def _organisation(organisation: Organisation, servers: list[Members], below: Below, metadata: Metadata) -> Members:
    details = organisation.details
    own = organisation.organisation_id
    return {
        "OrganisationId": own,
        "Status": organisation.status,
        "OrganisationName": organisation.name,
        "CreatedOn": _moment(organisation.created_at),
        "LegalEntityName": organisation.legal_entity_name,
        "CountryOfRegistration": organisation.country_of_registration,
        "RegistrationNumber": organisation.registration_number,
        **{name: details[name] for name in DETAILS if name in details},
        "Tags": [],
        "Flags": metadata.flags_of(details),
        "ParentOrganisationReference": details.get("ParentOrganisationReference", ""),
        "AuthorisationServers": servers,
        "OrgDomainClaims": [_domain_claim(each) for each in below.get((own, "domain_claim"), ())],
        "OrgDomainRoleClaims": [_role_claim(each, below, metadata) for each in below.get((own, "role_claim"), ())],
    }


def _server(server: Resource, below: Below, metadata: Metadata) -> Members:
    own = server.resource_id
    return {
        "AuthorisationServerId": own,
        "OrganisationId": server.organisation_id,
        "Status": server.status,
        "CreatedAt": _moment(server.created_at),
        **server.body,
        "Flags": metadata.flags_of(server.body),
        "ApiResources": [_api_resource(r, below) for r in below.get((own, "api_resource"), ()) if r.is_active],
        "AuthorisationServerCertifications": [
            {
                **each.body,
                "CertificationId": each.resource_id,
                "AuthorisationServerId": own,
                "Status": each.body.get("CertificationStatus"),
            }
            for each in below.get((own, "server_certification"), ())
            if each.is_active
        ],
    }


def _api_resource(resource: Resource, below: Below) -> Members:
    body = {name: value for name, value in resource.body.items() if name not in ("ApiEndpoint", "ApiMetadata")}
    return {
        "ApiResourceId": resource.resource_id,
        **body,
        "Status": resource.status,
        "ApiDiscoveryEndpoints": [
            {"ApiDiscoveryId": each.resource_id, "ApiEndpoint": each.body.get("ApiEndpoint")}
            for each in below.get((resource.resource_id, "discovery_endpoint"), ())
        ],
    }


def _domain_claim(claim: Resource) -> Members:
    shown = ("AuthorisationDomainName", "AuthorityName", "RegistrationId", "AuthorityId", "AuthorisationDomainID")
    told = {name: claim.body[name] for name in shown if name in claim.body}
    return {"OrganisationAuthorityDomainClaimId": claim.resource_id, **told, "Status": claim.status}


def _role_claim(claim: Resource, below: Below, metadata: Metadata) -> Members:
    return {
        "OrganisationId": claim.organisation_id,
        "OrganisationAuthorityClaimId": claim.resource_id,
        **claim.body,
        "Status": claim.status,
        "Authorisations": [
            {"Status": each.status, "MemberState": each.body.get("MemberState")}
            for each in below.get((claim.resource_id, "authorisation"), ())
        ],
        "UniqueTechnicalIdentifiers": claim.body.get("UniqueTechnicalIdentifiers") or [],
        "Metadata": metadata.by_role.get(str(claim.body.get("AuthorisationDomainRoleIdentifier")), []),
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
