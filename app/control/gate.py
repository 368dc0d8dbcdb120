"""Who may come to the control listener, and the frame of every exchange there.

Without `control_token` it listens on a loopback address only. Whoever runs a browser on that machine lends it to every
page he opens; so a foreign Host name (DNS rebinding) and a request from another site are refused.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from app.control.refusals import render
from app.errors import Forbidden, Unauthenticated, Unavailable
from app.runtime.entropy import Entropy, SystemEntropy
from app.sandbox import DEFAULT, Sandbox
from app.sandboxes import Sandboxes
from app.settings import Settings
from app.web.calls import call
from app.web.exchange import Exchange, interaction_id
from app.web.limits import LimitedBody, check_headers
from app.web.sandboxes import Provider, enter, strip_prefix

LISTENER = "control"
ALWAYS = frozenset({"/_mock/live", "/_mock/ready"})
"""They answer before there is a sandbox."""
IMPORT = "/_mock/import"
SANDBOXES = "/_mock/sandboxes/"
REFUSED = 400
"""Statuses from here on are refusals."""
OWN_SITE = frozenset({b"same-origin", b"none"})
"""Values of Sec-Fetch-Site: a page of this listener itself, or a person who typed the address."""
SMALL_BODY = 65_536
"""Limit of a body while no settings are known."""


class Gate:
    def __init__(
        self, app: ASGIApp, sandboxes: Provider | None, settings: Settings | None, *, entropy: Entropy | None = None
    ) -> None:
        self._app, self._sandboxes, self._settings = app, sandboxes, settings
        self._entropy = entropy or SystemEntropy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sandboxes = self._sandboxes.current() if self._sandboxes is not None else None
        sandbox_id, exchange = strip_prefix(scope), Exchange(scope, receive, send, render)
        exchange.prepare(sandbox=sandboxes and sandboxes.default, interaction_id=interaction_id(scope, self._entropy))
        try:
            await self._pass(exchange, sandboxes, sandbox_id)
        except Exception as error:  # noqa: BLE001 - the last line of defence, as at the public door
            await exchange.refuse(error)
        finally:
            if sandboxes is not None:
                _leave(exchange, sandboxes)

    async def _pass(self, exchange: Exchange, sandboxes: Sandboxes | None, sandbox_id: str) -> None:
        scope, settings = exchange.scope, self._settings or (sandboxes.default.settings if sandboxes else None)
        scope["state"]["sandboxes"] = sandboxes
        if settings is not None:
            admit(scope, settings, await _owner(scope, settings, sandboxes), _concerned(scope["path"], sandbox_id))
        if sandboxes is None:
            if scope["path"] not in ALWAYS or sandbox_id != DEFAULT:
                raise Unavailable("the server is starting", code="ready.starting")
        else:
            sandbox = await enter(sandboxes, sandbox_id)
            exchange.prepare(sandbox=sandbox)
            settings = sandbox.settings
            if scope["path"] not in ALWAYS:
                await call(sandbox, sandbox.board.refresh)
        limit = _limit(scope, settings)
        check_headers(scope, limit)
        await self._app(scope, LimitedBody(exchange.receive, limit), exchange.send)


def _leave(exchange: Exchange, sandboxes: Sandboxes) -> None:
    sandbox: Sandbox = exchange.scope["state"]["sandbox"]
    if _is_worth_keeping(exchange):
        exchange.record(sandbox, LISTENER)
    sandboxes.leave(sandbox)


async def _owner(scope: Scope, settings: Settings, sandboxes: Sandboxes | None) -> str | None:
    """The sandbox whose admin token the request bears; None for none, and for the control token."""
    token = _token(_values(scope["headers"], b"authorization"))
    if sandboxes is None or not token or _is_control_token(token, settings):
        return None
    return await call(sandboxes.default, sandboxes.owner_of, token.decode("latin-1"))


def _concerned(path: str, sandbox_id: str) -> str:
    """The sandbox that a request is about: that of its prefix, or the one that it reads or drops."""
    return path.removeprefix(SANDBOXES) if path.startswith(SANDBOXES) else sandbox_id


def _limit(scope: Scope, settings: Settings | None) -> int:
    """Octets of a body; one path takes whole directories."""
    if settings is None:
        return SMALL_BODY
    return settings.max_import_bytes if scope["path"] == IMPORT else settings.max_body_bytes


def admit(scope: Scope, settings: Settings, owner: str | None = None, concerned: str = DEFAULT) -> None:
    """Raise Forbidden, `control.site` or `control.host`, or Unauthenticated, `control.token`.

    The admin token of a sandbox (`owner`) opens what is about that very sandbox, whatever else is demanded.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    hosts, token = _values(headers, b"host"), _token(_values(headers, b"authorization"))
    _require_own_site(headers, hosts)
    if settings.control_token is not None and settings.control_token.get_secret_value():
        if owner != concerned and not _is_control_token(token, settings):
            raise Unauthenticated("send the control_token as `Authorization: Bearer ...`", code="control.token")
        return
    _require_loopback(hosts, settings.control_host)
    if owner != concerned and (owner is not None or (token and concerned != DEFAULT)):
        raise Unauthenticated("this is not the admin token of this sandbox", code="control.token")


def _require_own_site(headers: list[tuple[bytes, bytes]], hosts: list[bytes]) -> None:
    own = {scheme + host.lower() for host in hosts for scheme in (b"http://", b"https://")}
    is_foreign = any(origin.lower() not in own for origin in _values(headers, b"origin"))
    if is_foreign or any(site.lower() not in OWN_SITE for site in _values(headers, b"sec-fetch-site")):
        raise Forbidden("pages of other sites may not use the control listener", code="control.site")


def _token(given: list[bytes]) -> bytes:
    """The one bearer token; nothing where there is none, or several."""
    scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _is_control_token(token: bytes, settings: Settings) -> bool:
    """Compared in constant time."""
    expected = settings.control_token.get_secret_value() if settings.control_token is not None else ""
    return bool(expected) and hmac.compare_digest(token, expected.encode())


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
