"""The store: opened by URL, asked and changed in transactions."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from app.store import migrate
from app.store.engine import (
    Database,
    StoreOptions,
    Synchronous,
    erase_database,
    open_database,
    prepare_database,
    warm_sqlite,
)
from app.store.faults import SchemaMismatch, StoreError
from app.store.late_changes import Usual
from app.store.records import AuditEvent
from app.store.units import UnitOfWork

__all__ = ["SchemaMismatch", "Store", "StoreError", "UnitOfWork"]

Telling = Callable[[UnitOfWork, tuple[AuditEvent, ...]], None]


class Store:
    """One directory's rows, in one SQLite file or one PostgreSQL schema. Safe for threads and for several processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.usual = Usual()
        """How late views are unless somebody says otherwise; set by whoever has the clock, before anybody asks."""
        self.telling: Telling = _nobody
        """What else a change means, in its own transaction: called at the end of each that has noted something."""

    @classmethod
    def open(
        cls,
        url: str,
        *,
        synchronous: Synchronous = "FULL",
        schema: str | None = None,
        connections: int = 4,
    ) -> Store:
        """Connect to a database, and make the SQLite file or the PostgreSQL `schema` where there is none.

        Raises StoreError with the cause in words: unreachable, too old, read-only, damaged. Then call `upgrade`.
        """
        return cls(open_database(url, StoreOptions(synchronous, schema, connections)))

    @staticmethod
    def prepare(url: str) -> None:
        """Put an empty SQLite file with the newest schema where there is none: quicker than to open and upgrade one.

        Nothing for other databases.
        """
        prepare_database(url)

    @staticmethod
    def warm() -> None:
        """Have that file ready in memory."""
        warm_sqlite()

    @staticmethod
    def erase(url: str, schema: str | None = None) -> None:
        """Remove a database that nobody uses any more: the SQLite file, or the PostgreSQL schema. Raises StoreError."""
        erase_database(url, schema)

    @property
    def embedded(self) -> bool:
        """Whether a call costs no network, so that it may be made on the event loop (architecture 6)."""
        return self._database.embedded

    @property
    def name(self) -> str:
        """Of its file or schema: tells the stores of one database apart."""
        return self._database.name

    def upgrade(self) -> None:
        """Bring the schema to the newest revision; of several processes that start at once, one does.

        Raises SchemaMismatch for a database of a newer program, StoreError for tables that are not ours.
        """
        migrate.upgrade(self._database)

    def downgrade(self, revision: str) -> None:
        """Take the schema back to a revision, or to "base"."""
        migrate.step(self._database, "downgrade", revision)

    def revision(self) -> str | None:
        """The revision of the schema; None for an empty database."""
        return migrate.current(self._database)

    def check(self) -> None:
        """Raise StoreError where the database is damaged, as far as it can tell. May take seconds."""
        self._database.check()

    def read(self) -> Unit:
        """A consistent view that holds up no one. Raises Unavailable."""
        return Unit(self, self._database, writes=False)

    def write(self) -> Unit:
        """The one writer of the store, among all threads and processes: commits at the end, or rolls back.

        Do not begin one inside another. Raises Unavailable when the lock is not had in time or the disk is full,
        Conflict where a row would be there twice, Invalid for a value that the database cannot keep.
        """
        return Unit(self, self._database, writes=True)

    def change_token(self) -> Hashable:
        """Two equal tokens: no process has committed a change in between. What only the journal holds may not count.

        Compare tokens of one Store object only.
        """
        try:
            return self._database.change_token()
        except Exception as error:
            _raise_refusal(self._database, error)
            raise

    def close(self) -> None:
        self._database.close()


class Unit:
    """What `with store.read() as uow:` and `with store.write() as uow:` go through: one transaction, ended here."""

    __slots__ = ("_database", "_store", "_transaction", "_uow", "_writes")

    def __init__(self, store: Store, database: Database, *, writes: bool) -> None:
        self._store, self._database, self._writes = store, database, writes

    def __enter__(self) -> UnitOfWork:
        try:
            self._transaction = self._database.begin(writes=self._writes)
        except BaseException as error:
            _raise_refusal(self._database, error)
            raise
        self._uow = UnitOfWork(self._transaction, self._store.usual)
        return self._uow

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self._undo(error)
            return
        try:
            if noted := self._uow.audit.added:
                self._store.telling(self._uow, tuple(noted))
            self._database.commit(self._transaction)
        except BaseException as failed:
            self._undo(failed)
            raise

    def _undo(self, error: BaseException) -> None:
        self._database.abandon(self._transaction)
        _raise_refusal(self._database, error)


def _nobody(_uow: UnitOfWork, _noted: tuple[AuditEvent, ...]) -> None:
    """Nothing follows from a change."""


def _raise_refusal(database: Database, error: BaseException) -> None:
    """Raise what a driver's error means to a caller; our own mistakes are left as they are."""
    if refusal := database.refusal(error):
        raise refusal from error
