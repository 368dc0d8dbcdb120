"""What CRL and OCSP show where their channels are late. A CRL shows all revocations up to one, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.runtime.propagation import CHANNELS, Channel
from app.store.late_changes import certificate_before
from app.store.records import Certificate, Revocation
from app.store.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Shown:
    """`up_to` is the last sequence that is shown, None = all; `before` how those stood that are not; until `until`."""

    up_to: int | None = None
    before: tuple[Revocation, ...] = ()
    until: datetime | None = None

    def sequence(self, uow: UnitOfWork, issuer_id: str) -> int:
        """The newest revocation of an issuer that its list has."""
        return uow.revocations.sequence(issuer_id, self.up_to)

    def chosen(self, revocations: Iterable[Revocation]) -> list[Revocation]:
        """What goes on a list: how the late ones stood, then everything else."""
        if self.up_to is None:
            return list(revocations)
        return [*self.before, *(each for each in revocations if each.sequence <= self.up_to)]


ALL = Shown()


def shown(uow: UnitOfWork, issuer_id: str, now: datetime) -> Shown:
    """At this moment; where nothing is late it costs a look at no row."""
    late = uow.late.revocations("crl", now)
    if not late:
        return ALL
    first: dict[str, Revocation | None] = {}
    for each in late:
        change = each.change
        if change.object_id not in first:
            record = uow.certificates.find_by_id(change.object_id)
            old = None if record is None or record.issuer_id != issuer_id else certificate_before(record, change)
            first[change.object_id] = None
            if old and old.revoked_at and old.revoke_reason and old.serial is not None and old.not_after is not None:
                first[change.object_id] = Revocation(old.serial, old.revoked_at, old.revoke_reason, old.not_after, 0)
    before = tuple(each for each in first.values() if each is not None)
    return Shown((late[0].change.revocation or 1) - 1, before, late[0].visible_at)


def seen(
    uow: UnitOfWork, channel: Channel, found: tuple[Certificate, ...], now: datetime
) -> tuple[tuple[Certificate, ...], datetime | None]:
    """Certificates as a view shows them, and when it shows the next change of one of them."""
    shown, moments = [], []
    for each in found:
        late = uow.late.first(channel, each.certificate_id, now)
        if late is not None:
            moments.append(late.visible_at)
        before = each if late is None else certificate_before(each, late.change)
        shown.append(each if before is None else before)
    return tuple(shown), min(moments, default=None)


def told(certificate: Certificate, late: Mapping[Channel, datetime]) -> dict[str, Any]:
    """Of a revoked certificate: from when on which view shows it as such (status-cases.md R-08)."""
    if certificate.revoked_at is None:
        return {}
    return {"visible_at": {channel: late.get(channel, certificate.revoked_at) for channel in CHANNELS}}
