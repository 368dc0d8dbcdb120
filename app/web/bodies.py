"""Reading request bodies: counted in octets as they come, never trusted by their header (csr-cases.md A-26)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from app.errors import TooLarge
from app.web.json_body import read_object
from app.web.media import require_json


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it is longer than `limit`; the rest is not kept."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body is longer than {limit} octets")
        chunks.append(chunk)
    return b"".join(chunks)


async def read_members(request: Request) -> dict[str, Any]:
    """The members of a JSON object in the body; its size is bounded by the edge."""
    require_json(request.headers.get("content-type"))
    return read_object(await request.body())
