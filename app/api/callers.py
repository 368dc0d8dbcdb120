"""Who asks: the bearer token and the client certificate of a request (connect.md 17.4, rulings.md 9)."""

from __future__ import annotations

from app.access import Caller
from app.api.hosts import is_page
from app.errors import Invalid, Unauthenticated
from app.oauth.peers import Peer
from app.sandbox import Sandbox
from app.web.calls import call
from app.web.connection import Scope, listener_of, tls_of

LONGEST = 4096
"""Octets of a token that is looked at."""


async def admit_peer(sandbox: Sandbox, scope: Scope) -> Peer | None:
    """The client certificate, checked at the sandbox's clock; None where none counts.

    On the mtls listener one is demanded for every path but the pages that people sign in at, unless `mtls` says
    otherwise. Raises Unauthenticated `mtls.*`, and Invalid `mtls.header_spoof` where a trusted proxy forwarded what is
    no certificate.
    """
    if fault := tls_of(scope).get("fault"):
        raise Invalid(str(fault), code="mtls.header_spoof")
    if listener_of(scope) != "mtls" or sandbox.settings.mtls == "off":
        return None
    der = tls_of(scope).get("client_cert")
    if der is None:
        if sandbox.settings.mtls == "required" and not is_page(scope["path"]):
            raise Unauthenticated("this listener wants a client certificate", code="mtls.missing")
        return None
    try:
        peer = await call(sandbox, sandbox.peers.check, der)
    except Unauthenticated:
        held = await call(sandbox, sandbox.peers.find, der)
        if held is not None:
            note_caller(scope, None, held.software_statement_id, held.organisation_id)
        raise
    note_caller(scope, None, peer.certificate.software_statement_id, peer.certificate.organisation_id)
    return peer


def note_caller(scope: Scope, actor: str | None, client: str | None, organisation: str | None) -> None:
    """For the journal: in whose name it is; a later word, such as a token's, counts for more than a certificate's."""
    known = {"actor": actor, "client": client, "organisation": organisation}
    scope["state"].update({name: value for name, value in known.items() if value is not None})


async def authenticate(sandbox: Sandbox, scope: Scope) -> Caller:
    """The caller behind the bearer token. Raises Unauthenticated with `token.*` or `mtls.binding`."""
    text = bearer_of(scope)
    presented = scope["state"].get("presented")
    return await call(sandbox, sandbox.tokens.check, text, presented, mtls=listener_of(scope) == "mtls")


def bearer_of(scope: Scope) -> str:
    """What the Authorization header brings (RFC 6750, 2.1): one header, any case of the scheme, one ASCII token."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if not values:
        raise Unauthenticated("no Authorization header", code="token.missing")
    scheme, _, token = values[0].partition(b" ")
    token = token.strip()
    is_token = 0 < len(token) <= LONGEST and token.isascii() and b" " not in token
    if len(values) > 1 or scheme.lower() != b"bearer" or not is_token:
        raise Unauthenticated("the Authorization header is not one Bearer token", code="token.malformed")
    return str(token.decode())
