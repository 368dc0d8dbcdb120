"""The only door to the network outside: what the mock sends to addresses that its users gave (api-cases.md C).

A name is resolved once, each of its addresses is judged, and the connection goes to the one that passed: so a name
that changes between check and use leads nowhere else. Redirects are answers like others and are not followed. Time and
size have limits from the first packet to the last.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import httpx

from app.runtime.private_hosts import IpAddress, address_of, is_public

BLOCKED = "url.blocked"
MOST_CLIENTS = 64
"""One for each set of CAs; without open connections they need no closing."""
MOST_TRIED = 4
"""Addresses of one name."""
SILENCE = 60
"""Seconds; who asks sets a limit for the whole, which is shorter."""
SHOWN = 2048
"""Octets of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one request may do. `forbidden_port` is no target on this machine; `trusted` are CAs beside the system's."""

    seconds: float
    allow_private: bool = False
    forbidden_port: int | None = None
    trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and the beginning of the body, or `error`, which is why nothing came."""

    status: int | None = None
    text: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


class Outgoing(Protocol):
    """Sends one request. Raises nothing: whatever happens is an Answer."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, rules: Rules) -> Answer: ...

    async def close(self) -> None: ...


class HttpOutgoing:
    """The real one."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, ...] | None, httpx.AsyncClient] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, rules: Rules) -> Answer:
        try:
            async with asyncio.timeout(rules.seconds):
                return await self._post(url, headers, body, rules)
        except TimeoutError:
            return Answer(error=f"no whole answer within {rules.seconds:g} s")
        except _Blocked as blocked:
            return Answer(error=f"{BLOCKED}: {blocked}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
            return Answer(error=str(fault)[:300] or type(fault).__name__)

    async def close(self) -> None:
        clients = tuple(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes, rules: Rules) -> Answer:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _Blocked("only http and https addresses are asked")
        fault: httpx.TransportError | None = None
        for address in await _addresses(parts, rules):
            try:
                return await self._ask(_request(parts, address, headers, body), rules)
            except httpx.ConnectError as refused:
                fault = refused
        raise fault or OSError("the name has no address")

    async def _ask(self, request: httpx.Request, rules: Rules) -> Answer:
        client = self._client(rules.trusted if request.url.scheme == "https" else None)
        answer = await client.send(request, stream=True)
        try:
            return Answer(answer.status_code, await _beginning(answer))
        finally:
            await answer.aclose()

    def _client(self, trusted: tuple[str, ...] | None) -> httpx.AsyncClient:
        """Nothing is kept alive: a connection belongs to the name for which its certificate was checked."""
        if trusted not in self._clients:
            if len(self._clients) >= MOST_CLIENTS:
                del self._clients[next(iter(self._clients))]
            self._clients[trusted] = httpx.AsyncClient(
                verify=_context(trusted),
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
                timeout=httpx.Timeout(SILENCE),
            )
        return self._clients[trusted]


class _Blocked(Exception):
    """The address is none that this mock may ask."""


async def _addresses(parts: SplitResult, rules: Rules) -> list[str]:
    """Where the host is, without what may not be asked. Raises _Blocked when nothing is left, OSError."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    every = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [each for each in every if _may_ask(address_of(each), port, rules)]
    if every and not allowed:
        raise _Blocked(f"{parts.hostname} is {', '.join(every[:MOST_TRIED])}: this machine or a private network")
    return allowed[:MOST_TRIED]


def _may_ask(address: IpAddress | None, port: int, rules: Rules) -> bool:
    """Private ones by setting only; link-local ones, where clouds keep their secrets, and our own powers never."""
    if address is None or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return is_public(address) or (rules.allow_private and port != rules.forbidden_port)


def _request(parts: SplitResult, address: str, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    """To the address that was judged, under the name that was asked for."""
    host = f"[{address}]" if ":" in address else address
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    url = parts._replace(netloc=netloc, fragment="").geturl()
    named = {**headers, "host": parts.netloc.rpartition("@")[2]}
    return httpx.Request("POST", url, headers=named, content=body, extensions={"sni_hostname": parts.hostname})


async def _beginning(answer: httpx.Response) -> str:
    """As it came, so that nothing small grows large."""
    octets = bytearray()
    async for part in answer.aiter_raw():
        octets += part
        if len(octets) >= SHOWN:
            break
    return bytes(octets[:SHOWN]).decode("utf-8", "replace")


def _context(trusted: tuple[str, ...] | None) -> ssl.SSLContext:
    """The CAs of the system and these; None = none at all, for what goes without TLS."""
    if trusted is None:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    for pem in _whole(trusted):
        context.load_verify_locations(cadata=pem)
    return context


def _whole(pems: tuple[str, ...]) -> Iterator[str]:
    return (pem for pem in pems if pem.strip())
