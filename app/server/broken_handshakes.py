"""Handshakes that a fault ends before they began: listener-wide, by who comes (control-cases.md B-08; ruling 18)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.errors import DirectoryError
from app.powers.faults.matching import Asked
from app.sandbox import Sandbox
from app.server.handshake import Failure
from app.web.calls import call

HELLO_SECONDS = 5.0
"""How long a client may take to say hello, once a fault wants to hear it."""
LONGEST = 16_384 + 5
"""Octets of a TLS record with its header (RFC 8446, 5.1)."""
PAUSE_SECONDS = 0.01
HANDSHAKE, ALERT, CLIENT_HELLO, SERVER_NAME = 22, 21, 1, 0
FATAL, VERSION = 2, b"\x03\x03"


@dataclass(frozen=True, slots=True)
class Broken:
    """What the journal is told, and what the client is sent before the end."""

    failure: Failure
    farewell: bytes = b""


class BrokenHandshakes:
    """Asks the faults of a sandbox about each connection. Without such a fault it costs a look at a tuple."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, taken: socket.socket, listener: str, peer: str) -> Broken | None:
        """How this handshake ends, or None where it shall go on; then nothing of it has been read."""
        sandbox = self._sandbox
        with suppress(DirectoryError):  # a store that is down breaks no handshake
            await call(sandbox, sandbox.board.refresh)
            living = [each for each in sandbox.faults.living if each.rule.family == "handshake"]
            if not living:
                return None
            hello = await _peeked(taken)
            asked = Asked(listener=listener, peer=peer, server_name=server_name(hello), is_handshake=True)
            strike = await call(sandbox, sandbox.faults.strike, living, asked)
            if strike is not None:
                with suppress(OSError):
                    taken.recv(LONGEST)  # what is left unread would turn the end into a reset
                return _broken(strike.fault_ids, strike.effect.get("tls_alert"))
        return None


def _broken(fault_ids: tuple[str, ...], alert: Any) -> Broken:
    detail: dict[str, Any] = {"faults": list(fault_ids)}
    if alert is None:
        return Broken(Failure("fault.injected", "the connection was closed during the handshake", detail))
    number = ssl.AlertDescription[f"ALERT_DESCRIPTION_{alert.upper()}"].value
    detail["alert"] = f"sent {alert}"
    record = bytes((ALERT,)) + VERSION + bytes((0, 2, FATAL, number))
    return Broken(Failure("fault.injected", f"the handshake was answered with the alert {alert}", detail), record)


async def _peeked(taken: socket.socket) -> bytes:
    """The first record of a connection, as far as it comes in time; it stays where it is."""
    hello = b""
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(HELLO_SECONDS):
            await _readable(taken)
            while True:
                hello = taken.recv(LONGEST, socket.MSG_PEEK)
                if not hello or len(hello) >= _wanted(hello):
                    break
                await asyncio.sleep(PAUSE_SECONDS)
    return hello


async def _readable(taken: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()

    def note() -> None:
        if not came.done():
            came.set_result(None)

    loop.add_reader(taken, note)
    try:
        await came
    finally:
        loop.remove_reader(taken)


def _wanted(hello: bytes) -> int:
    """How long the record says that it is; what is none is long enough."""
    if hello[0] != HANDSHAKE:
        return 0
    return 5 + int.from_bytes(hello[3:5]) if len(hello) > 4 else LONGEST  # noqa: PLR2004 - header


def server_name(record: bytes) -> str:
    """The host that a ClientHello asks for (RFC 6066, 3); "" where there is none or it cannot be read."""
    if record[:1] != bytes((HANDSHAKE,)) or record[5:6] != bytes((CLIENT_HELLO,)):
        return ""
    place = 5 + 4 + 2 + 32
    for width in (1, 2, 1):  # session id, cipher suites, compression methods
        place += width + int.from_bytes(record[place : place + width])
    end = place + 2 + int.from_bytes(record[place : place + 2])
    place += 2
    while place + 4 <= min(end, len(record)):
        kind, size = int.from_bytes(record[place : place + 2]), int.from_bytes(record[place + 2 : place + 4])
        if kind == SERVER_NAME:
            length = int.from_bytes(record[place + 7 : place + 9])
            return record[place + 9 : place + 9 + length].decode("ascii", "replace").lower()
        place += 4 + size
    return ""
