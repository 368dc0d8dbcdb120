"""The only door to time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


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


def whole_second(moment: datetime) -> datetime:
    """X.509, CRL and OCSP dates have no fractions (RFC 5280, 4.1.2.5)."""
    return moment.replace(microsecond=0)
