"""How often something may fail in a second of real time: a sandbox's clock may stand still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

MOST_KEPT = 10_000
"""Keys that are counted at a time; beyond that the counting begins anew, so that made-up keys fill no memory."""


class FailureRate:
    """Failures in the current second, by whatever tells those apart who fail. `limit` 0 = nobody is ever stopped."""

    def __init__(self, limit: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._monotonic = limit, monotonic
        self._second, self._counts, self._lock = 0, dict[Hashable, int](), threading.Lock()

    def is_exceeded(self, key: Hashable) -> bool:
        """Whether this one has failed too often in this second to be looked at."""
        if not self._limit:
            return False
        return self._counts.get(key, 0) >= self._limit and int(self._monotonic()) == self._second

    def failed(self, key: Hashable) -> None:
        """Count a failure."""
        second = int(self._monotonic())
        with self._lock:
            if second != self._second or len(self._counts) >= MOST_KEPT:
                self._second, self._counts = second, {}
            self._counts[key] = self._counts.get(key, 0) + 1
