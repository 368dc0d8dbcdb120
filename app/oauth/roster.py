"""The accounts of a directory as those who administer people change them: found, made, kept, with audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.access import Caller, absent
from app.errors import Conflict, Finding, Invalid, NotFound, Stale
from app.oauth.offices import Status
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.store.grants import Account
from app.store.records import AuditEvent, Organisation
from app.store.store import UnitOfWork

LONGEST_ADDRESS = 254
SEPARATORS = frozenset(" <>,;@")
ACCOUNT, BY_PROVIDER = "account", "EnforceIdpUserManagement"


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is to be something: his address, and the stored form of what he signs in with if he is new."""

    email: str
    password_hash: str


class Roster:
    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock, self._entropy = clock, entropy

    def account(self, uow: UnitOfWork, caller: Caller, invited: Invited) -> Account:
        """Who has this address, else somebody new. Raises Conflict for an account that is not active."""
        found = uow.accounts.find_by_email(invited.email)
        if found is not None and not found.is_active:
            raise Conflict("the account of this user is not active", code="state.illegal")
        if found is not None:
            return found
        user_id, now = new_id(self._entropy), self._clock.now()
        made = Account(user_id, invited.email, invited.password_hash, "Active", now, details={"OrgAccessDetails": {}})
        uow.accounts.add(made)
        uow.audit.add(AuditEvent(now, caller.name, "create", ACCOUNT, user_id, None, _told(made)))
        return made

    def given(
        self,
        uow: UnitOfWork,
        caller: Caller,
        change: tuple[Account, Account],
        kind: str,
        organisation_id: str | None = None,
        *,
        is_first: bool = False,
    ) -> Account:
        """Keep an account as it was and is to be, with its audit; what changes nothing leaves no trace.

        `kind` is what the audit calls the object, `is_first` whether it comes to be.
        """
        before, after = change
        if after == before:
            return before
        now = self._clock.now()
        details = {**after.details, "UpdatedAt": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"}
        stored = replace(after, details=details, revision=before.revision + 1)
        uow.accounts.replace(stored)
        told = _told(stored) | {"before": _told(before)}
        action = "create" if is_first else "update"
        uow.audit.add(AuditEvent(now, caller.name, action, kind, stored.user_id, organisation_id, told))
        return stored


def named(uow: UnitOfWork, user: str) -> Account:
    """By id or by e-mail address, whatever the letter case. Raises NotFound."""
    found = uow.accounts.find(user.lower()) or uow.accounts.find_by_email(user)
    if found is None:
        raise NotFound("no user has this id or e-mail address")
    return found


def require_usable(account: Account, status: Status, revisions: frozenset[str] | None) -> None:
    """Raise Stale for an older copy, Conflict where somebody who may not sign in at all would come back."""
    if revisions is not None and str(account.revision) not in revisions:
        raise Stale(f"If-Match names another revision than {account.revision}, which the directory has")
    if status == "Active" and not account.is_active:
        raise Conflict("the account of this user is not active", code="state.illegal")


def open_organisation(uow: UnitOfWork, caller: Caller, organisation_id: str) -> Organisation:
    """An organisation that may be changed. Raises as writes do (connect.md 5.2), and Conflict."""
    try:
        found = uow.organisations.get(organisation_id)
    except NotFound as error:
        raise absent(caller, error.reason) from error
    if found.status == "Withdrawn":
        raise Conflict("a withdrawn organisation cannot be changed", code="state.illegal")
    return found


def takes_people(organisation: Organisation) -> bool:
    """Whether people are made here, and not by the organisation's identity provider alone (OpenAPI 1.39)."""
    return organisation.status != "Withdrawn" and organisation.details.get(BY_PROVIDER) is not True


def require_people(organisation: Organisation) -> None:
    """Raise Conflict where an organisation leaves its people to its identity provider."""
    if not takes_people(organisation):
        text = f"{BY_PROVIDER} of this organisation is true: its identity provider says who its people are"
        raise Conflict(text, code="state.illegal")


def held_already(account: Account) -> Conflict:
    return Conflict(f"the user is this already: {account.user_id}; PUT changes the status")


def require_address(member: str, email: str) -> None:
    """Raise Invalid for what is no e-mail address that people can read."""
    local, _, host = email.rpartition("@")
    labels = host.split(".")
    is_one = bool(local) and len(labels) > 1 and all(labels) and email.isprintable()
    if not is_one or SEPARATORS & set(local + host) or len(email) > LONGEST_ADDRESS:
        text = f"{member} must be a valid e-mail address of at most {LONGEST_ADDRESS} characters"
        finding = Finding("field.value", text, f"/{member}", got=email[:80])
        raise Invalid(text, code=finding.code, findings=(finding,))


def _told(account: Account) -> dict[str, Any]:
    return {"email": account.email, "status": account.status, "revision": account.revision, "details": account.details}
