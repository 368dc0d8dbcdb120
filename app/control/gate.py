"""Who may come to the control listener, and the frame of every exchange there.

Without `control_token` it listens on a loopback address only. Whoever runs a browser on that machine lends it to every
page he opens; so a foreign Host name (DNS rebinding) and a request from another site are refused.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from app.control.refusals import render
from app.errors import Forbidden, Unauthenticated, Unavailable
from app.runtime.entropy import Entropy, SystemEntropy
from app.sandbox import Sandbox
from app.settings import Settings
from app.web.calls import call
from app.web.exchange import Exchange, interaction_id
from app.web.limits import LimitedBody, check_headers

LISTENER = "control"
ALWAYS = frozenset({"/_mock/live", "/_mock/ready"})
"""They answer before there is a sandbox."""
IMPORT = "/_mock/import"
REFUSED = 400
"""Statuses from here on are refusals."""
OWN_SITE = frozenset({b"same-origin", b"none"})
"""Values of Sec-Fetch-Site: a page of this listener itself, or a person who typed the address."""
SMALL_BODY = 65_536
"""Limit of a body while no settings are known."""


class Sandboxes(Protocol):
    def get(self, sandbox_id: str) -> Sandbox | None: ...


class Gate:
    def __init__(
        self, app: ASGIApp, sandboxes: Sandboxes | None, settings: Settings | None, *, entropy: Entropy | None = None
    ) -> None:
        self._app, self._sandboxes, self._settings = app, sandboxes, settings
        self._entropy = entropy or SystemEntropy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sandbox = self._sandboxes.get("default") if self._sandboxes is not None else None
        exchange = Exchange(scope, receive, send, render)
        exchange.prepare(sandbox=sandbox, interaction_id=interaction_id(scope, self._entropy))
        try:
            await self._pass(exchange, sandbox)
        except Exception as error:  # noqa: BLE001 - the last line of defence, as at the public door
            await exchange.refuse(error)
        finally:
            if sandbox is not None and _is_worth_keeping(exchange):
                exchange.record(sandbox, LISTENER)

    async def _pass(self, exchange: Exchange, sandbox: Sandbox | None) -> None:
        scope, settings = exchange.scope, self._settings or (sandbox.settings if sandbox else None)
        if settings is not None:
            admit(scope, settings)
        if sandbox is None and scope["path"] not in ALWAYS:
            raise Unavailable("the server is starting", code="ready.starting")
        if sandbox is not None and scope["path"] not in ALWAYS:
            await call(sandbox, sandbox.board.refresh)
        limit = _limit(scope, settings)
        check_headers(scope, limit)
        await self._app(scope, LimitedBody(exchange.receive, limit), exchange.send)


def _limit(scope: Scope, settings: Settings | None) -> int:
    """Octets of a body; one path takes whole directories."""
    if settings is None:
        return SMALL_BODY
    return settings.max_import_bytes if scope["path"] == IMPORT else settings.max_body_bytes


def admit(scope: Scope, settings: Settings) -> None:
    """Raise Forbidden, `control.site` or `control.host`, or Unauthenticated, `control.token`."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    hosts = _values(headers, b"host")
    _require_own_site(headers, hosts)
    if settings.control_token is not None and settings.control_token.get_secret_value():
        _require_token(_values(headers, b"authorization"), settings.control_token.get_secret_value())
    else:
        _require_loopback(hosts, settings.control_host)


def _require_own_site(headers: list[tuple[bytes, bytes]], hosts: list[bytes]) -> None:
    own = {scheme + host.lower() for host in hosts for scheme in (b"http://", b"https://")}
    is_foreign = any(origin.lower() not in own for origin in _values(headers, b"origin"))
    if is_foreign or any(site.lower() not in OWN_SITE for site in _values(headers, b"sec-fetch-site")):
        raise Forbidden("pages of other sites may not use the control listener", code="control.site")


def _require_token(given: list[bytes], expected: str) -> None:
    """One bearer token, compared in constant time."""
    scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
    is_right = hmac.compare_digest(token.strip(), expected.encode())
    if scheme.lower() != b"bearer" or not is_right:
        raise Unauthenticated("send the control_token as `Authorization: Bearer ...`", code="control.token")


def _require_loopback(hosts: list[bytes], control_host: str) -> None:
    """A Host that names this machine; none at all comes from no browser."""
    for host in hosts:
        name = _host_name(host.decode("latin-1"))
        if name != control_host.strip("[]").lower() and not _is_loopback(name):
            text = f"the control listener is not called {ascii(name)[1:-1][:80]}: use localhost, or set a control_token"
            raise Forbidden(text, code="control.host")


def _host_name(host: str) -> str:
    """Without port, brackets and last dot; what cannot be read names nothing."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".").lower()
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for given, value in headers if given == name]


def _is_worth_keeping(exchange: Exchange) -> bool:
    """Powers and refusals, not who looks: readiness and the journal itself are asked all the time."""
    scope = exchange.scope
    if scope["path"] in ALWAYS:
        return False
    return scope["method"] not in ("GET", "HEAD") or exchange.status >= REFUSED
