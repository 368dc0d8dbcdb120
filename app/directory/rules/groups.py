"""User groups: bound to identity providers and organisations, with permissions and members (OpenAPI 1.39)."""

from __future__ import annotations

from typing import Any

from app.directory.kinds import Change, Members, refused
from app.directory.rules.dates import moment
from app.store.records import Resource
from app.store.store import UnitOfWork

SEPARATOR = "\x1f"
DOMAIN_USER = "DomainUser"
REFERENCES = {
    "AuthorisationDomainID": ("domain", "AuthorisationDomainName", "AuthorisationDomainName"),
    "AuthorisationDomainRoleID": ("domain_role", "AuthorisationDomainRoleName", "AuthorisationDomainRoleName"),
    "AuthorisationDomainUserTypeID": ("user_type", "Name", "AuthorisationDomainUserTypeName"),
    "AuthorisationDomainSystemID": ("user_system", "Name", "AuthorisationDomainSystemName"),
}
"""Member of a domain user's permission -> kind, member of it that is its name, member of the answer."""


def stamped(change: Change) -> Members:
    """A group, or whatever tells when it was changed and nothing else."""
    return {**change.values, "UpdatedAt": moment(change.now)}


def idp_binding(change: Change) -> Members:
    """Raises Invalid unless the configuration is there."""
    wanted = str(change.values["SsoConfigurationID"]).lower()
    if change.uow.resources.find("sso_configuration", wanted) is None:
        raise refused("SsoConfigurationID", "SsoConfigurationID must be that of an SSO configuration", wanted)
    return {**stamped(change), "SsoConfigurationID": wanted}


def idp_key(change: Change, body: Members) -> str:
    """A group is bound to a configuration once."""
    return _key(change, body["SsoConfigurationID"])


def idp_view(uow: UnitOfWork, record: Resource) -> Members:
    """Where the identity provider is."""
    found = uow.resources.find("sso_configuration", record.body["SsoConfigurationID"])
    if found is None:
        return {}
    named = {"OrganisationID": found.organisation_id, "ServerID": found.parent_id}
    return {**named, "DisplayName": found.body["DisplayName"]}


def organisation_binding(change: Change) -> Members:
    """Raises Invalid unless the organisation is there."""
    wanted = str(change.values["OrganisationID"])
    if change.uow.organisations.find(wanted) is None:
        raise refused("OrganisationID", "OrganisationID must be that of an organisation", wanted)
    return stamped(change)


def organisation_key(change: Change, body: Members) -> str:
    """A group is bound to an organisation once."""
    return _key(change, body["OrganisationID"])


def organisation_view(uow: UnitOfWork, record: Resource) -> Members:
    found = uow.organisations.find(record.body["OrganisationID"])
    return {} if found is None else {"OrganisationName": found.name}


def permission(change: Change) -> Members:
    """What a domain user is needs all four references; an administrator has none. Raises Invalid."""
    body: dict[str, Any] = {"PermissionType": change.values["PermissionType"], "UpdatedAt": moment(change.now)}
    if body["PermissionType"] != DOMAIN_USER:
        return body
    for member, (kind, name, shown) in REFERENCES.items():
        wanted = str(change.values.get(member, "")).lower()
        if not wanted:
            raise refused(member, f"{member} must be provided", code="field.missing")
        found = change.uow.resources.find(kind, wanted)
        if found is None:
            raise refused(member, f"{member} must be that of a {kind.replace('_', ' ')}", wanted)
        body |= {member: wanted, shown: found.body[name]}
    role = change.uow.resources.find("domain_role", body["AuthorisationDomainRoleID"])
    if role is not None and role.parent_id != body["AuthorisationDomainID"]:
        text = "AuthorisationDomainRoleID must be that of a role of this domain"
        raise refused("AuthorisationDomainRoleID", text, role.resource_id)
    return body


def permission_key(change: Change, body: Members) -> str:
    """The same permission is given once."""
    return _key(change, body["PermissionType"], *(body.get(name, "") for name in REFERENCES))


def _key(change: Change, *parts: object) -> str:
    return SEPARATOR.join((change.above[-1].resource_id, *map(str, parts)))
