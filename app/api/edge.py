"""What every request passes first and every answer last: sandbox, interaction id, service by Host, limits, journal.

Pure ASGI. Whatever happens inside becomes an answer here, and every exchange goes into the sandbox's journal with the
code and the findings of its refusal (architecture 2, 7 and 8; connect.md 2.1).
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import dialects
from app.api.callers import admit_peer
from app.api.extra_member import WithExtraMember
from app.api.faults.striking import settle, struck
from app.api.hosts import inner_path, service_of
from app.api.oauth import dialect
from app.errors import NotFound
from app.runtime.entropy import Entropy, PooledEntropy, SystemEntropy
from app.sandbox import DEFAULT, Sandbox
from app.settings import Settings
from app.web.calls import call
from app.web.exchange import Exchange, Render, interaction_id
from app.web.limits import BODY_SECONDS, LARGE_FORMS, LimitedBody, check_headers
from app.web.sandboxes import Provider, enter, strip_prefix

AROUND = 65_536
"""Octets of a form beside its largest value."""


class Edge:
    def __init__(
        self,
        app: ASGIApp,
        sandboxes: Provider,
        *,
        entropy: Entropy | None = None,
        body_seconds: float = BODY_SECONDS,
        render: Render = dialects.render,
    ) -> None:
        self._render = render
        self._app, self._sandboxes, self._body_seconds = app, sandboxes, body_seconds
        self._entropy = PooledEntropy(entropy or SystemEntropy())
        """Interaction ids are not the sandbox's chance: asking often must not change its serials."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._without_http(scope, receive, send)
            return
        sandboxes = self._sandboxes.current()
        assert sandboxes is not None
        sandbox, sandbox_id = sandboxes.default, strip_prefix(scope)
        exchange = Exchange(scope, receive, send, self._render)
        exchange.prepare(sandboxes=sandboxes, sandbox=sandbox, interaction_id=interaction_id(scope, self._entropy))
        try:
            if sandbox_id != DEFAULT:
                sandbox = await enter(sandboxes, sandbox_id)
                exchange.prepare(sandbox=sandbox)
            if sandbox.settings.extra_member:
                exchange.through(WithExtraMember)
            await call(sandbox, sandbox.board.refresh)
            living = sandbox.faults.living
            if not living or not await struck(exchange, sandbox, living):
                await self._pass(exchange, sandbox)
        except Exception as error:  # noqa: BLE001 - the last line of defence: a refusal is rendered, a fault is logged
            await exchange.refuse(error)
        finally:
            settle()
            exchange.record(sandbox)
            sandboxes.leave(sandbox)

    async def _without_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and end of the process are the application's affair; there are no web sockets here."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._app(scope, receive, send)

    async def _pass(self, exchange: Exchange, sandbox: Sandbox) -> None:
        """Through the checks that come before any operation, then inside."""
        scope = exchange.scope
        _route(scope, sandbox.settings)
        limit = _limit(scope, sandbox.settings)
        check_headers(scope, limit)
        peer = await admit_peer(sandbox, scope)
        scope["state"].update(peer=peer, presented=None if peer is None else peer.x5t_s256)
        body = LimitedBody(exchange.receive, limit, self._body_seconds)
        await self._app(scope, body, exchange.send)


def _limit(scope: Scope, settings: Settings) -> int:
    """A form has its names around what it holds: a token of a whole megabyte is judged as a token (oauth I-02)."""
    if scope["path"] in LARGE_FORMS:
        return settings.max_import_bytes + AROUND
    return settings.max_body_bytes + (AROUND if dialect.speaks_oauth(scope["path"]) else 0)


def _route(scope: Scope, settings: Settings) -> None:
    """Rewrite the path to where the service of this Host lives inside, and drop one trailing slash."""
    path, raw = scope["path"], scope.get("raw_path")
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    service = service_of(host, oauth_on_api_host=settings.oauth_on_api_host)
    inner = inner_path(service, path)
    if inner is None:
        raise NotFound(f"the service of this Host has nothing at {path[:80]}", code="path.unknown")
    if raw is not None:
        raw = raw.partition(b"?")[0]
        if service.prefix:
            raw = service.prefix.encode() + (raw if raw != b"/" else b"")
    if inner.endswith("/") and len(inner) > 1 and not inner.startswith("/ocsp/"):
        inner, raw = inner[:-1], raw[:-1] if raw is not None and raw.endswith(b"/") else raw
    scope["path"], scope["raw_path"] = inner, raw
    scope["state"]["service_prefix"] = service.prefix
