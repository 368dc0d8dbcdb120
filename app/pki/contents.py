"""What a DER value is, by its shape, and whether it is DER at all: to name the mistake that was made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from app.errors import Finding
from app.pki.der import BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE
from app.pki.strict import DerError, Element, elements, faults, first

Kind = Literal["csr", "certificate", "public key", "private key", "key store", "crl", "pkcs7", "unknown"]

_VERSION_3 = 0xA0
_EXPLICIT = 0xA0


def kind_of(der: bytes) -> Kind:
    """The kind of object in the first DER value of `der`. Never raises."""
    try:
        outer = first(der)
        parts = elements(outer.value) if outer.tag == SEQUENCE else []
        return _kind([part.tag for part in parts], parts)
    except DerError:
        return "unknown"


def _kind(tags: list[int], parts: list[Element]) -> Kind:
    if _is_private(tags, parts):
        return "private key"
    if tags[:2] == [INTEGER, SEQUENCE]:
        return "key store"  # PFX, RFC 7292: version 3, authSafe, macData
    if tags == [SEQUENCE, SEQUENCE, BIT_STRING]:
        return _signed_kind([part.tag for part in elements(parts[0].value)])
    if tags in ([SEQUENCE, BIT_STRING], [INTEGER, INTEGER]):
        return "public key"  # SubjectPublicKeyInfo, or PKCS #1 RSAPublicKey
    if tags == [OID, _EXPLICIT]:
        return "pkcs7"
    return "unknown"


def _is_private(tags: list[int], parts: list[Element]) -> bool:
    """PKCS #8 plain and encrypted (RFC 5958), PKCS #1 (RFC 8017, A.1.2), SEC 1 (RFC 5915), DSA as OpenSSL writes it."""
    if tags[:3] == [INTEGER, SEQUENCE, OCTET_STRING] or tags[:2] == [INTEGER, OCTET_STRING]:
        return True
    if tags == [SEQUENCE, OCTET_STRING]:
        inner = elements(parts[0].value)
        return bool(inner) and inner[0].tag == OID
    return len(tags) in (6, 9, 10) and set(tags[:9]) == {INTEGER}


def _signed_kind(tags: list[int]) -> Kind:
    """A SIGNED value by what stands in it: Certificate and CertificateList of RFC 5280, request of RFC 2986."""
    if tags[:1] == [_VERSION_3] or (len(tags) >= 6 and tags[:5] == [INTEGER, *[SEQUENCE] * 4]):
        return "certificate"
    if tags[:3] == [INTEGER, SEQUENCE, SEQUENCE] and len(tags) <= 4:
        return "csr"
    return "crl" if tags[:2] in ([INTEGER, SEQUENCE], [SEQUENCE, SEQUENCE]) else "unknown"


def encoding_findings(der: bytes) -> Iterator[Finding]:
    """Everything at any level that is not DER (csr-cases.md R2)."""
    if der[:1] != b"\x30":
        yield Finding(
            "csr.not_asn1",
            "What the block holds is no ASN.1 structure",
            expected="a SEQUENCE, first octet 30",
            got=f"first octet {der[:1].hex()}",
            fix="Send the file as the tool wrote it",
        )
        return
    for fault in faults(der):
        yield Finding(
            _CODES.get(fault.kind, f"csr.der.{fault.kind}"),
            f"The encoding is not DER: {fault.text}",
            expected="DER (ITU-T X.690)",
            got=f"at octet {fault.offset}",
            fix="Send the whole file as the tool wrote it, or make it again with an up-to-date tool",
        )


_CODES = {"too_deep": "csr.attribute.too_deep"}
