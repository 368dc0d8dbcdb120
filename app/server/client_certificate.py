"""Puts the client certificate of a connection into the ASGI scope: `scope["extensions"]["tls"]`.

uvicorn does not do it yet. When it does, this file goes, and `app/web/connection.py` reads what uvicorn gives.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class ClientCertificateInScope(HttpToolsProtocol):
    """`listener` is its name, `client_cert` the DER or None, `peer` the address at the other end."""

    listener: str
    peer: str = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        secured: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = secured.getpeercert(binary_form=True) if secured is not None else None
        self._extensions: dict[str, Any] = {
            "tls": {"listener": self.listener, "client_cert": certificate, "peer": self.peer},
            "connect_mock.line": {"cut": self.cut},
        }

    def cut(self, *, reset: bool) -> None:
        """End the connection where it is: with RST, or as if the process had gone (control-cases.md B-07)."""
        held = self.transport.get_extra_info("socket")
        if reset and held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions
