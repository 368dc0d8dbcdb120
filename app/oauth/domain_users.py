"""Domain users: who is what in a role of an organisation, and anybody's portrait (connect.md 16).

Each public method is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.access import Caller, power, require_right
from app.access_rules import Level, Need
from app.errors import Finding, Forbidden, Invalid, NotFound
from app.oauth.accounts import access_of
from app.oauth.offices import ID, DomainUser, Status, domain_users, row_id, with_role
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
from app.store.grants import Account
from app.store.records import Organisation, Resource
from app.store.store import Store, UnitOfWork

KIND = "domain_user"
WRITE = Need("domain_users", Level.WRITE)
PERSONAL = ("administrators", "domain_users")
"""Who may read one of these of an organisation sees the people in it."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a caller may see of somebody: the organisations are those he may look into; the rest is by their ids."""

    account: Account
    organisations: tuple[Organisation, ...]
    administers: Mapping[str, bool]
    rows: Mapping[str, tuple[DomainUser, ...]]
    terms: Resource | None = None
    """What everybody who uses the directory has agreed to, if there is such a document."""


class DomainUsers:
    def __init__(self, store: Store, roster: Roster) -> None:
        self._store, self._roster = store, roster

    def list(self, organisation_id: str, domain: str, role: str = "") -> tuple[DomainUser, ...]:
        """By e-mail address; `role` leaves those of others out. Raises NotFound for organisation and domain."""
        with self._store.read() as uow:
            _ground(uow, organisation_id, domain)
            return _rows(uow, uow.accounts.all(), organisation_id, domain, role)

    def of_organisation(self, organisation_id: str) -> tuple[DomainUser, ...]:
        """Of every domain. Raises NotFound."""
        with self._store.read() as uow:
            uow.organisations.get(organisation_id)
            return _rows(uow, uow.accounts.all(), organisation_id)

    def of_user(self, organisation_id: str, domain: str, user: str) -> tuple[DomainUser, ...]:
        """What somebody is in a domain. Raises NotFound, also where he is nothing there."""
        with self._store.read() as uow:
            _ground(uow, organisation_id, domain)
            found = _rows(uow, (named(uow, user),), organisation_id, domain)
        if not found:
            raise NotFound("this user is nothing in this domain of the organisation")
        return found

    def create(
        self, caller: Caller, organisation_id: str, domain: str, values: Mapping[str, Any], invited: Invited
    ) -> DomainUser:
        """Raises Forbidden, NotFound, Invalid (role, type, system), Conflict (already, a withdrawn organisation)."""
        require_right(caller, WRITE, organisation_id)
        require_address("Email", invited.email)
        with self._store.write() as uow:
            organisation = open_organisation(uow, caller, organisation_id)
            require_people(organisation)
            role = _new_role(uow, organisation, _domain(uow, domain), values)
            account = self._roster.account(uow, caller, invited)
            if any(_is_same(known.role, role) for known in domain_users(account, organisation_id, domain)):
                raise held_already(account)
            role[ID] = row_id(account, organisation_id, role)
            change = account, with_role(account, organisation_id, role)
            kept = self._roster.given(uow, caller, change, KIND, organisation_id, is_first=True)
            return DomainUser(kept, organisation_id, role)

    def switch(
        self,
        caller: Caller,
        place: tuple[str, str],
        user: str,
        record_id: str,
        status: Status,
        revisions: frozenset[str] | None,
    ) -> DomainUser:
        """`place` is organisation and domain. Raises Forbidden, NotFound, Conflict, Stale."""
        organisation_id, domain = place
        require_right(caller, WRITE, organisation_id)
        with self._store.write() as uow:
            open_organisation(uow, caller, organisation_id)
            _domain(uow, domain)
            account = named(uow, user)
            rows = (row for row in domain_users(account, organisation_id, domain) if row.row_id == record_id.lower())
            found = next(rows, None)
            if found is None:
                raise NotFound("this user has no such record in this domain of the organisation")
            require_usable(account, status, revisions)
            role = found.role if found.status == status else {**found.role, "Status": status, ID: found.row_id}
            change = account, with_role(account, organisation_id, role)
            kept = self._roster.given(uow, caller, change, KIND, organisation_id)
            return _told_whole(uow, DomainUser(kept, organisation_id, role))

    def portrait(self, caller: Caller, user: str) -> Portrait:
        """Somebody as the caller may see him: himself, or through the organisations whose people he may read.

        Raises Forbidden, for somebody who is not there too unless the caller may read everybody; else NotFound.
        """
        with self._store.read() as uow:
            account, shown = _visible(uow, caller, user)
            found = (uow.organisations.find(each) for each in shown)
            organisations = tuple(organisation for organisation in found if organisation is not None)
            return Portrait(
                account,
                organisations,
                {each: access_of(account)[each].get("OrgAdmin") is True for each in shown},
                {each: _rows(uow, (account,), each) for each in shown},
                _directory_terms(uow),
            )


def _visible(uow: UnitOfWork, caller: Caller, user: str) -> tuple[Account, tuple[str, ...]]:
    """An account, and the organisations of it that the caller sees."""
    reads_all = power(caller, "administrators") >= Level.READ
    try:
        account = named(uow, user)
    except NotFound:
        if reads_all:
            raise
        raise _hidden() from None
    is_self = caller.person is not None and caller.user == account.email
    sees_all = reads_all or is_self
    shown = tuple(each for each in access_of(account) if sees_all or _reads_people(caller, each))
    if not shown and not sees_all:
        raise _hidden()
    return account, shown


def _hidden() -> Forbidden:
    return Forbidden("users are shown to themselves and to who may read the people of their organisations")


def _reads_people(caller: Caller, organisation_id: str) -> bool:
    return any(power(caller, area, organisation_id) >= Level.READ for area in PERSONAL)


def _directory_terms(uow: UnitOfWork) -> Resource | None:
    """The newest document for everybody."""
    every = (record for record in uow.resources.of_kind("terms") if record.is_active)
    return next((record for record in reversed(tuple(every)) if record.body["Type"] == "Directory"), None)


def _ground(uow: UnitOfWork, organisation_id: str, domain: str) -> None:
    uow.organisations.get(organisation_id)
    _domain(uow, domain)


def _domain(uow: UnitOfWork, name: str) -> Resource:
    found = uow.resources.by_key("domain", name)
    if found is None:
        raise NotFound(f"no such domain: {name[:80]}")
    return found


def _rows(
    uow: UnitOfWork, accounts: Iterable[Account], organisation_id: str, domain: str = "", role: str = ""
) -> tuple[DomainUser, ...]:
    return tuple(
        _told_whole(uow, row)
        for account in accounts
        for row in domain_users(account, organisation_id, domain)
        if role.casefold() in ("", str(row.role["AuthorisationDomainRoleName"]).casefold())
    )


def _told_whole(uow: UnitOfWork, row: DomainUser) -> DomainUser:
    """With type and system, which seeds do not name."""
    role = dict(row.role)
    if "UserTypeID" not in role and (kind := uow.resources.by_key("user_type", str(role["ContactRole"]))):
        system = uow.resources.find("user_system", str(kind.body["SystemID"]))
        role |= {"UserTypeID": kind.resource_id, "SystemID": kind.body["SystemID"]}
        role |= {"System": system.body["Name"]} if system else {}
    return DomainUser(row.account, row.organisation_id, {**role, ID: row.row_id, "Status": row.status})


def _new_role(
    uow: UnitOfWork, organisation: Organisation, domain: Resource, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What a body names: a role of the domain, a type of users, and the system that the type belongs to."""
    name, wanted = str(domain.body["AuthorisationDomainName"]), str(values["AuthorisationDomainRole"])
    if wanted not in _roles_of(uow, domain) and not _holds(organisation, name, wanted):
        raise _refused("AuthorisationDomainRole", f"must name an active role of the domain {name}", wanted)
    kind = _reference(uow, "UserTypeID", "user_type", "user type", values)
    system = _reference(uow, "SystemID", "user_system", "system", values)
    if kind.body["SystemID"] != system.resource_id:
        raise _refused("SystemID", f"must be that of the user type, {kind.body['SystemID']}", system.resource_id)
    return {
        "AuthorisationDomainName": name,
        "AuthorisationDomainRoleName": wanted,
        "Status": "Active",
        "ContactRole": kind.body["Name"],
        "UserTypeID": kind.resource_id,
        "SystemID": system.resource_id,
        "System": system.body["Name"],
    }


def _roles_of(uow: UnitOfWork, domain: Resource) -> frozenset[str]:
    found = uow.resources.below(domain.resource_id, "domain_role")
    return frozenset(str(each.body["AuthorisationDomainRoleName"]) for each in found if each.is_active)


def _holds(organisation: Organisation, domain: str, role: str) -> bool:
    """Seeds give roles that the reference data do not have."""
    named = [claim for claim in organisation.roles if (claim.get("domain"), claim.get("role")) == (domain, role)]
    return any(claim.get("status", "Active") == "Active" for claim in named)


def _reference(uow: UnitOfWork, member: str, kind: str, title: str, values: Mapping[str, Any]) -> Resource:
    wanted = str(values[member]).lower()
    found = uow.resources.find(kind, wanted)
    if found is None or not found.is_active:
        raise _refused(member, f"must be that of an active {title}", wanted)
    return found


def _is_same(known: Mapping[str, Any], role: Mapping[str, Any]) -> bool:
    """Seeds name neither type nor system."""
    names = ("AuthorisationDomainRoleName", "ContactRole")
    return all(known.get(n) == role[n] for n in names) and known.get("SystemID", role["SystemID"]) == role["SystemID"]


def _refused(member: str, must: str, got: str) -> Invalid:
    finding = Finding("field.value", f"{member} {must}", f"/{member}", got=got[:80])
    return Invalid(finding.detail, code=finding.code, findings=(finding,))
