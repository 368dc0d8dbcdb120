"""What comes to its end on the sandbox's clock, and what has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.powers.faults.language import Rule
from app.ra.issuers import Issuers
from app.runtime.clock import Clock
from app.runtime.propagation import CHANNELS
from app.store.records import Certificate
from app.store.store import Store, UnitOfWork

Kind = Literal["ca", "responder", "crl", "certificate", "revocation", "key", "token", "fault", "late"]
KINDS: tuple[Kind, ...] = ("ca", "responder", "crl", "certificate", "revocation", "key", "token", "fault", "late")
SIZE = 25
"""Certificates before and behind the present: the nearest ones."""
MOST_LATE = 10


@dataclass(frozen=True, slots=True)
class End:
    """`name` is what it is called: a CA, a kid, a fault, a channel; `number` is how many tokens live."""

    kind: Kind
    name: str
    at: datetime
    number: int = 1
    certificate: Certificate | None = None


class Ends:
    def __init__(self, store: Store, issuers: Issuers, clock: Clock) -> None:
        self._store, self._issuers, self._clock = store, issuers, clock

    def all(self) -> tuple[datetime, tuple[End, ...]]:
        """The present, and everything by its time; of the certificates those that are nearest to the present."""
        self._issuers.refresh()
        now = self._clock.now()
        with self._store.read() as uow:
            found = [*self._of_cas(uow), *_of_certificates(uow, now), *_of_keys(uow, now), *_of_powers(uow)]
        return now, tuple(sorted(found, key=lambda end: (end.at, KINDS.index(end.kind), end.name)))

    def _of_cas(self, uow: UnitOfWork) -> Iterator[End]:
        for loaded in self._issuers.all():
            yield End("ca", loaded.title, loaded.signer.not_after)
            yield End("responder", loaded.title, loaded.responder.not_after)
            crl = uow.revocations.newest_crl(loaded.record.issuer_id)
            if crl is not None:
                yield End("crl", loaded.title, crl.next_update)


def _of_certificates(uow: UnitOfWork, now: datetime) -> Iterator[End]:
    for each in (*uow.standing.ended(now, SIZE), *uow.standing.ending(now, SIZE)):
        if each.not_after is not None:
            yield End("certificate", each.description or each.kid, each.not_after, 1, each)
    for each in uow.defective.all():
        if each.is_planned and each.revoked_at is not None:
            yield End("revocation", each.description or each.kid, each.revoked_at, 1, each)


def _of_keys(uow: UnitOfWork, now: datetime) -> Iterator[End]:
    for key in uow.signing_keys.all():
        if key.published_until is not None:
            yield End("key", key.kid, key.published_until)
    number, first, last = uow.tokens.living_ends(now)
    if first is not None and last is not None:
        yield End("token", "first", first, number)
        if last != first:
            yield End("token", "last", last, number)


def _of_powers(uow: UnitOfWork) -> Iterator[End]:
    for fault in uow.faults.all():
        trigger = Rule.of(fault.rule).trigger
        if trigger.until is not None and fault.ended_at is None:
            yield End("fault", fault.rule.get("name") or fault.fault_id, trigger.until)
    for channel in CHANNELS:
        for moment in uow.late.moments(channel)[:MOST_LATE]:
            yield End("late", channel, moment)
