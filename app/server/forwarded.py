"""Client certificates in headers: those of a trusted proxy count (RFC 9440), all others are dropped and told.

oauth-cases.md R8 and G: the identity of a client comes from the TLS layer of this process; a header counts only from a
configured address, exactly once, in the one form of RFC 9440.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography import x509
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.connection import listener_of, peer_of, tls_of

CODE = "mtls.header_spoof"
CERTIFICATE, CHAIN = b"client-cert", b"client-cert-chain"
LIKE = re.compile(
    rb"client[-_]?(cert|verif|thumb|dn|s[-_]dn|i[-_]dn)|(ssl|tls)[-_]?(client|cert|verif)|mtls|cert(ificate)?[-_]?thumb|xfcc"
)
"""Names under which proxies hand on a client certificate, or what they found of it. Nothing here reads any of them."""
VERDICT = re.compile(rb"verif")
LONGEST = 16_384
"""Octets of a Client-Cert value; a certificate with hundreds of names has half of this."""
Headers = list[tuple[bytes, bytes]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Dropped:
    """Headers that did not count: of which request, with which answer, and why."""

    listener: str
    method: str
    path: str
    status: int
    interaction_id: str
    peer: str
    reason: str


@lru_cache(maxsize=512)
def speaks_of_certificates(name: bytes) -> bool:
    return LIKE.search(name) is not None


class Proxies:
    """The addresses whose headers count: IP addresses or networks."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Raises ValueError naming the setting."""
        try:
            self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(text, strict=False) for text in texts)
        except ValueError as fault:
            raise ValueError(f"trusted_proxies: {fault}; expected IP addresses or networks") from None

    def __contains__(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.split("%", maxsplit=1)[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


class ForwardedCertificates:
    """ASGI middleware around the public door. `tell` takes what was dropped, after the answer."""

    def __init__(self, app: ASGIApp, proxies: Proxies, tell: Callable[[Dropped], None]) -> None:
        self._app, self._proxies, self._tell = app, proxies, tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: Headers = scope["headers"]
        found = [header for header in headers if speaks_of_certificates(header[0])]
        if not found:
            await self._app(scope, receive, send)
            return
        scope["headers"] = [header for header in headers if header not in found]
        reason = self._apply(scope, found)
        if reason:
            await self._pass_and_tell(scope, receive, send, reason)
        else:
            await self._app(scope, receive, send)

    def _apply(self, scope: Scope, found: Headers) -> str:
        """Take the certificate over where it counts; else why nothing of it does."""
        tls = tls_of(scope)
        if peer_of(scope) not in self._proxies:
            names = ", ".join(sorted({name.decode("latin-1")[:60] for name, _value in found})[:10])
            return f"dropped {names}: {peer_of(scope)} is not one of trusted_proxies"
        try:
            forwarded = forwarded_certificate(found)
        except ValueError as fault:
            _replace_tls(scope, fault=str(fault))
            return ""
        own = tls.get("client_cert")
        if own is not None and own != forwarded:
            return "dropped Client-Cert: the connection has a client certificate of its own, which counts"
        _replace_tls(scope, listener="mtls", client_cert=forwarded)
        return ""

    async def _pass_and_tell(self, scope: Scope, receive: Receive, send: Send, reason: str) -> None:
        status, path = 0, scope.get("raw_path") or b""

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            interaction_id = str(scope.get("state", {}).get("interaction_id", ""))
            shown = path.decode("ascii", "backslashreplace")[:500]
            method = str(scope["method"])[:20]
            dropped = Dropped(listener_of(scope), method, shown, status, interaction_id, peer_of(scope), reason)
            self._tell(dropped)


def _replace_tls(scope: Scope, **changed: Any) -> None:
    """In a copy: the extension belongs to the connection, which brings other requests too."""
    scope["extensions"] = {**scope.get("extensions", {}), "tls": {**tls_of(scope), **changed}}


def forwarded_certificate(headers: Headers) -> bytes | None:
    """The DER of the one `Client-Cert`; None where the proxy saw no certificate.

    Raises ValueError, in words: given twice, malformed, or contradicted by what the proxy says beside it.
    """
    values = [value for name, value in headers if name == CERTIFICATE]
    if len(values) > 1:
        raise ValueError("Client-Cert is given more than once")
    der = _binary(values[0]) if values else b""
    if not der:
        return None
    for name, value in headers:
        if VERDICT.search(name) and value.strip().upper() not in (b"SUCCESS", b"0", b"OK"):
            raise ValueError(f"Client-Cert is given, but {name.decode('latin-1')[:60]} says that it is not good")
    _require_one_certificate(der)
    return der


def _binary(value: bytes) -> bytes:
    """A byte sequence of RFC 8941, 3.3.5: base64 between colons, and nothing else."""
    text = value.strip(b" \t")
    if len(text) > LONGEST:
        raise ValueError(f"Client-Cert is longer than {LONGEST} octets")
    if len(text) < 2 or text[:1] != b":" or text[-1:] != b":":  # noqa: PLR2004 - two colons
        raise ValueError("Client-Cert is not base64 between colons (RFC 9440, 2.2)")
    try:
        return base64.b64decode(text[1:-1], validate=True)
    except binascii.Error as fault:
        raise ValueError(f"Client-Cert is not base64 between colons (RFC 9440, 2.2): {fault}") from fault


def _require_one_certificate(der: bytes) -> None:
    try:
        x509.load_der_x509_certificate(der)
    except Exception as fault:  # a stranger's octets; the parser has several ways to give up
        raise ValueError("Client-Cert does not hold exactly one DER certificate") from fault
