"""What somebody may do as a member of user groups, in the organisations that they are bound to (OpenAPI 1.39)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.oauth.accounts import access_of
from app.store.grants import Account
from app.store.records import Resource
from app.store.store import UnitOfWork

MEMBER, GROUP = "group_member", "user_group"
ORGANISATION, PERMISSION = "group_organisation_binding", "group_permission"
ADMINISTRATOR = "OrganisationAdministrator"


def with_groups(uow: UnitOfWork, account: Account) -> Account:
    """The account with what its groups give, as if it stood there; groups that are not active give nothing."""
    access: dict[str, dict[str, Any]] = {name: dict(value) for name, value in access_of(account).items()}
    is_more = False
    for group in _groups(uow, account):
        below = uow.resources.below(group.resource_id)
        permissions = [each for each in below if each.kind == PERMISSION]
        for binding in (each for each in below if each.kind == ORGANISATION):
            for permission in permissions:
                is_more = True
                _add(access.setdefault(binding.body["OrganisationID"], {}), permission)
    return replace(account, details={**account.details, "OrgAccessDetails": access}) if is_more else account


def _groups(uow: UnitOfWork, account: Account) -> Iterator[Resource]:
    email = account.email.casefold()
    for member in uow.resources.of_kind(MEMBER):
        if str(member.body["UserIdentifier"]).casefold() == email:
            group = uow.resources.find(GROUP, member.parent_id)
            if group is not None and group.is_active:
                yield group


def _add(access: dict[str, Any], permission: Resource) -> None:
    body = permission.body
    if body["PermissionType"] == ADMINISTRATOR:
        access["OrgAdmin"] = True
        return
    role = {
        "AuthorisationDomainName": body.get("AuthorisationDomainName", ""),
        "AuthorisationDomainRoleName": body.get("AuthorisationDomainRoleName", ""),
        "ContactRole": body.get("AuthorisationDomainUserTypeName", ""),
        "UserTypeID": body.get("AuthorisationDomainUserTypeID", ""),
        "Status": "Active",
    }
    access["DomainRoleDetails"] = [*access.get("DomainRoleDetails", ()), role]
