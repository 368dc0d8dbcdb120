"""Organisations to choose from, where a page asks for one of all there are."""

from __future__ import annotations

from app.directory.organisations import OrganisationQuery
from app.portal.visits import Visit
from app.store.records import Page

MOST = 200
"""Of more none is offered, and the id is typed."""


async def organisations(visit: Visit) -> list[tuple[str, str]]:
    """Ids and names, by name; none where there are too many."""
    query = OrganisationQuery(Page(size=MOST + 1, sort=(("name", False),)))
    found = await visit.call(visit.sandbox.organisations.list, query)
    return [] if len(found.items) > MOST else [(each.organisation_id, each.name) for each in found.items]
