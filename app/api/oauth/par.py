"""`POST /request`: pushed authorisation requests (RFC 9126, 2; errata O2)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.oauth.endpoints import NOT_KEPT, authenticated, client_call
from app.api.oauth.forms import read_form
from app.api.operations import Call, Handler
from app.oauth.client_authentication import ClientCall, Outcome
from app.oauth.pushed_requests import Pushed
from app.web.answers import answer

PATH = "/request"
CREATED = 201


async def push(asked: Call) -> Response:
    """Keep the request of a client that authenticates as at the token endpoint; 201 with its `request_uri`."""
    form = await read_form(asked.request)
    sandbox = asked.sandbox

    def keep(told: ClientCall) -> Outcome[Pushed]:
        return sandbox.oauth.parts.authentication.run(told, sandbox.people.pushed_requests.push)

    pushed = (await authenticated(asked, keep, client_call(asked.request, PATH, form))).value
    body = {"request_uri": pushed.request_uri, "expires_in": pushed.expires_in}
    return answer(body, CREATED, headers=NOT_KEPT)


HANDLERS: Mapping[str, Handler] = {"POST /request": push}
