"""What tokens and `/me` tell of a person (connect.md 17.6, OpenID Connect Core, 5.1 and 5.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.oauth.accounts import access_of, flag, full_name
from app.store.grants import Account
from app.store.records import Organisation

Claims = dict[str, Any]
BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "profile": ("name", "given_name", "family_name"),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
"""Which claims a scope asks for, besides `sub`."""


def subject(account: Account) -> str:
    """`sub` is the e-mail address (connect.md 17.6)."""
    return account.email


def person_claims(account: Account, scopes: frozenset[str]) -> Claims:
    """`sub`, and what the scopes ask for as far as it is known."""
    details = account.details
    phone = details.get("PhoneNumber")
    known = {
        "name": full_name(account),
        "given_name": details.get("GivenName"),
        "family_name": details.get("FamilyName"),
        "email": account.email,
        "email_verified": True,
        "phone_number": phone,
        "phone_number_verified": True if phone else None,
        "address": details.get("Address"),
    }
    asked = [name for scope, names in BY_SCOPE.items() if scope in scopes for name in names]
    return {"sub": subject(account)} | {name: known[name] for name in asked if known[name] is not None}


def trust_framework_profile(account: Account, organisations: Mapping[str, Organisation]) -> Claims:
    """The claim of that name; an organisation that the directory does not have is left out."""
    access = access_of(account)
    return {
        "basic_information": {
            "user_id": account.user_id,
            "user_email": account.email,
            "status": account.status,
        },
        "org_access_details": {
            organisation_id: _access(access[organisation_id], organisation)
            for organisation_id, organisation in organisations.items()
            if organisation_id in access
        },
        "super_user": flag(account, "SuperUser"),
        "data_administrator": flag(account, "DataAdministrator"),
        "certification_manager": flag(account, "CertificationManager"),
        "system_user": flag(account, "SystemUser"),
    }


def _access(access: Mapping[str, Any], organisation: Organisation) -> Claims:
    return {
        "organisation_name": organisation.name,
        "org_registration_number": organisation.registration_number,
        "org_admin": access.get("OrgAdmin") is True,
        "domain_role_details": [
            {
                "authorisation_domain_name": role["AuthorisationDomainName"],
                "authorisation_domain_role_name": role["AuthorisationDomainRoleName"],
                "contact_role": role["ContactRole"],
                "status": role.get("Status", "Active"),
            }
            for role in access.get("DomainRoleDetails", ())
        ],
    }
