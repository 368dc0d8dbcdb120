"""A certificate cut up for judgement, strictly: what a lenient parser lets pass is told, not mended (RFC 5280, 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from app.pki import der
from app.pki.anchors import Signed, split
from app.pki.strict import DerError, Element, dotted, elements, first, inside

_VERSION, _EXTENSIONS = 0xA0, 0xA3
V3 = 3


@dataclass(frozen=True)
class Anatomy:
    """The parts, octet by octet. `extensions` are whole Extension values in their order."""

    signed: Signed
    version: int
    serial: int
    issuer: bytes
    not_before: datetime
    not_after: datetime
    subject: bytes
    public_key: bytes
    extensions: tuple[bytes, ...]

    @cached_property
    def oids(self) -> tuple[str, ...]:
        return tuple(dotted(inside(each)[0].value) for each in self.extensions)

    @cached_property
    def by_oid(self) -> Mapping[str, bytes]:
        """The last of each OID, whole."""
        return dict(zip(self.oids, self.extensions, strict=True))

    @cached_property
    def critical(self) -> tuple[str, ...]:
        """OIDs of those that are critical, by whatever octet says true."""
        found = zip(self.oids, (inside(each) for each in self.extensions), strict=True)
        return tuple(
            oid for oid, parts in found if any(part.tag == der.BOOLEAN and part.value != b"\x00" for part in parts)
        )


def cut(octets: bytes) -> Anatomy:
    """Raises ValueError (DerError among them) or IndexError where the octets have another shape.

    What stands behind the certificate is left out; `app.pki.strict.faults` tells of it.
    """
    signed = split(first(octets).raw)
    fields = inside(signed.signed)
    version = 1
    if fields and fields[0].tag == _VERSION:
        version = int.from_bytes(inside(fields[0].raw, _VERSION)[0].value) + 1
        fields = fields[1:]
    serial, _algorithm, issuer, validity, subject, key = fields[:6]
    if serial.tag != der.INTEGER or any(part.tag != der.SEQUENCE for part in (issuer, validity, subject, key)):
        raise ValueError("no certificate")
    start, end = (_moment(part) for part in elements(validity.value))
    listed = next((inside(field.value) for field in fields[6:] if field.tag == _EXTENSIONS), [])
    number = int.from_bytes(serial.value, signed=True)
    extensions = tuple(each.raw for each in listed)
    return Anatomy(signed, version, number, issuer.raw, start, end, subject.raw, key.raw, extensions)


def readable(octets: bytes) -> Anatomy | None:
    """The parts, or None where there are none to be had."""
    try:
        return cut(octets)
    except (DerError, ValueError, IndexError):
        return None


def _moment(part: Element) -> datetime:
    """Time of RFC 5280, 4.1.2.5: two-digit years from 1950 to 2049."""
    text = part.value.decode("ascii")
    if part.tag == der.UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif part.tag != der.GENERALIZED_TIME:
        raise ValueError("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
