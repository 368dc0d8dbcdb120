"""A JWS in compact form, read strictly: every text says one thing or is refused (RFC 7515, 3.1 and 7.1).

Nothing is decided here about who signed it; `signatures.py` checks signatures. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.errors import Invalid
from app.runtime.strict_json import kind_of, read_json

FaultKind = Literal["malformed", "duplicate_member"]
PARTS = ("header", "payload", "signature")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_LAST = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}
"""The last letter of a text, by its length modulo 4: those without a bit that means nothing."""


class JwsFault(ValueError):
    """A text that is no JWS, in words."""

    def __init__(self, kind: FaultKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Jws:
    """The parts of one. `claims` are the members of its payload; `signing_input` is what the signature covers."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes


def read_jws(text: str) -> Jws:
    """Read header and claims, both JSON objects. An empty signature is read, for `alg` says more. Raises JwsFault."""
    parts = text.split(".")
    if len(parts) != len(PARTS):
        raise JwsFault("malformed", f"it has {len(parts)} parts instead of 3 (compact serialisation)")
    header, payload, signature = (decode(part, name) for part, name in zip(parts, PARTS, strict=True))
    return Jws(
        header=_object(header, "header"),
        claims=_object(payload, "payload"),
        signing_input=text.rpartition(".")[0].encode(),
        signature=signature,
    )


def decode(part: str, name: str) -> bytes:
    """Base64url without padding, in its only spelling (RFC 7515, 2; RFC 4648, 3.5). Raises JwsFault."""
    rest = len(part) % 4
    if not _ALPHABET.fullmatch(part) or rest == 1:
        raise JwsFault("malformed", f"its {name} is not base64url without padding")
    if rest and part[-1] not in _LAST[rest]:
        raise JwsFault("malformed", f"the last letter of its {name} has bits that mean nothing")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _object(octets: bytes, name: str) -> dict[str, Any]:
    try:
        value = read_json(octets, is_claims=True)
    except Invalid as fault:
        if fault.code == "field.duplicate_member":
            raise JwsFault("duplicate_member", f"in its {name}, {fault.reason}") from None
        raise JwsFault("malformed", f"its {name} cannot be read: {fault.reason}") from None
    if not isinstance(value, dict):
        raise JwsFault("malformed", f"its {name} is {kind_of(value)} instead of a JSON object")
    return value


def is_type(given: Any, *allowed: str) -> bool:
    """Whether a `typ` is one of these media types; `application/` may be left out, case does not count (4.1.9)."""
    if not isinstance(given, str):
        return False
    name = given.lower()
    bare = name.removeprefix("application/")
    return "/" not in bare and bare in {each.lower() for each in allowed}
