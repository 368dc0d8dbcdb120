"""Whom a client wants to have signed in, and how: `id_token_hint`, `claims` and `acr_values` of a request.

Sources: OpenID Connect Core, 3.1.2.1, 3.1.2.2, 5.5 and 5.5.1.1. Of the claims that are asked for one by one only those
have an effect that say who (`sub`) or how (`acr`): all others come with the scopes that a person has allowed, and what
is not there is no error (5.5.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import Invalid
from app.oauth import signatures
from app.oauth.jws import Jws, JwsFault, read_jws
from app.oauth.refusals import InvalidRequest
from app.runtime.strict_json import read_json
from app.store.store import UnitOfWork

LARGEST = 16_384
"""Characters of a hint, or of the parameter `claims`."""
PLACES = ("id_token", "userinfo")
"""Members of `claims`."""
MOST = 20
"""Values of one claim."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """`subject` is the only one who may be told of; `essential_acr` are classes of which one must be reached.

    `acr` are those that would be liked.
    """

    subject: str | None = None
    acr: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()


def read_wishes(parameters: Mapping[str, str]) -> Wishes:
    """What `claims` and `acr_values` say. Raises InvalidRequest, `request.claims`."""
    liked = tuple(dict.fromkeys(parameters.get("acr_values", "").split()[:MOST]))
    text = parameters.get("claims")
    if text is None:
        return Wishes(acr=liked)
    asked = _claims(text)
    wanted = [each.get("acr") or {} for each in asked]
    acr = tuple(value for wish in wanted for value in _values(wish, "acr"))
    is_essential = any(wish.get("essential") is True for wish in wanted)
    subjects = {value for each in asked for value in _values(each.get("sub") or {}, "sub")}
    if len(subjects) > 1:
        raise _invalid("claims asks for more than one sub: nobody is two people")
    return Wishes(next(iter(subjects), None), (*liked, *acr), acr if is_essential else ())


def subject_of_hint(uow: UnitOfWork, client_id: str, text: str) -> str:
    """`sub` of an ID token that this server has given this client, whether it is over or not.

    Raises InvalidRequest, `request.id_token_hint`.
    """
    try:
        jws = read_jws(text[: LARGEST + 1])
    except JwsFault as fault:
        raise _bad_hint(f"id_token_hint is no JWT: {fault}") from None
    if not _is_ours(uow, jws):
        raise _bad_hint("id_token_hint bears no signature of this server")
    audience = jws.claims.get("aud")
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise _bad_hint("id_token_hint was given to another client")
    return str(jws.claims.get("sub", ""))


def _is_ours(uow: UnitOfWork, jws: Jws) -> bool:
    """By any key that this server has had: a hint may be old."""
    kid, algorithm = jws.header.get("kid"), jws.header.get("alg")
    key = next((key for key in uow.signing_keys.all() if key.kid == kid), None)
    if key is None or not isinstance(algorithm, str) or algorithm not in signatures.algorithms_of(key.jwk):
        return False
    return signatures.is_signed(jws, key.jwk, algorithm)


def _claims(text: str) -> list[Mapping[str, Any]]:
    """The members of `claims` that are there: names of claims with what is said of each."""
    if len(text) > LARGEST:
        raise _invalid(f"claims has more than {LARGEST} characters")
    try:
        read = read_json(text.encode())
    except (Invalid, UnicodeError):
        raise _invalid("claims is no JSON") from None
    if not isinstance(read, dict):
        raise _invalid("claims must be a JSON object")
    places = [read[name] for name in PLACES if read.get(name) is not None]
    if not all(isinstance(place, dict) and all(map(_is_wish, place.values())) for place in places):
        raise _invalid("in claims id_token and userinfo hold names of claims, each with null or an object")
    return places


def _is_wish(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _values(wish: Mapping[str, Any], name: str) -> list[str]:
    """`value` and `values` of one claim (OpenID Connect Core, 5.5.1)."""
    given = [wish["value"]] if "value" in wish else []
    several = wish.get("values", [])
    found = [*given, *several] if isinstance(several, list) else [several]
    if len(found) > MOST or not all(isinstance(each, str) for each in found):
        raise _invalid(f"in claims {name} must have at most {MOST} values, each a text")
    return found


def as_text(value: Any) -> str:
    """The parameter as a text: in a request object it is an object (OpenID Connect Core, 6.1)."""
    return value if isinstance(value, str) else json.dumps(value)


def _invalid(reason: str) -> InvalidRequest:
    return InvalidRequest(reason, code="request.claims", expected='such as {"id_token":{"acr":{"essential":true}}}')


def _bad_hint(reason: str) -> InvalidRequest:
    return InvalidRequest(reason, code="request.id_token_hint", expected="an ID token of this server for this client")
