"""The authorisation server of one directory: its parts, joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.ca.keys import KeyPool
from app.oauth import client_credentials
from app.oauth.access_tokens import AccessTokens
from app.oauth.client_assertions import ClientAssertions
from app.oauth.client_authentication import ClientAuthentication
from app.oauth.client_credentials import ClientCredentials
from app.oauth.clients import Clients
from app.oauth.grants import GrantHandler
from app.oauth.introspection import Introspection
from app.oauth.portraits import Portraits
from app.oauth.revocation import TokenRevocation
from app.oauth.role_scopes import RoleScopes
from app.oauth.signing_keys import SigningKeys
from app.oauth.standing import Standing
from app.oauth.token_endpoint import TokenEndpoint
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.runtime.rates import FailureRate
from app.settings import Settings
from app.store.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """What every part of the authorisation server may use; further grants are built on them."""

    clients: Clients
    authentication: ClientAuthentication
    signing_keys: SigningKeys
    access_tokens: AccessTokens


@dataclass(frozen=True, slots=True)
class AuthorisationServer:
    """Its endpoints, without HTTP, and the parts that they stand on."""

    parts: Parts
    token_endpoint: TokenEndpoint
    introspection: Introspection
    revocation: TokenRevocation
    portraits: Portraits

    @property
    def grant_types(self) -> tuple[str, ...]:
        """For discovery: what the token endpoint takes."""
        return tuple(self.token_endpoint.grants)


def wire(
    ground: tuple[Store, Clock, Entropy, KeyPool],
    addresses: Addresses,
    settings: Settings,
    role_scopes: RoleScopes,
    further_grants: Callable[[Parts], Mapping[str, GrantHandler]] | None = None,
) -> AuthorisationServer:
    """Join the parts; `further_grants` are handlers by grant type beside `client_credentials`."""
    store, clock, entropy, pool = ground
    clients = Clients(addresses, settings, role_scopes, clock)
    assertions = ClientAssertions(addresses, settings)
    failures = FailureRate(settings.failed_authentications_per_second)
    authentication = ClientAuthentication(store, clock, clients, assertions, failures)
    signing_keys = SigningKeys(store, clock, settings, (entropy, pool))
    access_tokens = AccessTokens(entropy, addresses, settings, signing_keys)
    parts = Parts(clients, authentication, signing_keys, access_tokens)
    grants: dict[str, GrantHandler] = {client_credentials.GRANT_TYPE: ClientCredentials(access_tokens)}
    if further_grants is not None:
        grants |= further_grants(parts)
    return AuthorisationServer(
        parts=parts,
        token_endpoint=TokenEndpoint(authentication, grants),
        introspection=Introspection(authentication, addresses, settings, Standing(role_scopes, clock)),
        revocation=TokenRevocation(authentication),
        portraits=Portraits(store, clock, clients),
    )
