"""How the OAuth endpoints write a refusal: RFC 6749, 5.2, with the cause in `error_description` (connect.md 17.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.errors import DirectoryError, Invalid, TooLarge, Unauthenticated, Unavailable, UnsupportedMedia
from app.oauth import refusals
from app.oauth.refusals import InvalidClient, InvalidRequest, InvalidToken, OAuthRefusal, TemporarilyUnavailable
from app.web.answers import answer, header_text
from app.web.errors import Internal, status_of
from app.web.problems import headers_of

PATHS = frozenset({"token", "request", "backchannel", "reg", "me", "jwks", ".well-known"})
"""First segments of the paths that speak this dialect; `/device/auth` does too, the pages for people do not."""
DEVICE = "/device/auth"
STATUS: Mapping[type[OAuthRefusal], int] = {
    refusals.InvalidClient: 401,
    refusals.InvalidToken: 401,
    refusals.RateLimited: 429,
    refusals.TemporarilyUnavailable: 503,
}
"""Every other kind is 400."""
RESOURCES, REGISTERED = frozenset({"/me", "/reg"}), "/reg/"
"""There the caller has a token and no client authentication: its refusals are those of RFC 6750."""
LONGEST_DESCRIPTION = 900


def speaks_oauth(path: str) -> bool:
    """Whether refusals at this path are written here."""
    return path[1:].partition("/")[0] in PATHS or path == DEVICE


def translated(error: DirectoryError, scope: Mapping[str, Any]) -> DirectoryError:
    """The refusal of another room in the words of OAuth, with its code; what has no word there stays as it is."""
    if isinstance(error, TooLarge):
        return TooLarge(f"{error.reason}; of what is sent here only an assertion grows so", code="assertion.too_large")
    if isinstance(error, Unauthenticated):
        is_resource = scope["path"] in RESOURCES or scope["path"].startswith(REGISTERED)
        kind = InvalidToken if is_resource else InvalidClient
        return kind(error.reason, code=error.code)
    if isinstance(error, UnsupportedMedia | Invalid):
        return InvalidRequest(error.reason, code=error.code)
    if isinstance(error, Unavailable):
        return TemporarilyUnavailable(error.reason, code=error.code)
    return error


def render(error: DirectoryError, scope: Mapping[str, Any]) -> Response:
    """The answer to a translated refusal."""
    status = _status(error)
    description = error.description if isinstance(error, OAuthRefusal) else error.reason
    body = {"error": _word(error), "error_description": _plain(description)}
    headers = {**headers_of(error), **story_link(scope), "cache-control": "no-store", "pragma": "no-cache"}
    if challenge := _challenge(error, scope):
        headers["www-authenticate"] = challenge
    if status in (429, 503):
        headers["retry-after"] = "1"
    return answer(body, status, headers=headers)


def _status(error: DirectoryError) -> int:
    return STATUS.get(type(error), 400) if isinstance(error, OAuthRefusal) else status_of(error)


def _word(error: DirectoryError) -> str:
    if isinstance(error, OAuthRefusal):
        return error.error
    return "server_error" if isinstance(error, Internal) else "invalid_request"


def _challenge(error: DirectoryError, scope: Mapping[str, Any]) -> str:
    """RFC 6750, 3 for tokens; RFC 6749, 5.2 where a client used the Authorization header."""
    if isinstance(error, InvalidToken):
        return 'Bearer error="invalid_token"'
    has_header = any(name == b"authorization" for name, _value in scope.get("headers", ()))
    return 'Basic realm="connect-mock", charset="UTF-8"' if isinstance(error, InvalidClient) and has_header else ""


def story_link(scope: Mapping[str, Any]) -> dict[str, str]:
    """`x-mock-explain`: where the whole story is told: the journal entry, at the control listener."""
    state = scope["state"]
    return {"x-mock-explain": f"{state['sandbox'].addresses.control}/_mock/journal/{state['interaction_id']}"}


def _plain(text: str) -> str:
    """The characters that RFC 6749, 5.2 allows in a description: no quotes, no backslashes."""
    return header_text(text, LONGEST_DESCRIPTION).replace("\\", "/").replace('"', "'")
