"""A person's rights, from his account: the kinds that the table of rights knows (connect.md 16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.access import ORGANISATION_ADMINISTRATOR, SUPER_USER, Person
from app.oauth.accounts import access_of, flag
from app.store.grants import Account

KINDS: Mapping[str, str] = {
    "SuperUser": SUPER_USER,
    "DataAdministrator": "data_administrator",
    "CertificationManager": "certification_manager",
}
"""Flags of an account that are rights everywhere."""


def person_of(account: Account) -> Person:
    """What somebody is, everywhere and in single organisations; inactive roles give nothing."""
    return Person(
        kinds=frozenset(kind for name, kind in KINDS.items() if flag(account, name)),
        organisations={each: _kinds_in(access) for each, access in access_of(account).items()},
    )


def _kinds_in(access: Mapping[str, Any]) -> frozenset[str]:
    kinds = {
        str(role["ContactRole"])
        for role in access.get("DomainRoleDetails", ())
        if role.get("Status", "Active") == "Active"
    }
    return frozenset(kinds | ({ORGANISATION_ADMINISTRATOR} if access.get("OrgAdmin") is True else set()))
