"""OCSP answers, made when asked: put together from DER and signed by the CA's delegated responder (RFC 6960, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509

from app.ca import extensions, reasons
from app.ca.keys import PrivateKey
from app.ca.ocsp_question import NONCE, FaultName, OcspFault, OcspQuery, parse_request
from app.ca.signing import Signer
from app.pki import der
from app.pki.strict import inside

__all__ = [
    "Dates",
    "OcspFault",
    "OcspQuery",
    "OcspStatus",
    "Responder",
    "answer",
    "fault_answer",
    "parse_request",
]

_BASIC = der.oid("1.3.6.1.5.5.7.48.1.1")
_EXTENDED_REVOKE = der.extension("1.3.6.1.5.5.7.48.1.9", der.tlv(der.NULL, b""))
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_SUCCESSFUL = der.enumerated(0)
_FAULTS: dict[FaultName, int] = {
    "malformed_request": 1,
    "internal_error": 2,
    "try_later": 3,
    "sig_required": 5,
    "unauthorized": 6,
}


class Responder:
    """Who signs the OCSP answers of one CA: a certificate of that CA, and its key.

    `last_moment` is the end of the CA, beyond which no responder lives.
    """

    def __init__(self, certificate: bytes, key: PrivateKey, last_moment: datetime) -> None:
        self.certificate = x509.load_der_x509_certificate(certificate)
        self.serial = self.certificate.serial_number
        self.not_before, self.not_after = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        self.last_moment = last_moment
        self.spki = inside(inside(certificate)[0].raw)[6].raw
        self.signer = Signer(key)
        self.responder_id = der.context(2, der.octet_string(extensions.key_id(self.spki)))
        self.certificates = der.context(0, der.sequence(certificate))


@dataclass(frozen=True, slots=True)
class OcspStatus:
    """What is said of a serial. `never_issued` is the extended revoked of RFC 6960, 2.2.

    `until` is when a planned revocation makes an end of `good`.
    """

    kind: Literal["good", "revoked", "unknown", "never_issued"]
    revoked_at: datetime | None = None
    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    this_update: datetime
    next_update: datetime
    produced_at: datetime


def answer(responder: Responder, query: OcspQuery, status: OcspStatus, dates: Dates) -> bytes:
    """A successful OCSPResponse, DER: the CertID as it was asked, the nonce repeated, the responder by key hash.

    No date but nextUpdate is later than `produced_at`, even when the clock went back behind a revocation.
    """
    single = der.sequence(
        query.certificate_id,
        _status(status, dates.produced_at),
        der.generalized_time(dates.this_update),
        der.context(0, der.generalized_time(dates.next_update)),
    )
    to_be_signed = der.sequence(
        responder.responder_id,
        der.generalized_time(dates.produced_at),
        der.sequence(single),
        _response_extensions(query, status),
    )
    signer = responder.signer
    basic = der.sequence(to_be_signed, signer.algorithm, signer.bits(to_be_signed), responder.certificates)
    return der.sequence(_SUCCESSFUL, der.context(0, der.sequence(_BASIC, der.octet_string(basic))))


def fault_answer(status: FaultName) -> bytes:
    """An unsigned OCSPResponse that tells only why there is no answer (RFC 6960, 2.3)."""
    return der.sequence(der.enumerated(_FAULTS[status]))


def _status(status: OcspStatus, now: datetime) -> bytes:
    """CertStatus: good [0] and unknown [2] hold nothing, revoked [1] its time and reason."""
    if status.kind == "good":
        return der.context(0, b"", constructed=False)
    if status.kind == "unknown":
        return der.context(2, b"", constructed=False)
    if status.kind == "never_issued":
        return _revoked(_NEVER, reasons.HOLD)
    return _revoked(min(status.revoked_at or now, now), status.reason or reasons.UNSPECIFIED)


def _revoked(moment: datetime, reason: str) -> bytes:
    code = b"" if reason == reasons.UNSPECIFIED else der.context(0, der.enumerated(reasons.CODES[reason]))
    return der.context(1, der.generalized_time(moment) + code)


def _response_extensions(query: OcspQuery, status: OcspStatus) -> bytes:
    nonce = b"" if query.nonce is None else der.extension(NONCE, der.octet_string(query.nonce))
    revoke = _EXTENDED_REVOKE if status.kind == "never_issued" else b""
    return der.context(1, der.sequence(nonce, revoke)) if nonce or revoke else b""
