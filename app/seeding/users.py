"""Users of a seed as accounts."""

from __future__ import annotations

from typing import Any

from app.directory.seed_users import SeedAccess, SeedUser
from app.oauth.accounts import FLAGS, AccountDraft

NAMES = ("GivenName", "FamilyName", "PhoneNumber", "Address")


def account_draft(table: SeedUser) -> AccountDraft:
    """What the use case of accounts takes."""
    details: dict[str, Any] = {name: getattr(table, name) for name in NAMES if getattr(table, name) is not None}
    details |= {name: True for name in FLAGS if getattr(table, name)}
    details["OrgAccessDetails"] = {access.OrganisationId: _access(access) for access in table.access}
    return AccountDraft(
        user_id=table.UserID,
        email=table.UserEmail,
        password=table.PasswordHash or table.Password or "",
        second_factor=table.SecondFactorHash or table.SecondFactor,
        status=table.Status,
        details=details,
    )


def _access(access: SeedAccess) -> dict[str, Any]:
    roles = [
        {
            "AuthorisationDomainName": role.AuthorisationDomain,
            "AuthorisationDomainRoleName": role.Role,
            "ContactRole": role.ContactRole,
            "Status": "Active",
        }
        for role in access.Roles
    ]
    return {"OrgAdmin": access.OrgAdmin, "DomainRoleDetails": roles}
