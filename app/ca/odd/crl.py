"""CRLs that are wrong on purpose, each in one way (control-cases.md B-10)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from app.ca import extensions, keys
from app.ca.crl import CrlPlan
from app.ca.names import COMMON_NAME, ORGANISATION, WARNING, name
from app.ca.signing import Signer
from app.pki import der
from app.runtime.clock import whole_second
from app.runtime.entropy import SeededEntropy

AHEAD = timedelta(days=1)
"""How far a list of the future begins after the present."""
_SERIAL_OCTETS = 16
"""Real serials have 20: an invented one is nobody's."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Signs lists in a name that no certificate of a directory has as its issuer."""

    name: bytes
    authority_key_id: bytes
    signer: Signer


def stale(plan: CrlPlan) -> CrlPlan:
    """It was over one life ago (X509_V_ERR_CRL_HAS_EXPIRED, 12)."""
    life = plan.next_update - plan.this_update
    return replace(plan, this_update=plan.this_update - 2 * life, next_update=plan.this_update - life)


def future(plan: CrlPlan) -> CrlPlan:
    """It begins tomorrow (X509_V_ERR_CRL_NOT_YET_VALID, 11)."""
    return replace(plan, this_update=plan.this_update + AHEAD, next_update=plan.next_update + AHEAD)


@lru_cache(maxsize=1)
def stranger() -> Stranger:
    """One for all: the same key on every run (X509_V_ERR_UNABLE_TO_GET_CRL, 3)."""
    key = keys.generate("ec-p256", SeededEntropy("a CA that nobody knows"))
    subject = name((ORGANISATION, WARNING), (COMMON_NAME, "MOCK Issuing CA of nobody"))
    return Stranger(subject, extensions.authority_key_id(extensions.key_id(keys.spki(key))), Signer(key))


@lru_cache(maxsize=2)
def made_up(count: int, plan: CrlPlan) -> bytes:
    """Entries of certificates that nobody ever issued, encoded; the same ones each time."""
    date = der.time(whole_second(plan.this_update))
    before, after = bytes((der.INTEGER, _SERIAL_OCTETS, 1)), date
    size = len(before) + _SERIAL_OCTETS - 1 + len(after)
    opening = bytes((der.SEQUENCE, size)) + before
    rest = _SERIAL_OCTETS - 1
    return b"".join(opening + hashlib.sha256(turn.to_bytes(4)).digest()[:rest] + after for turn in range(count))
