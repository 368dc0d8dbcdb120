"""DER out: the few encoders that certificates, CRLs and extensions need (ITU-T X.690, chapter 10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 1, 2, 3, 4, 5, 6, 10
UTF8_STRING, PRINTABLE_STRING, TELETEX_STRING, IA5_STRING = 12, 19, 20, 22
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 23, 24, 0x30, 0x31


def tlv(tag: int, value: bytes) -> bytes:
    """One element: a one-octet tag, a minimal length, the value."""
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + value


def sequence(*parts: bytes) -> bytes:
    return tlv(SEQUENCE, b"".join(parts))


def set_of(parts: Iterable[bytes]) -> bytes:
    """A SET OF: its elements sorted by their octets (X.690, 11.6)."""
    return tlv(SET, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def enumerated(value: int) -> bytes:
    return tlv(ENUMERATED, bytes((value,)))


def boolean(value: bool) -> bytes:  # noqa: FBT001 - it encodes one
    return tlv(BOOLEAN, b"\xff" if value else b"\x00")


def octet_string(value: bytes) -> bytes:
    return tlv(OCTET_STRING, value)


def bit_string(value: bytes, unused: int = 0) -> bytes:
    return tlv(BIT_STRING, bytes((unused,)) + value)


def context(number: int, value: bytes, *, constructed: bool = True) -> bytes:
    """A context-specific element `[number]`."""
    return tlv((0xA0 if constructed else 0x80) | number, value)


@lru_cache(maxsize=512)
def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return tlv(OID, bytes(octets))


def time(moment: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5); `moment` is aware and in UTC."""
    if 1950 <= moment.year < 2050:
        return tlv(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(moment)


def generalized_time(moment: datetime) -> bytes:
    return tlv(GENERALIZED_TIME, f"{moment.year:04d}{moment:%m%d%H%M%S}Z".encode())


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    """One Extension of RFC 5280, 4.1: `value` is the DER inside the OCTET STRING."""
    return sequence(oid(dotted), boolean(True) if critical else b"", octet_string(value))
