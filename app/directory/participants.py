"""The list of participants: every active organisation with its servers and claims, as SDKs read it (connect.md 13).

It follows every change, of any process, unless `participants_delay` holds it back. What did not change is kept as it
was written: after one change one organisation is read and written again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from app.runtime.clock import Clock
from app.settings import Settings
from app.store.records import Organisation, Resource
from app.store.store import Store, UnitOfWork

DETAILS = (
    "CompanyRegister", "Size", "TaxRegistrationNumber", "RegistrationId", "RegisteredName", "AddressLine1",
    "AddressLine2", "City", "Postcode", "Country",
)  # fmt: skip
SERVER_DEFAULTS: Mapping[str, Any] = {"Flags": {}}
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publication:
    """The list as it goes out, with the entity tag of its octets."""

    body: bytes
    etag: str
    token: Hashable
    built_at: datetime


class Participants:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._kept: Publication | None = None
        self._written: dict[str, tuple[Hashable, bytes]] = {}
        self._lock = Lock()

    def publication(self) -> Publication:
        """The newest one, made again if any process has changed the directory."""
        kept, token = self._kept, self._store.change_token()
        if kept is not None and (kept.token == token or self._is_held_back(kept)):
            return kept
        with self._lock:
            return self._build(token)

    def rebuild(self) -> Publication:
        """Make it now, whatever the delay says (`GET /organisations/export/open-data`)."""
        with self._lock:
            return self._build(self._store.change_token())

    def roles(self) -> list[Members]:
        """Every active role of every domain: what `/roles` tells (its form is published nowhere)."""
        shown = ("AuthorisationDomainName", "AuthorisationDomainRoleName", "RoleType", "Exclusive")
        with self._store.read() as uow:
            return [
                {**{name: r.body.get(name) for name in shown}, "AuthorisationDomainRoleIdentifier": r.resource_id,
                 "Status": r.status}
                for r in uow.resources.of_kind("domain_role") if r.is_active
            ]  # fmt: skip

    def _is_held_back(self, kept: Publication) -> bool:
        delay = timedelta(seconds=self._settings.participants_delay)
        return bool(delay) and kept.built_at <= self._clock.now() < kept.built_at + delay

    def _build(self, token: Hashable) -> Publication:
        with self._store.read() as uow:
            written = self._fragments(uow)
        self._written = written
        body = b"[" + b",".join(text for _mark, text in written.values() if text) + b"]"
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:15]).decode()
        kept = self._kept = Publication(body, f'"{digest}"', token, self._clock.now())
        return kept

    def _fragments(self, uow: UnitOfWork) -> dict[str, tuple[Hashable, bytes]]:
        """Of each organisation the marks of what it was written from, and the text; "" for one that is not shown."""
        fingerprints = uow.resources.fingerprints()
        metadata = _metadata(uow)
        found: dict[str, tuple[Hashable, bytes]] = {}
        for organisation_id, revision in uow.organisations.revisions().items():
            mark = (revision, fingerprints.get(organisation_id), metadata.mark)
            kept = self._written.get(organisation_id)
            if kept is None or kept[0] != mark:
                kept = mark, self._written_out(uow, organisation_id, metadata)
            found[organisation_id] = kept
        return found

    def _written_out(self, uow: UnitOfWork, organisation_id: str, metadata: Metadata) -> bytes:
        organisation = uow.organisations.get(organisation_id)
        if not organisation.is_active:
            return b""
        below = _by_parent(uow.resources.of_organisation(organisation_id))
        servers = [_server(each, below) for each in below.get((organisation_id, "server"), ()) if _is_shown(each)]
        if not servers and not self._settings.participants_all:
            return b""
        return encode(_organisation(organisation, servers, below, metadata)).encode("utf-8", "backslashreplace")


Below = Mapping[tuple[str, str], list[Resource]]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What roles say about clients, by the id of the role; `mark` is another after any change of it."""

    by_role: Mapping[str, list[Members]]
    mark: Hashable


def _metadata(uow: UnitOfWork) -> Metadata:
    found: dict[str, list[Members]] = {}
    records = uow.resources.of_kind("role_metadata")
    for each in records:
        told = {
            "MetadataId": each.resource_id,
            "DomainRoleName": each.body.get("DomainRoleName"),
            "Type": each.body["EntityType"],
            "Name": each.body["ClaimName"],
            "Status": each.status,
        }
        found.setdefault(each.parent_id, []).append(told)
    return Metadata(found, tuple((each.resource_id, each.revision) for each in records))


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
        "Flags": {},
        "ParentOrganisationReference": details.get("ParentOrganisationReference", ""),
        "AuthorisationServers": servers,
        "OrgDomainClaims": [_domain_claim(each) for each in below.get((own, "domain_claim"), ())],
        "OrgDomainRoleClaims": [_role_claim(each, below, metadata) for each in below.get((own, "role_claim"), ())],
    }


def _server(server: Resource, below: Below) -> Members:
    own = server.resource_id
    return {
        "AuthorisationServerId": own,
        "OrganisationId": server.organisation_id,
        "Status": server.status,
        "CreatedAt": _moment(server.created_at),
        **server.body,
        **SERVER_DEFAULTS,
        "ApiResources": [_api_resource(r, below) for r in below.get((own, "api_resource"), ()) if r.is_active],
        "AuthorisationServerCertifications": [
            {
                **each.body,
                "CertificationId": each.resource_id,
                "AuthorisationServerId": own,
                "Status": each.body["CertificationStatus"],
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
            {"ApiDiscoveryId": each.resource_id, "ApiEndpoint": each.body["ApiEndpoint"]}
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
            {"Status": each.status, "MemberState": each.body["MemberState"]}
            for each in below.get((claim.resource_id, "authorisation"), ())
        ],
        "UniqueTechnicalIdentifiers": list(claim.body.get("UniqueTechnicalIdentifiers", ())),
        "Metadata": metadata.by_role.get(str(claim.body.get("AuthorisationDomainRoleIdentifier")), []),
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
