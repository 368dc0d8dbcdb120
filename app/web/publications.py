"""Public files with what HTTP caches need: ETag, dates, conditional requests (RFC 9110, 13; RFC 9111)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

from app.runtime.clock import whole_second

PEM = "application/x-pem-file"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From when to when a file speaks, and the present moment, all on the sandbox's clock."""

    since: datetime
    until: datetime
    now: datetime

    @property
    def is_settled(self) -> bool:
        """Whether the second of `since` is over: within it, a successor could bear the same date."""
        return whole_second(self.since) < whole_second(self.now)

    @property
    def last_modified(self) -> datetime:
        """A date that tells this file from its successor; one second early as long as that is not settled."""
        since = whole_second(self.since)
        return since if self.is_settled else since - timedelta(seconds=1)

    def max_age(self, wanted: int) -> int:
        return max(0, min(wanted, int((self.until - self.now).total_seconds())))


def publish(
    request: Request, body: bytes, media_type: str, *, max_age: int, lifetime: Lifetime | None = None
) -> Response:
    """The file, or 304 where the caller's copy is this one. HEAD is answered as GET; the server leaves out the body."""
    headers = {"etag": etag_of(body), "cache-control": f"public, max-age={max_age}"}
    if lifetime:
        headers |= {
            "cache-control": f"public, max-age={lifetime.max_age(max_age)}, no-transform, must-revalidate",
            "last-modified": http_date(lifetime.last_modified),
            "expires": http_date(lifetime.until),
        }
    if _is_current(request, headers["etag"], lifetime):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "content-type": media_type})


def etag_of(body: bytes) -> str:
    """A strong entity tag: half a SHA-256 of the octets."""
    return f'"{base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:15]).decode()}"'


def http_date(moment: datetime) -> str:
    """RFC 9110, 5.6.7."""
    return format_datetime(whole_second(moment).astimezone(UTC), usegmt=True)


def matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison with each tag of the list (RFC 9110, 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


def _is_current(request: Request, etag: str, lifetime: Lifetime | None) -> bool:
    """If-None-Match goes before If-Modified-Since (RFC 9110, 13.2.2).

    A date counts only where it is the very Last-Modified and settled: two CRLs of one second would share it.
    """
    given = request.headers.get("if-none-match")
    if given is not None:
        return matches(given, etag)
    since = request.headers.get("if-modified-since")
    if since is None or lifetime is None or not lifetime.is_settled:
        return False
    try:
        return parsedate_to_datetime(since) == lifetime.last_modified
    except (ValueError, TypeError):
        return False
