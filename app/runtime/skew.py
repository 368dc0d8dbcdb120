"""A clock that one exchange sees running ahead or behind, as that of a badly kept server (control-cases.md B-15)."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime, timedelta

from app.runtime.clock import Clock

NONE = timedelta(0)
SKEW: ContextVar[timedelta] = ContextVar("skew", default=NONE)
"""Of the exchange that is under way; worker threads inherit it."""


class SkewedClock:
    """Another clock, off by what the exchange says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        skew = SKEW.get()
        return self._clock.now() + skew if skew else self._clock.now()

    def machine(self) -> datetime:
        return self._clock.machine()
