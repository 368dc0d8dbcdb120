"""People on the wire: holders of offices, domain users, and anybody's portrait (connect.md 16)."""

from __future__ import annotations

from typing import Any

from app.oauth.accounts import FLAGS, flag
from app.oauth.domain_users import Portrait
from app.oauth.members import Member
from app.oauth.offices import ID, ROLES, DomainUser
from app.wire.published import told

ROLE = ("AuthorisationDomainName", "AuthorisationDomainRoleName", "Status", "ContactRole", "UserTypeID", "System")
"""Members of the schema DomainRoleDetail."""


def office_object(member: Member, schema: str) -> dict[str, Any]:
    """The schemas SuperUser, DataAdministrator and CertificationManager."""
    return told(_basic(member), schema)


def administrator_object(member: Member, roles: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema OrganisationAdminUser; `roles` are what he is there beside."""
    told_of_him = {**_basic(member), "UserEmail": member.account.email, ROLES: roles}
    return told(told_of_him, "OrganisationAdminUser")


def domain_user_object(row: DomainUser) -> dict[str, Any]:
    """The schema AuthorisationDomainUser."""
    role = row.role
    members = {
        "UserID": row.account.user_id,
        "Status": row.status if row.account.is_active else "Inactive",
        "Email": row.account.email,
        ID: row.row_id,
        "AuthorisationDomain": role["AuthorisationDomainName"],
        "AuthorisationDomainRole": role["AuthorisationDomainRoleName"],
        **{name: role.get(name) for name in ("UserTypeID", "ContactRole", "SystemID", "System")},
    }
    return told(members, "AuthorisationDomainUser")


def role_details(role: DomainUser) -> dict[str, Any]:
    """The schema DomainRoleDetail."""
    found = {name: role.role.get(name) for name in ROLE}
    return {name: value for name, value in found.items() if value is not None}


def portrait_object(portrait: Portrait, terms: dict[str, Any] | None) -> dict[str, Any]:
    """The schema UserDetail; `terms` is the document that everybody has agreed to. The mock reports it as signed."""
    account = portrait.account
    agreed: dict[str, Any] = {"RequiresSigning": False, "Updated": False}
    members = {
        **{name: flag(account, name) for name in FLAGS},
        "BasicInformation": {"UserID": account.user_id, "UserEmail": account.email, "Status": account.status},
        "OrgAccessDetails": {
            organisation.organisation_id: {
                "OrgRegistrationNumber": organisation.registration_number,
                "OrganisationName": organisation.name,
                "OrgAdmin": portrait.administers[organisation.organisation_id],
                ROLES: [role_details(row) for row in portrait.rows[organisation.organisation_id]],
            }
            for organisation in portrait.organisations
        },
        "DirectoryTermsAndConditionsDetails": agreed | ({"TermsAndConditionsItem": terms} if terms else {}),
        "CreatedAt": account.created_at,
        "UpdatedAt": account.details.get("UpdatedAt"),
    }
    return told(members, "UserDetail")


def _basic(member: Member) -> dict[str, Any]:
    account = member.account
    return {"UserID": account.user_id, "Status": member.effective, "Email": account.email}
