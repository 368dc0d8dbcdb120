"""The journal: what came to the doors, kept beside the requests, never in their way (reliability-cases.md B-04).

An entry is remembered at once and written a moment later, many at a time: a request pays a microsecond for it, and the
store's one writer is held for milliseconds about twice a second. What cannot be written - a full disk - waits here, up
to the capacity; then the oldest go, and are counted.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog

from app.runtime.exchange import JournalEntry

Sink = Callable[[Sequence[JournalEntry]], None]
T = TypeVar("T")
PAUSE_SECONDS = 0.5
"""From the first entry that waits to the write that takes it."""
BATCH = 250
"""Entries of one write: a few milliseconds on SQLite."""
log = structlog.get_logger("connect_mock.journal")


class Journal:
    """One sandbox's. `sink` keeps entries for good; it is called from one thread at a time, and may raise."""

    def __init__(self, sink: Sink, capacity: int) -> None:
        self._sink = sink
        self._waiting: deque[JournalEntry] = deque(maxlen=max(capacity, 1))
        self._writing: list[JournalEntry] = []
        self._lock = threading.Lock()
        self._wake, self._closed = threading.Event(), threading.Event()
        self._writer: threading.Thread | None = None
        self._is_failing = False
        self.lost = 0
        """Entries that were never written: dropped here while the sink failed."""

    def add(self, entry: JournalEntry) -> None:
        """Remember an entry. Waits for nothing, raises nothing."""
        waiting = self._waiting
        if len(waiting) == waiting.maxlen:
            self.lost += 1
        waiting.append(entry)
        if not self._wake.is_set():
            self._wake.set()
            if self._writer is None:
                self._start()

    def flush(self) -> bool:
        """Write everything that waits, now. False = the sink fails; then `unwritten` still has it."""
        with self._lock:
            while self._waiting:
                if not self._write_some():
                    return False
            return True

    def unwritten(self) -> tuple[JournalEntry, ...]:
        """What the sink does not have yet, oldest first."""
        return (*self._writing, *self._waiting.copy())

    def settled(self, read: Callable[[tuple[JournalEntry, ...]], T]) -> T:
        """What `read` makes of the entries that the sink does not have, while none is on its way there.

        So an entry is either among those or with the sink, never both and never neither: counts are right.
        """
        with self._lock:
            while self._waiting:
                if not self._write_some():
                    break
            return read(self.unwritten())

    def clear(self, forget: Callable[[], None]) -> None:
        """Forget what waits; `forget` does the same for what the sink has, with nothing on its way there."""
        with self._lock:
            self._waiting.clear()
            forget()
            self.lost = 0

    def close(self) -> None:
        """Write what waits and end the thread. What comes later is remembered only."""
        self._closed.set()
        self._wake.set()
        if self._writer is not None and self._writer is not threading.current_thread():
            self._writer.join()
        self.flush()

    def _start(self) -> None:
        """The thread comes with the first entry: a sandbox that nobody calls costs none."""
        with self._lock:
            if self._writer is None and not self._closed.is_set():
                self._writer = threading.Thread(target=self._work, name="journal", daemon=True)
                self._writer.start()

    def _work(self) -> None:
        while not self._closed.is_set():
            self._wake.wait()
            if self._closed.wait(PAUSE_SECONDS):
                return
            self._wake.clear()
            if not self.flush():
                self._wake.set()

    def _write_some(self) -> bool:
        """One batch to the sink; on failure it goes back to the front, as far as there is room."""
        waiting = self._waiting
        self._writing = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
        try:
            self._sink(self._writing)
        except Exception as fault:  # noqa: BLE001 - whatever a store may raise, no request may feel it
            self._take_back(fault)
            return False
        self._writing, self._is_failing = [], False
        return True

    def _take_back(self, fault: Exception) -> None:
        room = (self._waiting.maxlen or 0) - len(self._waiting)
        kept = self._writing[len(self._writing) - room :] if room < len(self._writing) else self._writing
        self.lost += len(self._writing) - len(kept)
        self._waiting.extendleft(reversed(kept))
        self._writing = []
        if not self._is_failing:
            log.warning("journal cannot be written", cause=str(fault))
        self._is_failing = True
