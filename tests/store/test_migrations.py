"""The schema: two ways to the same tables, down and up again, and no guessing about others' databases."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.store import migrate
from app.store.records import Page
from app.store.schema import HEAD, metadata
from app.store.store import SchemaMismatch, Store, StoreError

OLDER_ORGANISATION = (
    "INSERT INTO organisation VALUES (1, 'o', 'Acme', 'Acme', 'GB', '1', 'Active', '2026-01-01 12:00:00.000000', "
    "'{}', '[]', 0, '')"
)
OLDER_CERTIFICATE = (
    "INSERT INTO certificate (number, certificate_id, organisation_id, type, kid, use, jwks, jwk, spki_sha256, "
    "created_at, serial) VALUES (1, 'c', 'o', 'rtstransport', 'k', 'enc', 'transport', '{}', 'x', "
    "'2026-01-01 12:00:00.000000', '0000000000000000000000000000000000000001')"
)


@pytest.fixture
def empty(store_url: str) -> Any:
    store = Store.open(store_url)
    yield store
    store.close()


def described(store: Store) -> list[str]:
    """Every table, column, constraint and index, as the database itself tells them."""
    with store._database.migration() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
            )
            texts = [row[0].replace('"', "") for row in rows]  # a rebuilt table has its name in quotes
            return sorted(",".join(sorted(map(str.strip, re.split(r",(?![^(]*\))|\n", text)))) for text in texts)
        columns = (
            "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default, is_identity "
            "FROM information_schema.columns WHERE table_schema = current_schema()"
        )
        constraints = (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = current_schema()::regnamespace"
        )
        indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        comments = (
            "SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid "
            "WHERE c.relnamespace = current_schema()::regnamespace"
        )
        return sorted(
            str(tuple(row))
            for query in (columns, constraints, indexes, comments)
            for row in connection.execute(text(query))
        )


def test_migrations_and_tables_do_not_drift(empty: Store) -> None:
    """A database made by the migrations is the one made from schema.py, and Alembic finds nothing to change."""
    migrate.step(empty._database, "upgrade", HEAD)
    by_steps = described(empty)
    with empty._database.migration() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    empty.downgrade("base")
    empty.upgrade()
    assert len(by_steps) >= 20
    assert described(empty) == by_steps


def test_the_program_knows_its_newest_migration() -> None:
    """HEAD in schema.py is the head of migrations/versions, and there is one."""
    assert ScriptDirectory.from_config(migrate._config()).get_heads() == [HEAD] == [migrate.head()]


def test_down_and_up_again(empty: Store) -> None:
    """Taking the schema back leaves no table, and upgrading works again, twice over."""
    assert empty.revision() is None
    empty.upgrade()
    assert empty.revision() == HEAD
    empty.downgrade("base")
    assert empty.revision() is None
    with empty._database.migration() as connection:
        left = set(connection.dialect.get_table_names(connection))
    assert left <= {"alembic_version"}
    empty.upgrade()
    empty.upgrade()
    assert empty.revision() == HEAD


def test_what_an_older_program_kept_is_there_after_the_upgrade(empty: Store) -> None:
    """A token of revision 0001 is found by the newest one, without client and grant."""
    migrate.step(empty._database, "upgrade", "0001")
    values = {"key": b"a" * 32, "scopes": '["directory:software"]', "at": "2026-01-01 12:00:00.000000"}
    columns = "token_sha256, scopes, issued_at, expires_at"
    with empty._database.migration() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        given = (
            ":key, :scopes, :at, :at" if on_sqlite else ":key, CAST(:scopes AS JSON), CAST(:at AS timestamptz), now()"
        )
        connection.execute(text(f"INSERT INTO token ({columns}) VALUES ({given})"), values)
    empty.upgrade()
    with empty.read() as uow:
        found = uow.tokens.find(b"a" * 32)
    assert found is not None
    assert (found.scopes, found.client_id, found.grant_id) == (("directory:software",), None, None)


def test_a_certificate_of_an_older_program_is_an_ordinary_one(empty: Store) -> None:
    """Kept by revision 0002, it is without defect in the newest one, and in the list of its owner."""
    migrate.step(empty._database, "upgrade", "0002")
    with empty._database.migration() as connection:
        connection.execute(text(OLDER_ORGANISATION))
        connection.execute(text(OLDER_CERTIFICATE))
        connection.execute(text("INSERT INTO holding VALUES ('o', '', 'rtstransport', 1)"))
    empty.upgrade()
    with empty.read() as uow:
        found = uow.certificates.list("o", Page())
    assert [(one.kid, one.serial, one.defect, one.published) for one in found.items] == [("k", 1, None, None)]
    empty.downgrade("0002")
    empty.upgrade()
    with empty.read() as uow:
        assert uow.certificates.find_by_id("c") == found.items[0]


@pytest.mark.case("reliability-E-03")
def test_a_newer_database_is_refused(empty: Store) -> None:
    """The text names both revisions, and nothing is touched."""
    empty.upgrade()
    with empty._database.migration() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match=rf"9999.*{HEAD}"):
        empty.upgrade()
    assert empty.revision() == "9999"


def test_tables_of_others_are_left_alone(empty: Store) -> None:
    """A database with a table of our name that is not ours is refused by that name."""
    with empty._database.migration() as connection:
        connection.execute(text("CREATE TABLE certificate (a INTEGER)"))
    with pytest.raises(StoreError, match="certificate"):
        empty.upgrade()
    assert empty.revision() is None


def test_migrations_are_found_wherever_the_package_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the package as in a wheel, else beside it as in a checkout."""
    assert (migrate.folder() / "versions" / "0001_directory.py").is_file()
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    monkeypatch.setattr("app.__file__", str(tmp_path / "app" / "__init__.py"))
    assert migrate.folder() == tmp_path / "app" / "migrations"


def test_starting_loads_no_alembic(tmp_path: Path) -> None:
    """A new database, and one that is up to date, cost no import of Alembic."""
    program = (
        "import sys; from app.store.store import Store\n"
        f"for _ in range(2): s = Store.open('sqlite:///{tmp_path}/a.db'); s.upgrade(); s.close()\n"
        "print('alembic' in sys.modules)"
    )
    import sys

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "False\n"
