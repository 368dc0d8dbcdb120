"""A request in a room: what stands above it, what this person may do there, how its objects are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need, rules
from app.directory.kinds import Place as Spot
from app.directory.kinds import Step
from app.directory.resources import ResourceQuery, Shown
from app.portal.navigation import Link, Place
from app.portal.places import at_application, at_organisation, trail
from app.portal.rooms.declared import OBJECT, Room, Way
from app.portal.visits import Visit
from app.store.units import Listing
from app.wire.entries import Verb

METHODS: Mapping[Verb, str] = {"list": "GET", "create": "POST", "read": "GET", "update": "PUT", "remove": "DELETE"}


@dataclass(frozen=True, slots=True)
class AtRoom:
    """`over` are the objects above, outermost first: one for each room of the way but the last."""

    visit: Visit
    way: Way
    place: Place
    over: tuple[Shown, ...] = ()

    @property
    def room(self) -> Room:
        return self.way.room

    @property
    def owner(self) -> tuple[str | None, str | None]:
        """Ids of organisation and application, where the room belongs to one."""
        organisation, application = self.place.organisation, self.place.application
        return (
            None if organisation is None else organisation.organisation_id,
            None if application is None else application.software_statement_id,
        )

    @property
    def spot(self) -> Spot:
        """Where in the directory its objects hang."""
        return Spot(*self.owner, tuple(_step(room, each.record.resource_id) for room, each in self._above))

    @property
    def _above(self) -> Sequence[tuple[Room, Shown]]:
        return tuple(zip(self.way.rooms, self.over, strict=False))

    @property
    def segments(self) -> tuple[str, ...]:
        """Of the address of the list."""
        root = ("reference-data",) if self.place.organisation is None else self.place.segments
        above = (part for room, each in self._above for part in (room.segment, each.record.resource_id))
        return (*root, *above, self.room.segment)

    def url(self, *segments: str, **query: object) -> str:
        """The address of a page of this room; of the list without segments."""
        return self.visit.url(*self.segments, *segments, **query)

    def file(self, **query: object) -> str:
        """The address of the list as a file."""
        return self.visit.url(*self.segments[:-1], f"{self.segments[-1]}.csv", **query)

    def t(self, name: str, /, **values: object) -> str:
        """A text of this room."""
        return self.visit.t(f"rooms.{self.room.name}.{name}", **values)

    def call(self, shown: Shown) -> str:
        """What people call this object."""
        return self.room.call(shown.members) or shown.record.resource_id

    def need(self, verb: Verb) -> Need:
        """The right that the API asks for; of what it has no operation for here, that to write."""
        entry = self.room.resource
        path = entry.path if verb in ("list", "create") else entry.one
        known = rules().operations.get(f"{METHODS[verb]} {path}")
        return known or Need(entry.kind.area, Level.WRITE, entry.kind.or_area)

    def require(self, verb: Verb) -> None:
        """Raises Forbidden."""
        require_right(self.visit.caller, self.need(verb), *self.owner)

    def may(self, verb: Verb) -> bool:
        """For what is shown: whether there is such a page, and it is for this person, and nothing above is over."""
        if verb not in self.room.verbs or not self._is_open:
            return False
        need = self.need(verb)
        areas = (need.area,) if need.or_area is None else (need.area, need.or_area)
        return any(self.visit.may(area, need.level, *self.owner) for area in areas)

    @property
    def _is_open(self) -> bool:
        organisation, application = self.place.organisation, self.place.application
        if organisation is not None and organisation.status == "Withdrawn":
            return False
        return application is None or application.status != "Inactive"

    async def listing(self, query: ResourceQuery) -> Listing[Shown]:
        resources = self.visit.sandbox.registers.resources
        query = replace(query, everywhere=self.room.resource.everywhere)
        return await self.visit.call(resources.list, self.room.resource.kind, self.spot, query)

    async def find(self, object_id: str) -> Shown:
        """Raises NotFound."""
        read = self.visit.sandbox.registers.resources.read
        return await self.visit.call(read, self.room.resource.kind, self.spot, _step(self.room, object_id))

    async def found(self) -> Shown:
        """The object that this page is about. Raises NotFound."""
        return await self.find(self.visit.request.path_params[OBJECT])

    def step(self, shown: Shown) -> Step:
        return _step(self.room, shown.record.resource_id)

    def below(self, room: Room, shown: Shown) -> AtRoom:
        """In a room below this object."""
        return AtRoom(self.visit, self.way.to(room), self.place, (*self.over, shown))

    def page(self, template: str, words: Mapping[str, Any], *further: Link, status: int = 200) -> Response:
        """A page with its crumbs down to `further`, of which the last is the page itself."""
        known = {"inside": self, "room": self.room}
        links = [*self._crumbs(), Link(self.t("title"), self.url()), *further]
        crumbs = trail(self.visit, self.place, *links) if self.place.organisation is not None else _ended(links)
        return self.visit.page(template, known | dict(words), place=self.place, trail=crumbs, status=status)

    def _crumbs(self) -> list[Link]:
        links = []
        if self.place.organisation is None:
            links.append(Link(self.visit.t("frame.reference_data"), self.visit.url("reference-data")))
        for depth, (_room, shown) in enumerate(self._above):
            above = AtRoom(self.visit, Way(self.way.root, self.way.rooms[: depth + 1]), self.place, self.over[:depth])
            links.append(Link(above.t("title"), above.url()))
            links.append(Link(above.call(shown), above.url(shown.record.resource_id)))
        return links


async def enter_room(visit: Visit, way: Way) -> AtRoom:
    """Raises NotFound for whatever is not there, Forbidden for who may not read it."""
    here = AtRoom(visit, way, await _place(visit, way))
    over: tuple[Shown, ...] = ()
    for depth in range(len(way.rooms) - 1):
        above = AtRoom(visit, Way(way.root, way.rooms[: depth + 1]), here.place, over)
        over = (*over, await above.find(visit.request.path_params[f"above_{depth}"]))
    here = replace(here, over=over)
    here.require("list")
    return here


async def _place(visit: Visit, way: Way) -> Place:
    ids = visit.request.path_params
    if way.root == "application":
        return await at_application(visit, ids["organisation_id"], ids["software_statement_id"], way.room.tab)
    if way.root == "organisation":
        return await at_organisation(visit, ids["organisation_id"], way.room.entry)
    return Place("reference-data")


def _step(room: Room, object_id: str) -> Step:
    return Step(room.resource.kind.name, object_id.lower(), "anywhere" if room.resource.by == "anywhere" else "id")


def _ended(links: Sequence[Link]) -> list[Link]:
    return [*links[:-1], Link(links[-1].text)]
