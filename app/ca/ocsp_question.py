"""An OCSPRequest read strictly (RFC 6960, 4.1): what is not as it must be is a fault, never another exception.

The library's reader is not used: it takes nonces of any length, puts errors off until a field is looked at, and raises
NotImplementedError for two CertIDs and for none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.pki import der
from app.pki.strict import DerError, Element, dotted, faults, inside, one

FaultName = Literal["malformed_request", "internal_error", "try_later", "sig_required", "unauthorized"]

NONCE = "1.3.6.1.5.5.7.48.1.2"
_ACCEPTABLE_RESPONSES, _BASIC = "1.3.6.1.5.5.7.48.1.4", "1.3.6.1.5.5.7.48.1.1"
_LONGEST_NONCE = 128
"""RFC 9654, 2.1: from 1 to 128 octets."""

_HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_NULL = der.tlv(der.NULL, b"")
_VERSION_1 = der.context(0, der.integer(0))
_REQUESTOR, _EXTENSIONS, _SIGNATURE, _SINGLE_EXTENSIONS = 0xA1, 0xA2, 0xA0, 0xA0


class OcspFault(Exception):
    """A question that gets an OCSPResponse without an answer: its status, and the code for the journal."""

    def __init__(self, status: FaultName, code: str) -> None:
        super().__init__(f"{status} [{code}]")
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class OcspQuery:
    """One question about one serial. `certificate_id` is the CertID, octet by octet as it was asked."""

    serial: int
    certificate_id: bytes
    hash_oid: str
    name_hash: bytes
    key_hash: bytes
    nonce: bytes | None = None

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether it asks about this very CA: by the hash of its name and that of its key (status-cases.md R4)."""
        algorithm = _HASHES.get(self.hash_oid)
        return algorithm is not None and _hashes(certificate, algorithm) == (self.name_hash, self.key_hash)


def parse_request(body: bytes) -> OcspQuery:
    """Read a question about exactly one certificate. A signature is not looked at, and trusted for nothing.

    Raises OcspFault and nothing else.
    """
    if faults(body):
        raise _malformed()
    try:
        return _request(body)
    except (DerError, ValueError):
        raise _malformed() from None


def _request(body: bytes) -> OcspQuery:
    """OCSPRequest: the part to be signed, and perhaps a signature."""
    to_be_signed, *signature = inside(body)
    if [part.tag for part in signature] not in ([], [_SIGNATURE]):
        raise _malformed()
    fields = inside(to_be_signed.raw)
    if fields and fields[0].raw == _VERSION_1:  # the default spelt out, which DER forbids and some clients send
        fields.pop(0)
    if fields and fields[0].tag == _REQUESTOR:
        fields.pop(0)
    requests, *rest = fields
    if [part.tag for part in rest] not in ([], [_EXTENSIONS]):
        raise _malformed()
    nonce = _nonce(rest[0]) if rest else None
    (single,) = inside(requests.raw)  # two or none: ValueError
    return _query(single, nonce)


def _query(single: Element, nonce: bytes | None) -> OcspQuery:
    """Request: a CertID, and perhaps extensions of its own."""
    certificate_id, *rest = inside(single.raw)
    if [part.tag for part in rest] not in ([], [_SINGLE_EXTENSIONS]):
        raise _malformed()
    if rest:
        _extensions(rest[0])
    algorithm, name_hash, key_hash, serial = inside(certificate_id.raw)
    if (name_hash.tag, key_hash.tag, serial.tag) != (der.OCTET_STRING, der.OCTET_STRING, der.INTEGER):
        raise _malformed()
    number = int.from_bytes(serial.value, signed=True)
    return OcspQuery(number, certificate_id.raw, _hash(algorithm), name_hash.value, key_hash.value, nonce)


def _hash(algorithm: Element) -> str:
    """The OID of the hash; its parameters are NULL or absent (RFC 4055, 2.1)."""
    oid, *parameters = inside(algorithm.raw)
    if oid.tag != der.OID or [part.raw for part in parameters] not in ([], [_NULL]):
        raise _malformed()
    return dotted(oid.value)


def _nonce(field: Element) -> bytes | None:
    """The nonce among the request's extensions."""
    value = _extensions(field).get(NONCE)
    if value is None:
        return None
    try:
        nonce = one(value)
    except DerError:
        raise OcspFault("malformed_request", "ocsp.nonce") from None
    if nonce.tag != der.OCTET_STRING or not 1 <= len(nonce.value) <= _LONGEST_NONCE:
        raise OcspFault("malformed_request", "ocsp.nonce")
    return nonce.value


def _extensions(field: Element) -> dict[str, bytes]:
    """Extensions by OID, each once. What is critical must be known: the nonce, or that a basic answer will do."""
    found: dict[str, bytes] = {}
    for entry in inside(one(field.value).raw):
        oid, *critical, value = inside(entry.raw)
        if oid.tag != der.OID or value.tag != der.OCTET_STRING or [c.tag for c in critical] not in ([], [der.BOOLEAN]):
            raise _malformed()
        name = dotted(oid.value)
        if name in found:
            raise OcspFault("malformed_request", "ocsp.nonce" if name == NONCE else "ocsp.malformed")
        if critical and critical[0].value == b"\xff" and not _is_understood(name, value.value):
            raise OcspFault("malformed_request", "ocsp.critical_extension")
        found[name] = value.value
    if not found:  # Extensions ::= SEQUENCE SIZE (1..MAX)
        raise _malformed()
    return found


def _is_understood(name: str, value: bytes) -> bool:
    return name == NONCE or (name == _ACCEPTABLE_RESPONSES and der.oid(_BASIC) in [e.raw for e in inside(value)])


def _malformed() -> OcspFault:
    return OcspFault("malformed_request", "ocsp.malformed")


@lru_cache(maxsize=256)
def _hashes(certificate: x509.Certificate, algorithm: str) -> tuple[bytes, bytes]:
    """The hashes of a CA's name and of its key bits (RFC 6960, 4.1.1)."""
    fields = inside(inside(certificate.public_bytes(Encoding.DER))[0].raw)
    name, key = fields[5].raw, inside(fields[6].raw)[1].value[1:]
    return hashlib.new(algorithm, name).digest(), hashlib.new(algorithm, key).digest()
