"""What can go wrong between HTTP and a use case, and the status of every kind of refusal (connect.md 2.2)."""

from __future__ import annotations

from typing import Literal

from app import errors
from app.errors import DirectoryError

Layer = Literal["service", "silent", "gateway"]
"""Who would answer in the real installation: the service with `errors`, the service without a body, the gateway."""


class MethodNotAllowed(DirectoryError):
    """The path is known, the method is not; `allow` is the value of the Allow header."""

    code, title = "request.method", "This path does not take this method"

    def __init__(self, method: str, allow: str) -> None:
        super().__init__(f"{method[:20]} is not one of {allow}")
        self.allow = allow


class TooSlow(DirectoryError):
    code, title = "request.timeout", "The body did not arrive in time"


class Internal(DirectoryError):
    """What nobody foresaw; the log has the cause."""

    code, title = "internal", "A server error occurred"


STATUS: dict[type[DirectoryError], tuple[int, Layer]] = {
    errors.Unauthenticated: (401, "gateway"),
    errors.ScopeMissing: (403, "gateway"),
    errors.Forbidden: (403, "silent"),
    errors.NotFound: (404, "service"),
    errors.Conflict: (409, "silent"),
    errors.Stale: (412, "silent"),
    errors.TooLarge: (413, "gateway"),
    errors.UnsupportedMedia: (415, "gateway"),
    errors.NotAcceptable: (406, "silent"),
    errors.NotBuilt: (501, "service"),
    errors.Unavailable: (503, "gateway"),
    errors.Invalid: (400, "service"),
    errors.Rejected: (400, "service"),
    MethodNotAllowed: (405, "gateway"),
    TooSlow: (408, "gateway"),
    Internal: (500, "gateway"),
}


def status_of(error: DirectoryError) -> tuple[int, Layer]:
    """The status of a refusal and the layer that gives it."""
    return STATUS.get(type(error), STATUS[Internal])
