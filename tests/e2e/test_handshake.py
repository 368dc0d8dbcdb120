"""What the TLS listeners present, and what they make of handshakes that come to nothing, in this process."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.runtime.addresses import Addresses
from app.runtime.clock import MovableClock
from app.server import listener as module
from app.server.handshake import Failure, first_certificate
from app.server.listener import TlsListener
from app.server.sockets import Bound
from app.server.trust import Presented
from app.settings import Settings
from tests.e2e.test_connection import echo

PORTS = {"http": 1, "https": 2, "mtls": 3}
Told = list[tuple[str, str, Failure]]


@pytest.fixture
def clock() -> MovableClock:
    """The host's, which the client's OpenSSL shares: it begins at the present moment."""
    return MovableClock(datetime.now(UTC))


@pytest.fixture
def presented(tmp_path: Path, clock: MovableClock) -> Presented:
    settings = Settings.read(None, data=tmp_path)
    return Presented(settings, Addresses.of(settings, PORTS), clock)


def served(presented: Presented, told: Told) -> tuple[TlsListener, int]:
    taken = socket.create_server(("127.0.0.1", 0))
    taken.setblocking(False)
    bound = Bound("https", "127.0.0.1", (taken,))
    listener = TlsListener(
        bound, echo, lambda *_: None, {}, presented.context(), tell_failure=lambda *what: told.append(what)
    )
    return listener, taken.getsockname()[1]


async def shown(port: int, trust: bytes) -> bytes:
    """The certificate that a client sees, who trusts `trust`."""
    context = ssl.create_default_context(cadata=trust.decode())
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return certificate


@pytest.mark.case("reliability-G-04")
def test_the_listeners_certificate_is_renewed_while_they_run(presented: Presented, clock: MovableClock) -> None:
    """Near its end the next handshake shows a new one, of the same CA; before that nothing changes."""

    async def run() -> list[bytes]:
        listener, port = served(presented, [])
        await listener.open()
        seen = []
        for days in (0, 100, 200):
            clock.advance(timedelta(days=days))
            presented.renew_if_due()
            seen.append(await shown(port, presented.ca_pem))
        listener.stop_accepting()
        listener.abort()
        return seen

    clock.advance(timedelta(days=-300))
    first, second, third = asyncio.run(run())
    assert first == second
    assert second != third


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x00\xc8\x01"], ids=["nothing", "half a greeting"])
def test_a_handshake_that_takes_too_long_is_ended_and_told(
    presented: Presented, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection waits for ever."""
    monkeypatch.setattr(module, "HANDSHAKE_SECONDS", 0.2)
    told: Told = []

    async def run() -> bytes:
        listener, port = served(presented, told)
        await listener.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(3):
            got = await reader.read()
        writer.close()
        listener.stop_accepting()
        listener.abort()
        return got

    assert asyncio.run(run()) == b""
    ((name, peer, failure),) = told
    assert (name, peer, failure.code) == ("https", "127.0.0.1", "tls.handshake")
    assert "did not end" in failure.reason


def test_a_port_scan_is_not_told(presented: Presented) -> None:
    """Connect and go: nobody wants to read of it."""
    told: Told = []

    async def run() -> None:
        listener, port = served(presented, told)
        await listener.open()
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await asyncio.sleep(0.1)
        assert not listener.is_busy
        listener.stop_accepting()

    asyncio.run(run())
    assert told == []


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x0b",
        b"\x0b\x00\x00\x00",
        b"\x0b\x00\x00\x03\x00\x00\x00",
        b"\x0b\x00\x00\x08\x00\x00\x00\xff\xff\xff\xff\x01",
        b"\x0b\xff\xff\xff\xff\xff\xff\xff",
    ],
)
def test_a_certificate_message_without_a_certificate_holds_none(message: bytes) -> None:
    """Whatever a stranger sends."""
    assert first_certificate(message) is None


def test_the_first_certificate_is_found_in_both_forms_of_the_message() -> None:
    """TLS 1.2 (RFC 5246, 7.4.2) and TLS 1.3 (RFC 8446, 4.4.2)."""
    leaf, issuer = b"0leaf", b"0issuer"
    entries = b"".join(len(c).to_bytes(3) + c for c in (leaf, issuer))
    old = len(entries).to_bytes(3) + entries
    assert first_certificate(b"\x0b" + len(old).to_bytes(3) + old) == leaf
    entries = b"".join(len(c).to_bytes(3) + c + b"\x00\x00" for c in (leaf, issuer))
    new = b"\x00" + len(entries).to_bytes(3) + entries
    assert first_certificate(b"\x0b" + len(new).to_bytes(3) + new) == leaf
