"""What a plain kind of object is to the directory: where it hangs, what its changes mean. The kinds themselves are
declared in app/wire/contents.py, which reads like the table of contents of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.access import Caller
from app.errors import Finding, Invalid
from app.store.records import Application, Organisation, Resource
from app.store.store import UnitOfWork

Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """How a path names one object: by its id, or by what no other of its kind may have (`key`, `name`).

    `anywhere` is by its id, whatever it hangs below.
    """

    kind: str
    value: str
    by: Literal["id", "key", "name", "anywhere"] = "id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the directory a list of objects hangs; `above` are the objects over it, outermost first."""

    organisation_id: str | None = None
    software_statement_id: str | None = None
    above: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is about to be made, inside its transaction. `stored` is None at a creation."""

    uow: UnitOfWork
    caller: Caller
    now: datetime
    values: Members
    organisation: Organisation | None = None
    application: Application | None = None
    above: tuple[Resource, ...] = ()
    stored: Resource | None = None

    @property
    def owner(self) -> Organisation:
        """The organisation; kinds of reference data have none and do not ask."""
        if self.organisation is None:
            raise LookupError("this kind belongs to no organisation")
        return self.organisation

    @property
    def kept(self) -> Members:
        """What is stored now."""
        return {} if self.stored is None else self.stored.body

    @property
    def status(self) -> str:
        """The status after the change; an absent one stays (errata A2)."""
        return str(self.values.get("Status") or ("Active" if self.stored is None else self.stored.status))


Rule = Callable[[Change], Members]
"""The body after a change. Raises Invalid or Conflict for what must not be."""
After = Callable[[Change, Resource], None]
"""What else a change moves, in the same transaction."""
View = Callable[[UnitOfWork, Resource], Members]
"""Members of the answer that other rows say."""


Leaving = Callable[[Change], None]
"""What a removal needs, before it is done. Raises Conflict for what has to stay."""


def as_given(change: Change) -> Members:
    """The rule of kinds without any."""
    return change.values


def nothing_else(_change: Change, _record: Resource) -> None:
    """Nothing follows."""


def free_to_go(_change: Change) -> None:
    """Nothing keeps it."""


def nothing_more(_uow: UnitOfWork, _record: Resource) -> Members:
    """Nothing is shown beside the body."""
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of objects.

    `area` is that of the table of rights. Removing makes Inactive, or with `removal="gone"` takes away the object and
    everything below it (connect.md 2.6). `unique` makes the key.
    """

    name: str
    id_member: str
    area: str
    removal: Literal["inactive", "gone"] = "inactive"
    unique: Callable[[Change, Members], str | None] | None = None
    rule: Rule = as_given
    after: After = nothing_else
    view: View = nothing_more
    leaving: Leaving = free_to_go
    defaults: Members = field(default_factory=dict)
    parent_member: str | None = None
    """Under which name an answer tells the object above."""
    or_area: str | None = None
    """Another area, rights on which are as good."""

    def members(self, record: Resource) -> dict[str, Any]:
        """The object as on the wire, before the published schema picks from it."""
        found = {
            "OrganisationId": record.organisation_id,
            "CreatedAt": record.created_at,
            "Status": record.status,
            self.id_member: record.resource_id,
            **self.defaults,
            **record.body,
        }
        if self.parent_member:
            found[self.parent_member] = record.parent_id
        return found


def refused(member: str, text: str, got: object = "", code: str = "field.value") -> Invalid:
    """An Invalid with one finding about a member of the body."""
    finding = Finding(code, text, f"/{member}", got=str(got)[:80])
    return Invalid(text, code=code, findings=(finding,))
