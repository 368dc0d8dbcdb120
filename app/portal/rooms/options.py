"""What a field can be chosen from, read from the directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.directory.kinds import Place as Spot
from app.directory.resources import ResourceQuery, Shown
from app.portal.rooms.declared import Options, entry
from app.portal.rooms.entering import AtRoom

Choice = tuple[str, str]
"""A value, and its text."""
BETWEEN = " · "
MOST = 200
"""Of more choices none is offered, and the value is typed."""


async def choices_of(here: AtRoom, names: Iterable[str], kept: Mapping[str, str]) -> dict[str, list[Choice]]:
    """For each of these members that has options, and not too many: what is active, and what is chosen already."""
    found: dict[str, list[Choice]] = {}
    for name in names:
        options = here.room.options.get(name)
        if options is not None and len(offered := await _choices(here, options, kept.get(name, ""))) <= MOST:
            found[name] = offered
    return found


async def labels_of(here: AtRoom, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """For each of these members that holds an id: what to show instead of it."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        options = here.room.options.get(name)
        if options is not None and not options.value:
            every = await _objects(here, options)
            found[name] = {each.record.resource_id: _told(options, each) for each in every}
    return found


async def above_of(here: AtRoom, options: Options, chosen: str) -> str:
    """The id of the object above the chosen one; "" where there is none."""
    found = (each.record for each in await _objects(here, options) if each.record.resource_id == chosen)
    return next((record.parent_id for record in found), "")


async def _choices(here: AtRoom, options: Options, kept: str) -> list[Choice]:
    claimed = await _claimed(here, options)
    made: list[Choice] = []
    for each in await _objects(here, options):
        value = str(each.members[options.value]) if options.value else each.record.resource_id
        is_offered = each.record.is_active and (claimed is None or each.record.parent_id in claimed)
        if is_offered or value == kept:
            made.append((value, _told(options, each)))
    if kept and kept not in (value for value, _text in made):
        made.append((kept, kept))
    return list(dict.fromkeys(sorted(made, key=lambda choice: choice[1].casefold())))


async def _claimed(here: AtRoom, options: Options) -> frozenset[str] | None:
    """The ids of what the organisation has active claims on; None = all are meant."""
    if not options.claimed:
        return None
    claims = await _list(here, options.claimed, Spot(here.owner[0]), ResourceQuery(status="Active"))
    member = options.brings
    return frozenset(str(each.members.get(member)) for each in claims)


async def _objects(here: AtRoom, options: Options) -> Sequence[Shown]:
    if options.of_organisation:
        return await _list(here, options.kind, Spot(here.owner[0]), ResourceQuery())
    return await _list(here, options.kind, Spot(), ResourceQuery(everywhere=True))


async def _list(here: AtRoom, kind: str, spot: Spot, query: ResourceQuery) -> Sequence[Shown]:
    found = await here.visit.call(here.visit.sandbox.registers.resources.list, entry(kind).kind, spot, query)
    return found.items


def _told(options: Options, shown: Shown) -> str:
    return BETWEEN.join(str(shown.members[name]) for name in options.told if shown.members.get(name))
