"""`POST /backchannel`: a client asks for a person who is elsewhere (CIBA Core, 7; errata O3)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.oauth.endpoints import NOT_KEPT, authenticated, client_call
from app.api.oauth.forms import read_form
from app.api.operations import Call, Handler
from app.oauth.backchannel import BackchannelStarted
from app.oauth.client_authentication import ClientCall, Outcome
from app.web.answers import answer

PATH = "/backchannel"


async def start(asked: Call) -> Response:
    """An `auth_req_id` for a client that authenticates as at the token endpoint."""
    form = await read_form(asked.request)
    sandbox = asked.sandbox

    def begin(told: ClientCall) -> Outcome[BackchannelStarted]:
        return sandbox.oauth.parts.authentication.run(told, sandbox.people.backchannel.start)

    told = (await authenticated(asked, begin, client_call(asked.request, PATH, form))).value
    body = {"auth_req_id": told.auth_req_id, "expires_in": told.expires_in, "interval": told.interval}
    return answer(body, headers=NOT_KEPT)


HANDLERS: Mapping[str, Handler] = {"POST /backchannel": start}
