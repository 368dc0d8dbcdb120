"""Pages about one organisation or one application: what they are about, and the way there."""

from __future__ import annotations

from app.portal.navigation import Link, Place
from app.portal.visits import Visit
from app.store.records import Certificate


async def at_organisation(visit: Visit, organisation_id: str, entry: str) -> Place:
    """A page of this organisation under an entry of OF_ORGANISATION. Raises NotFound."""
    return Place(entry, await visit.call(visit.sandbox.organisations.read, organisation_id))


async def at_application(visit: Visit, organisation_id: str, software_statement_id: str, tab: str) -> Place:
    """A page of this application under a tab of OF_APPLICATION. Raises NotFound."""
    organisation = await visit.call(visit.sandbox.organisations.read, organisation_id)
    application = await visit.call(visit.sandbox.applications.read, organisation_id, software_statement_id)
    return Place("applications", organisation, application, tab)


def certificate_address(certificate: Certificate) -> tuple[str, ...]:
    """The segments of the page of a certificate or key, at the level where it is."""
    own: tuple[str, ...] = ("organisations", certificate.organisation_id)
    if certificate.software_statement_id is not None:
        own = (*own, "applications", certificate.software_statement_id)
    return (*own, "certificates", certificate.certificate_id)


def trail(visit: Visit, place: Place, *further: Link) -> list[Link]:
    """The crumbs down to this place, and `further`, of which the last is the page itself."""
    links = [Link(visit.t("frame.organisations"), visit.url("organisations"))]
    if place.organisation is not None:
        own = ("organisations", place.organisation.organisation_id)
        links.append(Link(place.organisation.name, visit.url(*own)))
        if place.application is not None:
            ids = (*own, "applications", place.application.software_statement_id)
            links.append(Link(visit.t("frame.applications"), visit.url(*own, "applications")))
            links.append(Link(place.application.client_name, visit.url(*ids)))
    links += further
    return [*links[:-1], Link(links[-1].text)]
