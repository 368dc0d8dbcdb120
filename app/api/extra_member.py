"""A member that no publication has, in every JSON answer that goes well: clients must ignore what they do not know
(connect.md 13; control-cases.md K-07; RFC 7517, 4; RFC 6749, 5.1)."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import Message, Send

from app.web.answers import encode

NAME, VALUE = "MockExtraMember", "clients ignore what they do not know"
LISTS = ("content", "items", "keys")
"""Members of an answer that hold its objects."""
REDIRECTION = 300


class WithExtraMember:
    """Takes the messages of an answer, and sends them on with the member once the answer is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._pieces: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_changed(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start, b"".join(self._pieces))

    async def _finish(self, start: Message, body: bytes) -> None:
        changed = _changed(body)
        headers = [header for header in start["headers"] if header[0] != b"content-length"]
        length = (b"content-length", str(len(changed)).encode())
        await self._send({**start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": changed})


def _is_changed(start: Message) -> bool:
    media = next((value for name, value in start.get("headers", ()) if name == b"content-type"), b"")
    kind = media.partition(b";")[0].strip()
    return start["status"] < REDIRECTION and (kind == b"application/json" or kind.endswith(b"+json"))


def _changed(body: bytes) -> bytes:
    """The same with the member in the object, and in the objects of its list; as it is where that is no JSON."""
    try:
        value = json.loads(body)
    except ValueError:
        return body
    return encode(_with_member(value)).encode("utf-8", "backslashreplace")


def _with_member(value: Any) -> Any:
    if isinstance(value, list):
        return [_added(item) for item in value]
    if isinstance(value, dict):
        lists = {name: _with_member(value[name]) for name in LISTS if isinstance(value.get(name), list)}
        return _added({**value, **lists})
    return value


def _added(value: Any) -> Any:
    return {**value, NAME: VALUE} if isinstance(value, dict) else value
