"""What bounds a request before anything is done for it: headers first, then the body in octets and in time."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope

from app.errors import TooLarge, UnsupportedMedia
from app.web.errors import TooSlow

BODY_SECONDS = 20.0
LARGE_FORMS = frozenset({"/portal/mock/states/import"})
"""Forms that hold a whole directory: their limit is `max_import_bytes`. Nobody reads them who may not import."""
DIGITS = 20
"""Digits of a Content-Length that are looked at; int() refuses thousands."""


class LimitedBody:
    """The body as it comes, counted in octets and timed as a whole (csr-cases.md A-26, api-cases.md B-09)."""

    def __init__(self, receive: Receive, limit: int, seconds: float = BODY_SECONDS) -> None:
        self._receive, self._limit, self._seconds = receive, limit, seconds
        self._size, self._is_complete, self._deadline = 0, False, 0.0

    async def __call__(self) -> Message:
        if self._is_complete:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._deadline = self._deadline or now + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlow(f"the body did not arrive within {self._seconds:g} seconds") from error
        self._is_complete = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise _too_large(self._limit)
        return message


def check_headers(scope: Scope, limit: int) -> None:
    """What can be refused before a single octet of the body is read. Raises TooLarge, UnsupportedMedia."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:DIGITS]) > limit:
            raise _too_large(limit)
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise UnsupportedMedia("compressed bodies are not read here")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} octets")
