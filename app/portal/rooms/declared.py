"""What a room is, where choices come from, and the way that leads to a room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.portal.schema_forms import Group
from app.wire.contents import CONTENTS
from app.wire.entries import Resource, Verb
from app.wire.published import member_choices

Root = Literal["organisation", "application", "reference"]
ROOTS: Mapping[Root, str] = {
    "organisation": "/organisations/{organisation_id}",
    "application": "/organisations/{organisation_id}/applications/{software_statement_id}",
    "reference": "/reference-data",
}
OBJECT = "object_id"
"""The parameter of a path that names the object of a page; those above it are `above_0`, `above_1`, ..."""


def entry(kind: str, *, everywhere: bool = False) -> Resource:
    """The entry of app/wire/contents.py for this kind."""
    return next(each for each in CONTENTS if each.kind.name == kind and each.everywhere == everywhere)


@dataclass(frozen=True, slots=True)
class Options:
    """Where the values of a field come from: active objects of a kind, shown by these members of theirs.

    `value` is the member that is stored; "" = the id. `of_organisation` looks only below the organisation.
    """

    kind: str
    told: tuple[str, ...]
    value: str = ""
    of_organisation: bool = False
    brings: str = ""
    """The member that gets the id of the object above the chosen one."""
    claimed: str = ""
    """A kind of claims: only what hangs below the things that the organisation's active claims name is offered."""


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """One kind of plain objects as pages.

    `name` is the key of its texts, `segment` its part of addresses. `called` are the members that people call an object
    by: those of the first tuple that there are. `entry` and `tab` are where it stands in navigation.
    """

    name: str
    segment: str
    resource: Resource
    called: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    options: Mapping[str, Options] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    """Member -> the input beside which findings about it stand, where it has none of its own."""
    filter: str = ""
    """A member that lists can be narrowed by."""
    below: tuple[Room, ...] = ()
    entry: str = ""
    tab: str = ""
    names_above: str = ""
    """The member of a body that has to name the object above."""
    own: tuple[Verb, ...] = ()
    """What a hand-made module does for this room."""
    tabs: tuple[str, ...] = ()
    """Further pages of an object, hand-made; their texts are `tab_<segment>`."""
    steps: bool = False
    """Whether a new one is asked for in steps, a group each."""

    @property
    def verbs(self) -> tuple[Verb, ...]:
        return (*self.resource.verbs, *self.own)

    @property
    def has_status(self) -> bool:
        """Whether objects are active or not, and nothing else."""
        return "Active" in member_choices(self.resource.answer, "Status")

    @property
    def stays(self) -> bool:
        """Whether what is removed stays, inactive."""
        return self.resource.kind.removal == "inactive"

    def call(self, members: Mapping[str, Any]) -> str:
        """What people call this object; "" if nothing was said."""
        for names in self.called:
            if found := " ".join(str(members[name]) for name in names if members.get(name)):
                return found
        return ""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A room and those that it is reached through, outermost first."""

    root: Root
    rooms: tuple[Room, ...]

    @property
    def room(self) -> Room:
        return self.rooms[-1]

    @property
    def path(self) -> str:
        """Of the list."""
        above = "".join(f"/{room.segment}/{{above_{index}}}" for index, room in enumerate(self.rooms[:-1]))
        return f"{ROOTS[self.root]}{above}/{self.room.segment}"

    def to(self, room: Room) -> Way:
        """The way on to a room below."""
        return Way(self.root, (*self.rooms, room))


def ways(root: Root, rooms: tuple[Room, ...]) -> Iterator[Way]:
    """To each room, and to each below it."""
    for room in rooms:
        yield from _on(Way(root, (room,)))


def _on(way: Way) -> Iterator[Way]:
    yield way
    for room in way.room.below:
        yield from _on(way.to(room))
