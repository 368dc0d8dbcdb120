"""The sockets of the listeners, taken before anything slow is begun: who cannot have a port learns it at once."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from app.errors import DirectoryError
from app.runtime.addresses import in_brackets
from app.settings import Settings

SCHEMES: Mapping[str, str] = {"http": "http", "https": "https", "mtls": "https", "control": "http"}
"""The listeners, in the order in which they are told of."""
BACKLOG = 2048
WILDCARD_CALLED: Mapping[str, str] = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


class CannotListen(DirectoryError):
    code, title = "listener.port", "A listener cannot have its port"


@dataclass(frozen=True, slots=True)
class Bound:
    """One listener's sockets, already listening: more than one where its host is a name with several addresses."""

    name: str
    host: str
    sockets: tuple[socket.socket, ...]

    @property
    def port(self) -> int:
        return int(self.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """How a program on this machine calls it."""
        host = WILDCARD_CALLED.get(self.host, self.host)
        return f"{SCHEMES[self.name]}://{in_brackets(host)}:{self.port}"


@contextmanager
def listening(settings: Settings) -> Iterator[Mapping[str, Bound]]:
    """Every listener by name; their sockets are closed behind it. Raises CannotListen."""
    _require_token(settings)
    with ExitStack() as stack:
        yield {name: _bind(name, settings, stack) for name in SCHEMES}


def _require_token(settings: Settings) -> None:
    """The control listener hands out tokens to whoever reaches it (control-cases.md K-01)."""
    if settings.control_token is not None and settings.control_token.get_secret_value():
        return
    if not all(_is_loopback(address[0]) for _family, address in _resolve("control", settings.control_host)):
        raise CannotListen(
            f"control_host is {settings.control_host or 'every address'}, which others can reach: "
            "set control_token (CONNECT_MOCK_CONTROL_TOKEN) too, or leave control_host at 127.0.0.1",
            code="listener.control",
        )


def _bind(name: str, settings: Settings, stack: ExitStack) -> Bound:
    host = settings.control_host if name == "control" else settings.host
    host, port = host.removeprefix("[").removesuffix("]"), int(getattr(settings, f"{name}_port"))
    sockets: list[socket.socket] = []
    for family, address in _resolve(name, host):
        opened = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        _listen(name, opened, (address[0], port, *address[2:]))
        sockets.append(opened)
        port = opened.getsockname()[1]
    return Bound(name, host, tuple(sockets))


def _resolve(name: str, host: str) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(
            host.strip("[]") or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
    except (OSError, UnicodeError) as fault:
        raise CannotListen(f"{name}: there is no address {host!r} on this machine ({fault})") from fault
    answers = {(family, address): None for family, _type, _protocol, _name, address in found}
    if not host:  # every address: one socket for IPv4, as for 0.0.0.0
        answers = {answer: None for answer in answers if answer[0] == socket.AF_INET} or answers
    return list(answers)  # type: ignore[arg-type]


def _listen(name: str, opened: socket.socket, address: tuple[str | int, ...]) -> None:
    """Listening at once, since two sockets that are bound only do not clash yet."""
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if opened.family == socket.AF_INET6:
        is_wildcard = address[0] == "::"
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if is_wildcard else 1)
    try:
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as fault:
        raise CannotListen(_told(name, fault, f"{in_brackets(str(address[0]))}:{address[1]}")) from fault


def _told(name: str, fault: OSError, where: str) -> str:
    choose = f"choose another with --{name}-port or CONNECT_MOCK_{name.upper()}_PORT (0 = any free one)"
    if fault.errno == errno.EADDRINUSE:
        return f"{name}: {where} is in use already, perhaps by another connect-mock: stop that, or {choose}"
    if fault.errno == errno.EACCES:
        return f"{name}: {where} is not allowed to this user: {choose}"
    if fault.errno == errno.EADDRNOTAVAIL:
        return f"{name}: this machine does not have the address of {where}"
    return f"{name}: {where} cannot be listened on ({fault.strerror})"


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.split("%", maxsplit=1)[0]).is_loopback
