"""The only door to time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Dates in tokens count from here (RFC 7519, 2)."""
LATEST = datetime(9899, 12, 31, 23, 59, 59, tzinfo=UTC)
"""A hundred years before the last year that X.509 can write (RFC 5280, 4.1.2.5.2): what is made then ends before it."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment of one sandbox, aware, in UTC."""
        ...

    def machine(self) -> datetime:
        """The present by the machine's clock, whatever this one shows."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def machine(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """A clock that stands where it was put until it is moved; it takes itself for the machine's."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("a clock is set to an aware moment, such as 2026-01-01T00:00:00Z")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self._instant

    def machine(self) -> datetime:
        return self._instant

    def set(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._instant += by


@dataclass(frozen=True, slots=True)
class ClockState:
    """Where a clock stood at a moment of the machine's, and how it goes from there."""

    instant: datetime
    machine: datetime
    scale: float = 1.0
    frozen: bool = False

    def at(self, machine: datetime) -> datetime:
        """What it shows when the machine's clock shows that; at its bounds it stands still."""
        if self.frozen:
            return self.instant
        try:
            moment = self.instant + (machine - self.machine) * self.scale
        except OverflowError:
            return LATEST if machine > self.machine else EARLIEST
        return min(max(moment, EARLIEST), LATEST)


class StoredClock:
    """The clock of a sandbox: the machine's until it has a state of its own, which its store keeps (architecture 5).

    It reads nothing itself: who begins an exchange lets it `follow` what is stored, so that every process shows one
    time, and the many moments of one exchange cost arithmetic alone.
    """

    def __init__(self, machine: Clock, start: datetime | None = None) -> None:
        """`start` is a moment to stand at while nothing is stored."""
        self._machine = machine
        self._start = None if start is None else ClockState(start.astimezone(UTC), machine.machine(), frozen=True)
        self._state = self._start

    @property
    def source(self) -> Clock:
        """The machine's."""
        return self._machine

    @property
    def state(self) -> ClockState | None:
        """How it goes by itself; None where it is the machine's."""
        return self._state

    @property
    def is_frozen(self) -> bool:
        return isinstance(self._machine, MovableClock) if self._state is None else self._state.frozen

    @property
    def is_moved(self) -> bool:
        """Whether it may show anything else than the machine's."""
        return self._state is not None or isinstance(self._machine, MovableClock)

    def now(self) -> datetime:
        return self._machine.now() if self._state is None else self._state.at(self._machine.machine())

    def machine(self) -> datetime:
        return self._machine.machine()

    def follow(self, stored: ClockState | None) -> None:
        """Go by this state from now on; None = as if nobody had touched the clock."""
        self._state = self.given(stored)

    def given(self, stored: ClockState | None) -> ClockState | None:
        """What counts where that is stored; None = the machine's clock."""
        return self._start if stored is None else stored


def whole_second(moment: datetime) -> datetime:
    """X.509, CRL and OCSP dates have no fractions (RFC 5280, 4.1.2.5)."""
    return moment.replace(microsecond=0)
