"""What can go wrong between HTTP and a use case, and the status of every kind of refusal (connect.md 2.2)."""

from __future__ import annotations

from app import errors
from app.errors import DirectoryError


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


STATUS: dict[type[DirectoryError], int] = {
    errors.Unauthenticated: 401,
    errors.ScopeMissing: 403,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.NotAcceptable: 406,
    errors.NotBuilt: 501,
    errors.Unavailable: 503,
    errors.Invalid: 400,
    errors.Rejected: 400,
    MethodNotAllowed: 405,
    TooSlow: 408,
    Internal: 500,
}


def status_of(error: DirectoryError) -> int:
    """The status of a refusal; what is not listed is a fault of ours."""
    return STATUS.get(type(error), STATUS[Internal])
