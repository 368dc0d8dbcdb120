"""What the server put into the ASGI scope about the connection (architecture 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Scope = Mapping[str, Any]


def tls_of(scope: Scope) -> Mapping[str, Any]:
    """The extension `tls`; nothing = plain http in process."""
    found: Mapping[str, Any] = scope.get("extensions", {}).get("tls") or {}
    return found


def listener_of(scope: Scope, default: str = "http") -> str:
    return str(tls_of(scope).get("listener", default))


def peer_of(scope: Scope) -> str:
    """The address at the other end, for the journal."""
    return str(tls_of(scope).get("peer") or (scope.get("client") or ("",))[0])
