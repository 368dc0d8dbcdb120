"""The journal beside the requests: quick, bounded, whatever its sink does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from app.runtime import journal as module
from app.runtime.exchange import JournalEntry
from app.runtime.journal import BATCH, Journal


def entry(number: int) -> JournalEntry:
    return JournalEntry(datetime(2026, 1, 1, tzinfo=UTC), "http", "GET", f"/{number}", 200, str(number))


class Sink:
    """Keeps what it gets; fails while `broken`; waits while `held`."""

    def __init__(self) -> None:
        self.batches: list[list[JournalEntry]] = []
        self.broken = False
        self.free = threading.Event()
        self.free.set()

    def __call__(self, entries: Sequence[JournalEntry]) -> None:
        self.free.wait(10)
        if self.broken:
            raise OSError("the disk is full")
        self.batches.append(list(entries))

    @property
    def paths(self) -> list[str]:
        return [item.path for batch in self.batches for item in batch]


def paths(*numbers: range) -> list[str]:
    return [f"/{n}" for part in numbers for n in part]


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return holds()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)


def test_entries_reach_the_sink_by_themselves_in_order_and_in_batches(quick: None) -> None:
    """Nobody has to flush; one write takes at most a batch."""
    sink = Sink()
    journal = Journal(sink, 10_000)
    for number in range(600):
        journal.add(entry(number))
    assert eventually(lambda: len(sink.paths) == 600)
    assert sink.paths == paths(range(600))
    assert max(map(len, sink.batches)) <= BATCH
    journal.close()


def test_a_journal_that_nobody_uses_has_no_thread_and_close_ends_it(quick: None) -> None:
    """A thousand sandboxes are not a thousand threads (reliability-cases.md C-04)."""
    before = threading.active_count()
    journal = Journal(Sink(), 10)
    assert threading.active_count() == before
    journal.add(entry(1))
    assert threading.active_count() == before + 1
    journal.close()
    assert threading.active_count() == before


def test_flush_writes_what_waits_at_once() -> None:
    """A reader who flushes first sees the newest."""
    sink = Sink()
    journal = Journal(sink, 10_000)
    journal.add(entry(1))
    assert journal.flush()
    assert sink.paths == ["/1"]
    assert journal.unwritten() == ()
    journal.close()


def test_close_writes_what_waits() -> None:
    """The last half second is not lost on a graceful stop."""
    sink = Sink()
    journal = Journal(sink, 10_000)
    journal.add(entry(1))
    journal.close()
    assert sink.paths == ["/1"]


def test_adding_never_waits_for_the_sink(quick: None) -> None:
    """A sink that hangs holds up no request."""
    sink = Sink()
    sink.free.clear()
    journal = Journal(sink, 10_000)
    began = time.monotonic()
    for number in range(5_000):
        journal.add(entry(number))
        if number == 100:
            time.sleep(0.05)
    assert time.monotonic() - began < 2
    assert len(journal.unwritten()) == 5_000
    sink.free.set()
    journal.close()
    assert sink.paths == paths(range(5_000))


@pytest.mark.case("reliability-B-01", "reliability-B-04")
def test_a_sink_that_fails_costs_the_oldest_entries_only_and_they_are_counted(quick: None) -> None:
    """Memory has an end; when the disk has room again the newest are written."""
    sink = Sink()
    sink.broken = True
    journal = Journal(sink, 100)
    for number in range(250):
        journal.add(entry(number))
    assert not journal.flush()
    assert journal.lost == 150
    assert [item.path for item in journal.unwritten()] == paths(range(150, 250))
    sink.broken = False
    assert eventually(lambda: len(sink.paths) == 100)
    journal.close()
    assert sink.paths == paths(range(150, 250))


def test_many_threads_lose_nothing(quick: None) -> None:
    """Fifty threads, each entry once."""
    sink = Sink()
    journal = Journal(sink, 10_000)
    threads = [
        threading.Thread(target=lambda base=base: [journal.add(entry(base + n)) for n in range(100)])
        for base in range(0, 5_000, 100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert sorted(sink.paths, key=lambda path: int(path[1:])) == paths(range(5_000))
    assert journal.lost == 0
