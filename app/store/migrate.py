"""The schema: made at once in an empty database, changed step by step (Alembic) in an older one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, create_mock_engine, inspect, text

import app
from app.store.engine import Database
from app.store.faults import SchemaMismatch, StoreError
from app.store.schema import HEAD, metadata

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "alembic_version"


def head() -> str:
    """The revision that this program works with."""
    return HEAD


def current(database: Database) -> str | None:
    """The revision of a database; None where there is no schema yet."""
    with database.migration() as connection:
        return _revision(connection)


def upgrade(database: Database) -> None:
    """Everything in one transaction under the write lock: killed half-way, nothing has happened.

    Alembic is loaded only where there is something to migrate: it costs a quarter of a second, and a new database
    gets its tables from `schema.py` (tests hold both ways to the same result).
    """
    with database.migration() as connection:
        found = _revision(connection)
        if found == HEAD:
            return
        if found is None:
            _found(connection)
            return
        _require_known(found)
        _alembic("upgrade", connection, HEAD)


def step(database: Database, direction: Literal["upgrade", "downgrade"], revision: str) -> None:
    """Go by the migrations to a revision ("base" is an empty database), from wherever the database is."""
    with database.migration() as connection:
        _alembic(direction, connection, revision)


def _found(connection: Connection) -> None:
    """Make the newest schema in an empty database. Raises StoreError where others' tables have our names."""
    foreign = sorted({*inspect(connection).get_table_names()} & {*metadata.tables})
    if foreign:
        raise StoreError(
            f"the database holds tables of another program ({', '.join(foreign)}): use an empty database or schema"
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_postgresql_script())
    else:
        metadata.create_all(connection, checkfirst=False)
    connection.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} "
            f"(version_num VARCHAR(32) NOT NULL, CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (:head)"), {"head": HEAD})  # noqa: S608


@cache
def _postgresql_script() -> str:
    """All tables in one text: one way to the server and back instead of a hundred, for each new sandbox."""
    statements: list[str] = []

    def keep(statement: Any, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine("postgresql+psycopg://", keep)
    metadata.create_all(engine, checkfirst=False)
    return ";\n".join(statements)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return None if found is None else str(found)


def _require_known(revision: str) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise SchemaMismatch(
            f"the database has schema revision {revision}, this program knows {HEAD} and older: "
            "start the newer program that made it, or use another database"
        )


def _alembic(direction: str, connection: Connection, revision: str) -> None:
    from alembic import command as commands  # noqa: PLC0415

    config = _config()
    config.attributes["connection"] = connection
    getattr(commands, direction)(config, revision)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    return config


def folder() -> Path:
    """Where the migrations are: inside the package in a wheel, beside it in a checkout."""
    package = Path(app.__file__).parent
    return next(place for place in (package / "migrations", package.parent / "migrations") if place.is_dir())
