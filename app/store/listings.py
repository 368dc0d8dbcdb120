"""Changes of the list of participants, noted while that is late: so it can be told as it was (control-cases.md C-02).

The repositories of organisations and of plain objects tell of every change themselves, so no use case can forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.runtime.propagation import Channel
from app.store.late_changes import ORGANISATION, Change, LateChanges
from app.store.records import Organisation, Resource

LISTED = frozenset(
    {
        "api_resource",
        "authorisation",
        "discovery_endpoint",
        "domain_claim",
        "role_claim",
        "role_metadata",
        "server",
        "server_certification",
    }
)
"""Kinds of plain objects that the list shows."""
CHANNEL: Channel = "participants"
RESOURCE = "resource"
ABSENT: Mapping[str, Any] = {"absent": True}
_OF_ORGANISATIONS = (
    "name", "legal_entity_name", "country_of_registration", "registration_number", "status", "details",
)  # fmt: skip
_OF_RESOURCES = ("kind", "organisation_id", "parent_id", "key", "status", "body", "revision")


class Listings:
    def __init__(self, late: LateChanges) -> None:
        self._late = late

    def organisation(self, organisation_id: str, before: Callable[[], Organisation | None]) -> None:
        """It is about to be made or changed; `before` is asked only where the list may be late."""
        if self._late.may_be_late():
            self._note(ORGANISATION, organisation_id, organisation_id, _told(before(), _OF_ORGANISATIONS))

    def resource(self, record: Resource, before: Callable[[], tuple[Resource, int] | None]) -> None:
        """It is about to be made, changed or removed; `before` is how it stands in the store, and at which place."""
        if record.kind not in LISTED or not self._late.may_be_late():
            return
        found = before()
        told = _told(found[0] if found else None, _OF_RESOURCES)
        if found is not None:
            told = {**told, "created_at": found[0].created_at.isoformat(), "number": found[1]}
        self._note(RESOURCE, record.resource_id, record.organisation_id or "", told)

    def _note(self, object_kind: str, object_id: str, owner: str, before: Mapping[str, Any]) -> None:
        self._late.note(Change("listing", object_kind, object_id, owner, self._late.now(), before))


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the list does not show yet of one organisation: by object its oldest change."""

    changes: Mapping[str, Change]

    @property
    def mark(self) -> tuple[tuple[str, datetime], ...]:
        """Another one wherever another thing is hidden."""
        return tuple((object_id, change.at) for object_id, change in self.changes.items())

    def organisation(self, record: Organisation) -> Organisation | None:
        """As the list shows it; None where it is not there yet."""
        change = self.changes.get(record.organisation_id)
        if change is None:
            return record
        return None if "absent" in change.before else replace(record, **change.before)

    def resources(self, records: Iterable[Resource], numbers: Callable[[], Mapping[str, int]]) -> tuple[Resource, ...]:
        """As the list shows them, those that are gone as well, oldest first; `numbers` are the places of the others."""
        found = {record.resource_id: record for record in records}
        gone: dict[str, int] = {}
        for object_id, change in self.changes.items():
            if change.object_kind != RESOURCE:
                continue
            if "absent" in change.before:
                found.pop(object_id, None)
                continue
            if object_id not in found:
                gone[object_id] = change.before["number"]
            found[object_id] = resource_before(change)
        if not gone:
            return tuple(found.values())
        places = {**numbers(), **gone}
        return tuple(sorted(found.values(), key=lambda each: (each.created_at, places[each.resource_id])))


NOTHING = Hidden({})


def hidden(late: LateChanges, now: datetime) -> dict[str, Hidden]:
    """By organisation; "" for what belongs to none."""
    found: dict[str, dict[str, Change]] = {}
    for each in late.listings(now):
        found.setdefault(each.change.organisation_id, {}).setdefault(each.change.object_id, each.change)
    return {owner: Hidden(changes) for owner, changes in found.items()}


def resource_before(change: Change) -> Resource:
    """A plain object before a change of it."""
    before = {name: value for name, value in change.before.items() if name != "number"}
    created_at = datetime.fromisoformat(before.pop("created_at"))
    return Resource(resource_id=change.object_id, created_at=created_at, **before)


def _told(record: Organisation | Resource | None, names: Iterable[str]) -> Mapping[str, Any]:
    return ABSENT if record is None else {name: getattr(record, name) for name in names}
