"""The journal as one: what the store has and what waits to be written (control-cases.md E)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.runtime.addresses import Addresses
from app.runtime.exchange import JournalEntry
from app.runtime.journal import Journal
from app.store.journal import MOST_NAMES, JournalFilter
from app.store.store import Store

CONTROL = "control"
"""The listener of the mock's own powers."""
MOST = 1000
"""Exchanges that one question is answered with."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many fit, and the newest of them, newest first."""

    count: int
    entries: tuple[JournalEntry, ...]


class JournalBook:
    def __init__(self, store: Store, journal: Journal, addresses: Addresses) -> None:
        self._store, self._journal = store, journal
        self._prefix = f"{addresses.rp}/openid_relying_party/"

    def find(self, wanted: JournalFilter, limit: int = MOST) -> Found:
        """What fits, counted exactly: an entry on its way into the store is neither missed nor counted twice.

        What another process has not written yet is not there: it writes twice a second.
        """

        def read(waiting: tuple[JournalEntry, ...]) -> Found:
            fitting = [entry for entry in reversed(waiting) if wanted.fits(entry)]
            with self._store.read() as uow:
                count = uow.journal.count(wanted)
                kept = uow.journal.recent(limit, wanted) if limit else ()
            return Found(count + len(fitting), tuple([*fitting, *kept][:limit]))

        return self._journal.settled(read)

    def clear(self) -> None:
        """Forget all that came; data, clock and faults stay."""

        def forget() -> None:
            with self._store.write() as uow:
                uow.journal.clear()

        self._journal.clear(forget)

    def names_of(self, client: str) -> tuple[str, ...]:
        """Every form of a client's id that an entry may have (connect.md 4.3); of a stranger the one that was given."""
        bare = client.removeprefix(self._prefix)
        with self._store.read() as uow:
            found = uow.applications.find_client(client, bare)
        known: Iterable[str] = ()
        if found is not None:
            application = found[1]
            known = (application.software_statement_id, application.client_id, f"{self._prefix}{bare}")
        return tuple(dict.fromkeys((client, *known)))[:MOST_NAMES]


def at_the_doors(wanted: JournalFilter) -> JournalFilter:
    """Without what was asked of the mock itself, unless that is asked for: a client's exchanges are meant."""
    is_meant = wanted.listener == CONTROL or wanted.path.startswith("/_mock")
    return wanted if is_meant or wanted.not_listener else replace(wanted, not_listener=CONTROL)
