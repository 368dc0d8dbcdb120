"""Conditional requests by revision (RFC 9110, 8.8.3 and 13.1.1)."""

from __future__ import annotations

import re

from starlette.requests import Request

UNKNOWN = -1
"""A revision that nothing has: an If-Match of no form of ours never matches."""


def etag(revision: int) -> dict[str, str]:
    return {"etag": f'"{revision}"'}


def expected_revision(request: Request) -> int | None:
    """The revision of If-Match; None when the caller does not ask, or asks for any (`*`)."""
    value = (request.headers.get("if-match") or "").strip()
    if value in ("", "*"):
        return None
    match = re.fullmatch(r'"([0-9]{1,15})"', value)
    return int(match[1]) if match else UNKNOWN
