"""Opening a database: owner-only files, clear refusals, schemas of PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.store import postgresql
from app.store.store import Store, StoreError
from tests.store.rows import NOW, ORGANISATION, organisation

NOBODY = 65534


def filled(file: Path) -> Path:
    """A closed store with a few hundred organisations."""
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    with store.write() as uow:
        for n in range(300):
            uow.organisations.add(organisation(f"org-{n}", created_at=NOW))
    store.close()
    return file


def test_folder_and_files_are_their_owners_only(tmp_path: Path) -> None:
    """A new folder is 0700; the database and its side files are 0600, whatever the umask."""
    before = os.umask(0)
    try:
        store = Store.open(f"sqlite:///{tmp_path}/data/deep/cm.db")
        store.upgrade()
        rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data" / "deep").iterdir()}
        assert rights == {"cm.db": 0o600, "cm.db-wal": 0o600, "cm.db-shm": 0o600}
        assert stat.S_IMODE((tmp_path / "data" / "deep").stat().st_mode) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_an_open_file_is_closed_to_others(tmp_path: Path) -> None:
    """A database file with wider rights gets the narrow ones."""
    file = filled(tmp_path / "cm.db")
    file.chmod(0o644)
    Store.open(f"sqlite:///{file}").close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_sqlite_writes_as_it_was_told(tmp_path: Path, synchronous: str) -> None:
    """WAL, foreign keys, and the chosen care of the disk hold on the connection that writes."""
    store = Store.open(f"sqlite:///{tmp_path}/cm.db", synchronous=synchronous)  # type: ignore[arg-type]
    store.upgrade()
    with store.write() as uow:
        connection = uow.vault._transaction.connection  # type: ignore[attr-defined]
        asked = [
            connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert asked == ["wal", 1, {"FULL": 2, "NORMAL": 1}[synchronous]]
    assert store.embedded
    store.close()


@pytest.mark.case("reliability-B-05")
@pytest.mark.parametrize("harm", ["flipped", "cut short", "no database", "text"])
def test_a_damaged_file_is_refused(tmp_path: Path, harm: str) -> None:
    """Flipped octets in pages, a cut file, another kind of file: each is refused with its cause, and left as it is."""
    file = filled(tmp_path / "cm.db")
    octets = bytearray(file.read_bytes())
    if harm == "flipped":
        for page in range(4096, len(octets), 4096):
            octets[page : page + 12] = bytes(b ^ 0xFF for b in octets[page : page + 12])
    elif harm == "cut short":
        del octets[len(octets) // 2 :]
    else:
        octets = (
            bytearray(os.urandom(8192)) if harm == "no database" else bytearray(b"-----BEGIN CERTIFICATE-----\n" * 99)
        )
    file.write_bytes(octets)
    with pytest.raises(StoreError, match=r"damaged") as refused:
        Store.open(f"sqlite:///{file}")
    assert str(file) in str(refused.value)
    assert file.read_bytes() == octets


@pytest.mark.case("reliability-B-05")
@pytest.mark.parametrize("harm", ["cut short", "flipped", "gone"])
def test_a_damaged_log_gives_whole_transactions_or_none(tmp_path: Path, harm: str) -> None:
    """A WAL that was cut, flipped or lost: what is found is a beginning of what was committed, each whole."""
    file = filled(tmp_path / "cm.db")
    store = Store.open(f"sqlite:///{file}")
    for n in range(40):
        with store.write() as uow:
            uow.organisations.add(organisation(f"late-{n}", created_at=NOW))
            uow.vault.put(f"late-{n}", b"x" * 3000)
    copy = tmp_path / "copy" / "cm.db"
    copy.parent.mkdir()
    log = file.with_name("cm.db-wal").read_bytes()
    assert len(log) > 100_000
    copy.write_bytes(file.read_bytes())
    if harm != "gone":
        half = len(log) // 2 + 7
        rest = bytes(b ^ 0xFF for b in log[half : half + 9]) + log[half + 9 :]
        harmed = log[:half] + (rest if harm == "flipped" else b"")
        copy.with_name("cm.db-wal").write_bytes(harmed)
    store.close()
    opened = Store.open(f"sqlite:///{copy}")
    opened.check()
    with opened.read() as uow:
        found = [n for n in range(40) if uow.organisations.find(f"late-{n}") is not None]
        assert [n for n in range(40) if uow.vault.get(f"late-{n}") is not None] == found
    assert found == list(range(len(found)))
    assert len(found) < 40
    assert bool(found) == (harm != "gone")
    opened.close()


def test_a_damaged_page_never_becomes_a_guess(tmp_path: Path) -> None:
    """Damage that comes while the store is open is Unavailable, not an answer."""
    from app.errors import Unavailable

    file = filled(tmp_path / "cm.db")
    store = Store.open(f"sqlite:///{file}")
    octets = bytearray(file.read_bytes())
    for page in range(4096, len(octets), 4096):
        octets[page : page + 12] = b"\xff" * 12
    file.write_bytes(octets)
    with pytest.raises(Unavailable, match="damaged"), store.read() as uow:
        uow.organisations.get("org-7")
    store.close()


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anywhere; so root is somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.case("reliability-B-02")
@pytest.mark.parametrize("what", ["file", "folder", "new"])
def test_a_place_that_cannot_be_written_is_refused(what: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A read-only file, a read-only folder with a database, one without: the text says read-only or no right."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="cm-read-only-", dir="/tmp"))
    try:
        file = folder / "cm.db"
        if what != "new":
            filled(file)
            file.chmod(0o444 if what == "file" else 0o666)
        folder.chmod(0o777 if what == "file" else 0o555)
        with unprivileged(), pytest.raises(StoreError, match=r"read-only|no right"):
            Store.open(f"sqlite:///{file}")
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://u:secret@h/d", "sqlite:///"),
        ("secret", "no URL"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("postgresql://u:secret@127.0.0.1:1/d?password=secret", "127.0.0.1"),
        ("sqlite:////proc/nothing/cm.db", "/proc/nothing"),
    ],
    ids=["kind", "no url", "memory", "memory by name", "nobody there", "no such place"],
)
def test_a_url_that_leads_nowhere_is_told_without_secrets(url: str, told: str) -> None:
    """Every refusal says what is expected; none repeats a password."""
    with pytest.raises(StoreError, match=told) as refused:
        Store.open(url)
    assert "secret" not in str(refused.value)


def test_sqlite_has_no_schemas(tmp_path: Path) -> None:
    """Asking for one is refused rather than ignored."""
    with pytest.raises(StoreError, match="schema"):
        Store.open(f"sqlite:///{tmp_path}/cm.db", schema="sandbox_1")


def test_each_schema_is_a_store_of_its_own(postgres_server: str, postgres_url: str) -> None:
    """A named schema is made when it is not there, has its own rows, tokens and write lock, and is found again."""
    import psycopg

    name = f"sandbox_{os.getpid()}"
    outer, inner = Store.open(postgres_url), Store.open(postgres_server, schema=name)
    for store in (outer, inner):
        store.upgrade()
    token = outer.change_token()
    with outer.write(), inner.write() as uow:
        uow.organisations.add(organisation())
    assert outer.change_token() == token
    again = Store.open(postgres_server, schema=name)
    with outer.read() as there, again.read() as here:
        assert there.organisations.find(ORGANISATION) is None
        assert here.organisations.find(ORGANISATION) is not None
    for store in (outer, inner, again):
        store.close()
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.mark.parametrize("name", ["Upper", "1st", "a-b", 'a"; DROP TABLE x; --', "", "x" * 64])
def test_schema_names_are_plain(postgres_server: str, name: str) -> None:
    """What could not be a plain name is refused before it reaches the server."""
    with pytest.raises(StoreError, match="schema"):
        Store.open(postgres_server, schema=name)


def test_a_search_path_to_nowhere_is_refused(postgres_server: str) -> None:
    """A schema that the URL names and nobody has made is not mistaken for another."""
    with pytest.raises(StoreError, match="search path"):
        Store.open(f"{postgres_server}{'&' if '?' in postgres_server else '?'}options=-csearch_path%3Dnowhere")


def test_an_old_server_is_refused(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text names the version found and the oldest that will do."""
    monkeypatch.setattr(postgresql, "OLDEST", 99)
    with pytest.raises(StoreError, match=r"PostgreSQL \d\d is too old: expected 99"):
        Store.open(postgres_url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_schemes_mean_postgresql(postgres_url: str, scheme: str) -> None:
    """As URLs are handed out by hosting providers and by SQLAlchemy."""
    store = Store.open(postgres_url.replace("postgresql", scheme, 1))
    assert not store.embedded
    store.close()


def test_closing_lets_go_of_the_file(tmp_path: Path) -> None:
    """After the last close the side files are gone: everything is in the one file."""
    file = filled(tmp_path / "cm.db")
    assert [path.name for path in tmp_path.iterdir()] == ["cm.db"]
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM organisation").fetchone() == (300,)
    connection.close()
