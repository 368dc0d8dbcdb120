"""The reference data that a directory starts with: domains, roles and their metadata, authorities, families, types.

Ids follow from kind and name (RFC 9562, 5.5), so they are the same in every directory and after every reset.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib import resources as files
from typing import Any
from uuid import UUID, uuid5

from app.directory.rules.claims import mapping_key
from app.directory.rules.servers import family_key
from app.pki.profiles import DomainRole
from app.runtime.clock import Clock
from app.store.records import Resource
from app.store.resources import role_key
from app.store.store import Store, UnitOfWork

SPACE = UUID("6f7a3c55-2f0e-5b57-9d0e-3a4f6a1f2b10")
NO_ACCESS = {
    "DirectoryAccess": True,
    "ReceiveEmailNotifications": True,
    "OrganisationCertificatesAccess": "Read",
    "OrganisationContactsAccess": "Read",
    "DomainUserAccess": "Read",
    "SoftwareStatementAccess": "Read",
    "AuthorisationServerAccess": "Read",
    "TermsAndConditionsAccess": "Read",
}
Roles = Mapping[tuple[str, str], DomainRole]


def stable_id(kind: str, *names: str) -> str:
    """The id that this thing has in every directory."""
    return str(uuid5(SPACE, "\x1f".join((kind, *names))))


class References:
    """Puts the reference data of the ecosystems into a directory that has none yet."""

    def __init__(self, store: Store, clock: Clock, roles: Roles) -> None:
        self._store, self._clock, self._roles = store, clock, roles

    def establish(self, further: Callable[[UnitOfWork], None]) -> None:
        """What an earlier start, or somebody at the API, has made of it stays; `further` follows in the same moment."""
        with self._store.read() as uow:
            if uow.resources.of_kind("domain"):
                return
        with self._store.write() as uow:
            self.record(uow)
            further(uow)

    def restore(self) -> None:
        """Add again what the directory started with and does not have any more."""
        with self._store.write() as uow:
            self.record(uow)

    def record(self, uow: UnitOfWork) -> None:
        """Add what is not there; of a directory that is being made anew, everything."""
        for record in _records(self._roles, self._clock.now()):
            if uow.resources.find(record.kind, record.resource_id) is None:
                uow.resources.add(record)


def _records(roles: Roles, now: datetime) -> Iterator[Resource]:
    content = _content()
    for row in content["authority"]:
        yield _row("authority", stable_id("authority", row["AuthorityCode"]), now, row)
    for domain in dict.fromkeys(domain for domain, _role in roles):
        yield from _domain(domain, content["authority"], now)
    for (domain, name), role in roles.items():
        yield from _role(domain, name, role, now)
    for row in content["contact_type"]:
        yield _row("contact_type", stable_id("contact_type", row["ContactType"]), now, row, key=row["ContactType"])
    for row in content["api_family"]:
        key = family_key(row["Name"], row["Version"])
        yield _row("api_family", stable_id("api_family", row["Name"], row["Version"]), now, row, key=key)
    for row in content["certification_type"]:
        yield from _certification_type(row, now)
    for row in content["user_system"]:
        yield _row("user_system", stable_id("user_system", row["Name"]), now, row, key=row["Name"])
    system = stable_id("user_system", content["user_system"][0]["Name"])
    for row in content["user_type"]:
        body = {**NO_ACCESS, **row, "SystemID": system}
        yield _row("user_type", stable_id("user_type", row["Name"]), now, body, key=row["Name"])


def _domain(name: str, authorities: list[dict[str, Any]], now: datetime) -> Iterator[Resource]:
    domain_id = stable_id("domain", name)
    body = {"AuthorisationDomainName": name, "AuthorisationDomainRegion": "Mock"}
    yield _row("domain", domain_id, now, body, key=name)
    for row in authorities:
        authority_id = stable_id("authority", row["AuthorityCode"])
        body = {
            "AuthorityID": authority_id,
            "AuthorisationDomainID": domain_id,
            "AuthorityName": row["AuthorityName"],
            "AuthorisationDomainName": name,
        }
        key = mapping_key(authority_id, domain_id)
        yield _row("authority_domain", stable_id("authority_domain", key), now, body, key=key)


def _role(domain: str, name: str, role: DomainRole, now: datetime) -> Iterator[Resource]:
    role_id = stable_id("domain_role", domain, name)
    body = {
        "AuthorisationDomainName": domain,
        "AuthorisationDomainRoleName": name,
        "RoleType": role.kind,
        "Exclusive": False,
    }
    yield _row("domain_role", role_id, now, body, parent=stable_id("domain", domain), key=role_key(domain, name))
    for statement in role.metadata:
        body = {
            "EntityType": "oauth_client",
            "ClaimName": statement.claim,
            "PolicyOperator": statement.operator,
            "DataType": "string",
            "Values": list(statement.values),
            "DomainRoleName": name,
        }
        metadata_id = stable_id("role_metadata", domain, name, statement.claim, statement.operator)
        yield _row("role_metadata", metadata_id, now, body, parent=role_id)


def _certification_type(row: Mapping[str, Any], now: datetime) -> Iterator[Resource]:
    type_id = stable_id("certification_type", row["TypeName"])
    body = {name: value for name, value in row.items() if name != "variants"}
    yield _row("certification_type", type_id, now, {**body, "CreatedBy": "connect-mock"}, key=row["TypeName"])
    for variant in row["variants"]:
        variant_id = stable_id("certification_variant", row["TypeName"], variant["VariantName"])
        yield _row("certification_variant", variant_id, now, {**variant, "CreatedBy": "connect-mock"}, parent=type_id)


def _row(
    kind: str, resource_id: str, now: datetime, body: Mapping[str, Any], *, parent: str = "", key: str | None = None
) -> Resource:
    return Resource(resource_id, kind, None, parent, key, "Active", dict(body), now)


@cache
def _content() -> Mapping[str, Any]:
    return tomllib.loads(files.files("app.directory").joinpath("references.toml").read_text("utf-8"))
