"""What answers tell of organisations, applications and servers beside their own records: flags and certifications.

Flags are reference data; records keep their ids (connect.md 3 and 4: identifiers in, objects out).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from app.directory.history import snapshot
from app.directory.kinds import Change, refused
from app.directory.resources import note
from app.directory.rules.dates import moment
from app.store.records import Application, AuditEvent, Organisation, Page, Resource
from app.store.store import Store, UnitOfWork

FLAGS = "Flags"
MEMBERS = ("Name", "Description", "Type", "Value", "AccessLevel", "UpdatedAt")
FlagType = Literal["Organisation", "Software_Statement", "Authorisation_Server"]
CERTIFICATION = "software_certification"
FEW = 50
"""Applications that are asked for one by one."""


@dataclass(frozen=True, slots=True)
class Beside:
    """By id of a flag, and by id of an application."""

    flags: Mapping[str, Resource] = field(default_factory=dict)
    certifications: Mapping[str, Sequence[Resource]] = field(default_factory=dict)


class Surroundings:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of_organisations(self, organisations: Iterable[Organisation]) -> Beside:
        named = {flag for each in organisations for flag in each.details.get(FLAGS, ())}
        with self._store.read() as uow:
            return Beside(_flags(uow, named))

    def of_applications(self, applications: Sequence[Application]) -> Beside:
        named = {flag for each in applications for flag in each.details.get(FLAGS, ())}
        with self._store.read() as uow:
            return Beside(_flags(uow, named), _certifications(uow, applications))


def flags_of(uow: UnitOfWork, members: Mapping[str, Any]) -> list[Resource]:
    """The flags that somebody has, as far as they are active still."""
    return [flag for flag in _flags(uow, members.get(FLAGS, ())).values() if flag.is_active]


def flag_members(flag: Resource) -> dict[str, Any]:
    """The schema Flag."""
    told = {name: flag.body[name] for name in MEMBERS if name in flag.body}
    return {"Id": flag.resource_id, **told, "Status": flag.status, "CreatedAt": moment(flag.created_at)}


def flag_values(uow: UnitOfWork, members: Mapping[str, Any]) -> dict[str, list[str]]:
    """The values of active flags, by name (connect.md 12: objects)."""
    found: dict[str, list[str]] = {}
    for flag in flags_of(uow, members):
        found.setdefault(str(flag.body["Name"]), []).append(str(flag.body["Value"]))
    return found


def known_flags(uow: UnitOfWork, wanted: Iterable[str], flag_type: FlagType) -> list[str]:
    """Each once. Raises Invalid for what is no active flag for this kind of objects."""
    found = list(dict.fromkeys(each.lower() for each in wanted))
    for flag in _flags(uow, found, found_is_needed=True).values():
        if flag.body.get("Type") != flag_type or not flag.is_active:
            text = f"Flags must be those of active flags for {flag_type.replace('_', ' ').lower()}s"
            raise refused(FLAGS, text, flag.resource_id)
    return found


def after_flag(change: Change, flag: Resource) -> None:
    """With `Cascade` a flag that is deactivated is taken away from everything that has it (OpenAPI 1.39)."""
    if flag.is_active or not change.values.get("Cascade"):
        return
    uow, gone = change.uow, flag.resource_id
    for organisation in uow.organisations.list(Page()).items:
        if gone in organisation.details.get(FLAGS, ()):
            kept = _without(organisation, organisation.details, gone)
            uow.organisations.replace(kept)
            _note(change, "organisation", kept.organisation_id, kept)
    for application in uow.applications.everywhere():
        if gone in application.details.get(FLAGS, ()):
            less = _without(application, application.details, gone)
            uow.applications.replace(less)
            _note(change, "application", less.software_statement_id, less)
    for server in uow.resources.of_kind("server"):
        if gone in server.body.get(FLAGS, ()):
            rest = [each for each in server.body[FLAGS] if each != gone]
            changed = replace(server, body={**server.body, FLAGS: rest}, revision=server.revision + 1)
            uow.resources.replace(changed)
            note(change, "update", changed, server)


Flagged = TypeVar("Flagged", Organisation, Application)


def _without(record: Flagged, details: Mapping[str, Any], flag: str) -> Flagged:
    rest = [each for each in details[FLAGS] if each != flag]
    return replace(record, details={**details, FLAGS: rest}, revision=record.revision + 1)


def _note(change: Change, object_type: str, object_id: str, record: Organisation | Application) -> None:
    change.uow.audit.add(
        AuditEvent(
            at=change.now,
            actor=change.caller.name,
            action="update",
            object_type=object_type,
            object_id=object_id,
            organisation_id=record.organisation_id,
            record=snapshot(record),
        )
    )


def _flags(uow: UnitOfWork, named: Iterable[str], *, found_is_needed: bool = False) -> dict[str, Resource]:
    found = {each: uow.resources.find("flag", each) for each in named}
    missing = next((each for each, flag in found.items() if flag is None), None)
    if found_is_needed and missing is not None:
        raise refused(FLAGS, "Flags must be ids of flags", missing)
    return {each: flag for each, flag in found.items() if flag is not None}


def _certifications(uow: UnitOfWork, applications: Sequence[Application]) -> dict[str, Sequence[Resource]]:
    ids = [each.software_statement_id for each in applications]
    if len(ids) <= FEW:
        return {each: uow.resources.below(each, CERTIFICATION) for each in ids}
    found: dict[str, list[Resource]] = {each: [] for each in ids}
    for certification in uow.resources.of_kind(CERTIFICATION):
        if certification.parent_id in found:
            found[certification.parent_id].append(certification)
    return {**found}
