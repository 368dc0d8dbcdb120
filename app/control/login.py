"""Scripted login: an authorisation or backchannel request, or a device, is answered in a person's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, sandbox_of, wrong
from app.errors import Invalid
from app.oauth.refusals import OAuthRefusal
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.schemas import Field, Schema

WANTED = Schema(
    (
        Field("user", required=True, least=1, most=254),
        Field("authorization_url", least=1, most=4000),
        Field("request_uri", least=1, most=300),
        Field("client_id", least=1, most=300),
        Field("user_code", least=1, most=40),
        Field("auth_req_id", least=1, most=100),
        Field("approve", "boolean"),
    )
)
router = APIRouter()


@router.post("/_mock/login")
async def login(request: Request) -> Response:
    """Sign in as `user` (id or address) and say yes, or no with `approve: false`.

    The answer is what the browser would carry: `redirect_uri` is the full address, or with form_post where the form
    goes; `parameters` are those in it.
    """
    sandbox, wanted = sandbox_of(request), members_of(WANTED, await read_members(request))
    approve = bool(wanted.get("approve", True))
    request.scope["state"]["detail"] = {"user": wanted["user"], "approve": approve}
    try:
        told = await _done(sandbox, wanted, approve=approve)
    except OAuthRefusal as refusal:
        raise Invalid(refusal.description, code=refusal.code, findings=refusal.findings) from refusal
    return answer(told, headers={"cache-control": "no-store"})


async def _done(sandbox: Sandbox, wanted: Mapping[str, Any], *, approve: bool) -> dict[str, Any]:
    scripted, user = sandbox.people.scripted_login, wanted["user"]
    if "user_code" in wanted:
        await call(sandbox, scripted.answer_device, wanted["user_code"], user, approve=approve)
        return {"user_code": wanted["user_code"], "approved": approve}
    if "auth_req_id" in wanted:
        message = await call(sandbox, scripted.answer_backchannel, wanted["auth_req_id"], user, approve=approve)
        told = {"auth_req_id": wanted["auth_req_id"], "approved": approve}
        return told if message is None else told | {"binding_message": message}
    client_id, request_uri = _request(wanted)
    given = await call(sandbox, scripted.answer, client_id, request_uri, user, approve=approve)
    address = given.redirect_uri if given.mode == "form_post" else given.location
    return {"redirect_uri": address, "response_mode": given.mode, "parameters": dict(given.parameters)}


def _request(wanted: Mapping[str, Any]) -> tuple[str, str]:
    """Client id and request URI, given as they are or inside the address that a browser would be sent to."""
    if "authorization_url" in wanted:
        query = parse_qs(urlsplit(wanted["authorization_url"]).query)
        return query.get("client_id", [""])[0], query.get("request_uri", [""])[0]
    for name in ("request_uri", "client_id"):
        if name not in wanted:
            expected = "authorization_url, or request_uri and client_id, or user_code, or auth_req_id"
            raise wrong(f"/{name}", expected, "nothing")
    return wanted["client_id"], wanted["request_uri"]
