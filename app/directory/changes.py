"""The audit for people: who changed what, each member before and after it (connect.md 15 and 20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.directory.audit import AuditQuery, AuditTrail, Entry
from app.store.records import AuditEvent, Page
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

    def below(self, organisation_id: str, object_id: str) -> tuple[Change, ...]:
        """Everything that was done to an object of an organisation and to what hangs below it, newest first."""
        found = AuditTrail(self._store).list(AuditQuery(organisation_id=organisation_id))
        kept = [each for each in found.items if object_id in (each.event.object_id, each.event.record.get("parent_id"))]
        with self._store.read() as uow:
            return tuple(_told(uow, kept))


def _told(uow: UnitOfWork, entries: Iterable[Entry]) -> Iterator[Change]:
    lives: dict[str, tuple[AuditEvent, ...]] = {}
    for entry in entries:
        event = entry.event
        if BEFORE not in event.record and event.object_id not in lives:
            lives[event.object_id] = uow.audit.list(Page(), object_id=event.object_id).items
        after = _members(event.record)
        before = _before(event, lives.get(event.object_id, ()))
        yield Change(entry, after, tuple(_differences(before, after)))


def _before(event: AuditEvent, life: tuple[AuditEvent, ...]) -> Mapping[str, Any]:
    """What the record says, else what the entry before has; nothing before a creation."""
    if BEFORE in event.record:
        return _members(event.record[BEFORE])
    if event.action == "create" or event not in life:
        return {}
    older = life[life.index(event) + 1 :]
    return _members(older[0].record) if older else {}


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
