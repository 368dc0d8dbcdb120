"""The audit for people: who changed what, each member before and after it (connect.md 15 and 20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.directory.audit import CREATION, TYPES, AuditQuery, AuditTrail, Entry
from app.store.audit import AuditFilter
from app.store.records import Page
from app.store.store import Store, UnitOfWork
from app.store.units import Listing

INSIDE = frozenset({"body", "details"})
"""Members of a record that hold the members of the object."""
UNTOLD = frozenset({"before", "revision", "parent_id", "created_at", "UpdatedAt", "organisation_id"})
BEFORE = "before"
CALLED: Mapping[str, str] = {
    "client_id": "ClientId",
    "client_name": "ClientName",
    "country_of_registration": "CountryOfRegistration",
    "legal_entity_name": "LegalEntityName",
    "name": "OrganisationName",
    "registration_number": "RegistrationNumber",
    "roles": "Roles",
    "software_statement_id": "SoftwareStatementId",
    "status": "Status",
}
"""What records of organisations and applications call their members -> what the API does."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One member; None where it was not there. Of lists only what the other one does not have."""

    member: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the audit."""

    entry: Entry
    members: Mapping[str, Any]
    """The object as it was after the change."""
    differences: tuple[Difference, ...]


class Changes:
    """Reads the audit; whoever asks has looked whether the reader may."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, query: AuditQuery) -> Listing[Change]:
        """Newest first."""
        found = AuditTrail(self._store).list(query)
        with self._store.read() as uow:
            return Listing(tuple(_told(uow, found.items)), found.total)

    def of_object(self, organisation_id: str, object_id: str, below: str) -> tuple[Change, ...]:
        """Everything that was done to an object of an organisation, and to the objects of the kind `below` under it."""
        trail, kind = AuditTrail(self._store), TYPES[below]
        own = trail.list(AuditQuery(organisation_id=organisation_id, resource_id=object_id)).items
        under = trail.list(AuditQuery(organisation_id=organisation_id, resource_type=kind, parent_id=object_id)).items
        with self._store.read() as uow:
            return tuple(_told(uow, sorted((*own, *under), key=lambda entry: -entry.number)))


def _told(uow: UnitOfWork, entries: Iterable[Entry]) -> Iterator[Change]:
    for entry in entries:
        after = _members(entry.event.record)
        yield Change(entry, after, tuple(_differences(_before(uow, entry), after)))


def _before(uow: UnitOfWork, entry: Entry) -> Mapping[str, Any]:
    """What the record says, else what the entry before has; nothing before a creation."""
    event = entry.event
    if BEFORE in event.record:
        return _members(event.record[BEFORE])
    if event.action == CREATION:
        return {}
    older = uow.audit.search(Page(size=1), AuditFilter(object_id=event.object_id, before=entry.number)).items
    return _members(older[0][1].record) if older else {}


def _members(record: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an object, wherever its record has them."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name in INSIDE and isinstance(value, Mapping):
            found |= value
        else:
            found[CALLED.get(name, name)] = value
    return {name: value for name, value in found.items() if name not in UNTOLD and value not in (None, "", [], {})}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if isinstance(old, list) and isinstance(new, list):
            old, new = [each for each in old if each not in new], [each for each in new if each not in old]
        if old != new:
            yield Difference(name, old, new)
