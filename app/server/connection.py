"""One HTTP connection: uvicorn's, with an end to everything that a peer could draw out (reliability-cases.md R4).

What breaks HTTP itself never reaches a door; it is answered and told to the journal here.
"""

from __future__ import annotations

import http
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from app.server.client_certificate import ClientCertificateInScope
from app.server.corked import Corked

HEAD_OCTETS = 32_768
"""Request line and headers together. A bearer token and an RSA-4096 certificate fit three times."""
HEAD_SECONDS = 20.0
"""From the connection, or the first octet of a further request, to the end of its headers."""
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
STUCK_SECONDS = 60.0
"""How long a peer may leave an answer unread."""


class Fault(NamedTuple):
    """What is wrong with a request as HTTP."""

    status: http.HTTPStatus
    code: str
    reason: str


MALFORMED = Fault(http.HTTPStatus.BAD_REQUEST, "request.malformed", "this is not an HTTP/1.1 request")
HOST = Fault(http.HTTPStatus.BAD_REQUEST, "request.malformed", "expected exactly one Host header (RFC 9112, 3.2)")
CODING = Fault(http.HTTPStatus.BAD_REQUEST, "request.malformed", "expected no Transfer-Encoding other than chunked")
TOO_LARGE = Fault(
    http.HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "request.head_too_large",
    f"request line and headers are longer than {HEAD_OCTETS} octets",
)
TOO_SLOW = Fault(
    http.HTTPStatus.REQUEST_TIMEOUT,
    "request.timeout",
    f"the headers did not arrive within {HEAD_SECONDS:g} seconds",
)


@dataclass(slots=True)
class Site:
    """What the connections of one listener share. `tell` takes listener, peer and fault."""

    listener: str
    config: Config
    tell: Callable[[str, str, Fault], None]
    state: ServerState
    found: dict[str, Any]
    """What every request finds in `scope["state"]`."""
    is_stopping: bool = False


def without_upgrade(data: bytes) -> bytes:
    """A head whose offer of another protocol is renamed, since nobody here takes it up (RFC 9110, 7.8).

    The parser would take the body for that protocol's: Java's HttpClient offers h2c with every request.
    """
    if UPGRADE.search(data) is None:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return UPGRADE.sub(b"\r\nx-grade:", head) + end + rest


class Connection(ClientCertificateInScope):
    def __init__(self, site: Site) -> None:
        super().__init__(site.config, site.state, site.found)
        self.site, self.listener = site, site.listener
        self._head_octets, self._chunk = 0, 0
        self._head_since: float | None = None
        self._stuck_since: float | None = None
        self._fault: Fault | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(Corked(transport, self.loop))  # type: ignore[arg-type]
        self._head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self._chunk = len(data)
        super().data_received(data if self._is_in_body else without_upgrade(data))
        if self._head_since is not None:
            self._head_octets += len(data)
            if self._head_octets > HEAD_OCTETS:
                self.refuse(TOO_LARGE)

    @property
    def _is_in_body(self) -> bool:
        return self._head_since is None and self.cycle is not None and self.cycle.more_body

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers are no headers (RFC 9110, 6.5.1), and nobody here reads them."""
        if self._head_since is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._fault = self._found_fault()
        if self._fault is not None:
            raise ValueError(self._fault.reason)
        self._head_since, self._head_octets = None, 0
        super().on_headers_complete()
        if self.site.is_stopping:
            self.cycle.keep_alive = False

    def _found_fault(self) -> Fault | None:
        """What the parser lets pass."""
        hosts = 0
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                return CODING
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            return HOST
        if self._head_octets + self._chunk > HEAD_OCTETS:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            return TOO_LARGE if size > HEAD_OCTETS else None
        return None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text says less
        """What uvicorn calls when the parser, or one of its callbacks above, gives up."""
        fault, self._fault = self._fault or MALFORMED, None
        self.refuse(fault)

    def refuse(self, fault: Fault) -> None:
        """Answer, unless another answer is under way, and close."""
        self._head_since = None
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(self._answer(fault))
        self.transport.close()
        self.site.tell(self.listener, self.peer, fault)

    def _answer(self, fault: Fault) -> bytes:
        text = f"{fault.reason} [{fault.code}]".encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(text)).encode()),
            (b"x-mock-reason", text),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        return STATUS_LINE[fault.status] + lines + b"\r\n" + text

    # time

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck_since = None

    def sweep(self, now: float) -> None:
        """End what takes too long; called about once a second."""
        if self._stuck_since is not None and now - self._stuck_since > STUCK_SECONDS:
            self.transport.abort()
        elif self._head_since is not None and now - self._head_since > HEAD_SECONDS:
            if self._head_octets:
                self.refuse(TOO_SLOW)
            else:
                self.transport.close()

    def finish(self) -> None:
        """The answer under way is the last one of this connection."""
        if self.cycle is not None:
            self.cycle.keep_alive = False
