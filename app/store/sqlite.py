"""The embedded database: one file in WAL mode, one writer at a time, readers beside it."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, event, exc

from app.errors import Conflict, DirectoryError, Invalid, Unavailable
from app.store.engine import LOCK_SECONDS, MIGRATION_SECONDS, OpenTransaction
from app.store.faults import StoreError

KEPT_READERS = 8
QUICK_CHECK_BYTES = 256 * 1024 * 1024
"""Larger files are checked by `Store.check` only: a start must not wait for seconds."""
WRITER_CACHE_MIB = 8
"""Every new certificate touches a page of each index; with 100,000 rows these no longer fit into the usual 2 MiB."""
CHECKPOINT_PAGES = 4000
"""One issue in 200 pays 20 ms for it; with SQLite's 1000 it would be one in 50, and so the p99, with 5 ms."""
PAUSE_SECONDS = 0.00005
"""SQLite's own busy handler waits up to 100 ms for a lock that another process holds for a fraction of one."""
TRANSIENT = {
    sqlite3.SQLITE_BUSY: "another write is taking too long",
    sqlite3.SQLITE_LOCKED: "another write is taking too long",
    sqlite3.SQLITE_READONLY: "the database file has become read-only",
    sqlite3.SQLITE_IOERR: "the disk gives errors",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the database file is damaged",
    sqlite3.SQLITE_PROTOCOL: "another write is taking too long",
}


class SqliteDatabase:
    embedded = True

    def __init__(self, path: Path, synchronous: str) -> None:
        self.path, self._synchronous = path, synchronous
        self._engine = create_engine("sqlite+pysqlite://", creator=self._connect_to_migrate, poolclass=NullPool)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        self._dialect = self._engine.dialect
        self._readers: deque[sqlite3.Connection] = deque()
        self._write_lock, self._watch_lock = threading.Lock(), threading.Lock()
        self._writer: sqlite3.Connection | None = None
        with _opening(path):
            _make_private(path)
            self._watch = self._connect(LOCK_SECONDS)
            try:
                self._examine()
            except BaseException:
                self._watch.close()
                raise

    @property
    def name(self) -> str:
        return str(self.path)

    def begin(self, *, writes: bool) -> OpenTransaction:
        return self._begin_write() if writes else self._begin_read()

    def _begin_read(self) -> OpenTransaction:
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect(LOCK_SECONDS)
        connection.execute("BEGIN")
        return OpenTransaction(connection, self._dialect, writes=False)

    def _begin_write(self) -> OpenTransaction:
        if not self._write_lock.acquire(timeout=LOCK_SECONDS):
            raise Unavailable(f"no write was possible for {LOCK_SECONDS:.0f} s")
        try:
            if self._writer is None:
                self._writer = self._connect(0, WRITER_CACHE_MIB)
            _within(LOCK_SECONDS, lambda: self._writer.execute("BEGIN IMMEDIATE"))  # type: ignore[union-attr]
        except BaseException:
            self._write_lock.release()
            raise
        return OpenTransaction(self._writer, self._dialect, writes=True)

    def commit(self, transaction: OpenTransaction) -> None:
        transaction.connection.execute("COMMIT")
        self._let_go(transaction)

    def abandon(self, transaction: OpenTransaction) -> None:
        try:
            transaction.connection.rollback()
        except sqlite3.Error:  # the connection itself is in doubt: the next transaction gets a new one
            with suppress(sqlite3.Error):
                transaction.connection.close()
            if transaction.writes:
                self._writer = None
                self._write_lock.release()
        else:
            self._let_go(transaction)

    def _let_go(self, transaction: OpenTransaction) -> None:
        if transaction.writes:
            self._write_lock.release()
        elif len(self._readers) < KEPT_READERS:
            self._readers.append(transaction.connection)
        else:
            transaction.connection.close()

    def refusal(self, error: BaseException) -> DirectoryError | None:
        if isinstance(error, sqlite3.IntegrityError):
            return Conflict(f"the directory has such an object already ({error})")
        if isinstance(error, sqlite3.DataError | OverflowError | UnicodeError):
            return Invalid(f"a value cannot be kept: {error}", code="field.value")
        if isinstance(error, sqlite3.DatabaseError):
            cause = TRANSIENT.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            return Unavailable(f"{cause} ({error})") if cause else None
        return None

    def change_token(self) -> Hashable:
        """A number that this connection sees change with every commit of any other connection, here or elsewhere."""
        with self._watch_lock:
            return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def migration(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except exc.DBAPIError as error:
            raise StoreError(f"the schema of {self.path} cannot be read, made or changed: {error.orig}") from error

    def check(self) -> None:
        with self._watch_lock:
            found = [str(row[0]) for row in self._watch.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise StoreError(f"the database file {self.path} is damaged: {'; '.join(found)}. {_RESTORE}")

    def close(self) -> None:
        with self._write_lock:
            for connection in (*self._readers, self._watch, *filter(None, (self._writer,))):
                connection.close()
            self._readers.clear()
            self._writer = None
        self._engine.dispose()

    def _connect(self, wait: float, cache_mib: int = 4) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=wait, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{cache_mib * 1024}")
        return connection

    def _connect_to_migrate(self) -> sqlite3.Connection:
        return self._connect(MIGRATION_SECONDS)

    def _examine(self) -> None:
        """Whether the file can be trusted and written."""
        _set_wal(self._watch)
        _within(MIGRATION_SECONDS, lambda: self._watch.execute("BEGIN IMMEDIATE"))
        self._watch.execute("ROLLBACK")
        if self.path.stat().st_size <= QUICK_CHECK_BYTES:
            self.check()


_RESTORE = "Restore it from a copy, or start with an empty data folder"


def _within(seconds: float, step: Callable[[], object]) -> None:
    """Do a step; while another process holds the file, again until the time is over."""
    deadline = time.monotonic() + seconds
    pause = PAUSE_SECONDS
    while True:
        try:
            step()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(2 * pause, 10 * PAUSE_SECONDS)
        else:
            return


def _make_private(path: Path) -> None:
    """Folder and file that only their owner can open; SQLite gives its side files the rights of the main one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _set_wal(connection: sqlite3.Connection) -> None:
    """The mode stays in the file. Two first starts may meet here, and SQLite does not wait by itself."""

    def step() -> None:
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise StoreError(f"the folder of the database allows no WAL mode (it is {mode}): use a local disk")

    _within(MIGRATION_SECONDS, step)


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Say in words why a file cannot be used."""
    try:
        yield
    except PermissionError as error:
        raise StoreError(f"no right to write the database file {path} or its folder ({error.strerror})") from error
    except OSError as error:
        raise StoreError(f"the database file {path} cannot be opened: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise StoreError(f"{path} is damaged, or no SQLite database at all: {error}. {_RESTORE}") from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise StoreError(f"the database file {path} or its folder is read-only: {error}") from error
        raise StoreError(f"the database file {path} cannot be used: {error}") from error
