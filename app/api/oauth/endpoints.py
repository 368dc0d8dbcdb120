"""The endpoints for clients: token, introspection, revocation (connect.md 17.3 and 17.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from app.api.callers import note_caller
from app.api.faults.odd import odd_of
from app.api.oauth.forms import read_form, require
from app.api.operations import Call, Handler
from app.errors import Finding
from app.oauth.client_authentication import ClientCall, Outcome
from app.oauth.grants import Form, TokenAnswer
from app.oauth.peers import Peer
from app.oauth.refusals import OAuthRefusal
from app.web.answers import answer, present, warning_headers
from app.web.calls import call
from app.web.connection import peer_of

T = TypeVar("T")
OF_NOBODY = "BIBjCtkNlvnUiIG05atP_zn4LFei-cORbVe2XPneTFc"
"""A thumbprint that no certificate has."""
NOT_KEPT = {"cache-control": "no-store", "pragma": "no-cache"}
"""RFC 6749, 5.1."""
ALIAS = Finding("assertion.alias", "assertion was taken for client_assertion (RFC 7521, 4.2)", severity="warning")


async def token(asked: Call) -> Response:
    """`POST /token`. `assertion` is taken for `client_assertion`, as the publication has it (errata O9)."""
    form = await read_form(asked.request)
    require(form, "grant_type", asked.request)
    form, warnings = _without_alias(form)
    endpoint = asked.sandbox.oauth.token_endpoint
    outcome = await authenticated(asked, endpoint.answer, client_call(asked.request, "/token", form))
    told: TokenAnswer = outcome.value
    _note(asked.request, grant_type=form["grant_type"], scope=told.scope)
    return answer(token_answer(told), headers={**NOT_KEPT, **warning_headers(warnings)})


async def introspect(asked: Call) -> Response:
    """`POST /token/introspection`, as a form or as JSON (errata O4)."""
    form = await read_form(asked.request, takes_json=True)
    require(form, "token", asked.request)
    told = client_call(asked.request, "/token/introspection", form)
    outcome = await authenticated(asked, asked.sandbox.oauth.introspection.answer, told)
    _note(asked.request, active=outcome.value["active"])
    return answer(outcome.value, headers=NOT_KEPT)


async def revoke(asked: Call) -> Response:
    """`POST /token/revocation`: 200 and nothing else (RFC 7009, 2.2; errata O12)."""
    form = await read_form(asked.request, takes_json=True)
    require(form, "token", asked.request)
    told = client_call(asked.request, "/token/revocation", form)
    outcome = await authenticated(asked, asked.sandbox.oauth.revocation.answer, told)
    _note(asked.request, token=outcome.value)
    if outcome.value == "foreign":
        asked.request.scope["state"].update(code="token.owner", reason="the token of another client was left alone")
    status = 204 if asked.sandbox.settings.strict_published else 200
    return Response(status_code=status, headers=NOT_KEPT)


async def authenticated(asked: Call, endpoint: Callable[[ClientCall], Outcome[T]], told: ClientCall) -> Outcome[T]:
    """Ask an endpoint; whoever it was and whatever was wrong goes into the journal."""
    state = asked.request.scope["state"]
    if told.peer is not None:
        _note(asked.request, **{"x5t#S256": told.peer.x5t_s256})
    try:
        outcome = await call(asked.sandbox, endpoint, told)
    except OAuthRefusal as refusal:
        state["detail"] = {**state.get("detail", {}), **refusal.detail}
        raise
    client = outcome.client
    note_caller(asked.request.scope, client.client_id, client.software_statement_id, client.organisation_id)
    return outcome


def client_call(request: Request, endpoint: str, form: Form) -> ClientCall:
    """What came to an endpoint that authenticates clients, without HTTP."""
    headers = request.headers.getlist("authorization")
    return ClientCall(
        endpoint=endpoint,
        form=form,
        authorization=", ".join(headers) if headers else None,
        peer=_peer(request),
        address=peer_of(request.scope),
    )


def _peer(request: Request) -> Peer | None:
    """The client certificate; by a fault tokens are bound to another one."""
    peer: Peer | None = request.scope["state"].get("peer")
    strike = odd_of(request.scope, "token")
    if peer is None or strike is None or "token_wrong_cnf" not in strike.effect:
        return peer
    return replace(peer, x5t_s256=OF_NOBODY)


def token_answer(told: TokenAnswer) -> dict[str, Any]:
    """RFC 6749, 5.1; `grant_id` as in connect.md 17.6."""
    return present(
        {
            "access_token": told.access_token,
            "expires_in": told.expires_in,
            "token_type": "Bearer",
            "scope": told.scope,
            "refresh_token": told.refresh_token,
            "id_token": told.id_token,
            "grant_id": told.grant_id,
        }
    )


def _without_alias(form: Form) -> tuple[Form, tuple[Finding, ...]]:
    if "assertion" not in form or "client_assertion" in form:
        return form, ()
    renamed = {("client_assertion" if name == "assertion" else name): value for name, value in form.items()}
    return renamed, (ALIAS,)


def _note(request: Request, **detail: Any) -> None:
    state = request.scope["state"]
    state["detail"] = {**state.get("detail", {}), **detail}


HANDLERS: Mapping[str, Handler] = {
    "POST /token": token,
    "POST /token/introspection": introspect,
    "POST /token/revocation": revoke,
}
