"""Client assertions, `private_key_jwt` (RFC 7523; FAPI 2.0 Security Profile, 5.3.2; oauth-cases.md R1 to R6, R10)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.oauth import signatures
from app.oauth.assertion_claims import ClaimRules, client_of, require_claims
from app.oauth.client_keys import KeyQuestion, find_key
from app.oauth.clients import Client
from app.oauth.jws import Jws, JwsFault, is_type, read_jws
from app.oauth.refusals import InvalidClient, InvalidRequest
from app.oauth.signatures import ES256, FAPI, RS256
from app.runtime.addresses import Addresses
from app.settings import Settings
from app.store.records import Certificate
from app.store.store import UnitOfWork

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST, LONGEST_KID = 16 * 1024, 255
REFUSED_MEMBERS = ("crit", "b64", "zip", "jwk", "jku", "x5u")
"""Of the header: what would change its meaning, and keys or addresses of keys that are not the directory's."""
TYPES = ("JWT", "client-authentication+jwt")
_NOBODYS = {
    "RSA": {"kty": "RSA", "e": "AQAB", "n": f"gA{'A' * 338}AQ"},
    "EC": {
        "kty": "EC",
        "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    },
}
"""Keys to work with where a client has none: the number 2^2047 + 1, and the base point of P-256."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One that can be read; whether it proves anything is not known yet. `client_id` is what it says."""

    jws: Jws
    client_id: str
    algorithm: str
    kid: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """A good assertion: the key that signed it, and what is used up by it."""

    key: Certificate
    jti_sha256: bytes
    until: datetime


NAMED_THEMSELVES = frozenset({"/request", "/backchannel"})
"""Endpoints that an assertion to them may name besides (RFC 9126, 2; CIBA Core, 7.1)."""


class ClientAssertions:
    def __init__(self, addresses: Addresses, settings: Settings) -> None:
        self._addresses, self._settings = addresses, settings
        self._algorithms = (*FAPI, RS256) if settings.lenient_assertions else FAPI

    def read(self, form: Mapping[str, str]) -> Assertion:
        """What a form says, before anything is asked of the store.

        Raises InvalidRequest with `assertion.type`; InvalidClient with `assertion.malformed`, `.duplicate_member`,
        `.too_large`, `.alg`, `.typ`, `.header`, `.kid.missing`, `.iss` or `.sub`.
        """
        given = form.get("client_assertion_type")
        if given != ASSERTION_TYPE:
            text = "client_assertion_type is another than the one that is read here"
            raise InvalidRequest(text, code="assertion.type", expected=ASSERTION_TYPE, got=(given or "none")[:100])
        text = form.get("client_assertion", "")
        try:
            jws = read_jws(text)
        except JwsFault as fault:
            raise InvalidClient(f"the assertion is no JWT: {fault}", code=f"assertion.{fault.kind}") from None
        if len(text) > LONGEST:
            raise _too_large("the assertion", LONGEST, len(text))
        algorithm = self._algorithm(jws.header)
        if not jws.signature:
            raise InvalidClient("the assertion is no JWT: its signature is empty", code="assertion.malformed")
        _require_plain(jws.header)
        return Assertion(jws, client_of(jws.claims, form.get("client_id")), algorithm, self._kid(jws.header))

    def prove(self, uow: UnitOfWork, client: Client, assertion: Assertion, endpoint: str, now: datetime) -> Proof:
        """Hold it against the client's keys, the clock and our addresses.

        Raises InvalidClient with `assertion.*`. That it was not used before is for `used_assertions` to say.
        """
        key = self._key(uow, client, assertion, now)
        if not signatures.is_signed(assertion.jws, key.jwk, assertion.algorithm):
            raise InvalidClient(
                "the signature is not that of the key",
                code="assertion.signature",
                expected=f"{assertion.algorithm} by the key {key.kid[:80]}",
                detail={"client": client.client_id, "kid": key.kid},
            )
        end = require_claims(assertion.jws.claims, self._rules(endpoint, now))
        jti = str(assertion.jws.claims["jti"]).encode("utf-8", "surrogatepass")
        return Proof(key, hashlib.sha256(jti).digest(), datetime.fromtimestamp(end, UTC))

    def pretend(self, assertion: Assertion) -> None:
        """The work of a wrong signature, for a client that there is not: the time must not tell them apart (R10)."""
        nobodys = _NOBODYS["EC" if assertion.algorithm == ES256 else "RSA"]
        signatures.is_signed(assertion.jws, nobodys, assertion.algorithm)

    def _key(self, uow: UnitOfWork, client: Client, assertion: Assertion, now: datetime) -> Certificate:
        try:
            return find_key(uow, client, KeyQuestion(assertion.kid, assertion.algorithm, now))
        except InvalidClient:
            self.pretend(assertion)
            raise

    def _algorithm(self, header: Mapping[str, Any]) -> str:
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            expected = " or ".join(self._algorithms)
            fix = "RS256 is let pass by lenient_assertions" if algorithm == RS256 else ""
            text = "this algorithm is not accepted"
            raise InvalidClient(text, code="assertion.alg", expected=expected, got=_shown(algorithm), fix=fix)
        return algorithm

    def _kid(self, header: Mapping[str, Any]) -> str | None:
        kid = header.get("kid")
        if "kid" not in header:
            if not self._settings.lenient_assertions:
                text = "the header has no kid"
                raise InvalidClient(text, code="assertion.kid.missing", expected="the kid of an active signing key")
            return None
        if not isinstance(kid, str):
            raise InvalidClient("kid must be a text", code="assertion.malformed", got=_shown(kid))
        if len(kid) > LONGEST_KID:
            raise _too_large("kid", LONGEST_KID, len(kid))
        return kid

    def _rules(self, endpoint: str, now: datetime) -> ClaimRules:
        """The issuer first; then the token endpoint under both names, and at PAR its own too (rulings.md 16)."""
        bases = (self._addresses.auth, self._addresses.matls_auth)
        paths = dict.fromkeys(("/token", *((endpoint,) if endpoint in NAMED_THEMSELVES else ())))
        return ClaimRules(
            audiences=(self._addresses.auth, *(f"{base}{path}" for path in paths for base in bases)),
            only_issuer=self._settings.assertion_audience == "issuer",
            now=now,
            max_lifetime=self._settings.assertion_max_lifetime,
        )


def _require_plain(header: Mapping[str, Any]) -> None:
    """Only alg, kid and typ have an effect; unknown members have none (RFC 7515, 4)."""
    if "typ" in header and not is_type(header["typ"], *TYPES):
        text = "the typ is that of another kind of token"
        raise InvalidClient(text, code="assertion.typ", expected=" or ".join(TYPES), got=_shown(header["typ"]))
    if refused := [name for name in REFUSED_MEMBERS if name in header]:
        fix = "Keys come from the directory alone" if refused[0] in ("jwk", "jku", "x5u") else ""
        text = "the header has a member that is not accepted"
        raise InvalidClient(text, code="assertion.header", expected="alg, kid and typ", got=refused[0], fix=fix)


def _too_large(what: str, most: int, found: int) -> InvalidClient:
    expected = f"at most {most} characters"
    return InvalidClient(f"{what} is too long", code="assertion.too_large", expected=expected, got=str(found))


def _shown(value: Any) -> str:
    return value[:80] if isinstance(value, str) else repr(value)[:80]
