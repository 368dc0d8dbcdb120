"""The software statement assertion at the REST door (connect.md 12)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.identifiers import application_ids
from app.api.operations import Call, Handler
from app.web.answers import answer
from app.web.calls import call
from app.web.media import JSON, JWT, choose


async def read_assertion(request: Call) -> Response:
    """A JWT, or the same as a JSON string where JSON is asked for (errata A30)."""
    media_type = choose(request.accept, [JWT, JSON])
    ids = application_ids(request.path)
    token = await call(request.sandbox, request.sandbox.assertions.assertion, request.caller, *ids)
    return Response(token.encode(), media_type=JWT) if media_type == JWT else answer(token)


HANDLERS: Mapping[str, Handler] = {
    "GET /organisations/{OrganisationId}/softwarestatements/{SoftwareStatementId}/assertion": read_assertion,
}
