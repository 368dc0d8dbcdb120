"""Giving access tokens: opaque texts or JWTs (RFC 9068), bound to the client certificate where there was one.

A JWT has its row too, by the SHA-256 of its text, so that standing and revocation count for both forms alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.oauth.clients import Client
from app.oauth.signing_keys import SigningKeys
from app.runtime.addresses import Addresses
from app.runtime.entropy import Entropy, new_id, new_token
from app.settings import Settings
from app.store.records import Token
from app.store.store import UnitOfWork

JWT_TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token is for. `user` and `grant_id` are those of a person who has allowed it.

    `organisation_id` and `software_statement_id` are in whose name it acts at the API (app.access.Caller): of a token
    that a person has allowed the person's rights count, and then the latter is None.
    """

    client: Client
    scopes: tuple[str, ...]
    lifetime: timedelta
    now: datetime
    x5t_s256: str | None = None
    organisation_id: str | None = None
    software_statement_id: str | None = None
    user: str | None = None
    grant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The token and what is said about it (RFC 6749, 5.1)."""

    text: str
    expires_in: int
    scope: str


class AccessTokens:
    def __init__(self, entropy: Entropy, addresses: Addresses, settings: Settings, keys: SigningKeys) -> None:
        self._entropy, self._addresses, self._settings, self._keys = entropy, addresses, settings, keys

    def lifetime(self, client: Client, usual: int | None = None) -> timedelta:
        """Of this client's tokens by `token_lifetime_by_client`; else `usual`, else the setting for all."""
        chosen = self._settings.token_lifetimes
        own = next((chosen[name] for name in _names(client) if name in chosen), None)
        return timedelta(seconds=own or usual or self._settings.token_lifetime_seconds)

    def give(self, uow: UnitOfWork, wanted: Wanted) -> Given:
        """A new token, kept by its digest alone."""
        expires_at = wanted.now + wanted.lifetime
        is_jwt = self._settings.access_token_format == "jwt"  # noqa: S105 - no secret
        text = self._jwt(uow, wanted, expires_at) if is_jwt else new_token(self._entropy)
        uow.tokens.add(
            Token(
                token_sha256=hashlib.sha256(text.encode()).digest(),
                scopes=wanted.scopes,
                issued_at=wanted.now,
                expires_at=expires_at,
                organisation_id=wanted.organisation_id,
                software_statement_id=wanted.software_statement_id,
                user=wanted.user,
                x5t_s256=wanted.x5t_s256,
                client_id=wanted.client.client_id,
                grant_id=wanted.grant_id,
            )
        )
        return Given(text, int(wanted.lifetime.total_seconds()), " ".join(wanted.scopes))

    def _jwt(self, uow: UnitOfWork, wanted: Wanted, expires_at: datetime) -> str:
        """RFC 9068, 2.2; `cnf` as in RFC 8705, 3.1. The audience is the Connect API."""
        claims: dict[str, Any] = {
            "iss": self._addresses.auth,
            "aud": self._addresses.matls_api,
            "sub": wanted.user or wanted.client.client_id,
            "client_id": wanted.client.client_id,
            "iat": int(wanted.now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": new_id(self._entropy),
            "scope": " ".join(wanted.scopes),
        }
        if wanted.x5t_s256 is not None:
            claims["cnf"] = {"x5t#S256": wanted.x5t_s256}
        return self._keys.signer(uow).sign(claims, typ=JWT_TYPE)


def _names(client: Client) -> Iterable[str]:
    return (client.client_id, client.software_statement_id or "")
