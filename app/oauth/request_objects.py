"""Signed request objects (RFC 9101; FAPI 2.0 Message Signing, 5.3; connect.md 17.6): proved, and then taken alone.

They are held to the same strictness as client assertions: one reader, one choice of keys, one clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeGuard

from app.oauth import signatures
from app.oauth.assertion_claims import LEEWAY
from app.oauth.client_assertions import LONGEST_KID, REFUSED_MEMBERS
from app.oauth.client_keys import KeyQuestion, find_key
from app.oauth.clients import Clients
from app.oauth.grants import Authenticated
from app.oauth.jws import Jws, JwsFault, is_type, read_jws
from app.oauth.refusals import InvalidClient, InvalidRequest, OAuthRefusal
from app.oauth.sign_in_wishes import as_text
from app.oauth.signatures import FAPI
from app.runtime.addresses import Addresses

TYPES = ("oauth-authz-req+jwt", "JWT")
LARGEST = 16_384
"""Characters, as of a client assertion (oauth-cases.md R10)."""
LONGEST_LIFE = 3600
"""Seconds from `nbf` to `exp`, and how old `nbf` may be (FAPI 2.0 Message Signing, 5.3.1)."""
TEXTS = (
    "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "prompt", "login_hint", "acr_values", "id_token_hint",
)  # fmt: skip
"""Members that are parameters; what is not named here has no meaning."""
BACKCHANNEL = ("scope", "login_hint", "id_token_hint", "login_hint_token", "binding_message")
"""Those of a backchannel request."""
Claims = Mapping[str, Any]


class RequestObjects:
    def __init__(self, addresses: Addresses, clients: Clients) -> None:
        self._issuer, self._clients = addresses.auth, clients

    def parameters(self, asked: Authenticated) -> dict[str, str]:
        """The parameters of a pushed request: those of its request object, or of the form where none is demanded.

        Where there is an object, the form beside it means nothing (RFC 9126, 3). Raises OAuthRefusal.
        """
        text = asked.form.get("request")
        if text is None:
            if asked.client.details.get("RequireSignedRequestObject", True):
                raise InvalidRequest(
                    "the parameters must come in a signed request object",
                    code="request_object.missing",
                    fix="Send a JWT in `request`, or set RequireSignedRequestObject of the application to false",
                )
            return dict(asked.form)
        jws = _read(text)
        algorithm, kid = _header(jws.header)
        _require_signature(asked, jws, KeyQuestion(kid, algorithm, asked.now))
        self._require_client(asked, jws.claims)
        _require_claims(jws.claims, self._issuer, asked.now)
        return _parameters(jws.claims)

    def backchannel(self, asked: Authenticated) -> dict[str, str]:
        """The parameters of a backchannel request: of its signed object, or of the form (CIBA Core, 7.1 and 7.1.1)."""
        text = asked.form.get("request")
        if text is None:
            return dict(asked.form)
        jws = _read(text)
        algorithm, kid = _header(jws.header)
        _require_signature(asked, jws, KeyQuestion(kid, algorithm, asked.now))
        self._require_client(asked, {"client_id": jws.claims.get("iss"), **jws.claims})
        _require_claims(jws.claims, self._issuer, asked.now)
        expiry = jws.claims.get("requested_expiry")
        found = _parameters(jws.claims, BACKCHANNEL)
        return found | ({"requested_expiry": str(expiry)} if isinstance(expiry, int) else {})

    def _require_client(self, asked: Authenticated, claims: Claims) -> None:
        """The object names the client that sends it, in whichever form of its id (connect.md 4.3)."""
        given = claims.get("client_id")
        meant = self._clients.find(asked.uow, given) if isinstance(given, str) else None
        if meant is None or meant.client_id != asked.client.client_id:
            expected = asked.client.client_id
            raise _wrong("client_id", "client_id must be the client that sends the object", expected, _shown(given))
        if claims.get("iss") != given:
            raise _wrong("iss", "iss must be the client, as client_id is", str(given), _shown(claims.get("iss")))


def _read(text: str) -> Jws:
    if len(text) > LARGEST:
        raise _wrong("too_large", "the request object is too long", f"at most {LARGEST} characters", str(len(text)))
    try:
        return read_jws(text)
    except JwsFault as fault:
        raise _wrong(fault.kind, f"the request object is no JWT: {fault}") from None


def _header(header: Mapping[str, Any]) -> tuple[str, str]:
    """Algorithm and kid. Only alg, kid and typ have an effect; keys in the header are never used (RFC 8725, 3.1)."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in FAPI:
        raise _wrong("alg", "this algorithm is not accepted", " or ".join(FAPI), _shown(algorithm))
    if "typ" in header and not is_type(header["typ"], *TYPES):
        raise _wrong("typ", "the typ is that of another kind of token", " or ".join(TYPES), _shown(header["typ"]))
    if refused := [name for name in REFUSED_MEMBERS if name in header]:
        raise _wrong("header", "the header has a member that is not accepted", "alg, kid and typ", refused[0])
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID:
        raise _wrong("kid.missing", "the header needs a kid", "the kid of an active signing key", _shown(kid))
    return algorithm, kid


def _require_signature(asked: Authenticated, jws: Jws, question: KeyQuestion) -> None:
    """By a key of the client's own, as for a client assertion, told in words of request objects."""
    try:
        key = find_key(asked.uow, asked.client, question)
    except InvalidClient as refusal:
        finding = refusal.findings[0]
        kind = refusal.code.removeprefix("assertion.")
        raise _wrong(kind, finding.detail, finding.expected, finding.got) from None
    if not signatures.is_signed(jws, key.jwk, question.algorithm):
        expected = f"{question.algorithm} by the key {key.kid[:80]}"
        raise _wrong("signature", "the signature is not that of the key", expected)


def _require_claims(claims: Claims, issuer: str, now: datetime) -> None:
    audience = claims.get("aud")
    if audience not in (issuer, [issuer]):
        raise _wrong("aud", "aud must be the issuer and nothing else", issuer, _shown(audience))
    for name in ("request", "request_uri"):
        if name in claims:
            raise _wrong("nested", f"{name} has no place inside a request object (RFC 9101, 4)")
    _require_dates(claims, now.timestamp())


def _require_dates(claims: Claims, now: float) -> None:
    """FAPI 2.0 Message Signing, 5.3.1: `nbf` at most an hour old, `exp` at most an hour after it."""
    begins, ends, issued = claims.get("nbf"), claims.get("exp"), claims.get("iat", now)
    for name, value in (("nbf", begins), ("exp", ends), ("iat", issued)):
        if not _is_date(value):
            raise _wrong(name, f"{name} must be a number of seconds", got=_shown(value))
    assert _is_date(begins)
    assert _is_date(ends)
    if ends <= now - LEEWAY:
        raise _wrong("exp", "the request object has expired", f"exp after {now:.0f}", _shown(ends))
    for name, value in (("nbf", begins), ("iat", issued)):
        if value > now + LEEWAY:
            raise _wrong(name, f"{name} is in the future", f"at most {now + LEEWAY:.0f}", _shown(value))
    if begins < now - LONGEST_LIFE - LEEWAY:
        raise _wrong("nbf", "nbf is too old", f"at least {now - LONGEST_LIFE:.0f}", _shown(begins))
    if ends > begins + LONGEST_LIFE + LEEWAY:
        expected = f"exp at most {LONGEST_LIFE} s after nbf"
        raise _wrong("lifetime", "the request object lives too long", expected, _shown(ends - begins))


def _parameters(claims: Claims, names: Iterable[str] = TEXTS) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        value = claims.get(name)
        if value is not None and not isinstance(value, str):
            raise _wrong("parameter", f"{name} must be a text", got=_shown(value))
        if value:
            found[name] = value
    age = claims.get("max_age")
    if age is not None:
        if not (isinstance(age, int | str) and not isinstance(age, bool)):
            raise _wrong("parameter", "max_age must be a number of seconds", got=_shown(age))
        found["max_age"] = str(age)
    if claims.get("claims") is not None:
        found["claims"] = as_text(claims["claims"])
    return found


def _is_date(value: Any) -> TypeGuard[int | float]:
    """NumericDate (RFC 7519, 2): a finite JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _wrong(kind: str, reason: str, expected: str = "", got: str = "") -> OAuthRefusal:
    code = f"request_object.{kind}"
    return OAuthRefusal(reason, error="invalid_request_object", code=code, expected=expected, got=got)


def _shown(value: Any) -> str:
    return "" if value is None else (value if isinstance(value, str) else repr(value))[:200]
