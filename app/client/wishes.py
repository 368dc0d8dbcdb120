"""How the arguments of the handles become what the server is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MATCHERS = frozenset(
    {"path", "service", "method", "client", "organisation", "certificate", "listener", "peer", "server_name"}
)
"""What says which exchanges a fault is about; all else says what it does."""
ID_OF = {"client": "client_id", "organisation": "id", "certificate": "fingerprint", "cert": "fingerprint"}
"""A handle stands for this one of its members."""


def named(name: str, value: Any) -> Any:
    """A handle's id where a handle is given."""
    return getattr(value, ID_OF[name], value) if name in ID_OF else value


def match_and_effect(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keyword arguments of a fault, parted."""
    match = {name: named(name, value) for name, value in given.items() if name in MATCHERS}
    return match, {name: value for name, value in given.items() if name not in MATCHERS}


def matching(given: Mapping[str, Any]) -> dict[str, Any]:
    """The `match` of a verification."""
    return {name: named(name, value) for name, value in given.items() if value is not None}


def times(exactly: int | None, at_least: int | None, at_most: int | None) -> dict[str, int]:
    wanted = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
    return {name: count for name, count in wanted.items() if count is not None}
