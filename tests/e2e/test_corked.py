"""Head and body of an answer in one write, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.server.corked import JOINED_OCTETS, Corked

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"b" * 900


class Counted(asyncio.Transport):
    """A real transport that counts what is written to it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self.transport, self.sizes = transport, []

    def write(self, data: bytes) -> None:
        self.sizes.append(len(data))
        self.transport.write(data)

    def close(self) -> None:
        self.transport.close()

    def abort(self) -> None:
        self.transport.abort()


def played(act: Callable[[Corked], object]) -> tuple[list[int], bytes]:
    """The sizes of the writes, and what came at the other end, when a server does this and closes a turn later."""

    async def run() -> tuple[list[int], bytes]:
        loop, made = asyncio.get_running_loop(), []

        class Acting(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                made.append(Counted(transport))
                corked = Corked(made[0], loop)
                act(corked)
                loop.call_later(0.05, corked.close)

        server = await loop.create_server(Acting, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        got = await reader.read()
        writer.close()
        server.close()
        return made[0].sizes, got

    return asyncio.run(run())


def writes(*parts: bytes) -> Callable[[Corked], object]:
    return lambda corked: [corked.write(part) for part in parts]


@pytest.mark.parametrize(
    ("parts", "sizes"),
    [
        pytest.param((HEAD, BODY), [len(HEAD) + 900], id="together"),
        pytest.param((HEAD,), [len(HEAD)], id="a head alone goes at the end of the turn"),
        pytest.param((HEAD, b""), [len(HEAD)], id="no body"),
        pytest.param((b"", HEAD, BODY), [len(HEAD) + 900], id="nothing first"),
        pytest.param((HEAD, BODY, BODY), [len(HEAD) + 900, 900], id="a third by itself"),
        pytest.param((HEAD, b"x" * (JOINED_OCTETS + 1)), [len(HEAD), JOINED_OCTETS + 1], id="a long body uncopied"),
    ],
)
def test_a_head_waits_for_its_body(parts: tuple[bytes, ...], sizes: list[int]) -> None:
    """Every octet arrives in order, in as few writes as possible."""
    assert played(writes(*parts)) == (sizes, b"".join(parts))


@pytest.mark.parametrize("end", ["close", "abort"])
def test_nothing_held_is_lost(end: str) -> None:
    """What was written before the end goes out before the end."""

    def act(corked: Corked) -> None:
        corked.write(HEAD)
        getattr(corked, end)()

    assert played(act) == ([len(HEAD)], HEAD)
