"""What a person is in the directory, and whether he still is: how accounts keep it (connect.md 16). Pure.

What somebody is has a status of its own, since it is switched off and on and never deleted. The flags of an account and
`OrgAdmin` say what counts now; `SuperUserStatus` and the like stand beside them once they were switched off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID, uuid5

from app.oauth.accounts import access_of, flag
from app.store.grants import Account

Status = Literal["Active", "Inactive"]
ADMINISTRATOR = "OrgAdmin"
ROLES = "DomainRoleDetails"
ID = "AuthorisationDomainUserId"
SPACE = UUID("0c5d7a8e-6c1b-5a0e-9a53-1f5f5d1c2a77")


@dataclass(frozen=True, slots=True)
class DomainUser:
    """One row: somebody's role in a domain of an organisation; `role` as in `DomainRoleDetails`."""

    account: Account
    organisation_id: str
    role: Mapping[str, Any]

    @property
    def row_id(self) -> str:
        return row_id(self.account, self.organisation_id, self.role)

    @property
    def status(self) -> Status:
        return "Inactive" if self.role.get("Status") == "Inactive" else "Active"


def office(account: Account, name: str) -> Status | None:
    """The status of one of the flags; None where somebody never had it."""
    if flag(account, name):
        return "Active"
    return "Inactive" if account.details.get(f"{name}Status") == "Inactive" else None


def with_office(account: Account, name: str, status: Status) -> Account:
    return replace(account, details={**account.details, name: status == "Active", f"{name}Status": status})


def administration(account: Account, organisation_id: str) -> Status | None:
    """Whether somebody administers an organisation; None where he never did."""
    access = access_of(account).get(organisation_id, {})
    if access.get(ADMINISTRATOR) is True:
        return "Active"
    return "Inactive" if access.get(f"{ADMINISTRATOR}Status") == "Inactive" else None


def with_administration(account: Account, organisation_id: str, status: Status) -> Account:
    own = {ADMINISTRATOR: status == "Active", f"{ADMINISTRATOR}Status": status}
    return _with_access(account, organisation_id, own)


def domain_users(account: Account, organisation_id: str, domain: str = "") -> Iterator[DomainUser]:
    """What somebody is in the roles of an organisation, or in those of one domain."""
    for role in access_of(account).get(organisation_id, {}).get(ROLES, ()):
        if domain in ("", role["AuthorisationDomainName"]):
            yield DomainUser(account, organisation_id, role)


def with_role(account: Account, organisation_id: str, role: Mapping[str, Any]) -> Account:
    """With this role, in the place of the same one."""
    wanted = row_id(account, organisation_id, role)
    others = list(access_of(account).get(organisation_id, {}).get(ROLES, ()))
    same = [row_id(account, organisation_id, other) == wanted for other in others]
    kept = [dict(role) if is_same else other for other, is_same in zip(others, same, strict=True)]
    roles = kept if any(same) else [*others, dict(role)]
    return _with_access(account, organisation_id, {ROLES: roles})


def row_id(account: Account, organisation_id: str, role: Mapping[str, Any]) -> str:
    """The id of a row follows from what it is about, so a person is the same in the same role once."""
    kept = role.get(ID)
    names = ("AuthorisationDomainName", "AuthorisationDomainRoleName", "ContactRole", "SystemID")
    parts = (account.user_id, organisation_id, *(str(role.get(name, "")) for name in names))
    return str(kept) if kept else str(uuid5(SPACE, "\x1f".join(parts)))


def _with_access(account: Account, organisation_id: str, changed: Mapping[str, Any]) -> Account:
    every = access_of(account)
    access = {ADMINISTRATOR: False, ROLES: [], **every.get(organisation_id, {}), **changed}
    return replace(account, details={**account.details, "OrgAccessDetails": {**every, organisation_id: access}})
