"""The one place that turns refusals into answers of the REST door: bodies of connect.md 2.2, or RFC 9457 if asked."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from starlette.responses import Response

from app import errors
from app.errors import DirectoryError, Invalid, Rejected, errors_among
from app.web.answers import answer, present
from app.web.errors import status_of
from app.web.media import PROBLEM
from app.web.problems import headers_of, problem

Layer = Literal["service", "silent", "gateway"]
"""Who would answer in the real installation: the service with `errors`, the service without a body, the gateway."""
LAYERS: Mapping[type[DirectoryError], Layer] = {
    errors.NotFound: "service",
    errors.NotBuilt: "service",
    errors.Invalid: "service",
    errors.Rejected: "service",
    errors.Forbidden: "silent",
    errors.Conflict: "silent",
    errors.Stale: "silent",
    errors.NotAcceptable: "silent",
}
"""Every other kind is refused by the gateway."""
GATEWAY_TEXTS = {
    401: "Authorizer failed to authorize request.",
    429: "There are no available services to process your request and maximum number of configured processing "
    "instances has been reached. Your request is now throttled. Please try again.",
    504: "There are no available services to process your request. This increase in demand is resulting more "
    "resources being initialised to increase capacity. Please try again in 30 seconds.",
}
"""Exact, because clients match on them (connect.md 2.2)."""
SCHEMA_CODES = ("field.", "request.field.", "json.", "page.", "sort.", "redirect_uri.", "url.", "revoke.reason")
RA_TEXT = "Certificate Request Validation Error - "
CLEANED = ("a URI format https://", "a URI ./gradlew format https://")
"""Our text of `ClientUri`, and the published one, which holds a build command by accident (errata A15)."""


def render(error: DirectoryError, scope: Mapping[str, Any]) -> Response:
    """The answer to a refused request; `scope` is the ASGI scope that the edge has prepared."""
    settings = scope["state"]["sandbox"].settings
    status, layer = status_of(error), LAYERS.get(type(error), "gateway")
    if isinstance(error, Rejected):
        status = settings.csr_rejection_status
    if _wants_problem(scope):
        pointer = next((f.pointer for f in errors_among(error.findings) if f.pointer), None)
        return problem(error, status, **present({"pointer": pointer}))
    headers, texts = headers_of(error), texts_of(error)
    if settings.strict_published:
        texts = [text.replace(*CLEANED) if text.startswith("ClientUri ") else text for text in texts]
    if settings.validation_style == "gateway" and _breaks_schema(error):
        return _from_gateway(f"{_where(error)}: [{', '.join(texts)}]", status, scope, headers)
    if layer == "service":
        return answer({"errors": texts}, status, headers=headers)
    if layer == "gateway":
        return _from_gateway(gateway_text(status), status, scope, headers)
    return Response(status_code=status, headers=headers)


def _from_gateway(text: str, status: int, scope: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return answer({"errors": [text], "requestId": scope["state"]["interaction_id"]}, status, headers=headers)


def _breaks_schema(error: DirectoryError) -> bool:
    """Whether the published schema alone is broken, so that the gateway could tell (errata D2)."""
    return type(error) is Invalid and error.code.startswith(SCHEMA_CODES) and error.code != "field.read_only"


def _where(error: DirectoryError) -> str:
    """The gateway's own message: which half of the request it has looked at."""
    is_parameter = any(f.pointer.startswith(("/query", "/path")) for f in error.findings)
    return f"Invalid request {'parameters' if is_parameter else 'body'}"


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


def _wants_problem(scope: Mapping[str, Any]) -> bool:
    return any(name == b"accept" and PROBLEM.encode() in value.lower() for name, value in scope.get("headers", ()))
