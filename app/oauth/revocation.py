"""A client gives its tokens back (RFC 7009; connect.md 17.5)."""

from __future__ import annotations

import hashlib
from typing import Literal

from app.oauth.client_authentication import ClientAuthentication, ClientCall, Outcome
from app.oauth.grants import Authenticated
from app.oauth.introspection import find_token, is_own
from app.oauth.refusals import InvalidRequest

Effect = Literal["revoked", "unknown", "foreign"]
"""For the journal; the client is told the same of all three."""


class TokenRevocation:
    def __init__(self, authentication: ClientAuthentication) -> None:
        self._authentication = authentication

    def answer(self, call: ClientCall) -> Outcome[Effect]:
        """Successful for whatever token; only one's own is revoked. Raises InvalidClient, InvalidRequest."""
        if "token" not in call.form:
            raise InvalidRequest("token is missing", code="request.missing_parameter")
        return self._authentication.run(call, _revoked)


def _revoked(asked: Authenticated) -> Effect:
    """An access token alone; a refresh token with its grant and all that was given on it (RFC 7009, 2.1).

    `token_type_hint` may be wrong, so nothing rests on it.
    """
    token = find_token(asked.uow, asked.form["token"])
    if token is None:
        return _refresh_token_revoked(asked)
    if not is_own(asked.client, token):
        return "foreign"
    if token.revoked_at is None:
        asked.uow.tokens.revoke(token.token_sha256, asked.now)
    return "revoked"


def _refresh_token_revoked(asked: Authenticated) -> Effect:
    digest = hashlib.sha256(asked.form["token"].encode("utf-8", "surrogatepass")).digest()
    found = asked.uow.refresh_tokens.find(digest)
    grant = None if found is None else asked.uow.grants.find(found.grant_id)
    if grant is None:
        return "unknown"
    if grant.client_id != asked.client.client_id:
        return "foreign"
    asked.uow.grants.revoke(grant.grant_id, asked.now)
    return "revoked"
