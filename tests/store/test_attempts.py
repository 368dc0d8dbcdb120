"""How often a sign-in may fail: counted in the store, so for every process that serves the directory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.oauth.attempts import WINDOW, Attempts
from app.runtime.clock import MovableClock
from app.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def attempts(store: Store, clock: MovableClock) -> Attempts:
    """Three are allowed."""
    return Attempts(store, clock, allowed=3)


@pytest.fixture
def elsewhere(store: Store, store_url: str, clock: MovableClock) -> Iterator[Attempts]:
    """Another process on the same store."""
    other = Store.open(store_url)
    yield Attempts(other, clock, allowed=3)
    other.close()


def fail(attempts: Attempts, times: int, account: str = "ana") -> None:
    for _ in range(times):
        attempts.failed(account)


def test_the_last_allowed_failure_closes(attempts: Attempts, clock: MovableClock) -> None:
    """Two of three: go on. Three: wait, by the seconds that are left; others need not."""
    fail(attempts, 2)
    assert attempts.wait("ana") == 0
    fail(attempts, 1)
    assert attempts.wait("ana") == WINDOW.total_seconds()
    clock.advance(timedelta(seconds=100))
    assert attempts.wait("ana") == WINDOW.total_seconds() - 100
    assert attempts.wait("bob") == 0


def test_it_opens_again(attempts: Attempts, clock: MovableClock) -> None:
    """When the oldest of them is out of the window, or by a success before the last."""
    fail(attempts, 3)
    clock.advance(WINDOW)
    assert attempts.wait("ana") == 0
    fail(attempts, 2)
    assert attempts.succeeded("ana") == 0
    fail(attempts, 2)
    assert attempts.wait("ana") == 0


def test_a_clock_that_is_set_back(attempts: Attempts, clock: MovableClock) -> None:
    """Failures that have not happened yet close nothing."""
    fail(attempts, 3)
    clock.set(NOW - timedelta(days=1))
    assert attempts.wait("ana") == 0


def test_every_process_counts_the_same(attempts: Attempts, elsewhere: Attempts) -> None:
    """Three failures at two processes close the account at both; a success at one opens it at both."""
    fail(attempts, 2)
    fail(elsewhere, 1)
    assert attempts.wait("ana") == elsewhere.wait("ana") == WINDOW.total_seconds()
    fail(attempts, 2, "bob")
    assert elsewhere.succeeded("bob") == 0
    fail(attempts, 2, "bob")
    assert attempts.wait("bob") == 0


def test_a_right_answer_that_comes_too_late(attempts: Attempts, elsewhere: Attempts) -> None:
    """Whoever tries many passwords at once: when the failures are counted first, the right one waits too."""
    assert attempts.wait("ana") == 0
    fail(elsewhere, 3)
    assert attempts.succeeded("ana") == WINDOW.total_seconds()
    assert elsewhere.wait("ana") == WINDOW.total_seconds()


def test_at_the_same_time(attempts: Attempts, elsewhere: Attempts) -> None:
    """No failure is lost where several are counted at one moment."""
    with ThreadPoolExecutor(6) as threads:
        counted = [threads.submit(each.failed, "ana") for each in (attempts, elsewhere, attempts)]
        for each in counted:
            each.result(20)
    assert attempts.wait("ana") > 0


def test_nothing_is_kept_for_long(attempts: Attempts, clock: MovableClock) -> None:
    """What is out of the window goes with the next failure of anybody: it closes nothing where the clock goes back."""
    fail(attempts, 3, "made-up")
    clock.advance(WINDOW)
    attempts.failed("ana")
    clock.set(NOW)
    assert attempts.wait("made-up") == 0
