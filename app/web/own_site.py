"""Requests of a browser: whether one of our own pages made it, and whether the connection is private.

Cookies go along with requests of every page in the world, so what changes something must show that it came from a page
of ours: browsers say so in `Sec-Fetch-Site` and `Origin`, which no page can set (Fetch Metadata; RFC 6454, 7).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from app.errors import Forbidden
from app.runtime.addresses import Addresses

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site: one of our pages, or a person who typed the address."""


def require_own_site(request: Request, addresses: Addresses) -> None:
    """Raise Forbidden, `form.foreign`, where an unsafe method does not show where it came from (api-cases.md F-01)."""
    if request.method in SAFE:
        return
    origins, sites = request.headers.getlist("origin"), request.headers.getlist("sec-fetch-site")
    if not origins and not sites:
        raise Forbidden("the browser did not say which page sent this form", code="form.foreign")
    own = {f"{request.url.scheme}://{host}".lower() for host in request.headers.getlist("host")}
    own |= {_origin(addresses.web), _origin(addresses.auth)}
    if any(site not in OWN for site in sites) or any(origin.lower() not in own for origin in origins):
        raise Forbidden("pages of other sites may not send this form", code="form.foreign")


def is_private(request: Request, addresses: Addresses) -> bool:
    """Whether the browser speaks TLS: with us, or with a proxy in front at the published address."""
    host = request.headers.get("host", "").lower()
    behind_tls = any(
        parts.scheme == "https" and parts.netloc.lower() == host
        for parts in (urlsplit(addresses.web), urlsplit(addresses.auth))
    )
    return request.url.scheme == "https" or behind_tls


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
