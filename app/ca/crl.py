"""Certificate revocation lists of any length: entries are kept encoded and spliced into each new list (RFC 5280, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from app.ca import extensions, reasons
from app.ca.signing import Piece, Signer
from app.pki import der


class Revocation(Protocol):
    """One revoked certificate, as the store knows it. Of one serial, the later sequence counts.

    `revoked_at` is None where a hold was lifted. What `is_planned` counts from `revoked_at` on and no earlier.
    """

    @property
    def serial(self) -> int: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def is_planned(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def not_after(self) -> datetime: ...
    @property
    def sequence(self) -> int: ...


class CrlSigner(Protocol):
    """A CA as a list needs it; app.ca.issuer has one."""

    @property
    def name(self) -> bytes: ...
    @property
    def authority_key_id(self) -> bytes: ...
    @property
    def signer(self) -> Signer: ...


@dataclass(frozen=True, slots=True)
class CrlPlan:
    """What a list says beside its entries. `addresses` are all CRL addresses in certificates of its issuer."""

    number: int
    this_update: datetime
    next_update: datetime
    addresses: tuple[str, ...]


class CrlBook:
    """Everything that one CA revoked, ready to be put on a list.

    Only a lifted hold is ever dropped from it, since the clock may go back: what a list leaves out is chosen for each.
    Entries stand on one shelf per day of expiry, so that a choice looks at the entries of one day only.
    """

    def __init__(self) -> None:
        self._shelves: dict[int, _Shelf] = {}
        self._sequence = 0

    @property
    def sequence(self) -> int:
        """The newest revocation that stands here; 0 in an empty book."""
        return self._sequence

    def update(self, revocations: Iterable[Revocation]) -> None:
        """Enter what came since `sequence`, oldest first; a serial that is there already has got another reason."""
        for revocation in revocations:
            day = revocation.not_after.toordinal()
            shelf = self._shelves.get(day)
            if revocation.revoked_at is None:
                if shelf is not None:
                    shelf.drop(revocation.serial)
            else:
                if shelf is None:
                    self._shelves[day] = shelf = _Shelf(revocation.not_after, revocation.revoked_at)
                shelf.put(revocation, revocation.revoked_at)
            self._sequence = max(self._sequence, revocation.sequence)

    def entries(self, keep_from: datetime, now: datetime) -> list[Piece]:
        """The entries of certificates that end at `keep_from` or later, encoded, in pieces; none dated after `now`."""
        day = keep_from.toordinal()
        return [shelf.entries(keep_from, now) for ends, shelf in self._shelves.items() if ends >= day]


class _Line(NamedTuple):
    """One entry, encoded, and what a choice looks at."""

    octets: bytes
    revocation: Revocation
    revoked_at: datetime

    def at(self, now: datetime) -> bytes:
        """Not dated after `now`: what is planned is not there yet, all else counts from now."""
        if self.revoked_at <= now:
            return self.octets
        return b"" if self.revocation.is_planned else _entry(self.revocation, now)


@dataclass(slots=True)
class _Shelf:
    """The revoked certificates that end on one day: each by its serial, and all of them spliced."""

    first_end: datetime
    last_revoked: datetime
    held: dict[int, _Line] = field(default_factory=dict)
    spliced: bytearray = field(default_factory=bytearray)
    is_stale: bool = False

    def put(self, revocation: Revocation, moment: datetime) -> None:
        line = _Line(_entry(revocation, moment), revocation, moment)
        self.is_stale |= revocation.serial in self.held
        self.held[revocation.serial] = line
        self.first_end = min(self.first_end, revocation.not_after)
        self.last_revoked = max(self.last_revoked, moment)
        if not self.is_stale:
            self.spliced += line.octets

    def drop(self, serial: int) -> None:
        self.is_stale |= self.held.pop(serial, None) is not None

    def entries(self, keep_from: datetime, now: datetime) -> Piece:
        if self.is_stale:
            self.spliced = bytearray().join(line.octets for line in self.held.values())
            self.is_stale = False
        if self.first_end >= keep_from and self.last_revoked <= now:
            return self.spliced
        return b"".join(line.at(now) for line in self.held.values() if line.revocation.not_after >= keep_from)


def build_crl(signer: CrlSigner, plan: CrlPlan, entries: Iterable[Piece]) -> bytes:
    """A CertificateList, version 2, DER, with these encoded entries.

    Each octet of the entries is hashed and copied once. Without entries there is no revokedCertificates field, since
    an empty one is an error (RFC 5280, 5.1.2.6).
    """
    pieces = tuple(piece for piece in entries if piece)
    size = sum(map(len, pieces))
    before = b"".join(
        (
            der.integer(1),
            signer.signer.algorithm,
            signer.name,
            der.time(plan.this_update),
            der.time(plan.next_update),
            _opening(size) if size else b"",
        )
    )
    after = der.context(0, der.sequence(*_extensions(signer, plan)))
    to_be_signed = (_opening(len(before) + size + len(after)), before, *pieces, after)
    signature = signer.signer.algorithm + signer.signer.bits(*to_be_signed)
    whole = sum(map(len, to_be_signed)) + len(signature)
    return b"".join((_opening(whole), *to_be_signed, signature))


def _extensions(signer: CrlSigner, plan: CrlPlan) -> tuple[bytes, ...]:
    """The point says no more than where the list is found: verifiers differ in what they make of its other fields."""
    point = der.sequence(extensions.distribution_point_name(plan.addresses))
    return (
        signer.authority_key_id,
        der.extension("2.5.29.20", der.integer(plan.number)),
        der.extension("2.5.29.28", point, critical=True),
    )


def _entry(revocation: Revocation, moment: datetime) -> bytes:
    """One of revokedCertificates: serial, date, and the reason unless it is unspecified (RFC 5280, 5.3.1)."""
    return der.sequence(der.integer(revocation.serial), _time(moment), _reason(revocation.reason))


@lru_cache(maxsize=1024)
def _time(moment: datetime) -> bytes:
    return der.time(moment)


@lru_cache(maxsize=16)
def _reason(reason: str) -> bytes:
    if reason == reasons.UNSPECIFIED:
        return b""
    return der.sequence(der.extension("2.5.29.21", der.enumerated(reasons.CODES[reason])))


def _opening(size: int) -> bytes:
    """Tag and length of a SEQUENCE whose contents follow in pieces."""
    if size < 0x80:
        return bytes((der.SEQUENCE, size))
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((der.SEQUENCE, 0x80 | len(octets))) + octets
