"""Addresses that came from a browser and are gone to: our own pages alone (api-cases.md F-08)."""

from __future__ import annotations

import re

from starlette.requests import Request

from app.portal.pages import root_of, url_of

INSIDE = re.compile(r"/?[A-Za-z0-9._~!$&'()*+,;=:@%-]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*(?:\?[!-~]*)?")
"""A path of single slashes, each before something: `//host` and `/\\host` are other hosts."""
LONGEST = 2_000


def own_path(request: Request, wanted: str) -> str:
    """The address of the page that is meant, with or without our prefix; the first page for anything else."""
    root = root_of(request)
    inside = wanted.removeprefix(f"{root}/") if root and wanted.startswith(f"{root}/") else wanted.removeprefix("/")
    if len(inside) > LONGEST or not INSIDE.fullmatch(inside) or _climbs(inside):
        return url_of(request)
    return f"{root}/{inside}"


def _climbs(path: str) -> bool:
    """Dot segments, also encoded ones: browsers resolve both."""
    return any(segment.lower().replace("%2e", ".") in (".", "..") for segment in path.partition("?")[0].split("/"))
