"""Which database a URL means, and what the rest of the room may ask of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from sqlalchemy import URL, Connection, Dialect, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import DirectoryError
from app.store.faults import StoreError
from app.store.statements import Row, Statement

LOCK_SECONDS = 5.0
"""How long a write waits for another one before it is Unavailable (reliability-cases.md R4)."""
MIGRATION_SECONDS = 60.0
"""How long a start waits for another process that is making or changing the schema."""

Synchronous = Literal["FULL", "NORMAL", "OFF"]
"""How far SQLite waits for the disk. Whatever is written outlives the process; with OFF a power cut may damage it."""


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """`synchronous` is SQLite's; `schema` is PostgreSQL's (None = the first of the URL's search path).

    `connections` are those of PostgreSQL that stay open when nobody needs them.
    """

    synchronous: Synchronous = "FULL"
    schema: str | None = None
    connections: int = 4


class OpenTransaction:
    """A transaction on a connection of the driver (statements.Transaction is what repositories see of it)."""

    __slots__ = ("changed", "connection", "dialect", "writes")

    def __init__(self, connection: Any, dialect: Dialect, *, writes: bool) -> None:
        self.connection, self.dialect, self.writes = connection, dialect, writes
        self.changed = False

    def rows(self, statement: Statement, /, **values: Any) -> list[Row]:
        prepared = statement.prepared(self.dialect)
        found = self.connection.execute(prepared.text, prepared.arguments(values))
        return [prepared.read(row) for row in found.fetchall()]

    def row(self, statement: Statement, /, **values: Any) -> Row | None:
        prepared = statement.prepared(self.dialect)
        found = self.connection.execute(prepared.text, prepared.arguments(values)).fetchone()
        return None if found is None else prepared.read(found)

    def change(self, statement: Statement, /, **values: Any) -> int:
        prepared = statement.prepared(self.dialect)
        self.changed = True
        return int(self.connection.execute(prepared.text, prepared.arguments(values)).rowcount)

    def keep(self, statement: Statement, /, **values: Any) -> int:
        prepared = statement.prepared(self.dialect)
        return int(self.connection.execute(prepared.text, prepared.arguments(values)).rowcount)

    def note(self, statement: Statement, rows: Iterable[Mapping[str, Any]]) -> None:
        prepared = statement.prepared(self.dialect)
        self.connection.cursor().executemany(prepared.text, [prepared.arguments(row) for row in rows])


class Database(Protocol):
    """SQLite or PostgreSQL. Who begins a transaction ends it, by `commit` or by `abandon`."""

    @property
    def embedded(self) -> bool: ...

    @property
    def name(self) -> str: ...

    def begin(self, *, writes: bool) -> OpenTransaction:
        """A consistent view, or with `writes` the one writer of the whole store. Raises Unavailable."""
        ...

    def commit(self, transaction: OpenTransaction) -> None: ...

    def abandon(self, transaction: OpenTransaction) -> None:
        """Roll back; after this nothing is known of the transaction any more. Raises nothing."""
        ...

    def refusal(self, error: BaseException) -> DirectoryError | None:
        """What an error of the driver means to a caller; None where it is a mistake of ours."""
        ...

    def change_token(self) -> Hashable: ...

    def migration(self) -> AbstractContextManager[Connection]:
        """The only connection on which the schema is looked at and changed, in one transaction."""
        ...

    def check(self) -> None:
        """Raise StoreError where the database is damaged, as far as it can tell."""
        ...

    def close(self) -> None: ...


def open_database(url: str, options: StoreOptions) -> Database:
    """Connect. Raises StoreError: unknown kind, unreachable, too old, read-only, damaged."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"the database setting is no URL: expected {_EXPECTED}") from error
    kind = parsed.drivername.partition("+")[0]
    if kind == "sqlite":
        return _open_sqlite(parsed, options)
    if kind in ("postgresql", "postgres"):
        return _open_postgresql(parsed, options)
    raise StoreError(f"databases of kind {kind} are not supported: expected {_EXPECTED}")


def prepare_database(url: str) -> None:
    """Make the file of a new SQLite database; nothing for other databases, and where there is one. Raises OSError."""
    parsed = make_url(url)
    if parsed.database and parsed.drivername.startswith("sqlite"):
        from app.store.blank import lay_out  # noqa: PLC0415 - each database only where it is used

        lay_out(Path(parsed.database))


def warm_sqlite() -> None:
    from app.store.blank import blank  # noqa: PLC0415 - each database only where it is used

    blank()


def erase_database(url: str, schema: str | None) -> None:
    """Remove the SQLite file with its side files, or the PostgreSQL schema, for good; nothing where there is none.

    Raises StoreError.
    """
    parsed = make_url(url)
    if schema is None and parsed.database and parsed.drivername.startswith("sqlite"):
        for ending in ("", "-wal", "-shm"):
            Path(f"{parsed.database}{ending}").unlink(missing_ok=True)
    elif schema is not None:
        from app.store.postgresql import drop_schema  # noqa: PLC0415 - psycopg is an optional part

        drop_schema(parsed, schema)


_EXPECTED = "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user@host/name"


def _open_sqlite(url: URL, options: StoreOptions) -> Database:
    from app.store.sqlite import SqliteDatabase  # noqa: PLC0415 - each database only where it is used

    if not url.database or url.database == ":memory:":
        raise StoreError("SQLite in memory would be another database in each thread: name a file, sqlite:///path")
    if options.schema is not None:
        raise StoreError("SQLite has no schemas: use a file of its own")
    return SqliteDatabase(Path(url.database), options.synchronous)


def _open_postgresql(url: URL, options: StoreOptions) -> Database:
    try:
        from app.store.postgresql import PostgresDatabase  # noqa: PLC0415 - psycopg is an optional part
    except ImportError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'connect-mock[postgres]'") from error
    return PostgresDatabase(url, options)
