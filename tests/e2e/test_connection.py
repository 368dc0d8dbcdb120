"""One connection with an HTTP that is wrong, slow or endless, against a listener in this process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.server import connection as module
from app.server.connection import Fault
from app.server.listener import Listener
from app.server.sockets import Bound

Told = list[tuple[str, str, Fault]]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the names of the headers, then with what came as body."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = b" ".join(name for name, _value in scope["headers"]) + b" | " + body
    if scope["path"] == "/large":
        text = b"x" * 20_000_000
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


class Peer:
    def __init__(self, listener: Listener, port: int, told: Told) -> None:
        self.listener, self.port, self.told = listener, port, told

    async def say(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """Send the parts, read until the other side closes or is silent for half a second."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            return await read_all(reader)
        except ConnectionError:
            return b"reset"
        finally:
            writer.close()


async def read_all(reader: asyncio.StreamReader) -> bytes:
    got = b""
    try:
        async with asyncio.timeout(0.5):
            while part := await reader.read(65536):
                got += part
    except TimeoutError:
        got += b"<open>"
    return got


@asynccontextmanager
async def listening() -> Any:
    told: Told = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken.setblocking(False)
        listener = Listener(Bound("http", "127.0.0.1", (taken,)), echo, lambda *what: told.append(what), {})
        listener.tick(b"Thu, 01 Jan 2026 00:00:00 GMT", 0)
        await listener.open()
        yield Peer(listener, taken.getsockname()[1], told)
        listener.stop_accepting()
        listener.abort()
        await asyncio.sleep(0)


def against_a_listener(test: Callable[[Peer], Awaitable[None]]) -> None:
    async def run() -> None:
        async with listening() as peer:
            await test(peer)

    asyncio.run(run())


def exchange(*parts: bytes, pause: float = 0.0) -> tuple[bytes, Told]:
    """What was answered, and what was told."""
    answers: list[tuple[bytes, Told]] = []

    async def run(peer: Peer) -> None:
        answers.append((await peer.say(*parts, pause=pause), peer.told))

    against_a_listener(run)
    return answers[0]


GOOD = b"GET / HTTP/1.1\r\nHost: a\r\n"


def test_good_requests_are_answered_on_one_connection_in_their_order() -> None:
    """Sent at once (pipelined); the connection stays open."""
    answer, told = exchange(GOOD + b"One: 1\r\n\r\n" + GOOD + b"Two: 2\r\n\r\n")
    assert answer.count(b"200 OK") == 2
    assert answer.index(b"host one") < answer.index(b"host two")
    assert answer.endswith(b"<open>")
    assert told == []


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"nonsense\r\n\r\n", id="nonsense"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01", id="tls"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no-host"),
        pytest.param(GOOD + b"Host: b\r\n\r\n", id="two-hosts"),
        pytest.param(GOOD + b"A b: c\r\n\r\n", id="header-name"),
        pytest.param(GOOD + b"A: b\x00c\r\n\r\n", id="nul"),
        pytest.param(GOOD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", id="two-lengths"),
        pytest.param(GOOD + b"Content-Length: -1\r\n\r\n", id="negative-length"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
            id="oauth-G-08-CL-TE",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            id="oauth-G-08-TE-CL",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", id="oauth-G-08-TE-TE"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", id="folded"),
        pytest.param("GET /ä HTTP/1.1\r\nHost: a\r\n\r\n".encode(), id="path-not-ascii"),
    ],
)
def test_what_is_no_http_is_answered_with_400_closed_and_told(request_: bytes) -> None:
    """No door sees it; the reason is readable."""
    answer, told = exchange(request_)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"[request.malformed]" in answer
    assert not answer.endswith(b"<open>")
    assert b"200 OK" not in answer
    assert [(listener, peer, fault.code) for listener, peer, fault in told] == [
        ("http", "127.0.0.1", "request.malformed")
    ]


def test_http_1_0_needs_no_host() -> None:
    """`openssl ocsp` speaks it."""
    answer, _told = exchange(b"GET / HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert not answer.endswith(b"<open>")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([GOOD + b"A: " + b"x" * 65_536 + b"\r\n\r\n"], id="one-header"),
        pytest.param([GOOD + b"A: b\r\n" * 10_000 + b"\r\n"], id="many-headers"),
        pytest.param([b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"], id="request-line"),
        pytest.param([GOOD + b"A: ", *[b"x" * 10_000] * 6], id="never-ending"),
    ],
)
def test_a_head_that_is_too_long_is_answered_with_431(parts: list[bytes]) -> None:
    """As soon as it is; it need not end."""
    answer, told = exchange(*parts, pause=0.01)
    assert answer == b"reset" or answer.startswith(b"HTTP/1.1 431 ")
    assert [fault.code for _listener, _peer, fault in told] == ["request.head_too_large"]


def test_a_head_of_thirty_kilobytes_passes() -> None:
    """In one piece or in many."""
    head = GOOD + b"A: " + b"x" * 30_000 + b"\r\n\r\n"
    assert exchange(head)[0].startswith(b"HTTP/1.1 200")
    assert exchange(*(head[n : n + 3000] for n in range(0, len(head), 3000)))[0].startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("parts", [1, 2])
def test_an_offer_of_another_protocol_is_left_aside(parts: int) -> None:
    """The body of such a request counts, also on a connection that is used again (RFC 9110, 7.8)."""
    head = GOOD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 13\r\n\r\n"
    body = b"\r\nUpgrade: x\n"
    request = (head + body,) if parts == 1 else (head, body)
    answer, told = exchange(*request, *request, pause=0.02)
    assert answer.count(b"200 OK") == 2
    assert answer.count(b"| " + body) == 2
    assert told == []


def test_trailers_are_no_headers() -> None:
    """What comes behind a chunked body adds nothing to the request."""
    answer, _told = exchange(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"authorization" not in answer
    assert b"| abc" in answer


def test_headers_that_come_too_slowly_are_answered_with_408(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a connection that never says anything is closed without a word."""
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.1)

    async def run(peer: Peer) -> None:
        slow, silent = asyncio.create_task(peer.say(GOOD)), asyncio.create_task(peer.say())
        await asyncio.sleep(0.3)
        peer.listener.tick(b"", asyncio.get_running_loop().time())
        assert (await slow).startswith(b"HTTP/1.1 408 ")
        assert await silent == b""
        assert [fault.code for _listener, _peer, fault in peer.told] == ["request.timeout"]

    against_a_listener(run)


def test_an_idle_connection_between_requests_is_not_a_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for headers begins with their first octet."""
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.1)

    async def run(peer: Peer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", peer.port)
        for _ in range(2):
            writer.write(GOOD + b"\r\n")
            assert (await reader.readuntil(b"| ")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.2)
            peer.listener.tick(b"", asyncio.get_running_loop().time())
        writer.close()

    against_a_listener(run)


def test_a_peer_that_never_reads_its_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is gone, and with it the memory of the answer."""
    monkeypatch.setattr(module, "STUCK_SECONDS", 0.1)

    async def run(peer: Peer) -> None:
        with socket.create_connection(("127.0.0.1", peer.port)) as stuck:
            stuck.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.sleep(0.4)
            assert peer.listener.is_busy
            peer.listener.tick(b"", asyncio.get_running_loop().time())
            await asyncio.sleep(0.1)
            assert not peer.listener.is_busy

    against_a_listener(run)
