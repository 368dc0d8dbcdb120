"""What goes over the whole directory: registered clients, and the search for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.directory.search import Search
from app.errors import NotFound
from app.runtime.clock import Clock
from app.store.applications import RegistryFilter
from app.store.records import Application, Organisation, Page
from app.store.store import Store
from app.store.units import Listing

KINDS = ("organisation", "softwareStatement", "authorisationServer", "certificate")
MOST = 10
Pair = tuple[Organisation, Application]


@dataclass(frozen=True, slots=True)
class ClientQuery:
    """Which clients; None and "" = all."""

    page: Page = field(default_factory=Page)
    name: str = ""
    status: str | None = None
    role: str = ""
    since: datetime | None = None
    until: datetime | None = None


class EcosystemView:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def clients(self, query: ClientQuery) -> Listing[Pair]:
        """Applications, as the clients that they are, each with its organisation; of a role those that have it now."""
        wanted = RegistryFilter(query.name, query.status, query.since, query.until)
        with self._store.read() as uow:
            found = uow.applications.registry(Page() if query.role else query.page, wanted)
        if not query.role:
            return found
        fitting = tuple(pair for pair in found.items if _has(pair[1], query.role))
        size = query.page.size or len(fitting)
        return Listing(fitting[query.page.page * size :][:size], len(fitting))

    def client(self, client_id: str) -> Pair:
        """By client id, or by the id of its application. Raises NotFound."""
        with self._store.read() as uow:
            found = uow.applications.find_client(client_id, client_id)
        if found is None:
            raise NotFound(f"no client {client_id[:80]}")
        return found

    def search(self, text: str) -> list[dict[str, Any]]:
        """Results of GlobalSearchResponse, at most ten of each kind."""
        hits = Search(self._store).find(text)
        found = [
            {
                "resourceType": "organisation",
                "name": o.name,
                "legalEntityName": o.legal_entity_name,
                "organisationId": o.organisation_id,
                "identifier": o.organisation_id,
                "status": o.status,
            }
            for o in hits.organisations
        ]
        found += [
            {
                "resourceType": "softwareStatement",
                "name": a.client_name,
                "organisationId": a.organisation_id,
                "softwareStatementId": a.software_statement_id,
                "identifier": a.software_statement_id,
                "status": a.status,
            }
            for a in hits.applications
        ]
        found += self._servers(text)
        now = self._clock.now()
        for c in hits.certificates:
            certificate = {
                "resourceType": "certificate",
                "name": c.subject_dn or c.type,
                "organisationId": c.organisation_id,
                "identifier": c.kid,
                "status": "Active" if c.is_active(now) else "Inactive",
            }
            if c.software_statement_id is not None:
                certificate["softwareStatementId"] = c.software_statement_id
            found.append(certificate)
        return found

    def _servers(self, text: str) -> Iterator[dict[str, Any]]:
        needle = text.strip()
        if not needle:
            return
        with self._store.read() as uow:
            servers = uow.resources.list("server", Page(size=MOST), filter_by=needle).items
        for server in servers:
            yield {
                "resourceType": "authorisationServer",
                "name": server.body["CustomerFriendlyName"],
                "organisationId": server.organisation_id,
                "identifier": server.resource_id,
                "status": server.status,
            }


def _has(application: Application, role: str) -> bool:
    return role in {str(held.get("Role")) for held in application.roles if held.get("Status", "Active") == "Active"}
