"""What the server tells: the journal of what reached no door, the ready file for programs, a few lines for people."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox
from app.server.connection import Fault
from app.server.files import BUNDLE
from app.server.forwarded import CODE, Dropped
from app.server.handshake import Failure
from app.server.opening import Opening
from app.server.sockets import Bound


class Teller:
    """Entries of the journal for what the server itself decides."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def fault(self, listener: str, peer: str, fault: Fault) -> None:
        """A request that is none, as HTTP goes."""
        self._add(listener, peer, status=int(fault.status), code=fault.code, reason=fault.reason)

    def failure(self, listener: str, peer: str, failure: Failure) -> None:
        """A handshake that came to nothing."""
        self._add(listener, peer, code=failure.code, reason=failure.reason, detail=failure.detail)

    def dropped(self, dropped: Dropped) -> None:
        """Headers that would have named a client certificate."""
        request = {"method": dropped.method, "path": dropped.path, "status": dropped.status}
        known = {"interaction_id": dropped.interaction_id, "code": CODE, "reason": dropped.reason}
        self._add(dropped.listener, dropped.peer, **request, **known)

    def _add(self, listener: str, peer: str, **known: Any) -> None:
        sandbox = self._opening.get("default")
        if sandbox is not None:
            entry: dict[str, Any] = {"method": "", "path": "", "status": 0, "interaction_id": ""} | known
            sandbox.journal.add(JournalEntry(at=sandbox.clock.now(), listener=listener, peer=peer, **entry))


def ready_content(bound: Mapping[str, Bound], sandbox: Sandbox) -> dict[str, Any]:
    """What programs want to know of a server that is ready."""
    return {
        "listeners": {name: each.url for name, each in bound.items()},
        "services": sandbox.addresses.by_service(),
        "bundle": str((sandbox.settings.data / BUNDLE).resolve()),
        "pid": os.getpid(),
        "version": program_version(),
    }


def as_file(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=2).encode() + b"\n"


def greet(content: Mapping[str, Any]) -> None:
    """For who started the server in a terminal."""
    listeners = content["listeners"]
    lines = [
        f"connect-mock {content['version']}: a MOCK directory. Do not trust its certificates.",
        *(f"  {name:<8} {url}" for name, url in listeners.items()),
        f"  bundle   {content['bundle']}, also {listeners['control']}/_mock/bundle.pem",
        "Next, in another terminal: connect-mock token, connect-mock csr rtstransport. Ctrl-C stops the server.",
    ]
    with contextlib.suppress(OSError):
        print("\n".join(lines), flush=True)  # noqa: T201 - for people


def program_version() -> str:
    try:
        return version("connect-mock")
    except PackageNotFoundError:  # run from a folder that nobody installed
        return "unknown"
