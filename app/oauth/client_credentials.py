"""The grant of machines: an application asks in its own name (RFC 6749, 4.4; connect.md 17.3)."""

from __future__ import annotations

from dataclasses import dataclass

from app.access import SCOPES, SOFTWARE
from app.oauth.access_tokens import AccessTokens, Wanted
from app.oauth.clients import Client
from app.oauth.grants import Authenticated, TokenAnswer
from app.oauth.refusals import InvalidScope

GRANT_TYPE = "client_credentials"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A grant handler."""

    tokens: AccessTokens

    def __call__(self, asked: Authenticated) -> TokenAnswer:
        """Raises InvalidScope for a scope that the application does not have."""
        client = asked.client
        given = self.tokens.give(
            asked.uow,
            Wanted(
                client=client,
                scopes=_scopes(client, asked.form.get("scope", "")),
                lifetime=self.tokens.lifetime(client),
                now=asked.now,
                x5t_s256=asked.x5t_s256,
                organisation_id=client.organisation_id,
                software_statement_id=client.software_statement_id,
            ),
        )
        return TokenAnswer(given.text, given.expires_in, given.scope)


def _scopes(client: Client, asked: str) -> tuple[str, ...]:
    """Those asked for, each once; none asked for is `directory:software`. What is about a person needs one."""
    allowed = tuple(scope for scope in client.scopes if scope in SCOPES)
    scopes = tuple(dict.fromkeys(asked.split())) or (SOFTWARE,)
    if refused := [scope for scope in scopes if scope not in allowed]:
        raise InvalidScope(
            "the client may not have this scope by itself",
            expected=" ".join(allowed),
            got=" ".join(refused),
            fix="Scopes beyond directory:software come with a role whose metadata gives them",
        )
    return scopes
