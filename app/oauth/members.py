"""Who holds an office: super users, data administrators, certification managers, administrators (connect.md 16).

Nobody is ever deleted: an office is given, switched off and switched on again, and rights follow at the next request.
Each public method is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.access import Caller, require_right
from app.access_rules import Level, Need
from app.errors import NotFound
from app.oauth.offices import Status, administration, office, with_administration, with_office
from app.oauth.passwords import STAND_IN, hashed
from app.oauth.roster import (
    Invited,
    Roster,
    held_already,
    named,
    open_organisation,
    require_address,
    require_people,
    require_usable,
)
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.grants import Account
from app.store.store import Store, UnitOfWork

OFFICES = {
    "SuperUser": "super_user",
    "DataAdministrator": "data_administrator",
    "CertificationManager": "certification_manager",
}
"""Flags of accounts -> what the audit calls their holders."""
ADMINISTRATOR = "organisation_administrator"
APPOINT = Need("ecosystem", Level.WRITE)
ADMINISTER = Need("administrators", Level.WRITE)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in an office, and whether he is still."""

    account: Account
    status: Status

    @property
    def effective(self) -> Status:
        """Who may not sign in is nothing."""
        return self.status if self.account.is_active else "Inactive"


class Members:
    def __init__(self, store: Store, roster: Roster, entropy: Entropy, settings: Settings) -> None:
        self._store, self._roster, self._entropy, self._settings = store, roster, entropy, settings

    def new_password(self) -> str:
        """The stored form of what somebody new signs in with: the setting `invited_password`; it takes a while."""
        secret = self._settings.invited_password.get_secret_value()
        return hashed(secret, self._entropy) if secret else STAND_IN

    def holders(self, name: str) -> tuple[Member, ...]:
        """Everybody who has or had one of OFFICES, by e-mail address."""
        with self._store.read() as uow:
            return _members(uow, lambda account: office(account, name))

    def appoint(self, caller: Caller, name: str, invited: Invited) -> Member:
        """Give somebody an office; whoever is not there yet comes to be. Raises Forbidden, Invalid, Conflict."""
        require_right(caller, APPOINT)
        require_address("Email", invited.email)
        with self._store.write() as uow:
            account = self._roster.account(uow, caller, invited)
            if office(account, name) is not None:
                raise held_already(account)
            change = account, with_office(account, name, "Active")
            return Member(self._roster.given(uow, caller, change, OFFICES[name], is_first=True), "Active")

    def switch(self, caller: Caller, name: str, user: str, status: Status, revisions: frozenset[str] | None) -> Member:
        """Take an office from somebody, or give it back. Raises Forbidden, NotFound, Conflict, Stale."""
        require_right(caller, APPOINT)
        with self._store.write() as uow:
            account = named(uow, user)
            if office(account, name) is None:
                raise NotFound("this user never had the office")
            require_usable(account, status, revisions)
            change = account, with_office(account, name, status)
            return Member(self._roster.given(uow, caller, change, OFFICES[name]), status)

    def administrators(self, organisation_id: str) -> tuple[Member, ...]:
        """Raises NotFound for an unknown organisation."""
        with self._store.read() as uow:
            uow.organisations.get(organisation_id)
            return _members(uow, lambda account: administration(account, organisation_id))

    def administrator(self, organisation_id: str, user: str) -> Member:
        """Raises NotFound."""
        with self._store.read() as uow:
            uow.organisations.get(organisation_id)
            return _administrator(named(uow, user), organisation_id)

    def add_administrator(self, caller: Caller, organisation_id: str, invited: Invited) -> Member:
        """Raises Forbidden, NotFound, Invalid, Conflict (one already, a withdrawn organisation)."""
        require_right(caller, ADMINISTER, organisation_id)
        require_address("UserEmail", invited.email)
        with self._store.write() as uow:
            require_people(open_organisation(uow, caller, organisation_id))
            account = self._roster.account(uow, caller, invited)
            if administration(account, organisation_id) is not None:
                raise held_already(account)
            change = account, with_administration(account, organisation_id, "Active")
            kept = self._roster.given(uow, caller, change, ADMINISTRATOR, organisation_id, is_first=True)
            return Member(kept, "Active")

    def switch_administrator(
        self, caller: Caller, organisation_id: str, user: str, status: Status, revisions: frozenset[str] | None
    ) -> Member:
        """Raises Forbidden, NotFound, Conflict, Stale."""
        require_right(caller, ADMINISTER, organisation_id)
        with self._store.write() as uow:
            open_organisation(uow, caller, organisation_id)
            account = _administrator(named(uow, user), organisation_id).account
            require_usable(account, status, revisions)
            change = account, with_administration(account, organisation_id, status)
            return Member(self._roster.given(uow, caller, change, ADMINISTRATOR, organisation_id), status)


def _members(uow: UnitOfWork, status_of: Callable[[Account], Status | None]) -> tuple[Member, ...]:
    found = ((account, status_of(account)) for account in uow.accounts.all())
    return tuple(Member(account, status) for account, status in found if status is not None)


def _administrator(account: Account, organisation_id: str) -> Member:
    status = administration(account, organisation_id)
    if status is None:
        raise NotFound("this user never was an administrator of this organisation")
    return Member(account, status)
