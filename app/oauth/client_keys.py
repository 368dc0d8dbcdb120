"""Which of a client's keys an assertion is signed by: by client first, by kid second (oauth-cases.md R1 and R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.oauth.clients import Client
from app.oauth.refusals import InvalidClient
from app.oauth.signatures import algorithms_of
from app.store.records import Certificate
from app.store.store import UnitOfWork

SHOWN = 8
"""Kids that a refusal names at most."""


@dataclass(frozen=True, slots=True)
class KeyQuestion:
    """What the header says: `kid` None = it names none, which is let pass for a client with one fitting key."""

    kid: str | None
    algorithm: str
    now: datetime


def find_key(uow: UnitOfWork, client: Client, asked: KeyQuestion) -> Certificate:
    """The client's own active signing key that is meant.

    Raises InvalidClient with `assertion.kid.unknown`, `.kid.missing`, `.kid.ambiguous`, `.key.inactive`, `.key.use`
    or `assertion.alg`.
    """
    organisation_id, software = client.organisation_id, client.software_statement_id
    if organisation_id is None or software is None:
        raise InvalidClient("this client has no keys in the directory", code="assertion.kid.unknown")
    if asked.kid is None:
        return _only_one(uow.certificates.signing_keys(organisation_id, software, asked.now), asked)
    named = uow.certificates.named(organisation_id, software, asked.kid) if asked.kid.isprintable() else ()
    if not named:
        raise _unknown(uow.certificates.signing_keys(organisation_id, software, asked.now), asked)
    seen = (uow.late.certificate("token_status", each, asked.now) for each in named)
    key = _usable([each for each in seen if each is not None], asked)
    if asked.algorithm not in algorithms_of(key.jwk):
        raise _wrong_algorithm((key,), asked)
    return key


def _usable(named: Sequence[Certificate], asked: KeyQuestion) -> Certificate:
    """One kid names one key: rows of one and the same key are one."""
    active = [each for each in named if each.is_active(asked.now)]
    signing = [each for each in active if each.use == "sig"]
    if len({each.spki_sha256 for each in signing}) > 1:
        raise InvalidClient("the client has several keys of this kid", code="assertion.kid.ambiguous", got=_kid(asked))
    if signing:
        return signing[0]
    if active:
        expected = "a signing key (use sig)"
        got = f"{active[0].type}, use {active[0].use}"
        raise InvalidClient("the key is not for signatures", code="assertion.key.use", expected=expected, got=got)
    raise InvalidClient(
        "the key of this kid is not active",
        code="assertion.key.inactive",
        expected="an active key",
        got=f"{_kid(asked)}, {_status(named[0], asked.now)}",
        fix="After a rotation the new key has a new kid",
    )


def _status(key: Certificate, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked at {key.revoked_at:%Y-%m-%dT%H:%M:%SZ} ({key.revoke_reason})"
    return f"expired at {key.not_after:%Y-%m-%dT%H:%M:%SZ}" if key.is_expired(now) else "its owner is not active"


def _only_one(keys: Sequence[Certificate], asked: KeyQuestion) -> Certificate:
    """Without a kid only where there is nothing to choose."""
    fitting = [key for key in keys if asked.algorithm in algorithms_of(key.jwk)]
    if not fitting and keys:
        raise _wrong_algorithm(keys, asked)
    if len(fitting) != 1:
        text = "the header has no kid, and not exactly one key fits"
        raise InvalidClient(text, code="assertion.kid.missing", expected=f"kid, one of {_kids(keys)}")
    return fitting[0]


def _unknown(keys: Sequence[Certificate], asked: KeyQuestion) -> InvalidClient:
    """A wrong algorithm goes before: it would be wrong with any kid of this client."""
    if keys and not any(asked.algorithm in algorithms_of(key.jwk) for key in keys):
        return _wrong_algorithm(keys, asked)
    return InvalidClient(
        "no key of this client has this kid",
        code="assertion.kid.unknown",
        expected=_kids(keys),
        got=_kid(asked),
        fix="After a rotation the new key has a new kid; the keys of other applications and of the organisation "
        "are not this client's",
        detail={"kid": _kid(asked), "known_kids": [key.kid for key in keys[:SHOWN]]},
    )


def _wrong_algorithm(keys: Sequence[Certificate], asked: KeyQuestion) -> InvalidClient:
    fitting = dict.fromkeys(name for key in keys for name in algorithms_of(key.jwk)[:1])
    expected = " or ".join(fitting) or "a key that is RSA of 2048 bits or more, or EC on P-256"
    text = "the algorithm is not that of the client's key"
    return InvalidClient(text, code="assertion.alg", expected=expected, got=asked.algorithm)


def _kids(keys: Sequence[Certificate]) -> str:
    shown = ", ".join(key.kid for key in keys[:SHOWN])
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return f"{shown}{more}" if keys else "the client has no active signing key"


def _kid(asked: KeyQuestion) -> str:
    return "no kid" if asked.kid is None else asked.kid[:80]
