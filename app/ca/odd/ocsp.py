"""OCSP answers that are wrong on purpose, each in one way (control-cases.md B-11)."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

from app.ca import hierarchy
from app.ca.issuer import CertificateIssuer
from app.ca.ocsp import Dates, OcspQuery, Responder
from app.ca.signing import Piece, Signer
from app.pki import der
from app.pki.strict import inside
from app.runtime.clock import whole_second
from app.runtime.entropy import SeededEntropy

OVER = timedelta(days=1)
"""How long ago the certificate of an expired responder ended."""


def stale(dates: Dates) -> Dates:
    """It was over one life ago."""
    life = dates.next_update - dates.this_update
    earlier = dates.this_update - 2 * life
    return Dates(earlier, earlier + life, earlier)


def of_another(query: OcspQuery) -> OcspQuery:
    """The answer is about the next serial, as if it had been asked for."""
    *hashes, serial = inside(query.certificate_id)
    number = int.from_bytes(serial.value, signed=True) + 1
    certificate_id = der.sequence(*(each.raw for each in hashes), der.integer(number))
    return replace(query, serial=number, certificate_id=certificate_id)


def badly_signing(responder: Responder) -> Responder:
    """The same, but every signature has one bit turned."""
    odd = copy(responder)
    odd.signer = _Spoiling(responder.signer)
    return odd


def expired(signer: CertificateIssuer, responder: Responder, now: datetime) -> Responder:
    """The same key under a certificate that has ended."""
    start = whole_second(now) - hierarchy.RESPONDER_LIFE - OVER
    certificate = hierarchy.renew_responder(signer, responder, start, SeededEntropy(f"expired/{start}"))
    odd = copy(responder)
    odd.certificates = der.context(0, der.sequence(certificate))
    return odd


class _Spoiling(Signer):
    """A signer whose signatures are none."""

    def __init__(self, signer: Signer) -> None:
        self._good, self.algorithm = signer, signer.algorithm

    def bits(self, *pieces: Piece) -> bytes:
        """As the good one, with the last bit turned."""
        made = self._good.bits(*pieces)
        return made[:-1] + bytes((made[-1] ^ 1,))
