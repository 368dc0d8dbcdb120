"""`POST /device/auth`: a device asks for its codes (RFC 8628, 3.1 and 3.2; errata O13)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.oauth.endpoints import NOT_KEPT, authenticated, client_call
from app.api.oauth.forms import read_form
from app.api.operations import Call, Handler
from app.oauth.client_authentication import ClientCall, Outcome
from app.oauth.device_flow import DeviceStarted
from app.web.answers import answer

PATH = "/device/auth"


async def start(asked: Call) -> Response:
    """Codes for a client that authenticates as at the token endpoint."""
    form = await read_form(asked.request)
    sandbox = asked.sandbox

    def begin(told: ClientCall) -> Outcome[DeviceStarted]:
        return sandbox.oauth.parts.authentication.run(told, sandbox.people.device_flow.start)

    told = (await authenticated(asked, begin, client_call(asked.request, PATH, form))).value
    body = {
        "device_code": told.device_code,
        "user_code": told.user_code,
        "verification_uri": told.verification_uri,
        "verification_uri_complete": told.verification_uri_complete,
        "expires_in": told.expires_in,
        "interval": told.interval,
    }
    return answer(body, headers=NOT_KEPT)


HANDLERS: Mapping[str, Handler] = {"POST /device/auth": start}
