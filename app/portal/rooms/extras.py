"""What stands on the page of an object beside its members: the endpoints that the family of an API resource wants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.directory.kinds import Place as Spot
from app.directory.kinds import Step
from app.directory.resources import Shown
from app.directory.rules.servers import covered
from app.errors import NotFound
from app.portal.rooms.declared import entry
from app.portal.rooms.entering import AtRoom

Extra = Callable[[AtRoom, Shown], Awaitable[Mapping[str, Any]]]
FAMILY = entry("api_family").kind


async def family(here: AtRoom, shown: Shown) -> Mapping[str, Any]:
    """Each expression of the family with the endpoint that it matches, "" where none does (connect.md 14)."""
    known = str(shown.members.get("ApiFamilyID", ""))
    given = [str(each["ApiEndpoint"]) for each in shown.members["ApiDiscoveryEndpoints"]]
    if not known:
        return {"family": []}
    read = here.visit.sandbox.registers.resources.read
    try:
        found = await here.visit.call(read, FAMILY, Spot(), Step(FAMILY.name, known, "anywhere"))
    except NotFound:
        return {"family": []}
    return {"family": covered(found.record, given)}


EXTRAS: Mapping[str, Extra] = {"api_resources": family}
"""By the name of the room."""
