"""What the authorisation server refuses, in the words of RFC 6749 and its relatives. No HTTP: the door has the status.

OAuthRefusal
├── InvalidRequest           a parameter is missing, doubled or cannot be read
├── InvalidClient            no client, or one that did not prove to be it
├── InvalidGrant             a code, refresh token or device code that gives nothing
├── UnauthorizedClient       a grant that this client may not use
├── UnsupportedGrantType     a grant that nobody may use here
├── InvalidScope             a scope that does not exist or is not this client's
├── InvalidToken             no usable access token at a resource of this server (RFC 6750)
├── RateLimited              too many failures in a short time
└── TemporarilyUnavailable   a part is down; trying again may help

Further words of other standards (RFC 8628, OpenID Connect) are given with `error=`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import DirectoryError, Finding

LONGEST = 400
"""Characters of what was expected or found."""


class OAuthRefusal(DirectoryError):
    """`error` is the word of the standard, `code` the stable finding code, `reason` the cause for people.

    `expected` and `got` are made printable and shortened here; `detail` goes into the journal. Nothing of it may be an
    assertion, a token or a secret.
    """

    error = "invalid_request"
    code, title = "request.invalid", "The request cannot be answered"

    def __init__(  # noqa: PLR0913 - the parts of one finding
        self,
        reason: str = "",
        *,
        code: str = "",
        expected: str = "",
        got: str = "",
        fix: str = "",
        error: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        chosen, text = code or self.code, reason or self.title
        finding = Finding(chosen, text, "", _shown(expected), _shown(got), fix)
        super().__init__(text, code=chosen, findings=(finding,))
        self.error = error or self.error
        self.detail: Mapping[str, Any] = detail or {}

    @property
    def description(self) -> str:
        """The cause with what was expected and found: `error_description` before the door has made it printable."""
        return self.findings[0].text.removesuffix(f" [{self.code}]")


def _shown(text: str) -> str:
    """One line; long lists of kids and addresses are cut."""
    line = text if text.isprintable() else ascii(text)[1:-1]
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


class InvalidRequest(OAuthRefusal):
    error = "invalid_request"


class InvalidClient(OAuthRefusal):
    error = "invalid_client"
    code, title = "client.unknown", "The client is not known here"


class InvalidGrant(OAuthRefusal):
    error = "invalid_grant"
    code, title = "grant.invalid", "This grant gives nothing"


class UnauthorizedClient(OAuthRefusal):
    error = "unauthorized_client"
    code, title = "grant.not_allowed", "The client may not use this grant"


class UnsupportedGrantType(OAuthRefusal):
    error = "unsupported_grant_type"
    code, title = "grant.unsupported", "This grant type is not supported"


class InvalidScope(OAuthRefusal):
    error = "invalid_scope"
    code, title = "scope.invalid", "A scope cannot be given"


class InvalidToken(OAuthRefusal):
    error = "invalid_token"
    code, title = "token.unknown", "No usable access token"


class RateLimited(OAuthRefusal):
    error = "temporarily_unavailable"
    code, title = "rate.limited", "Too many failures in a short time"


class TemporarilyUnavailable(OAuthRefusal):
    error = "temporarily_unavailable"
    code, title = "unavailable", "Not available now, try again"
