"""Conditional requests by revision (RFC 9110, 8.8.3 and 13.1.1)."""

from __future__ import annotations

import re

from starlette.requests import Request

_TAG = re.compile(r'(?:W/)?"[!#-~]*"')


def etag(revision: int | str) -> dict[str, str]:
    return {"etag": f'"{revision}"'}


def expected_revisions(request: Request) -> frozenset[str] | None:
    """The revisions that If-Match names; None when the caller does not ask, or asks for any (`*`).

    Weak tags never match here (RFC 9110, 8.8.3.2), and neither does what is no tag at all.
    """
    value = ",".join(request.headers.getlist("if-match")).strip()
    if value in ("", "*"):
        return None
    return frozenset(tag[1:-1] for tag in _TAG.findall(value) if tag.startswith('"'))
