"""ID tokens (OpenID Connect Core, 2 and 3.3.2.11; connect.md 17.6)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.ca.jws import JwsSigner
from app.oauth.accounts import access_of
from app.oauth.clients import Client
from app.oauth.custom_claims import custom_claims
from app.oauth.group_rights import with_groups
from app.oauth.person_claims import Claims, person_claims, subject, trust_framework_profile
from app.oauth.signing_keys import LONGEST_ID_TOKEN, SigningKeys
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.store.grants import Account, ConsentGrant
from app.store.records import Organisation
from app.store.store import UnitOfWork

WITH_PASSWORD, WITH_SECOND_FACTOR = "urn:mace:incommon:iap:bronze", "urn:mace:incommon:iap:silver"
"""Authentication context classes; the second is the one that an installation is known to advertise."""


class IdTokens:
    def __init__(self, clock: Clock, addresses: Addresses, keys: SigningKeys) -> None:
        self._clock, self.issuer, self._keys = clock, addresses.auth, keys

    def of_back(self, uow: UnitOfWork, grant: ConsentGrant, client: Client, account: Account, access_token: str) -> str:
        """The one of the token endpoint: all that the scopes ask for, the profile of the trust framework, and what the
        application has asked for of that."""
        signer, algorithm = self._signer(uow, client)
        claims = self._about(grant, client, account) | {"at_hash": half_hash(access_token, algorithm)}
        claims |= person_claims(account, frozenset(grant.scopes))
        profile = profile_of(uow, account)
        claims["trust_framework_profile"] = profile
        claims = custom_claims(uow, client.software_statement_id, profile) | claims
        return signer.sign(claims, algorithm=algorithm)

    def of_front(self, uow: UnitOfWork, grant: ConsentGrant, vouched: Vouched) -> str:
        """The one that goes through the browser: it vouches for code and state, and tells nothing of the person."""
        signer, algorithm = self._signer(uow, vouched.client)
        claims = self._about(grant, vouched.client, vouched.account)
        claims["c_hash"] = half_hash(vouched.code, algorithm)
        if vouched.state is not None:
            claims["s_hash"] = half_hash(vouched.state, algorithm)
        return signer.sign(claims, algorithm=algorithm)

    def sign(self, uow: UnitOfWork, claims: Claims) -> str:
        """A JWT of ours that is no ID token: an answer of JARM."""
        return self._keys.signer(uow).sign(claims)

    def _signer(self, uow: UnitOfWork, client: Client) -> tuple[JwsSigner, str]:
        """The key that signs now, and the algorithm that the application wants, if the key has it (connect.md 4.1)."""
        signer = self._keys.signer(uow)
        wanted = client.details.get("IdTokenSignedResponseAlgorithm")
        return signer, wanted if wanted in signer.algorithms else signer.algorithms[0]

    def _about(self, grant: ConsentGrant, client: Client, account: Account) -> Claims:
        now: datetime = self._clock.now()
        details: Mapping[str, Any] = grant.details
        amr = details.get("amr", [])
        claims = {
            "iss": self.issuer,
            "sub": subject(account),
            "aud": client.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + LONGEST_ID_TOKEN).timestamp()),
            "auth_time": details.get("auth_time"),
            "nonce": details.get("nonce"),
            "amr": amr,
            "acr": acr_of(amr),
            "sid": details.get("sid"),
        }
        return {name: value for name, value in claims.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Vouched:
    """What an ID token in the browser stands beside."""

    client: Client
    account: Account
    code: str
    state: str | None


def profile_of(uow: UnitOfWork, account: Account) -> Claims:
    """The profile of the trust framework, with what comes of groups."""
    whole = with_groups(uow, account)
    return trust_framework_profile(whole, organisations_of(uow, whole))


def organisations_of(uow: UnitOfWork, account: Account) -> dict[str, Organisation]:
    """The organisations that a person is something in, by id."""
    found = ((each, uow.organisations.find(each)) for each in access_of(account))
    return {organisation_id: organisation for organisation_id, organisation in found if organisation is not None}


def acr_of(amr: Collection[str]) -> str:
    """The authentication context class of a sign-in by these methods (RFC 8176)."""
    return WITH_SECOND_FACTOR if "otp" in amr else WITH_PASSWORD


def half_hash(text: str, algorithm: str) -> str:
    """The left half of the hash that the algorithm is named after, in base64url (OpenID Connect Core, 3.3.2.11)."""
    octets = hashlib.new(f"sha{algorithm[2:]}", text.encode()).digest()
    return base64.urlsafe_b64encode(octets[: len(octets) // 2]).rstrip(b"=").decode()
