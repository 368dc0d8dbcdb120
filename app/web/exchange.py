"""One request and its answer, watched: interaction id, hardening headers, refusals, the journal (connect.md 2.1)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Protocol, runtime_checkable

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.errors import DirectoryError
from app.runtime.entropy import Entropy, new_id
from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox
from app.web import problems
from app.web.connection import listener_of, peer_of, tls_of
from app.web.errors import Internal

Render = Callable[[DirectoryError, Scope], Response]
"""How a door writes a refusal, in its own dialect."""


@runtime_checkable
class Drawing(Protocol):
    """A door that writes refusals in its own way, also those of requests that did not come as far as it."""

    def refusal(self, error: DirectoryError, scope: Scope) -> Response: ...


INTERACTION = b"x-fapi-interaction-id"
INTERACTION_ID = re.compile(rb"[a-zA-Z0-9][a-zA-Z0-9\-]{0,99}")
HARDENING: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Set unless the answer sets its own."""
WHO = ("client", "organisation")
CONDITIONS = frozenset({b"if-none-match", b"if-modified-since"})
CLIENT_GONE = 499
"""In the journal only: nobody was there to be answered."""
log = structlog.get_logger("connect_mock.web")


def note_disconnect(scope: Scope) -> None:
    """For the journal: the client went away before its answer."""
    scope["state"].update(code="request.disconnected", reason="the client went away")


def interaction_id(scope: Scope, entropy: Entropy) -> str:
    """The caller's if it fits the pattern, else a new one (errata D6)."""
    for name, value in scope["headers"]:
        if name == INTERACTION and INTERACTION_ID.fullmatch(value):
            return bytes(value).decode()
    return new_id(entropy)


class Exchange:
    def __init__(self, scope: Scope, receive: Receive, send: Send, render: Render) -> None:
        self.scope, self.receive = scope, receive
        self._send, self._render, self.status = send, render, 0
        self._asked = _asked_path(scope)
        """Kept from the start, since a door may rewrite the path."""

    def prepare(self, **known: Any) -> None:
        """What inner rooms find in `scope["state"]`; `interaction_id` must be among it."""
        state: MutableMapping[str, Any] = self.scope.setdefault("state", {})
        state.update(known)

    def through(self, wrapped: Callable[[Send], Send]) -> None:
        """Let every further message of the answer pass something else before it goes out."""
        self._send = wrapped(self._send)

    async def send(self, message: Message) -> None:
        """Every answer carries the interaction id; one to HEAD carries no body."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            names = {name for name, _value in given}
            missing = [header for header in HARDENING if header[0] not in names]
            known = (INTERACTION, self.scope["state"]["interaction_id"].encode())
            message = {**message, "headers": [*given, *missing, known]}
        elif self.scope["method"] == "HEAD" and message.get("body"):
            message = {**message, "body": b""}
        await self._send(message)

    async def refuse(self, error: Exception) -> None:
        """Answer with the refusal, if nothing has been answered yet and there is somebody to answer."""
        if isinstance(error, ClientDisconnect):
            note_disconnect(self.scope)
            self.status = self.status or CLIENT_GONE
            return
        refusal = problems.refusal(error)
        if isinstance(refusal, Internal):
            log.error("unforeseen", exc_info=error, interaction_id=self.scope["state"]["interaction_id"])
        self.scope["state"]["refusal"] = refusal
        if not self.status:
            await self._render(refusal, self.scope)(self.scope, self.receive, self.send)

    def record(self, sandbox: Sandbox, listener: str = "http") -> None:
        """Into the journal. An inner room may have left `code`, `reason` and `detail` in the state.

        What it left `quiet` is no news: the portal's own pages would fill the journal that they show.
        """
        state, scope = self.scope["state"], self.scope
        if state.get("quiet") and "faults" not in state:
            return
        refusal: DirectoryError | None = state.get("refusal")
        detail = dict(state.get("detail", ()))
        for known in ("actor", "faults"):
            if known in state:
                detail[known] = state[known]
        detail |= self._facts(detail, is_refused=refusal is not None)
        if refusal and refusal.findings:
            detail["findings"] = problems.findings_of(refusal.findings)
        sandbox.journal.add(
            JournalEntry(
                at=sandbox.clock.now(),
                listener=listener_of(scope, listener),
                method=str(scope["method"])[:20],
                path=_shown(self._asked),
                status=self.status,
                interaction_id=state["interaction_id"],
                code=refusal.code if refusal else state.get("code", ""),
                reason=refusal.reason if refusal else state.get("reason", ""),
                peer=peer_of(scope),
                detail=detail,
            )
        )

    def _facts(self, told: Mapping[str, Any], *, is_refused: bool) -> dict[str, Any]:
        """Who asked, by what certificate, and whether he had a copy: what evidence rests on (control-cases.md E, I)."""
        state, found = self.scope["state"], dict[str, Any]()
        if der := tls_of(self.scope).get("client_cert"):
            found["x5t#S256"] = state.get("presented") or _thumbprint(der)
            if is_refused:
                found["presented"] = found["x5t#S256"]
        for member in WHO:
            if member not in told and state.get(member):
                found[member] = state[member]
        if self.scope["method"] in ("GET", "HEAD"):
            given = next((name for name, _value in self.scope["headers"] if name in CONDITIONS), None)
            if given is not None:
                found["conditional"] = given.decode()
        return found


def _thumbprint(der: bytes) -> str:
    """Of the client certificate: `x5t#S256` (RFC 8705, 3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def _asked_path(scope: Scope) -> bytes:
    """The path as it came, percent-encoded, without its query."""
    raw = scope.get("raw_path")
    return raw.split(b"?")[0] if raw is not None else str(scope["path"]).encode("utf-8", "backslashreplace")


def _shown(path: bytes) -> str:
    """One line, whatever it holds."""
    text = path.decode("ascii", "backslashreplace")
    return text[:500] if text.isprintable() else ascii(text)[1:-1][:500]
