"""Which sandbox a request is for: the prefix of its path, on every listener (architecture 4)."""

from __future__ import annotations

import re
from typing import Protocol

from anyio import to_thread
from starlette.requests import Request
from starlette.types import Scope

from app.errors import NotFound
from app.sandbox import DEFAULT, Sandbox
from app.sandboxes import Sandboxes

PREFIX = "/sandboxes/"
_PREFIXED = re.compile(r"/sandboxes/([a-z0-9-]{1,40})(?=/|\Z)", re.ASCII)
WELL_KNOWN = "/.well-known/"
_INSERTED = re.compile(
    r"(/\.well-known/(?:oauth-authorization-server|openid-configuration))(/sandboxes/[a-z0-9-]{1,40})/?\Z"
)
"""Where RFC 8414, 3.1 has the metadata of an issuer with a path: the well-known part goes before that path."""


class Provider(Protocol):
    """Who knows the sandboxes of the server."""

    def current(self) -> Sandboxes | None:
        """All of them; None before the default one is open."""
        ...


def strip_prefix(scope: Scope) -> str:
    """The id of the sandbox that the path names; what stands behind is the path from now on.

    Doors and journal know paths without it; who writes addresses finds it in `prefix_of`.
    """
    if scope["path"].startswith(WELL_KNOWN):
        _turn_about(scope)
    path = scope["path"]
    found = _PREFIXED.match(path) if path.startswith(PREFIX) else None
    raw: bytes | None = scope.get("raw_path")
    if found is None or (raw is not None and not raw.startswith(found[0].encode())):
        return DEFAULT
    scope["path"] = path[found.end() :] or "/"
    if raw is not None:
        rest = raw[found.end() :]
        scope["raw_path"] = rest if rest.startswith(b"/") else b"/" + rest
    scope.setdefault("state", {})["sandbox_prefix"] = found[0]
    return found[1]


def _turn_about(scope: Scope) -> None:
    """The path of inserted metadata as one with the prefix in front."""
    found, raw = _INSERTED.match(scope["path"]), scope.get("raw_path")
    if found is None or (raw is not None and raw.partition(b"?")[0] != scope["path"].encode()):
        return
    scope["path"] = found[2] + found[1]
    if raw is not None:
        scope["raw_path"] = scope["path"].encode()


def prefix_of(request: Request) -> str:
    """What stands before every path of this sandbox as its clients know it; nothing for `default`."""
    return str(request.scope["state"].get("sandbox_prefix", ""))


async def enter(sandboxes: Sandboxes, sandbox_id: str) -> Sandbox:
    """The sandbox, kept open until `leave`. Raises NotFound where there is none, Unavailable.

    One that is not open yet is opened in a thread, since that takes some milliseconds.
    """
    if sandboxes.get(sandbox_id) is not None and sandboxes.default.store.embedded:
        found = sandboxes.enter(sandbox_id)
    else:
        found = await _enter_slowly(sandboxes, sandbox_id)
    if found is None:
        raise NotFound(f"there is no sandbox {sandbox_id}, or none any more", code="sandbox.unknown")
    return found


async def _enter_slowly(sandboxes: Sandboxes, sandbox_id: str) -> Sandbox | None:
    """Whoever is cancelled meanwhile has not entered: nobody would leave for him."""
    entered: list[Sandbox] = []

    def run() -> None:
        if (found := sandboxes.enter(sandbox_id)) is not None:
            entered.append(found)

    try:
        await to_thread.run_sync(run)
    except BaseException:
        for found in entered:
            sandboxes.leave(found)
        raise
    return entered[0] if entered else None
