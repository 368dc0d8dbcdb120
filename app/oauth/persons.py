"""A person's rights, from his account: the kinds that the table of rights knows, and types of users (connect.md 16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.access import ORGANISATION_ADMINISTRATOR, SUPER_USER, Person
from app.access_rules import Holder, Level, rules
from app.oauth.accounts import access_of, flag
from app.store.grants import Account
from app.store.store import UnitOfWork

KINDS: Mapping[str, str] = {
    "SuperUser": SUPER_USER,
    "DataAdministrator": "data_administrator",
    "CertificationManager": "certification_manager",
}
"""Flags of an account that are rights everywhere."""
CONTACTS = frozenset({"PTC", "STC", "PBC", "SBC"})
"""Types that the table of rights has: they count where the directory has no such type of users any more."""
READER = "SBC"
"""What somebody with access to the directory may do in areas that his type says nothing about."""
ACCESS: Mapping[str, str] = {
    "OrganisationCertificatesAccess": "organisation_certificates",
    "OrganisationContactsAccess": "contacts",
    "DomainUserAccess": "domain_users",
    "SoftwareStatementAccess": "software_statements",
    "AuthorisationServerAccess": "authorisation_servers",
    "TermsAndConditionsAccess": "terms_and_conditions",
}
"""Members of a type of users -> areas of the table."""


def kinds_of(account: Account) -> frozenset[str]:
    """What somebody is everywhere."""
    return frozenset(kind for name, kind in KINDS.items() if flag(account, name))


def person_of(uow: UnitOfWork, account: Account) -> Person:
    """What somebody is, everywhere and in single organisations; inactive roles and types give nothing."""
    organisations: dict[str, frozenset[str]] = {}
    types: dict[str, Holder] = {}
    for organisation_id, access in access_of(account).items():
        holders = list(_types_in(uow, access))
        types |= {holder.name: holder for holder in holders if holder.name not in CONTACTS}
        kinds = {holder.name for holder in holders}
        organisations[organisation_id] = frozenset(kinds | _administration(access))
    return Person(kinds_of(account), organisations, types)


def _administration(access: Mapping[str, Any]) -> set[str]:
    return {ORGANISATION_ADMINISTRATOR} if access.get("OrgAdmin") is True else set()


def _types_in(uow: UnitOfWork, access: Mapping[str, Any]) -> Iterator[Holder]:
    """The types of users that somebody is in one organisation."""
    seen: set[tuple[str | None, str]] = set()
    for role in access.get("DomainRoleDetails", ()):
        named = role.get("UserTypeID"), str(role.get("ContactRole", ""))
        if role.get("Status", "Active") != "Active" or named in seen:
            continue
        seen.add(named)
        holder = _type(uow, *named)
        if holder is not None:
            yield holder


def _type(uow: UnitOfWork, type_id: str | None, name: str) -> Holder | None:
    """What the row of this type gives, found by id or by name; without a row, what the table says of the name."""
    record = uow.resources.find("user_type", type_id) if type_id else uow.resources.by_key("user_type", name)
    if record is None:
        return rules().holders[name] if name in CONTACTS else None
    body = record.body
    if not record.is_active or body.get("DirectoryAccess") is False:
        return None
    levels = {area: Level[str(body[member]).upper()] for member, area in ACCESS.items() if body.get(member)}
    title = f"{body.get('Description') or 'Domain user'} ({body['Name']})"
    reader = rules().holders[READER]
    return Holder(f"user type {record.resource_id}", title, reader.reach, {**reader.levels, **levels})
