"""A transport that writes head and body of an answer together: one system call, one packet, one TLS record.

uvicorn hands them over one after the other, and each write goes out at once. For a cached status answer these two
calls are half of all the time spent (bench/README.md).
"""

from __future__ import annotations

import asyncio
from typing import Any

JOINED_OCTETS = 65_536
"""Longer bodies are written by themselves rather than copied."""


class Corked:
    """Holds a first write until the next one or the end of this turn of the loop; all else is the transport's."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop, self._held = transport, loop, b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._held:
            if len(data) <= JOINED_OCTETS:
                data, self._held = self._held + data, b""
            else:
                self.flush()
            self._transport.write(data)
        elif data:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            data, self._held = self._held, b""
            self._transport.write(data)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self.flush()
        self._transport.abort()
