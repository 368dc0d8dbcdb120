"""Both kinds of database for tests: an SQLite file, and a real PostgreSQL that the test run starts and ends itself.

`CONNECT_MOCK_TEST_POSTGRES` (a URL) names a server to use instead. Where none can be had its tests skip by name, or
fail when `CONNECT_MOCK_TEST_REQUIRE=all`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from filelock import FileLock
from sqlalchemy import make_url

OLDEST = 15
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
GUARD = """while kill -0 "$1" && [ -d "$2" ]; do sleep 1; done
kill -QUIT "$(head -n 1 "$2/rows/postmaster.pid")"
rm -rf "$2"
"""
"""Ends the cluster when the test run was killed and could not."""
SORTED_FOR_PEOPLE = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'"
"""Another order than that of code points, as on most servers: the store must not depend on it."""

_schemas = count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    folder: Path
    programs: Path

    @property
    def rows(self) -> Path:
        return self.folder / "rows"

    @property
    def url(self) -> str:
        return f"postgresql://connect_mock@/connect_mock?host={self.folder}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server, one for all workers of this test run."""
    if given := os.environ.get("CONNECT_MOCK_TEST_POSTGRES"):
        yield _driver_url(given)
        return
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with _used(shared / "postgres.json") as cluster:
        yield cluster.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty schema, for one test."""
    schema = f"test_{os.getpid()}_{next(_schemas)}"
    with psycopg.connect(_driver_url(postgres_server), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield str(
            make_url(postgres_server)
            .update_query_dict({"options": f"-csearch_path={schema}"})
            .render_as_string(hide_password=False)
        )
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database: every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'test.db'}"
    return str(request.getfixturevalue("postgres_url"))


def _driver_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextlib.contextmanager
def _used(state: Path) -> Iterator[Cluster]:
    """The cluster of this run: the first user starts it, the last one ends it."""
    lock = FileLock(state.with_suffix(".lock"))
    with lock:
        known: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {}
        if not known:
            cluster = _started()
            known = {"folder": str(cluster.folder), "programs": str(cluster.programs), "users": 0}
        _write(state, {**known, "users": known["users"] + 1})
    cluster = Cluster(Path(known["folder"]), Path(known["programs"]))
    try:
        yield cluster
    finally:
        with lock:
            known = json.loads(state.read_text())
            if known["users"] == 1:
                _stop(cluster)
                state.unlink()
            else:
                _write(state, {**known, "users": known["users"] - 1})


def _write(state: Path, known: dict[str, Any]) -> None:
    state.write_text(json.dumps(known))


def _started() -> Cluster:
    programs = _programs()
    if programs is None:
        _unavailable(f"no PostgreSQL {OLDEST} or newer (apt install postgresql), and CONNECT_MOCK_TEST_POSTGRES unset")
    folder = Path(tempfile.mkdtemp(prefix="connect-mock-pg-", dir="/tmp"))
    try:
        return _start(programs, folder)
    except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
        log = folder / "log"
        told = log.read_text()[-2000:] if log.exists() else ""
        shutil.rmtree(folder, ignore_errors=True)
        _unavailable(f"PostgreSQL does not start: {error}\n{told}")


def _start(programs: Path, folder: Path) -> Cluster:
    cluster = Cluster(folder, programs)
    rights = _unprivileged(folder)
    with (folder / "log").open("ab") as log:

        def run(program: str, *arguments: object) -> None:
            command = [str(part) for part in (programs / program, "-D", cluster.rows, *arguments)]
            options: dict[str, Any] = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, "cwd": folder}
            subprocess.run(command, check=True, timeout=60, **options, **rights)

        run("initdb", "-U", "connect_mock", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        settings = {**QUICK, "listen_addresses": "''", "unix_socket_directories": folder}
        run("pg_ctl", "-w", "-o", " ".join(f"-c {name}={value}" for name, value in settings.items()), "start")
    _make_database(cluster)
    runner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    guard = ["sh", "-c", f"({GUARD}) >/dev/null 2>&1 &", "guard", str(runner), str(folder)]
    subprocess.run(guard, check=True, start_new_session=True, cwd="/")
    return cluster


def _make_database(cluster: Cluster) -> None:
    with psycopg.connect(f"host={cluster.folder} user=connect_mock dbname=postgres", autocommit=True) as connection:
        try:
            connection.execute(f"CREATE DATABASE connect_mock {SORTED_FOR_PEOPLE}")
        except psycopg.Error:  # built without ICU
            connection.execute("CREATE DATABASE connect_mock")


def _stop(cluster: Cluster) -> None:
    command = [str(cluster.programs / "pg_ctl"), "-D", str(cluster.rows), "-m", "immediate", "-w", "stop"]
    rights = _unprivileged(cluster.folder)
    subprocess.run(command, check=False, timeout=30, capture_output=True, cwd="/", **rights)
    shutil.rmtree(cluster.folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses root; so root lends it the folder and another user."""
    if os.geteuid() != 0:
        return {}
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _programs() -> Path | None:
    """The folder of the newest usable server programs."""
    by_version: Callable[[Path], int] = lambda place: int("".join(filter(str.isdigit, place.parent.name)) or 0)  # noqa: E731
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=by_version, reverse=True)
    elsewhere = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    for place in (*debian, *elsewhere):
        if not (place / "initdb").exists() or not (place / "postgres").exists():
            continue
        told = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
        version = told.split()[-1] if "(" not in told else told.split()[2]
        if version.split(".")[0].isdigit() and int(version.split(".")[0]) >= OLDEST:
            return place
    return None


def _unavailable(reason: str) -> Any:
    if os.environ.get("CONNECT_MOCK_TEST_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)
