"""How often a sign-in may fail: per account, by the machine's clock, in the memory of this process.

The clock of the sandbox may stand still, and nobody shall wait for ever (control-cases.md A-02).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from app.runtime.clock import Clock

WINDOW = timedelta(minutes=5)
ALLOWED = 10
"""Failures of one account within WINDOW; after that even the right password waits."""
REMEMBERED = 10_000
"""Accounts whose failures are kept; the longest untouched go first, so that made-up names fill no memory."""


class Attempts:
    def __init__(self, clock: Clock, *, allowed: int = ALLOWED) -> None:
        self._clock, self._allowed = clock, allowed
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, account: str) -> int:
        """Seconds until this account may be tried again; 0 = now."""
        with self._lock:
            recent = self._recent(account)
            if len(recent) < self._allowed:
                return 0
            left = recent[-self._allowed] + WINDOW - self._clock.machine()
            return max(1, int(left.total_seconds()))

    def failed(self, account: str) -> None:
        with self._lock:
            recent = [*self._recent(account), self._clock.machine()]
            self._failures[account] = recent[-self._allowed :]
            self._failures.move_to_end(account)
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, account: str) -> None:
        with self._lock:
            self._failures.pop(account, None)

    def _recent(self, account: str) -> list[datetime]:
        """Failures in the window. A clock that was set back forgets those that have not happened yet."""
        now = self._clock.machine()
        return [at for at in self._failures.get(account, ()) if now - WINDOW < at <= now]
