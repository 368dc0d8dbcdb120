"""Which directory scopes an application may have by itself: its roles decide by metadata (connect.md 15, 17.4)."""

from __future__ import annotations

from collections.abc import Mapping

from app.access_rules import rules
from app.pki.profiles import DomainRole
from app.store.records import Application

CLAIM = "scope"


class RoleScopes:
    """`roles` are those of the ecosystems, by domain and name."""

    def __init__(self, roles: Mapping[tuple[str, str], DomainRole]) -> None:
        self._by_role = {role: _given(metadata) for role, metadata in roles.items()}

    def of(self, application: Application) -> tuple[str, ...]:
        """In the order of the table of rights: what every application gets, and what its active roles give."""
        held = [
            self._by_role.get((str(role.get("AuthorisationDomain")), str(role.get("Role"))), frozenset())
            for role in application.roles
            if role.get("Status", "Active") == "Active"
        ]
        given = frozenset().union(*held)
        return tuple(
            scope.name for scope in rules().scopes.values() if scope.applications == "always" or scope.name in given
        )


def _given(role: DomainRole) -> frozenset[str]:
    """Those of its scopes that the table leaves to roles."""
    return frozenset(
        name for name in role.values_of(CLAIM) if name in rules().scopes and rules().scopes[name].applications == "role"
    )
