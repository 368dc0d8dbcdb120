"""Role claims that organisations and applications are made with, as objects of their own (connect.md 15).

A seed names domain and role alone; here they get what claims at the API have: an id, an authority, a domain claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.directory.references import stable_id
from app.directory.rules.application_claims import CLAIM_ID
from app.store.records import Application, Organisation, Page, Resource
from app.store.store import UnitOfWork

SEPARATOR = "\x1f"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DEFAULT_AUTHORITY = stable_id("authority", "MOCK")


def record_role_claims(uow: UnitOfWork, organisation: Organisation) -> None:
    """A role claim for each short form, and a domain claim for each domain among them."""
    for domain in dict.fromkeys(str(claim.get("domain")) for claim in organisation.roles):
        uow.resources.add(_domain_claim(organisation, domain))
    for claim in organisation.roles:
        record = _role_claim(uow, organisation, claim)
        if uow.resources.by_key(record.kind, str(record.key)) is None:
            uow.resources.add(record)


def record_application_claims(uow: UnitOfWork, application: Application) -> None:
    """A claim for each role, resting on the organisation's where it has one."""
    held = uow.resources.below(application.organisation_id, "role_claim")
    by_role = {(claim.body["AuthorisationDomain"], claim.body["Role"]): claim for claim in held}
    for role in application.roles:
        named = str(role["AuthorisationDomain"]), str(role["Role"])
        body: dict[str, Any] = {
            "AuthorisationDomain": named[0],
            "Role": named[1],
            "AuthorisationDomainName": named[0],
            "AuthorisationDomainRoleName": named[1],
        }
        if named in by_role:
            body[CLAIM_ID] = by_role[named].resource_id
        key = SEPARATOR.join((application.software_statement_id, *named))
        uow.resources.add(
            Resource(
                stable_id("application_claim", key),
                "application_claim",
                application.organisation_id,
                application.software_statement_id,
                key,
                str(role.get("Status", "Active")),
                body,
                application.created_at,
            )
        )


def fill_in(uow: UnitOfWork) -> None:
    """Give owners of an older database the claims that they were made before: those with roles and without any."""
    for organisation in uow.organisations.list(Page()).items:
        if not uow.resources.below(organisation.organisation_id, "role_claim"):
            record_role_claims(uow, organisation)
    for application in uow.applications.everywhere():
        if not uow.resources.below(application.software_statement_id, "application_claim"):
            record_application_claims(uow, application)


def _domain_claim(organisation: Organisation, domain: str) -> Resource:
    domain_id = stable_id("domain", domain)
    key = SEPARATOR.join((organisation.organisation_id, DEFAULT_AUTHORITY, domain_id))
    body = {
        "AuthorityId": DEFAULT_AUTHORITY,
        "AuthorityName": "Mock Authority",
        "AuthorisationDomainID": domain_id,
        "AuthorisationDomainName": domain,
        "RegistrationId": organisation.registration_number,
    }
    return _row("domain_claim", stable_id("domain_claim", key), organisation, key, "Active", body)


def _role_claim(uow: UnitOfWork, organisation: Organisation, claim: Mapping[str, Any]) -> Resource:
    domain, role = str(claim.get("domain")), str(claim.get("role"))
    key = SEPARATOR.join((organisation.organisation_id, domain, role))
    given = str(claim.get("id", ""))
    is_free = UUID.fullmatch(given) is not None and uow.resources.find("role_claim", given) is None
    body = {
        "AuthorityId": str(claim.get("authority_id") or DEFAULT_AUTHORITY),
        "AuthorisationDomainID": stable_id("domain", domain),
        "AuthorisationDomain": domain,
        "AuthorisationDomainRoleIdentifier": stable_id("domain_role", domain, role),
        "Role": role,
        "RegistrationId": str(claim.get("registration_id") or organisation.registration_number)[:40],
        "RoleType": "Federation",
        "Exclusive": False,
    }
    status = str(claim.get("status", "Active"))
    return _row("role_claim", given if is_free else stable_id("role_claim", key), organisation, key, status, body)


def _row(
    kind: str, resource_id: str, organisation: Organisation, key: str, status: str, body: Mapping[str, Any]
) -> Resource:
    owner = organisation.organisation_id
    return Resource(resource_id, kind, owner, owner, key, status, dict(body), organisation.created_at)
