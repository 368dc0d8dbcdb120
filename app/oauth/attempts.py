"""How often a sign-in may fail: per account, by the machine's clock, counted in the store for all processes together.

The clock of the sandbox may stand still, and nobody shall wait for ever (control-cases.md A-02).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from app.runtime.clock import Clock
from app.store.store import Store, UnitOfWork

WINDOW = timedelta(minutes=5)
ALLOWED = 10
"""Failures of one account within WINDOW; after that even the right password waits."""


class Attempts:
    """Each call is a transaction of its own: make none of them inside another."""

    def __init__(self, store: Store, clock: Clock, *, allowed: int = ALLOWED) -> None:
        self._store, self._clock, self._allowed = store, clock, allowed

    def wait(self, account: str) -> int:
        """Seconds until this account may be tried again; 0 = now."""
        with self._store.read() as uow:
            return self._wait(self._recent(uow, account))

    def failed(self, account: str) -> None:
        """One more failure. What is out of the window goes, so that made-up names fill no table."""
        with self._store.write() as uow:
            uow.sign_in_failures.add(_digest(account), self._clock.machine(), WINDOW)

    def succeeded(self, account: str) -> int:
        """The right answer: its failures are forgotten. Unless it came too late: then as `wait`, and nothing is.

        Whoever tries many passwords at the same moment gets no further than who tries one after the other.
        """
        with self._store.read() as uow:
            if not self._recent(uow, account):
                return 0
        with self._store.write() as uow:
            seconds = self._wait(self._recent(uow, account))
            if not seconds:
                uow.sign_in_failures.forget(_digest(account))
            return seconds

    def _recent(self, uow: UnitOfWork, account: str) -> tuple[datetime, ...]:
        return uow.sign_in_failures.recent(_digest(account), self._clock.machine(), WINDOW)

    def _wait(self, recent: tuple[datetime, ...]) -> int:
        if len(recent) < self._allowed:
            return 0
        left = recent[-self._allowed] + WINDOW - self._clock.machine()
        return max(1, int(left.total_seconds()))


def _digest(account: str) -> bytes:
    return hashlib.sha256(account.encode("utf-8", "surrogatepass")).digest()
