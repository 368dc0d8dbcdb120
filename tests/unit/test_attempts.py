"""How often a sign-in may fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.oauth import attempts
from app.oauth.attempts import WINDOW, Attempts
from app.runtime.clock import MovableClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def failing(times: int) -> tuple[Attempts, MovableClock]:
    clock = MovableClock(NOW)
    made = Attempts(clock, allowed=3)
    for _ in range(times):
        made.failed("ana")
    return made, clock


def test_the_last_allowed_failure_closes() -> None:
    """Two of three: go on. Three: wait, by the seconds that are left."""
    assert failing(2)[0].wait("ana") == 0
    made, clock = failing(3)
    assert made.wait("ana") == WINDOW.total_seconds()
    clock.advance(timedelta(seconds=100))
    assert made.wait("ana") == WINDOW.total_seconds() - 100
    assert made.wait("bob") == 0


def test_it_opens_again() -> None:
    """When the oldest of them is out of the window, or by a success."""
    made, clock = failing(3)
    clock.advance(WINDOW)
    assert made.wait("ana") == 0
    made, _ = failing(3)
    made.succeeded("ana")
    assert made.wait("ana") == 0


def test_a_clock_that_is_set_back() -> None:
    """Failures that have not happened yet close nothing."""
    made, clock = failing(3)
    clock.set(NOW - timedelta(days=1))
    assert made.wait("ana") == 0


def test_memory_is_bounded(monkeypatch) -> None:
    """Made-up names push each other out."""
    monkeypatch.setattr(attempts, "REMEMBERED", 10)
    made, _ = failing(0)
    for number in range(1000):
        made.failed(str(number))
    assert len(made._failures) == 10
