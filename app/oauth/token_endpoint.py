"""The token endpoint: which grant a request is about, and who may have it (RFC 6749, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping

from app.oauth.client_authentication import ClientAuthentication, ClientCall, Outcome
from app.oauth.grants import Authenticated, GrantHandler, TokenAnswer
from app.oauth.refusals import InvalidRequest, UnauthorizedClient, UnsupportedGrantType

NO_GRANTS = frozenset({"private_key_jwt", "tls_client_auth", "client_secret_basic"})
"""Methods of client authentication that the publication lists among the grants (errata O8)."""


class TokenEndpoint:
    def __init__(self, authentication: ClientAuthentication, grants: Mapping[str, GrantHandler]) -> None:
        self._authentication, self.grants = authentication, grants

    def answer(self, call: ClientCall) -> Outcome[TokenAnswer]:
        """Tokens for an authenticated client. Raises an OAuthRefusal."""
        grant_type = call.form.get("grant_type")
        handler = self._handler(grant_type)

        def effect(asked: Authenticated) -> TokenAnswer:
            registered = asked.client.grant_types
            if registered is not None and grant_type not in registered:
                text = "the client has not registered for this grant"
                raise UnauthorizedClient(text, expected=" or ".join(sorted(registered)), got=str(grant_type))
            return handler(asked)

        return self._authentication.run(call, effect)

    def _handler(self, grant_type: str | None) -> GrantHandler:
        if grant_type is None:
            text = "grant_type is missing"
            raise InvalidRequest(text, code="request.missing_parameter", expected=" or ".join(self.grants))
        handler = self.grants.get(grant_type)
        if handler is None:
            fix = "That is a method of client authentication: send it beside client_credentials"
            raise UnsupportedGrantType(
                "this grant type is not supported",
                expected=" or ".join(self.grants),
                got=grant_type[:80],
                fix=fix if grant_type in NO_GRANTS else "",
            )
        return handler
