"""What every door says of a refusal: any exception as one, its headers, and RFC 9457 with code and findings."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import DirectoryError, Finding, NotFound, Unauthenticated, Unavailable, errors_among
from app.web.answers import answer, header_text
from app.web.errors import Internal, MethodNotAllowed, TooSlow
from app.web.media import PROBLEM


def refusal(error: Exception) -> DirectoryError:
    """Any exception as a refusal; what nobody foresaw says nothing about itself."""
    if isinstance(error, DirectoryError):
        return error
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed("the method", (error.headers or {}).get("Allow", ""))
        return NotFound("there is nothing at this path", code="path.unknown")
    return Internal()


def problem(error: DirectoryError, status: int, **more: Any) -> Response:
    """A problem document (RFC 9457), with `more` members of its own."""
    refusing = errors_among(error.findings)
    code = refusing[0].code if refusing else error.code
    body: dict[str, Any] = {
        "type": f"urn:connect-mock:problem:{code}",
        "title": error.title,
        "status": status,
        "detail": error.reason,
        "code": code,
        "findings": findings_of(error.findings),
        **more,
    }
    return answer(body, status, media_type=PROBLEM, headers=headers_of(error))


def findings_of(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Findings for machines: members without a value are left out."""
    return [{name: value for name, value in asdict(f).items() if value} for f in findings]


def headers_of(error: DirectoryError) -> dict[str, str]:
    """`x-mock-reason`, and what RFC 9110 wants beside a status."""
    return {"x-mock-reason": header_text(reason_of(error)), **_extra_headers(error)}


def reason_of(error: DirectoryError) -> str:
    """The short text of `x-mock-reason`, with the stable code."""
    codes = ", ".join(dict.fromkeys(f.code for f in errors_among(error.findings)))
    return f"{error.reason} [{codes or error.code}]"


def _extra_headers(error: DirectoryError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        # RFC 6750, 3.1: no error code for who showed no token at all
        return {"www-authenticate": "Bearer" if error.code == "token.missing" else 'Bearer error="invalid_token"'}
    if isinstance(error, MethodNotAllowed):
        return {"allow": error.allow}
    if isinstance(error, TooSlow):
        return {"connection": "close"}
    if isinstance(error, Unavailable):
        return {"retry-after": "1"}
    return {}
