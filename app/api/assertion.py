"""The software statement assertion at the REST door (connect.md 12)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.faults.odd import odd_of
from app.api.identifiers import application_ids
from app.api.operations import Call, Handler
from app.ca.odd.jws import with_bad_signature
from app.web.answers import answer
from app.web.calls import call
from app.web.media import JSON, JWT, choose


async def read_assertion(request: Call) -> Response:
    """A JWT, or the same as a JSON string where JSON is asked for (errata A30)."""
    media_type = choose(request.accept, [JWT, JSON])
    ids = application_ids(request.path)
    strike, assertions = odd_of(request.request.scope, "assertion"), request.sandbox.assertions
    is_over = strike is not None and "ssa_expired" in strike.effect
    token = await call(request.sandbox, assertions.assertion, request.caller, *ids, is_over=is_over)
    if strike is not None and "ssa_bad_signature" in strike.effect:
        token = with_bad_signature(token)
    return Response(token.encode(), media_type=JWT) if media_type == JWT else answer(token)


HANDLERS: Mapping[str, Handler] = {
    "GET /organisations/{OrganisationId}/softwarestatements/{SoftwareStatementId}/assertion": read_assertion,
}
