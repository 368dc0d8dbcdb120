"""Certificates that have expired: told by whoever looks, each once, since no request makes them so (connect.md 10).

A mark tells through which moment it was told. It rises only, also where the clock goes back, and begins when there is
somebody to be told.
"""

from __future__ import annotations

from datetime import datetime

from app.runtime.clock import Clock
from app.store.records import Certificate
from app.store.store import Store
from app.webhooks.occurrences import Occurrence
from app.webhooks.outbox import Outbox

SLICE = 200
"""Certificates in one transaction: other writers wait no longer."""


class Expiries:
    def __init__(self, store: Store, clock: Clock, outbox: Outbox) -> None:
        self._store, self._clock, self._outbox = store, clock, outbox

    def tell(self) -> None:
        """Queue a message for every certificate that has expired since the mark."""
        now = self._clock.now()
        with self._store.read() as uow:
            if not uow.webhooks.confirmed() or not uow.webhooks.expired(now, 1):
                return
        while self._tell_some(now):
            pass

    def _tell_some(self, now: datetime) -> bool:
        """Whether there may be more."""
        with self._store.write() as uow:
            ended = uow.webhooks.expired(now, SLICE)
            self._outbox.tell_all(uow, (_occurrence(each, now) for _number, each in ended if each.owner_active))
            if ended:
                number, last = ended[-1]
                uow.webhooks.told_through(last.not_after or now, number)
        return len(ended) == SLICE


def _occurrence(certificate: Certificate, now: datetime) -> Occurrence:
    return Occurrence(
        kind="certificate",
        action="expire",
        object_id=certificate.certificate_id,
        organisation_id=certificate.organisation_id,
        at=now,
        subject=certificate,
        software_statement_id=certificate.software_statement_id,
    )
