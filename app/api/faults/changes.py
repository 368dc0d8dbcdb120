"""An answer changed on its way out: header fields, body, pace, end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import Message, Send

CHANGING = frozenset({"headers", "wrong_content_type", "bad_json", "truncate", "dribble"})
HTML, OCTETS = b"text/html; charset=utf-8", b"application/octet-stream"
USUAL_DRIBBLE = 5.0
"""Seconds that a dribbling answer takes, unless the fault says otherwise."""
PIECES = 50
Headers = list[tuple[bytes, bytes]]


class ChangedAnswer:
    """Takes the messages of an answer, and sends them on changed once it is whole; `cut` ends the connection."""

    def __init__(
        self, send: Send, effect: Mapping[str, Any], fault_ids: tuple[str, ...], cut: Callable[[], Awaitable[None]]
    ) -> None:
        self._send, self._effect, self._cut = send, effect, cut
        self._named = (b"x-mock-fault", ", ".join(fault_ids).encode())
        self._start: Message | None = None
        self._pieces: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            start = {**message, "headers": [*message.get("headers", ()), self._named]}
            if not CHANGING & self._effect.keys():
                await self._send(start)
            else:
                self._start = start
        elif self._start is None:
            await self._send(message)
        else:
            self._pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start, b"".join(self._pieces))

    async def _finish(self, start: Message, body: bytes) -> None:
        effect, headers = self._effect, list(start["headers"])
        if "bad_json" in effect and body:
            body = body.rstrip()[:-1] + b","
            headers = _with(headers, b"content-length", str(len(body)).encode())
        if "wrong_content_type" in effect and start["status"] not in (204, 304):
            headers = _with(headers, b"content-type", _other_type(effect["wrong_content_type"], headers))
        for name, value in effect.get("headers", {}).items():
            headers = _with(headers, name.encode(), value.encode())
        await self._send({**start, "headers": headers})
        whole = body if effect.get("truncate") is None else body[: _length(effect["truncate"], body)]
        await self._body(whole, is_whole=whole == body)

    async def _body(self, body: bytes, *, is_whole: bool) -> None:
        if "dribble" in self._effect and body:
            seconds = USUAL_DRIBBLE if self._effect["dribble"] is True else float(self._effect["dribble"])
            body = await self._dribbled(body, seconds)
        await self._send({"type": "http.response.body", "body": body, "more_body": not is_whole})
        if not is_whole:
            await self._cut()

    async def _dribbled(self, body: bytes, seconds: float) -> bytes:
        """Send all but the last piece, with pauses; the last piece."""
        size = max(1, -(-len(body) // PIECES))
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        for piece in pieces[:-1]:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(seconds / len(pieces))
        return pieces[-1]


def _length(truncate: Any, body: bytes) -> int:
    """Octets that are sent: half, or as many as asked for, but never all."""
    return min(len(body) // 2 if truncate is True else int(truncate), max(len(body) - 1, 0))


def _other_type(wanted: Any, headers: Headers) -> bytes:
    if wanted is not True:
        return str(wanted).encode()
    is_html = any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)
    return OCTETS if is_html else HTML


def _with(headers: Headers, name: bytes, value: bytes) -> Headers:
    return [*(header for header in headers if header[0] != name), (name, value)]
