"""OCSP questions made by hand, so that every part of them can be wrong."""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.pki import der
from app.pki.strict import inside

SHA1, SHA256, SHA384, SHA512 = "1.3.14.3.2.26", *(f"2.16.840.1.101.3.4.2.{n}" for n in (1, 2, 3))
HASHES = {SHA1: "sha1", SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}
NONCE = "1.3.6.1.5.5.7.48.1.2"
NULL = der.tlv(der.NULL, b"")


def certificate_id(issuer: x509.Certificate, serial: int, hash_oid: str = SHA1, parameters: bytes = NULL) -> bytes:
    """CertID of RFC 6960, 4.1.1; an unknown hash gets the octets of SHA-1."""
    fields = inside(inside(issuer.public_bytes(Encoding.DER))[0].raw)
    name, key = fields[5].raw, inside(fields[6].raw)[1].value[1:]
    algorithm = HASHES.get(hash_oid, "sha1")
    return der.sequence(
        der.sequence(der.oid(hash_oid), parameters),
        der.octet_string(hashlib.new(algorithm, name).digest()),
        der.octet_string(hashlib.new(algorithm, key).digest()),
        der.integer(serial),
    )


def request(
    *certificate_ids: bytes, extensions: tuple[bytes, ...] = (), before: bytes = b"", after: bytes = b""
) -> bytes:
    """OCSPRequest; `before` stands in front of the list (version, requestor), `after` behind the part to be signed."""
    single = der.sequence(*map(der.sequence, certificate_ids))
    field = der.context(2, der.sequence(*extensions)) if extensions else b""
    return der.sequence(der.sequence(before, single, field), after)


def nonce(octets: bytes, *, critical: bool = False) -> bytes:
    return der.extension(NONCE, der.octet_string(octets), critical=critical)
