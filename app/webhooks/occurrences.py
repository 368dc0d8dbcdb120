"""What has happened, as webhooks count it: which audit records are events, and what they are about (connect.md 18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.store.records import Application, AuditEvent, Certificate, Organisation, Page, Resource
from app.store.store import UnitOfWork

Subject = Organisation | Application | Certificate | Resource
CHANGES = frozenset({"create", "update", "delete"})
EVENTS: Mapping[str, frozenset[str]] = {
    "organisation": CHANGES,
    "contact": CHANGES,
    "domain_claim": CHANGES,
    "role_claim": CHANGES,
    "authorisation": frozenset({"create", "delete"}),
    "server": CHANGES,
    "api_resource": CHANGES,
    "discovery_endpoint": CHANGES,
    "server_certification": CHANGES,
    "application": CHANGES | {"suspend", "unsuspend", "lock", "unlock"},
    "application_claim": frozenset({"create", "update"}),
    "certificate": frozenset({"create", "revoke"}),
    "envelope": frozenset({"create", "update"}),
}
"""Kind of object -> events, as published; another action of these kinds tells nobody."""
OTHER_NAMES = {("organisation", "withdraw"): "delete", ("application_claim", "delete"): "update"}
"""Actions of the audit that webhooks call otherwise."""
CLAIMS = frozenset({"domain_claim", "role_claim", "authorisation", "application_claim"})
"""They are repeated in the record of their owner, which is no event of its own."""
STANDING = frozenset({"suspend", "unsuspend", "delete"})
"""What happens to an application, and so to each of its certificates (connect.md 10)."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event. `above` are the ids between the organisation and the object, outermost first."""

    kind: str
    action: str
    object_id: str
    organisation_id: str
    at: datetime
    subject: Subject
    above: tuple[str, ...] = ()
    software_statement_id: str | None = None

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.action}"


def occurrences(uow: UnitOfWork, noted: Sequence[AuditEvent]) -> Iterator[Occurrence]:
    """The events of one transaction, in order, read as the directory stands at its end."""
    has_claims = any(event.object_type in CLAIMS for event in noted)
    for event in noted:
        action = OTHER_NAMES.get((event.object_type, event.action), event.action)
        is_repetition = has_claims and event.object_type in ("organisation", "application") and action == "update"
        if event.organisation_id is None or is_repetition or action not in EVENTS.get(event.object_type, ()):
            continue
        found = _occurrence(uow, event, action)
        if found is not None:
            yield found
            yield from _following(uow, found)


def _occurrence(uow: UnitOfWork, event: AuditEvent, action: str) -> Occurrence | None:
    subject = _subject(uow, event)
    if subject is None or (isinstance(subject, Certificate) and subject.defect is not None and not subject.published):
        return None
    return Occurrence(
        kind=event.object_type,
        action=action,
        object_id=event.object_id,
        organisation_id=str(event.organisation_id),
        at=event.at,
        subject=subject,
        above=tuple(_above(uow, subject)),
        software_statement_id=_software_statement_id(subject),
    )


def _subject(uow: UnitOfWork, event: AuditEvent) -> Subject | None:
    """Plain objects are read from the record: a later one of the transaction may have changed or removed them."""
    match event.object_type:
        case "organisation":
            return uow.organisations.find(event.object_id)
        case "application":
            return uow.applications.find_any(event.object_id)
        case "certificate":
            return uow.certificates.find_by_id(event.object_id)
        case _:
            return _recorded(event)


def _recorded(event: AuditEvent) -> Resource:
    record: Mapping[str, Any] = event.record
    return Resource(
        resource_id=event.object_id,
        kind=event.object_type,
        organisation_id=event.organisation_id,
        parent_id=str(record.get("parent_id", "")),
        key=None,
        status=str(record.get("status", "")),
        body=record.get("body", {}),
        created_at=event.at,
        revision=int(record.get("revision", 0)),
    )


def _software_statement_id(subject: Subject) -> str | None:
    if isinstance(subject, Application | Certificate):
        return subject.software_statement_id
    return subject.parent_id if isinstance(subject, Resource) and subject.kind == "application_claim" else None


def _above(uow: UnitOfWork, subject: Subject) -> list[str]:
    """Ids of the plain objects over it; the organisation and the application are no plain objects."""
    if not isinstance(subject, Resource):
        return []
    match subject.kind:
        case "api_resource" | "server_certification" | "authorisation":
            return [subject.parent_id]
        case "discovery_endpoint":
            over = uow.resources.find("api_resource", subject.parent_id)
            return ["" if over is None else over.parent_id, subject.parent_id]
        case _:
            return []


def _following(uow: UnitOfWork, found: Occurrence) -> Iterator[Occurrence]:
    """One event for each certificate whose key leaves the key sets with its owner, or comes back (connect.md 10)."""
    whose = (found.kind, found.action)
    if whose != ("organisation", "delete") and (found.kind != "application" or found.action not in STANDING):
        return
    software = found.software_statement_id
    for each in uow.certificates.list(found.organisation_id, Page(), software_statement_id=software).items:
        if not each.is_revoked(found.at) and not each.is_expired(found.at):
            yield replace(
                found,
                kind="certificate",
                action="revoke" if found.action != "unsuspend" else "create",
                object_id=each.certificate_id,
                subject=each,
                above=(),
                software_statement_id=each.software_statement_id,
            )
