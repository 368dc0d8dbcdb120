"""The people who may sign in, and what they are in the directory (connect.md 16).

Each public method is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.access import Caller
from app.errors import Invalid, NotFound
from app.oauth.passwords import hashed, is_hash
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.store.grants import Account
from app.store.records import AuditEvent, Details
from app.store.store import Store, UnitOfWork

FLAGS = ("SuperUser", "DataAdministrator", "CertificationManager", "SystemUser")


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """A new account. `password` and `second_factor` are in clear, unless they are stored forms of scrypt already.

    `details` hold `GivenName`, `FamilyName`, `PhoneNumber`, `Address`, the FLAGS and `OrgAccessDetails`: a map keyed by
    organisation with `OrgAdmin` and `DomainRoleDetails`, spelt as on the wire.
    """

    user_id: str
    email: str
    password: str
    second_factor: str | None = None
    status: Literal["Active", "Inactive"] = "Active"
    details: Details = field(default_factory=dict)


class Accounts:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def create(self, caller: Caller, draft: AccountDraft) -> Account:
        """Raises Conflict for an id or an address in use, Invalid where an organisation is not there."""
        second = None if draft.second_factor is None else self._stored(draft.second_factor)
        account = Account(
            user_id=draft.user_id,
            email=draft.email,
            password_hash=self._stored(draft.password),
            status=draft.status,
            created_at=self._clock.now(),
            second_factor=second,
            details=draft.details,
        )
        with self._store.write() as uow:
            _require_organisations(uow, account)
            uow.accounts.add(account)
            uow.audit.add(_event(caller, account))
        return account

    def read(self, user_id: str) -> Account:
        """Raises NotFound."""
        with self._store.read() as uow:
            found = uow.accounts.find(user_id)
        if found is None:
            raise NotFound(f"no user {user_id[:80]}")
        return found

    def named(self, text: str) -> Account:
        """The account with this id or this e-mail address. Raises NotFound."""
        with self._store.read() as uow:
            found = uow.accounts.find(text) or uow.accounts.find_by_email(text)
        if found is None:
            raise NotFound(f"no user {text[:80]}: neither an id nor an e-mail address of one")
        return found

    def all(self) -> tuple[tuple[Account, str], ...]:
        """Every account with its powers in words, by e-mail address."""
        with self._store.read() as uow:
            names: dict[str, str] = {}
            return tuple((account, powers(account, uow, names)) for account in uow.accounts.all())

    def _stored(self, secret: str) -> str:
        return secret if is_hash(secret) else hashed(secret, self._entropy)


def full_name(account: Account) -> str:
    parts = (account.details.get("GivenName"), account.details.get("FamilyName"))
    return " ".join(part for part in parts if part) or account.email


def flag(account: Account, name: str) -> bool:
    """Whether one of FLAGS is set."""
    return account.details.get(name) is True


def access_of(account: Account) -> Mapping[str, Mapping[str, Any]]:
    """What the person is, by organisation id."""
    found: Mapping[str, Mapping[str, Any]] = account.details.get("OrgAccessDetails", {})
    return found


def powers(account: Account, uow: UnitOfWork, names: dict[str, str]) -> str:
    """What somebody is, in a few words; `names` keeps the names of organisations between calls."""
    said = [name for name in FLAGS if flag(account, name)]
    words = {"SuperUser": "super user", "DataAdministrator": "data administrator", "SystemUser": "system user"}
    told = [words.get(name, "certification manager") for name in said]
    for organisation_id, access in access_of(account).items():
        if organisation_id not in names:
            organisation = uow.organisations.find(organisation_id)
            names[organisation_id] = organisation.name if organisation else organisation_id
        kinds = ["administrator"] if access.get("OrgAdmin") else []
        roles = (each for each in access.get("DomainRoleDetails", ()) if each.get("Status", "Active") == "Active")
        kinds += sorted({str(role["ContactRole"]) for role in roles})
        told.append(f"{', '.join(kinds) or 'member'} of {names[organisation_id]}")
    return "; ".join(told) or "no rights"


def _require_organisations(uow: UnitOfWork, account: Account) -> None:
    for organisation_id in access_of(account):
        if uow.organisations.find(organisation_id) is None:
            raise Invalid(f"no organisation {organisation_id[:80]} for {account.email}", code="access.not_found")


def _event(caller: Caller, account: Account) -> AuditEvent:
    record = {"user_id": account.user_id, "email": account.email, "status": account.status, "details": account.details}
    return AuditEvent(account.created_at, caller.name, "create", "user", account.user_id, None, record)
