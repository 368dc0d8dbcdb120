"""All 253 published operations: which exist, who may call them, and how a path finds its operation (operations.md).

`operations.json` is made by tools/make_operations.py. Fixed segments go before parameters at each level (errata D3),
so `kid` is tested before a certificate type (C16).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from app.access import MANAGEMENT

APPLICATIONS = "/organisations/{OrganisationId}/softwarestatements"


@dataclass(frozen=True, slots=True)
class Operation:
    """One published operation. No scopes = no bearer token (the OAuth endpoints authenticate clients themselves)."""

    method: str
    path: str
    scopes: tuple[str, ...]
    wave: int

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class _Node:
    """`children` by their word, `free` for a parameter; `names` are those of the parameters up to here."""

    children: dict[str, _Node] = field(default_factory=dict)
    free: _Node | None = None
    names: tuple[str, ...] = ()
    operations: dict[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """What is published at a path: its operations by method, and the parameters of the path."""

    operations: dict[str, Operation]
    parameters: dict[str, str]

    @property
    def allow(self) -> str:
        methods = set(self.operations) | ({"HEAD"} if "GET" in self.operations else set()) | {"OPTIONS"}
        return ", ".join(sorted(methods))


class Catalogue:
    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)
        self._root = _Node()
        for operation in self.operations:
            self._add(operation)

    @classmethod
    def published(cls) -> Catalogue:
        """The shipped list."""
        rows = json.loads(files("app.api").joinpath("operations.json").read_text("utf-8"))
        return cls(Operation(method, path, _scopes(path, scopes), wave) for method, path, scopes, wave in rows)

    def find(self, segments: Sequence[str]) -> Place | None:
        """What is published at this path, given as its decoded segments."""
        found = _find(self._root, segments)
        if found is None:
            return None
        node, values = found
        return Place(node.operations, dict(zip(node.names, values, strict=True)))

    def _add(self, operation: Operation) -> None:
        node, names = self._root, []
        for segment in operation.path[1:].split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.free = node.free or _Node()
                node = node.free
            else:
                node = node.children.setdefault(segment, _Node())
        node.names = tuple(names)
        node.operations[operation.method] = operation


def _find(node: _Node, segments: Sequence[str]) -> tuple[_Node, tuple[str, ...]] | None:
    """Depth first, fixed before parameter; a parameter is never empty."""
    if not segments:
        return (node, ()) if node.operations else None
    head, rest = segments[0], segments[1:]
    fixed = node.children.get(head)
    if fixed is not None and (found := _find(fixed, rest)):
        return found
    if node.free is not None and head and (found := _find(node.free, rest)):
        return found[0], (head, *found[1])
    return None


def _scopes(path: str, scopes: Iterable[str]) -> tuple[str, ...]:
    """As published; application operations also take the scope of release 2.5.0 (errata O24)."""
    accepted = tuple(f"directory:{scope}" for scope in scopes)
    return (*accepted, MANAGEMENT) if accepted and path.startswith(APPLICATIONS) else accepted
