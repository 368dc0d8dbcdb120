"""PostgreSQL 15 or newer by psycopg 3: one schema is one store, one writer at a time in it."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, exc, text
from sqlalchemy.pool import PoolProxiedConnection

from app.errors import Conflict, DirectoryError, Invalid, Unavailable
from app.store.engine import LOCK_SECONDS, MIGRATION_SECONDS, OpenTransaction, StoreOptions
from app.store.faults import StoreError

OLDEST = 15
POOL = {"max_overflow": 6, "pool_timeout": LOCK_SECONDS}
STATEMENT_SECONDS = 15
IDLE_SECONDS = 30
"""A process that hangs inside a transaction loses it, and with it the write lock."""
SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
BUMP = (
    "INSERT INTO counter AS c (name, value) VALUES ('revision', 1) ON CONFLICT (name) DO UPDATE SET value = c.value + 1"
)


class PostgresDatabase:
    embedded = False

    def __init__(self, url: URL, options: StoreOptions) -> None:
        schema = options.schema
        _require_name(schema)
        self._url = url.set(drivername="postgresql+psycopg")
        self._engine = _engine(self._url, schema, options.connections)
        self._write_lock = threading.Lock()
        try:
            with self._opening():
                if schema is not None:
                    self._make_schema(schema)
                self._schema = self._greet()
        except BaseException:
            self._engine.dispose()
            raise
        self._dialect = self._engine.dialect
        self._begin = f"BEGIN; SELECT pg_advisory_xact_lock({_lock_key(self._schema)})"

    @property
    def name(self) -> str:
        return self._schema

    def begin(self, *, writes: bool) -> OpenTransaction:
        if not writes:
            pooled, _ = self._first("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return _PooledTransaction(pooled, self._dialect, writes=False)
        if not self._write_lock.acquire(timeout=LOCK_SECONDS):
            raise Unavailable(f"no write was possible for {LOCK_SECONDS:.0f} s")
        try:
            pooled, _ = self._first(self._begin)
        except BaseException:
            self._write_lock.release()
            raise
        return _PooledTransaction(pooled, self._dialect, writes=True)

    def _first(self, command: str) -> tuple[PoolProxiedConnection, Any]:
        """A connection and its answer to a first command.

        One that has died in the pool shows it here, where nothing is lost by taking another.
        """
        for attempts_left in (2, 1, 0):
            pooled = self._take()
            driver: Any = pooled.driver_connection
            try:
                return pooled, driver.execute(command)
            except BaseException as error:
                died = isinstance(error, psycopg.OperationalError) and driver.closed
                pooled.invalidate()
                if not (died and attempts_left):
                    raise
                self._engine.dispose()  # the server was restarted: the others are dead as well
        raise AssertionError("the last attempt returns or raises")

    def _take(self) -> PoolProxiedConnection:
        try:
            return self._engine.raw_connection()
        except (exc.OperationalError, exc.TimeoutError) as error:
            raise Unavailable(f"PostgreSQL gives no connection: {_first_line(error)}") from error

    def commit(self, transaction: OpenTransaction) -> None:
        transaction.connection.execute(f"{BUMP}; COMMIT" if transaction.changed else "COMMIT")
        self._let_go(transaction)

    def abandon(self, transaction: OpenTransaction) -> None:
        try:
            transaction.connection.rollback()
        except psycopg.Error:
            pooled = _pooled(transaction)
            with suppress(Exception):
                pooled.invalidate()
            if transaction.writes:
                self._write_lock.release()
        else:
            self._let_go(transaction)

    def _let_go(self, transaction: OpenTransaction) -> None:
        if transaction.writes:
            self._write_lock.release()
        _pooled(transaction).close()

    def refusal(self, error: BaseException) -> DirectoryError | None:
        if isinstance(error, psycopg.IntegrityError):
            return Conflict(f"the directory has such an object already ({_first_line(error)})")
        if isinstance(error, psycopg.DataError | OverflowError | UnicodeError):
            return Invalid(f"a value cannot be kept: {_first_line(error)}", code="field.value")
        if isinstance(error, psycopg.OperationalError | psycopg.InternalError):
            return Unavailable(f"PostgreSQL does not answer as it should: {_first_line(error)}")
        return None

    def change_token(self) -> Hashable:
        """The number of changes so far, kept as a row: whatever server asks, the answer is the same."""
        pooled, answer = self._first("SELECT value FROM counter WHERE name = 'revision'")
        found = answer.fetchone()
        pooled.close()
        return int(found[0]) if found else 0

    @contextmanager
    def migration(self) -> Iterator[Connection]:
        engine = self._engine.execution_options(isolation_level="READ COMMITTED")
        with self._opening(), engine.begin() as connection:
            for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(text(f"SET LOCAL {limit} = {int(MIGRATION_SECONDS * 1000)}"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_lock_key(self._schema)})"))
            yield connection

    def check(self) -> None:
        """PostgreSQL looks after its own pages."""

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (exc.OperationalError, exc.TimeoutError, exc.ProgrammingError) as error:
            raise StoreError(f"PostgreSQL at {_name(self._url)}: {_first_line(error)}") from error

    def _make_schema(self, schema: str) -> None:
        """Two first starts may meet here: `IF NOT EXISTS` alone does not keep them apart."""
        with self._engine.connect() as connection:
            if connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": schema}) is None:
                lock = f"SELECT pg_advisory_xact_lock({_lock_key(schema)})"
                connection.exec_driver_sql(f'BEGIN; {lock}; CREATE SCHEMA IF NOT EXISTS "{schema}"; COMMIT')

    def _greet(self) -> str:
        """The schema that this store is. Raises StoreError for an old server and for a schema that is not there."""
        with self._engine.connect() as connection:
            version = connection.scalar(text("SELECT current_setting('server_version_num')::int / 10000"))
            if version < OLDEST:
                raise StoreError(f"PostgreSQL {version} is too old: expected {OLDEST} or newer")
            schema = connection.scalar(text("SELECT current_schema()"))
        if schema is None:
            raise StoreError("no schema of the search path exists: make one, or leave search_path out of the URL")
        return str(schema)


def drop_schema(url: URL, schema: str) -> None:
    """Remove a schema and all that is in it. Raises StoreError."""
    _require_name(schema)
    engine = _engine(url.set(drivername="postgresql+psycopg"), None, 1)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
    except exc.DBAPIError as error:
        raise StoreError(f"the schema {schema} cannot be removed: {_first_line(error)}") from error
    finally:
        engine.dispose()


def _require_name(schema: str | None) -> None:
    if schema is not None and not SCHEMA_NAME.fullmatch(schema):
        raise StoreError(f"schema {schema[:80]!r}: expected lower-case letters, digits and _, at most 63")


class _PooledTransaction(OpenTransaction):
    __slots__ = ("pooled",)

    def __init__(self, pooled: PoolProxiedConnection, dialect: Any, *, writes: bool) -> None:
        super().__init__(pooled.driver_connection, dialect, writes=writes)
        self.pooled = pooled


def _pooled(transaction: OpenTransaction) -> PoolProxiedConnection:
    assert isinstance(transaction, _PooledTransaction)
    return transaction.pooled


def _engine(url: URL, schema: str | None, connections: int) -> Engine:
    given = url.query.get("options", "")
    limits = {
        "lock_timeout": int(LOCK_SECONDS * 1000),
        "statement_timeout": STATEMENT_SECONDS * 1000,
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
        "timezone": "UTC",
    }
    if schema is not None:
        limits["search_path"] = schema
    chosen = " ".join(f"-c{name}={value}" for name, value in limits.items())
    options = " ".join((given if isinstance(given, str) else " ".join(given), chosen)).strip()
    return create_engine(
        url.difference_update_query(["options"]),
        isolation_level="AUTOCOMMIT",  # the transactions here are begun by name
        paramstyle="format",
        pool_reset_on_return=None,
        connect_args={"options": options, "connect_timeout": int(LOCK_SECONDS)},
        pool_size=connections,
        **POOL,
    )


def _name(url: URL) -> str:
    """The URL without secrets."""
    return url.difference_update_query(["password", "sslpassword", "options"]).render_as_string()


def _lock_key(schema: str) -> int:
    """The write lock of one schema: a signed 64-bit number, as advisory locks are numbered."""
    return int.from_bytes(hashlib.sha256(f"connect-mock/{schema}".encode()).digest()[:8], signed=True)


def _first_line(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
