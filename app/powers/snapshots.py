"""Snapshots by name, and the reset to one of them, to the baseline or to nothing (control-cases.md G-01 to G-04)."""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from app.errors import Conflict, Finding, Invalid, NotFound
from app.powers import documents
from app.powers.imports import BASELINE, Follow, packed
from app.powers.restoring import SCOPES, Rows, replace
from app.runtime.clock import Clock
from app.store.powers import Snapshot, SnapshotNote
from app.store.store import Store, UnitOfWork

EMPTY = "empty"
MOST = 100
"""Snapshots of one sandbox."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
CA = ("issuer", "vault", "signing_key")
"""Sections that an empty directory keeps, unless it gets a new CA."""
NewKeys = Callable[[], Callable[[UnitOfWork], None]]
"""Makes the keys of a new directory; what comes back records them."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a reset asks of its sandbox: keys of a new directory, the journal written out, all that it holds renewed."""

    new_keys: NewKeys
    flush_journal: Callable[[], object]
    follow: Follow


@dataclass(frozen=True, slots=True)
class Reset:
    """Where to, and of what: `to` is `baseline`, `empty` or the name of a snapshot; `keep_ca` goes with `empty`."""

    to: str = BASELINE
    scopes: tuple[str, ...] = SCOPES
    keep_ca: bool = True


class Snapshots:
    def __init__(self, store: Store, clock: Clock, surroundings: Surroundings) -> None:
        self._store, self._clock, self._around = store, clock, surroundings

    # export

    def write(self, file: IO[bytes], includes: Iterable[str] = ()) -> None:
        """The document of this directory, in one view."""
        with self._store.read() as uow:
            documents.write(uow, file, includes)

    # snapshots

    def all(self) -> tuple[SnapshotNote, ...]:
        """By name."""
        with self._store.read() as uow:
            return uow.snapshots.notes()

    def take(self, name: str) -> tuple[SnapshotNote, bool]:
        """Keep the state of this moment, in place of what had that name; whether the name is new.

        Raises Invalid, Conflict where there are too many.
        """
        _require_name(name)
        with self._store.write() as uow:
            known = {note.name for note in uow.snapshots.notes()}
            if name not in known and len(known) >= MOST:
                raise Conflict(f"there are {MOST} snapshots already: drop some", code="snapshot.too_many")
            record = Snapshot(name, self._clock.machine(), packed(uow))
            is_new = uow.snapshots.put(record)
        return SnapshotNote(name, record.created_at, len(record.content)), is_new

    def keep_baseline(self) -> None:
        """The first start ends here: this is what a reset goes back to, unless there is a baseline already."""
        with self._store.read() as uow:
            if uow.snapshots.find(BASELINE) is not None:
                return
        with self._store.write() as uow:
            if uow.snapshots.find(BASELINE) is None:
                uow.snapshots.put(Snapshot(BASELINE, self._clock.machine(), packed(uow)))

    def document(self, name: str) -> bytes:
        """The document that a snapshot holds. Raises NotFound."""
        return zlib.decompress(self._found(name).content)

    def drop(self, name: str) -> None:
        """Raises NotFound; Invalid for the baseline, without which no reset would know where to go."""
        if name == BASELINE:
            raise _wrong("name", "a snapshot of yours; the baseline can be replaced, not dropped", name)
        with self._store.write() as uow:
            if not uow.snapshots.drop(name):
                raise _unknown(uow, name)

    def _found(self, name: str) -> Snapshot:
        with self._store.read() as uow:
            found = uow.snapshots.find(name)
            if found is None:
                raise _unknown(uow, name)
        return found

    # reset

    def reset(self, wanted: Reset) -> None:
        """Put the state of before in the place of this one, at once for everybody. Raises NotFound, Invalid."""
        if "journal" in wanted.scopes:
            self._around.flush_journal()
        if wanted.to == EMPTY:
            self._empty(wanted)
        else:
            rows = _rows(self._found(wanted.to).content)
            with self._store.write() as uow:
                replace(uow, rows, wanted.scopes)
        self._around.follow()

    def _empty(self, wanted: Reset) -> None:
        """New keys are made before anybody has to wait for the store."""
        record = None if wanted.keep_ca or "data" not in wanted.scopes else self._around.new_keys()
        with self._store.write() as uow:
            kept = CA if record is None else ()
            rows = [(name, row) for name in kept for row in uow.copies.rows(name)]
            replace(uow, rows, wanted.scopes)
            if record is not None:
                record(uow)


def _rows(content: bytes) -> Rows:
    """Section and row; a document of an older program is brought up to date first."""
    lines = io.BytesIO(zlib.decompress(content))
    if documents.is_current(lines.readline()):
        return documents.lines_of(lines)
    lines.seek(0)
    sections = documents.rows_of(documents.upgraded(json.load(lines)))
    return _pairs(sections)


def _pairs(sections: dict[str, list[dict[str, object]]]) -> Iterator[tuple[str, dict[str, object]]]:
    for name, rows in sections.items():
        yield from ((name, row) for row in rows)


def _require_name(name: str) -> None:
    if not NAME.fullmatch(name) or name == EMPTY:
        raise _wrong("name", f"1 to 60 letters, digits, dots, - and _, and not {EMPTY!r}", name)


def _wrong(member: str, expected: str, got: str) -> Invalid:
    finding = Finding("field.value", f"{member} is not usable here", f"/{member}", expected, ascii(got)[1:-1][:80])
    return Invalid(finding.detail, code=finding.code, findings=(finding,))


def _unknown(uow: UnitOfWork, name: str) -> NotFound:
    known = ", ".join(note.name for note in uow.snapshots.notes()) or "none"
    return NotFound(f"there is no snapshot {ascii(name)[1:-1][:60]}; there are {known}", code="snapshot.not_there")
