"""People for tests, put straight into the store: a password costs time, and most tests need none."""

from __future__ import annotations

from typing import Any

from app.oauth.passwords import STAND_IN
from app.runtime.entropy import new_id
from app.sandbox import Sandbox
from app.store.grants import Account

DOMAIN = "Open Banking"


def add_person(sandbox: Sandbox, email: str, **details: Any) -> Account:
    """Somebody without a password; `details` as accounts have them."""
    account = Account(
        user_id=new_id(sandbox.entropy),
        email=email,
        password_hash=STAND_IN,
        status="Active",
        created_at=sandbox.clock.now(),
        details={"GivenName": "Given", "FamilyName": "Family"} | details,
    )
    with sandbox.store.write() as uow:
        uow.accounts.add(account)
    return account


def contact_of(organisation_id: str, *contact_roles: str, status: str = "Active") -> dict[str, Any]:
    """`OrgAccessDetails` of a domain user: `PTC`, `STC`, `PBC`, `SBC`."""
    roles = [
        {
            "AuthorisationDomainName": DOMAIN,
            "AuthorisationDomainRoleName": "ASPSP",
            "ContactRole": contact_role,
            "Status": status,
        }
        for contact_role in contact_roles
    ]
    return {organisation_id: {"OrgAdmin": False, "DomainRoleDetails": roles}}


def administrator_of(organisation_id: str) -> dict[str, Any]:
    return {organisation_id: {"OrgAdmin": True, "DomainRoleDetails": []}}
