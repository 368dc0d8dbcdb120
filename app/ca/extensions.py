"""The extensions that the CA decides itself, as whole DER Extension values (RFC 5280, 4.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from app.pki import der
from app.pki.strict import inside

OWN_POLICY = "1.3.6.1.4.1.32473.100.1"
"""Under the enterprise number for examples (RFC 5612): nobody's, so it promises nothing. Neither 2.999 nor an arc made
from a UUID (2.25) was taken: several parsers cannot read those numbers."""
PUBLISHED_POLICY = "1.3.6.1.4.1.56623.100.1"
"""Of the real directory (connect.md 6.1); with `imitate_policy_oid` only."""
ANY_POLICY = "2.5.29.32.0"
NOTICE = (
    "MOCK - DO NOT TRUST. Issued by connect-mock for tests: nobody was identified, no key is protected, nothing is "
    "warranted. Worthless outside tests."
)
"""At most 200 characters (RFC 5280, 4.2.1.4)."""

BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"

CERTIFICATE_SIGNING = der.extension(KEY_USAGE, der.bit_string(b"\x06", 1), critical=True)
"""keyCertSign and cRLSign, bits 5 and 6."""
DIGITAL_SIGNATURE = der.extension(KEY_USAGE, der.bit_string(b"\x80", 7), critical=True)
"""digitalSignature, bit 0."""
NOT_A_CA = der.extension(BASIC_CONSTRAINTS, der.sequence(), critical=True)
OCSP_NO_CHECK = der.extension("1.3.6.1.5.5.7.48.1.5", der.tlv(der.NULL, b""))
"""RFC 6960, 4.2.2.2.1."""


def certificate_authority(path_length: int | None = None) -> bytes:
    """basicConstraints of a CA."""
    length = b"" if path_length is None else der.integer(path_length)
    return der.extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(True), length), critical=True)


def extended_key_usage(*purposes: str) -> bytes:
    return der.extension("2.5.29.37", der.sequence(*map(der.oid, purposes)))


def key_id(spki: bytes) -> bytes:
    """SHA-1 of the key bits (RFC 5280, 4.2.1.2, method 1); a name for the key, not a protection."""
    return hashlib.sha1(inside(spki)[1].value[1:], usedforsecurity=False).digest()


def subject_key_id(octets: bytes) -> bytes:
    return der.extension("2.5.29.14", der.octet_string(octets))


def authority_key_id(octets: bytes) -> bytes:
    return der.extension("2.5.29.35", der.sequence(der.context(0, octets, constructed=False)))


def crl_distribution_points(addresses: Iterable[str]) -> bytes:
    """One point, whose names are addresses of the same CRL."""
    return der.extension("2.5.29.31", der.sequence(der.sequence(distribution_point_name(addresses))))


def distribution_point_name(addresses: Iterable[str]) -> bytes:
    """DistributionPointName with a full name, in field [0] of a distribution point or an issuing one."""
    return der.context(0, der.context(0, b"".join(map(uri, addresses))))


def uri(address: str) -> bytes:
    """A GeneralName."""
    return der.context(6, address.encode("ascii"), constructed=False)


def ocsp_access(address: str) -> bytes:
    """authorityInfoAccess with OCSP alone, as the real directory has it (connect.md 6.1)."""
    return der.extension("1.3.6.1.5.5.7.1.1", der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.48.1"), uri(address))))


def policies(policy: str, cps: str) -> bytes:
    """One policy with the address of its text and a notice (RFC 5280, 4.2.1.4)."""
    notice = der.sequence(der.tlv(der.UTF8_STRING, NOTICE.encode()))
    qualifiers = der.sequence(
        der.sequence(der.oid("1.3.6.1.5.5.7.2.1"), der.tlv(der.IA5_STRING, cps.encode("ascii"))),
        der.sequence(der.oid("1.3.6.1.5.5.7.2.2"), notice),
    )
    return der.extension("2.5.29.32", der.sequence(der.sequence(der.oid(policy), qualifiers)))
