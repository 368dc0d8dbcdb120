"""Which directory scopes an application may have by itself: its roles decide by metadata (connect.md 15, 17.4).

The metadata are those of the directory now, so a change at the API counts at the next request; roles that it does not
have say what the file of their ecosystem says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.access_rules import rules
from app.pki.profiles import DomainRole
from app.store.records import Application
from app.store.store import UnitOfWork

CLAIM = "scope"
EVERYBODYS = frozenset(scope.name for scope in rules().scopes.values() if scope.applications == "always")
CLIENTS = frozenset({"oauth_client", "openid_relying_party"})
"""Types of entities that an application is to this server."""


class RoleScopes:
    """`roles` are those of the ecosystems, by domain and name."""

    def __init__(self, roles: Mapping[tuple[str, str], DomainRole]) -> None:
        self._by_role = {role: _given(metadata.values_of(CLAIM)) for role, metadata in roles.items()}

    def of(self, uow: UnitOfWork, application: Application) -> tuple[str, ...]:
        """In the order of the table of rights: what every application gets, and what its active roles give."""
        held = {
            (str(role.get("AuthorisationDomain")), str(role.get("Role")))
            for role in application.roles
            if role.get("Status", "Active") == "Active"
        }
        given = EVERYBODYS.union(*(self._of_role(uow, *role) for role in held))
        return tuple(scope for scope in rules().scopes if scope in given)

    def _of_role(self, uow: UnitOfWork, domain: str, name: str) -> frozenset[str]:
        told = uow.resources.role_metadata(domain, name)
        if told is None:
            return self._by_role.get((domain, name), frozenset())
        return _given(value for metadata in told for value in _values(metadata))


def _values(metadata: Mapping[str, Any]) -> Iterable[str]:
    """The scopes of a statement, whatever its operator."""
    if metadata.get("ClaimName") != CLAIM or metadata.get("EntityType") not in CLIENTS:
        return ()
    given = metadata.get("Values") or [metadata.get("Value")]
    return [word for value in given if isinstance(value, str) for word in value.split()]


def _given(names: Iterable[str]) -> frozenset[str]:
    """Those that the table leaves to roles."""
    scopes = rules().scopes
    return frozenset(name for name in names if name in scopes and scopes[name].applications == "role")
