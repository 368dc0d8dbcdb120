"""The claims of a client assertion held against the sandbox's clock and our own addresses (oauth-cases.md R4 and R5).

RFC 7523, 3; FAPI 2.0 Security Profile, 5.3.2.1. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from app.oauth.refusals import InvalidClient

LEEWAY = 10
"""Seconds by which clocks may differ, in either direction (FAPI 2.0)."""
LONGEST_JTI = 255
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """`audiences` are our addresses; with `only_issuer` the first of them alone counts, as a string."""

    audiences: tuple[str, ...]
    only_issuer: bool
    now: datetime
    max_lifetime: int


def client_of(claims: Claims, form_client_id: str | None) -> str:
    """The client id that the claims give: `iss` = `sub`, and `client_id` of the form if sent, octet by octet.

    Raises InvalidClient with `assertion.iss` or `.sub`.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or not issuer:
        raise _wrong("iss", "iss must be the client id", got=issuer)
    if subject != issuer:
        raise _wrong("sub", "sub must be the client id, as iss is", expected=issuer, got=subject)
    if form_client_id is not None and form_client_id != issuer:
        raise _wrong("iss", "iss is another client than client_id of the form", expected=form_client_id, got=issuer)
    return issuer


def require_claims(claims: Claims, rules: ClaimRules) -> float:
    """Check audience, dates and `jti`; the moment at which the assertion is over, with leeway, in POSIX seconds.

    Raises InvalidClient with `assertion.aud`, `.exp`, `.lifetime`, `.nbf`, `.iat`, `.jti` or `.too_large`.
    """
    _require_audience(claims.get("aud"), rules)
    expires = _require_dates(claims, rules)
    _require_jti(claims.get("jti"))
    return float(expires) + LEEWAY


def _require_audience(audience: Any, rules: ClaimRules) -> None:
    """Our own addresses and nothing else: who may be another audience may replay it here (CVE-2025-27370)."""
    given = audience if isinstance(audience, list) and not rules.only_issuer else [audience]
    allowed = rules.audiences[:1] if rules.only_issuer else rules.audiences
    if not given or any(not isinstance(each, str) or each not in allowed for each in given):
        kind = "as a string" if rules.only_issuer else "and nothing else"
        raise _wrong(
            "aud", f"aud must be an address of this server {kind}", expected=" or ".join(allowed), got=audience
        )


def _require_dates(claims: Claims, rules: ClaimRules) -> float:
    now, most = rules.now.timestamp(), rules.max_lifetime + LEEWAY
    expires = claims.get("exp")
    if not _is_date(expires):
        raise _wrong("exp", "exp must be a number of seconds", got=expires)
    if expires <= now - LEEWAY:
        raise _wrong("exp", "the assertion has expired", expected=f"exp after {_moment(now)}", got=_moment(expires))
    if expires > now + most:
        expected = f"exp at most {rules.max_lifetime} s after {_moment(now)} (assertion_max_lifetime)"
        raise _wrong("lifetime", "the assertion lives too long", expected=expected, got=_moment(expires))
    for name, oldest in (("nbf", -math.inf), ("iat", now - most)):
        if name in claims:
            _require_past(name, claims[name], oldest, now)
    return expires


def _require_past(name: str, value: Any, oldest: float, now: float) -> None:
    if not _is_date(value):
        raise _wrong(name, f"{name} must be a number of seconds", got=value)
    if value > now + LEEWAY:
        expected = f"at most {LEEWAY} s after {_moment(now)}"
        raise _wrong(name, f"{name} is in the future", expected=expected, got=_moment(value))
    if value < oldest:
        raise _wrong(name, f"{name} is too old", expected=f"after {_moment(oldest)}", got=_moment(value))


def _require_jti(jti: Any) -> None:
    if not isinstance(jti, str) or not jti:
        raise _wrong("jti", "jti must be a text that no other assertion of this client has", got=jti)
    if len(jti) > LONGEST_JTI:
        raise _wrong("too_large", "jti is too long", expected=f"at most {LONGEST_JTI} characters", got=str(len(jti)))


def _is_date(value: Any) -> TypeGuard[int | float]:
    """NumericDate (RFC 7519, 2): a finite JSON number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _moment(seconds: float) -> str:
    """A moment for people; the number itself where no calendar has it."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return str(seconds)[:40]


def _wrong(name: str, reason: str, *, expected: str = "", got: Any = None) -> InvalidClient:
    shown = "" if got is None else got if isinstance(got, str) else repr(got)
    return InvalidClient(reason, code=f"assertion.{name}", expected=expected, got=shown)
