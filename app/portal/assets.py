"""Style, script and pictures of the portal, out of this package: under an address with their hash, kept for a year."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.web.publications import etag_of, matches

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""What is served, by the end of the name."""
YEAR = 31_536_000
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    media_type: str
    digest: str


@cache
def assets() -> Mapping[str, Asset]:
    """By name."""
    found: dict[str, Asset] = {}
    for file in resources.files("app.portal").joinpath("static").iterdir():
        media_type = TYPES.get(file.name.rpartition(".")[2])
        if media_type is not None:
            body = file.read_bytes()
            found[file.name] = Asset(body, media_type, hashlib.sha256(body).hexdigest()[:16])
    return found


@router.api_route("/static/{digest}/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, digest: str, name: str) -> Response:
    """Raises NotFound. Under the hash of another version the present one is given, and not kept."""
    request.scope["state"]["quiet"] = True
    found = assets().get(name)
    if found is None:
        raise NotFound("the portal has no such file", code="path.unknown")
    is_current = digest == found.digest
    headers = {
        "etag": etag_of(found.body),
        "cache-control": f"public, max-age={YEAR}, immutable" if is_current else "no-cache",
    }
    if matches(request.headers.get("if-none-match", ""), headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers=headers, media_type=found.media_type)
