"""What roles say about the clients that have them (connect.md 15)."""

from __future__ import annotations

from typing import Any

from app.store.resources import role_key
from app.store.store import Store


class RoleMetadata:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of_application(
        self, organisation_id: str, software_statement_id: str, entity: str = ""
    ) -> list[dict[str, Any]]:
        """The metadata of its active roles; `entity` is the type of entity that is asked for. Raises NotFound."""
        found: list[dict[str, Any]] = []
        with self._store.read() as uow:
            application = uow.applications.get(organisation_id, software_statement_id)
            for held in application.roles:
                key = role_key(str(held["AuthorisationDomain"]), str(held["Role"]))
                role = uow.resources.by_key("domain_role", key)
                if role is None or held.get("Status", "Active") != "Active":
                    continue
                found += [
                    {**each.body, "MetadataId": each.resource_id}
                    for each in uow.resources.below(role.resource_id, "role_metadata")
                    if each.is_active and entity in ("", each.body["EntityType"])
                ]
        return found
