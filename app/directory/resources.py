"""The one use case of all plain kinds: list, read, create, update, remove. One transaction each, with audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.access import Caller, absent, require_right
from app.access_rules import Level, Need
from app.directory.history import require_current
from app.directory.kinds import Change, Kind, Members, Place, Step
from app.errors import Conflict, NotFound
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.store.records import Application, AuditEvent, Organisation, Page, Resource
from app.store.store import Store, UnitOfWork
from app.store.units import Listing


@dataclass(frozen=True, slots=True)
class ResourceQuery:
    """Which objects of a list: `matching` are members of the body and what they must be, in any case of letters."""

    page: Page = field(default_factory=Page)
    status: str | None = None
    filter_by: str = ""
    matching: Mapping[str, Any] = field(default_factory=dict)
    everywhere: bool = False
    """Below any object, not only the one that the place names."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An object with what other rows say about it."""

    record: Resource
    members: Members


@dataclass(frozen=True, slots=True)
class _Ground:
    """The objects above a list, found."""

    organisation: Organisation | None
    application: Application | None
    above: tuple[Resource, ...]

    @property
    def parent_id(self) -> str:
        if self.above:
            return self.above[-1].resource_id
        if self.application is not None:
            return self.application.software_statement_id
        return "" if self.organisation is None else self.organisation.organisation_id


class Resources:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy, *_others: object) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def list(self, kind: Kind, place: Place, query: ResourceQuery) -> Listing[Shown]:
        """Raises NotFound for an unknown object above."""
        with self._store.read() as uow:
            ground = _ground(uow, place)
            parent_id = None if query.everywhere else ground.parent_id
            if query.matching:
                every = uow.resources.list(
                    kind.name,
                    replace(query.page, page=0, size=None),
                    parent_id=parent_id,
                    status=query.status,
                    filter_by=query.filter_by,
                )
                found = _part([r for r in every.items if _matches(kind, r, query.matching)], query.page)
            else:
                found = uow.resources.list(
                    kind.name, query.page, parent_id=parent_id, status=query.status, filter_by=query.filter_by
                )
            return Listing(tuple(_shown(uow, kind, record) for record in found.items), found.total)

    def read(self, kind: Kind, place: Place, step: Step) -> Shown:
        """One object, inactive ones too. Raises NotFound."""
        with self._store.read() as uow:
            return _shown(uow, kind, _named(uow, step, _ground(uow, place).parent_id))

    def create(
        self, caller: Caller, kind: Kind, place: Place, values: Members, *, resource_id: str | None = None
    ) -> Shown:
        """`resource_id` is a new one unless given.

        Raises Forbidden, NotFound, Invalid, Conflict (one with the same id or key, a withdrawn organisation).
        """
        self._require(caller, kind, place)
        with self._store.write() as uow:
            ground = self._open_ground(uow, caller, place)
            return self._created(self._change(uow, caller, ground, values), kind, place, ground, resource_id)

    def create_all(self, caller: Caller, kind: Kind, place: Place, bodies: Iterable[Members]) -> tuple[Shown, ...]:
        """Several at once, or none of them."""
        self._require(caller, kind, place)
        with self._store.write() as uow:
            ground = self._open_ground(uow, caller, place)
            changes = (self._change(uow, caller, ground, values) for values in bodies)
            return tuple(self._created(change, kind, place, ground) for change in changes)

    def _created(
        self, change: Change, kind: Kind, place: Place, ground: _Ground, resource_id: str | None = None
    ) -> Shown:
        body = {**kind.defaults, **kind.rule(change)}
        status = str(body.pop("Status", None) or change.status)
        record = Resource(
            resource_id=resource_id or new_id(self._entropy),
            kind=kind.name,
            organisation_id=place.organisation_id,
            parent_id=ground.parent_id,
            key=kind.unique(change, body) if kind.unique else None,
            status=status,
            body=body,
            created_at=change.now,
        )
        _require_unique(change.uow, record)
        change.uow.resources.add(record)
        note(change, "create", record)
        kind.after(change, record)
        return _shown(change.uow, kind, record)

    def update(
        self,
        caller: Caller,
        kind: Kind,
        place: Place,
        step: Step,
        values: Members,
        *,
        revisions: frozenset[str] | None = None,
    ) -> Shown:
        """Replace what a body says. Raises as `create` does, and Stale."""
        self._require(caller, kind, place)
        with self._store.write() as uow:
            ground = self._open_ground(uow, caller, place)
            stored = _stored(uow, caller, step, ground)
            require_current(stored.revision, revisions)
            change = self._change(uow, caller, ground, values, stored)
            body = {**kind.defaults, **kind.rule(change)}
            status = str(body.pop("Status", None) or change.status)
            changed = replace(
                stored,
                key=kind.unique(change, body) if kind.unique else None,
                status=status,
                body=body,
                revision=stored.revision + 1,
            )
            _require_unique(uow, changed)
            uow.resources.replace(changed)
            note(change, "update", changed)
            kind.after(change, changed)
            return _shown(uow, kind, changed)

    def amend(
        self, caller: Caller, kind: Kind, place: Place, step: Step, changed: Callable[[UnitOfWork, Resource], Resource]
    ) -> Shown:
        """A change that is no replacement of the body; `changed` gives the object as it is to be."""
        self._require(caller, kind, place)
        with self._store.write() as uow:
            ground = self._open_ground(uow, caller, place)
            stored = _stored(uow, caller, step, ground)
            change = self._change(uow, caller, ground, {}, stored)
            record = replace(changed(uow, stored), revision=stored.revision + 1)
            uow.resources.replace(record)
            note(change, "update", record)
            return _shown(uow, kind, record)

    def recalculate(self, place: Place, again: Callable[[UnitOfWork, Resource], Resource], kind: Kind) -> None:
        """Bring what follows from others up to date, for all objects of a list. Raises NotFound."""
        with self._store.write() as uow:
            for record in uow.resources.below(_ground(uow, place).parent_id, kind.name):
                again(uow, record)

    def sweep(self, caller: Caller, kind: Kind, changed: Callable[[Resource], Resource | None]) -> None:
        """Change every object of a kind that `changed` gives another form of."""
        with self._store.write() as uow:
            for stored in uow.resources.of_kind(kind.name):
                record = changed(stored)
                if record is not None:
                    record = replace(record, revision=stored.revision + 1)
                    uow.resources.replace(record)
                    note(Change(uow, caller, self._clock.now(), {}, stored=stored), "update", record)

    def remove(
        self, caller: Caller, kind: Kind, place: Place, step: Step, *, revisions: frozenset[str] | None = None
    ) -> None:
        """Inactive, again is nothing new; or gone with all below it, again is NotFound (connect.md 2.6)."""
        self._require(caller, kind, place)
        with self._store.write() as uow:
            ground = self._open_ground(uow, caller, place)
            stored = _stored(uow, caller, step, ground)
            require_current(stored.revision, revisions)
            if kind.removal == "inactive" and not stored.is_active:
                return
            change = self._change(uow, caller, ground, {**stored.body, "Status": "Inactive"}, stored)
            kind.leaving(change)
            removed = replace(stored, status="Inactive", revision=stored.revision + 1)
            if kind.removal == "gone":
                uow.resources.remove((*_under(uow, stored), stored))
            else:
                uow.resources.replace(removed)
            note(change, "delete", removed)
            kind.after(change, removed)

    def _require(self, caller: Caller, kind: Kind, place: Place) -> None:
        need = Need(kind.area, Level.WRITE, kind.or_area)
        require_right(caller, need, place.organisation_id, place.software_statement_id)

    def _open_ground(self, uow: UnitOfWork, caller: Caller, place: Place) -> _Ground:
        """The objects above, where something may be changed. Raises as writes do (connect.md 5.2), and Conflict."""
        try:
            ground = _ground(uow, place)
        except NotFound as error:
            raise absent(caller, error.reason) from error
        if ground.organisation is not None and ground.organisation.status == "Withdrawn":
            raise Conflict("a withdrawn organisation cannot be changed", code="state.illegal")
        return ground

    def _change(
        self, uow: UnitOfWork, caller: Caller, ground: _Ground, values: Members, stored: Resource | None = None
    ) -> Change:
        now = self._clock.now()
        return Change(uow, caller, now, values, ground.organisation, ground.application, ground.above, stored)


def note(change: Change, action: str, record: Resource, before: Resource | None = None) -> None:
    """The audit of a change: who, what, and the object before and after it."""
    before = before or change.stored
    change.uow.audit.add(
        AuditEvent(
            at=change.now,
            actor=change.caller.name,
            action=action,
            object_type=record.kind,
            object_id=record.resource_id,
            organisation_id=record.organisation_id,
            record={**_told(record), **({} if before is None else {"before": _told(before)})},
        )
    )


def _told(record: Resource) -> dict[str, Any]:
    return {
        "status": record.status,
        "parent_id": record.parent_id,
        "revision": record.revision,
        "body": {**record.body},
    }


def _ground(uow: UnitOfWork, place: Place) -> _Ground:
    """Raises NotFound for whatever is not there."""
    organisation = application = None
    parent_id = ""
    if place.organisation_id is not None:
        organisation = uow.organisations.get(place.organisation_id)
        parent_id = place.organisation_id
    if place.organisation_id is not None and place.software_statement_id is not None:
        application = uow.applications.get(place.organisation_id, place.software_statement_id)
        parent_id = place.software_statement_id
    above: list[Resource] = []
    for step in place.above:
        above.append(_named(uow, step, parent_id))
        parent_id = above[-1].resource_id
    return _Ground(organisation, application, tuple(above))


def _named(uow: UnitOfWork, step: Step, parent_id: str) -> Resource:
    """The object that a path names, if it hangs there. Raises NotFound."""
    match step.by:
        case "key":
            found = uow.resources.by_key(step.kind, step.value)
        case "name":
            every = uow.resources.of_kind(step.kind)
            found = next((each for each in every if each.body.get("AuthorisationDomainRoleName") == step.value), None)
        case _:
            found = uow.resources.find(step.kind, step.value)
    if found is None or (step.by == "id" and found.parent_id != parent_id):
        raise NotFound(f"no such {step.kind.replace('_', ' ')}: {step.value[:80]}")
    return found


def _stored(uow: UnitOfWork, caller: Caller, step: Step, ground: _Ground) -> Resource:
    try:
        return _named(uow, step, ground.parent_id)
    except NotFound as error:
        raise absent(caller, error.reason) from error


def _require_unique(uow: UnitOfWork, record: Resource) -> None:
    twin = None if record.key is None else uow.resources.by_key(record.kind, record.key)
    if twin is not None and twin.resource_id != record.resource_id:
        raise Conflict(f"there is such a {record.kind.replace('_', ' ')} already: {twin.resource_id}, {twin.status}")


def _under(uow: UnitOfWork, record: Resource) -> Iterator[Resource]:
    """Everything below an object, the lowest first."""
    for child in uow.resources.below(record.resource_id):
        yield from _under(uow, child)
        yield child


def _shown(uow: UnitOfWork, kind: Kind, record: Resource) -> Shown:
    return Shown(record, {**kind.members(record), **kind.view(uow, record)})


def _matches(kind: Kind, record: Resource, wanted: Members) -> bool:
    members = kind.members(record)
    return all(_folded(members.get(name)) == _folded(value) for name, value in wanted.items())


def _folded(value: Any) -> str | None:
    return None if value is None else str(value).casefold()


def _part(records: Iterable[Resource], page: Page) -> Listing[Resource]:
    every = tuple(records)
    size = page.size or len(every)
    return Listing(every[page.page * size :][:size], len(every))
