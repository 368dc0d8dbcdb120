"""Listeners: they take connections, see TLS through, and let go of connections without cutting an answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

import structlog
from uvicorn import Config
from uvicorn.server import ServerState

from app.server.broken_handshakes import Broken
from app.server.connection import Connection, Fault, Site
from app.server.handshake import Failure, HandshakeFailed, failure_of
from app.server.sockets import BACKLOG, Bound

HANDSHAKE_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 30
LINGER_SECONDS = 1.0
"""How long a refused peer gets to read the alert; without it the alert can be lost behind a reset."""
BREATH_SECONDS = 0.5
"""After no socket could be had (too many open files), before the next try."""
PLAIN_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"
    b"This port speaks TLS: use https:// [tls.handshake]\n"
)
TLS_TIMEOUT = Failure("tls.handshake", f"the TLS handshake did not end within {HANDSHAKE_SECONDS:g} seconds")
log = structlog.get_logger("connect_mock.server")


class Listener:
    """Plain HTTP. `tell` takes listener, peer and what is wrong with a request as HTTP."""

    def __init__(
        self, bound: Bound, application: object, tell: Callable[[str, str, Fault], None], found: dict[str, object]
    ) -> None:
        config = Config(
            application,  # type: ignore[arg-type]
            http="httptools",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        config.load()
        self.bound = bound
        self._site = Site(bound.name, config, tell, ServerState(), found)
        self._servers: list[asyncio.Server] = []
        self._knocking: set[asyncio.Task[None]] = set()
        """Connections that were taken and are no `Connection` yet."""

    @property
    def connections(self) -> frozenset[Connection]:
        return frozenset(self._site.state.connections)  # type: ignore[arg-type]

    @property
    def is_busy(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._site.state.connections or self._knocking)

    async def open(self) -> None:
        """Take connections from now on; those that came before have waited."""
        loop = asyncio.get_running_loop()
        for waiting in self.bound.sockets:
            self._servers.append(await loop.create_server(self._connection, sock=waiting, backlog=BACKLOG))

    def tick(self, date: bytes, now: float) -> None:
        """Once a second: the Date of answers, and an end to what takes too long."""
        self._site.state.default_headers = [(b"date", date)]
        for connection in self.connections:
            connection.sweep(now)

    def stop_accepting(self) -> None:
        """Whoever has a connection gets the answer under way, and no further one on that connection.

        The system makes connections that nobody has taken yet: they would be reset with the socket.
        """
        self._site.is_stopping = True
        for waiting in self.bound.sockets:
            with contextlib.suppress(OSError):  # which is how it says that there are no more
                while True:
                    self._take(*waiting.accept())
        self._close()
        for connection in self.connections:
            connection.finish()

    def _close(self) -> None:
        for server in self._servers:
            server.close()

    def _take(self, taken: socket.socket, address: Sequence[object]) -> None:
        """See a connection in, beside all else."""
        taken.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._admit(taken, str(address[0])))
        self._knocking.add(task)
        task.add_done_callback(self._knocking.discard)

    async def _admit(self, taken: socket.socket, peer: str) -> None:  # noqa: ARG002 - a listener with TLS tells of it
        await asyncio.get_running_loop().connect_accepted_socket(self._connection, taken)

    def close_idle(self) -> None:
        """Close the connections that wait for a request."""
        for connection in self.connections:
            connection.shutdown()

    def abort(self) -> None:
        """The time to finish is over."""
        for task in tuple(self._site.state.tasks):
            task.cancel()
        for connection in self.connections:
            connection.transport.abort()
        for task in tuple(self._knocking):
            task.cancel()

    def _connection(self) -> Connection:
        return Connection(self._site)


class TlsListener(Listener):
    """HTTP over TLS. Connections are taken by hand, since a server of the event loop keeps failed handshakes quiet."""

    def __init__(  # noqa: PLR0913 - what a listener needs, and TLS
        self,
        bound: Bound,
        application: object,
        tell: Callable[[str, str, Fault], None],
        found: dict[str, object],
        context: ssl.SSLContext,
        *,
        tell_failure: Callable[[str, str, Failure], None],
        prepare: Callable[[], Awaitable[ssl.SSLContext]] | None = None,
        breaks: Callable[[socket.socket, str, str], Awaitable[Broken | None]] | None = None,
    ) -> None:
        """`prepare` gives the context of each handshake, else it is `context`.

        `tell_failure` takes listener, peer and failure; `breaks` connection, listener and peer, and says how a
        handshake ends that a fault shall end.
        """
        super().__init__(bound, application, tell, found)
        self._context, self._tell_failure = context, tell_failure
        self._prepare, self._breaks = prepare, breaks
        self._accepting: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._accepting = [loop.create_task(self._accept(waiting)) for waiting in self.bound.sockets]

    def _close(self) -> None:
        for task in self._accepting:
            task.cancel()
        for waiting in self.bound.sockets:
            waiting.close()

    async def _accept(self, waiting: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                taken, address = await loop.sock_accept(waiting)
            except OSError as fault:
                log.warning("no connection taken", listener=self.bound.name, cause=str(fault))
                await asyncio.sleep(BREATH_SECONDS)
                continue
            self._take(taken, address)

    async def _admit(self, taken: socket.socket, peer: str) -> None:
        """See one handshake through. `spare` is the same connection: the event loop closes its own on failure."""
        loop = asyncio.get_running_loop()
        with taken.dup() as spare:
            try:
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if await self._is_broken(taken, spare, peer):
                    return
                context = self._context if self._prepare is None else await self._prepare()
                await loop.connect_accepted_socket(
                    self._connection, taken, ssl=context, ssl_handshake_timeout=HANDSHAKE_SECONDS
                )
            except HandshakeFailed as failed:
                if failure := failure_of(failed):
                    self._tell_failure(self.bound.name, peer, failure)
                await _part(spare, failed.farewell or (PLAIN_HTTP if failed.cause.reason == "HTTP_REQUEST" else b""))
            except ConnectionAbortedError:  # what the event loop makes of its own time limit
                self._tell_failure(self.bound.name, peer, TLS_TIMEOUT)
            except OSError:
                taken.close()  # the peer went away
            except asyncio.CancelledError:
                taken.close()
                raise

    async def _is_broken(self, taken: socket.socket, spare: socket.socket, peer: str) -> bool:
        """Whether a fault has ended it."""
        broken = None if self._breaks is None else await self._breaks(taken, self.bound.name, peer)
        if broken is None:
            return False
        taken.close()
        self._tell_failure(self.bound.name, peer, broken.failure)
        await _part(spare, broken.farewell)
        return True


async def _part(spare: socket.socket, farewell: bytes) -> None:
    """Send the alert, and wait until the peer has read it and gone."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        if farewell:
            spare.send(farewell)
        spare.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(LINGER_SECONDS):
            while await loop.sock_recv(spare, 4096):
                pass
