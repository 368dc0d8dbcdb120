"""What stands on the page of an object beside its members: the endpoints that the family of an API resource wants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.access_rules import Level
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


async def domain_users(here: AtRoom, shown: Shown) -> Mapping[str, Any]:
    """Where the people who are somebody in a role of an organisation are listed; "" for who may not read them."""
    organisation_id = str(here.owner[0])
    may_read = here.visit.may("domain_users", Level.READ, organisation_id)
    address = here.visit.url("organisations", organisation_id, "domain-users", q=here.call(shown))
    return {"users": address if may_read else ""}


EXTRAS: Mapping[str, Extra] = {"api_resources": family, "role_claims": domain_users}
"""By the name of the room."""
