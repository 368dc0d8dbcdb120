"""The one place that turns refusals into answers: bodies of connect.md 2.2, or RFC 9457 when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.answers import answer, header_text
from app.api.errors import Internal, MethodNotAllowed, TooSlow, status_of
from app.errors import DirectoryError, Finding, Invalid, NotFound, Rejected, Unauthenticated, Unavailable, errors_among

PROBLEM = "application/problem+json"
GATEWAY_TEXTS = {
    401: "Authorizer failed to authorize request.",
    429: "There are no available services to process your request and maximum number of configured processing "
    "instances has been reached. Your request is now throttled. Please try again.",
    504: "There are no available services to process your request. This increase in demand is resulting more "
    "resources being initialised to increase capacity. Please try again in 30 seconds.",
}
"""Exact, because clients match on them (connect.md 2.2)."""
RA_TEXT = "Certificate Request Validation Error - "


def refusal(error: Exception) -> DirectoryError:
    """Any exception as a refusal; what nobody foresaw says nothing about itself."""
    if isinstance(error, DirectoryError):
        return error
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed("the method", (error.headers or {}).get("Allow", ""))
        return NotFound("there is nothing at this path", code="path.unknown")
    return Internal()


def render(error: DirectoryError, scope: Mapping[str, Any]) -> Response:
    """The answer to a refused request; `scope` is the ASGI scope that the edge has prepared."""
    status, layer = status_of(error)
    state = scope.get("state", {})
    if isinstance(error, Rejected) and "sandbox" in state:
        status = state["sandbox"].settings.csr_rejection_status
    headers = {"x-mock-reason": header_text(reason_of(error)), **_extra_headers(error)}
    interaction_id = str(state.get("interaction_id", ""))
    if _wants_problem(scope):
        return answer(_problem(error, status), status, media_type=PROBLEM, headers=headers)
    if layer == "service":
        return answer({"errors": texts_of(error)}, status, headers=headers)
    if layer == "gateway":
        return answer({"errors": [gateway_text(status)], "requestId": interaction_id}, status, headers=headers)
    return Response(status_code=status, headers=headers)


def gateway_text(status: int) -> str:
    other = (
        "A server error occurred."
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR
        else "There is an issue with your request."
    )
    return GATEWAY_TEXTS.get(status, other)


def texts_of(error: DirectoryError) -> list[str]:
    """One text per finding that refuses. Field findings are given word for word, as clients match on them."""
    refusing = errors_among(error.findings)
    if isinstance(error, Rejected):
        return [RA_TEXT + f.text for f in refusing] or [RA_TEXT + error.reason]
    if isinstance(error, Invalid) and refusing:
        return [f.detail for f in refusing]
    return [error.reason]


def reason_of(error: DirectoryError) -> str:
    """The short text of `x-mock-reason`, with the stable code."""
    codes = ", ".join(dict.fromkeys(f.code for f in errors_among(error.findings)))
    return f"{error.reason} [{codes or error.code}]"


def findings_of(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Findings for machines: members without a value are left out."""
    return [{name: value for name, value in asdict(f).items() if value} for f in findings]


def _problem(error: DirectoryError, status: int) -> dict[str, Any]:
    refusing = errors_among(error.findings)
    code = refusing[0].code if refusing else error.code
    return {
        "type": f"urn:connect-mock:problem:{code}",
        "title": error.title,
        "status": status,
        "detail": error.reason,
        "code": code,
        "findings": findings_of(error.findings),
    }


def _wants_problem(scope: Mapping[str, Any]) -> bool:
    return any(name == b"accept" and PROBLEM.encode() in value.lower() for name, value in scope.get("headers", ()))


def _extra_headers(error: DirectoryError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": 'Bearer error="invalid_token"'}
    if isinstance(error, MethodNotAllowed):
        return {"allow": error.allow}
    if isinstance(error, TooSlow):
        return {"connection": "close"}
    if isinstance(error, Unavailable):
        return {"retry-after": "1"}
    return {}
