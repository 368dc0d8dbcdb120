"""What every request passes first and every answer last: sandbox, interaction id, service by Host, limits, journal.

Pure ASGI. Whatever happens inside becomes an answer here, and every exchange goes into the sandbox's journal with the
code and the findings of its refusal (architecture 2, 7 and 8; connect.md 2.1).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any, Protocol

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.api.callers import admit_peer, listener_of, tls_of
from app.api.errors import Internal, TooSlow
from app.api.hosts import inner_path, service_of
from app.errors import DirectoryError, NotFound, TooLarge, UnsupportedMedia
from app.runtime.entropy import Entropy, SystemEntropy, new_id
from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox

INTERACTION = b"x-fapi-interaction-id"
INTERACTION_ID = re.compile(rb"[a-zA-Z0-9][a-zA-Z0-9\-]{0,99}")
HARDENING: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""Set unless the answer sets its own."""
BODY_SECONDS = 20.0
DIGITS = 20
"""Digits of a Content-Length that are looked at; int() refuses thousands."""
log = structlog.get_logger("connect_mock.api")


class Sandboxes(Protocol):
    """The open sandboxes; only `default` answers so far."""

    def get(self, sandbox_id: str) -> Sandbox | None: ...


class Edge:
    def __init__(
        self, app: ASGIApp, sandboxes: Sandboxes, *, entropy: Entropy | None = None, body_seconds: float = BODY_SECONDS
    ) -> None:
        self._app, self._sandboxes, self._body_seconds = app, sandboxes, body_seconds
        self._entropy = entropy or SystemEntropy()
        """Interaction ids are not the sandbox's chance: asking often must not change its serials."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sandbox = self._sandboxes.get("default")
        assert sandbox is not None
        exchange = Exchange(scope, receive, send, sandbox)
        exchange.prepare(self._interaction_id(scope))
        try:
            await self._pass(exchange)
        except Exception as error:  # noqa: BLE001 - the last line of defence: a refusal is rendered, a fault is logged
            await exchange.refuse(error)
        finally:
            exchange.record()

    async def _pass(self, exchange: Exchange) -> None:
        """Through the checks that come before any operation, then inside."""
        scope, sandbox = exchange.scope, exchange.sandbox
        _check_headers(scope, sandbox.settings.max_body_bytes)
        _route(scope)
        scope["state"]["presented"] = await admit_peer(sandbox, scope)
        body = LimitedBody(exchange.receive, sandbox.settings.max_body_bytes, self._body_seconds)
        await self._app(scope, body, exchange.send)

    def _interaction_id(self, scope: Scope) -> str:
        """The caller's if it fits the pattern, else a new one (errata D6)."""
        for name, value in scope["headers"]:
            if name == INTERACTION and INTERACTION_ID.fullmatch(value):
                return bytes(value).decode()
        return new_id(self._entropy)


class Exchange:
    """One request and its answer, watched."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, sandbox: Sandbox) -> None:
        self.scope, self.receive, self.sandbox = scope, receive, sandbox
        self._send, self._status = send, 0

    def prepare(self, interaction_id: str) -> None:
        state: MutableMapping[str, Any] = self.scope.setdefault("state", {})
        state.update(sandbox=self.sandbox, interaction_id=interaction_id)

    async def send(self, message: Message) -> None:
        """Every answer carries the interaction id; one to HEAD carries no body."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message = {**message, "headers": self._headers(message.get("headers", ()))}
        elif self.scope["method"] == "HEAD" and message.get("body"):
            message = {**message, "body": b""}
        await self._send(message)

    def _headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        headers = [(name.lower(), value) for name, value in given]
        names = {name for name, _value in headers}
        headers += [header for header in HARDENING if header[0] not in names]
        headers.append((INTERACTION, str(self.scope["state"]["interaction_id"]).encode()))
        return headers

    async def refuse(self, error: Exception) -> None:
        """Answer with the refusal, if nothing has been answered yet."""
        refusal = problems.refusal(error)
        if isinstance(refusal, Internal):
            log.error("unforeseen", exc_info=error, interaction_id=self.scope["state"]["interaction_id"])
        if isinstance(refusal, DirectoryError):
            self.scope["state"]["refusal"] = refusal
        if not self._status:
            await problems.render(refusal, self.scope)(self.scope, self.receive, self.send)

    def record(self) -> None:
        """Into the journal. An inner room may have left `code`, `reason` and `detail` in the state."""
        state, scope = self.scope["state"], self.scope
        refusal: DirectoryError | None = state.get("refusal")
        detail = dict(state.get("detail", ()))
        if "actor" in state:
            detail["actor"] = state["actor"]
        if refusal and refusal.findings:
            detail["findings"] = problems.findings_of(refusal.findings)
        self.sandbox.journal.add(
            JournalEntry(
                at=self.sandbox.clock.now(),
                listener=listener_of(scope),
                method=str(scope["method"])[:20],
                path=_shown_path(scope),
                status=self._status,
                interaction_id=state["interaction_id"],
                code=refusal.code if refusal else state.get("code", ""),
                reason=refusal.reason if refusal else state.get("reason", ""),
                peer=str(tls_of(scope).get("peer") or (scope.get("client") or ("",))[0]),
                detail=detail,
            )
        )


class LimitedBody:
    """The body as it comes, counted in octets and timed as a whole (csr-cases.md A-26, api-cases.md B-09)."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive, self._limit, self._seconds = receive, limit, seconds
        self._size, self._is_complete, self._deadline = 0, False, 0.0

    async def __call__(self) -> Message:
        if self._is_complete:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._deadline = self._deadline or now + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlow(f"the body did not arrive within {self._seconds:g} seconds") from error
        self._is_complete = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise _too_large(self._limit)
        return message


def _check_headers(scope: Scope, limit: int) -> None:
    """What can be refused before a single octet of the body is read."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:DIGITS]) > limit:
            raise _too_large(limit)
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise UnsupportedMedia("compressed bodies are not read here")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} octets")


def _route(scope: Scope) -> None:
    """Rewrite the path to where the service of this Host lives inside, and drop one trailing slash."""
    state = scope["state"]
    path, raw = str(scope["path"]), scope.get("raw_path")
    raw = raw.split(b"?")[0] if raw is not None else None
    state["asked_path"] = raw if raw is not None else path.encode("utf-8", "backslashreplace")
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    service = service_of(host)
    inner = inner_path(service, path)
    if inner is None:
        raise NotFound(f"the service of host {host[:80]} has nothing at this path", code="path.unknown")
    if raw is not None:
        raw = service.prefix.encode() + raw if service.prefix and raw != b"/" else service.prefix.encode() or raw
    if inner.endswith("/") and len(inner) > 1 and not inner.startswith("/ocsp/"):
        inner, raw = inner[:-1], raw[:-1] if raw is not None and raw.endswith(b"/") else raw
    scope["path"], scope["raw_path"] = inner, raw


def _shown_path(scope: Scope) -> str:
    """The path as asked for, percent-encoded as it came: one line, whatever it holds."""
    asked: bytes = scope["state"].get("asked_path", b"")
    text = asked.decode("ascii", "backslashreplace")
    return text[:500] if text.isprintable() else ascii(text)[1:-1][:500]
