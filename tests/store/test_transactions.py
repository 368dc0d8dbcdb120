"""Transactions: one writer, a view that stands still, errors in the words of the directory."""

# ruff: noqa: PT012 - what is refused here is a transaction, and that has several statements

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import psycopg
import pytest

from app.errors import Conflict, Invalid, Unavailable
from app.store import postgresql, sqlite
from app.store.store import Store
from tests.store.rows import ALL, APPLICATION, ISSUER, NOW, ORGANISATION, certificate, event, organisation


class Interruption(BaseException):
    """Nothing that anybody catches."""


def interrupted(store: Store) -> None:
    with store.write() as uow:
        uow.organisations.add(organisation())
        raise Interruption


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    """Whatever ends it but its own end, nothing of it is there, and the next one works."""
    with pytest.raises(Interruption):
        interrupted(store)
    with pytest.raises(Conflict), store.write() as uow:
        uow.audit.add(event("o"))
        uow.organisations.add(organisation())
        uow.organisations.add(organisation())
    with store.write() as uow:
        assert uow.organisations.list(ALL).total == 0
        assert uow.audit.list(ALL).total == 0
        uow.organisations.add(organisation())
    with store.read() as uow:
        assert uow.organisations.list(ALL).total == 1


def test_a_view_stands_still(directory: Store) -> None:
    """What is committed while a reader reads is seen by its next transaction, and the reader delays no one."""
    with directory.read() as before:
        assert before.certificates.find_by_id("certificate-1") is None
        with directory.write() as uow:
            uow.certificates.add(certificate(1))
        assert before.certificates.find_by_id("certificate-1") is None
        assert before.organisations.get(ORGANISATION).is_active
    with directory.read() as after:
        assert after.certificates.find_by_id("certificate-1") is not None


def test_writers_and_readers_share_the_store(directory: Store) -> None:
    """Eight writers beside a reader: nothing is lost, every number once, and each view is whole."""
    done = threading.Event()

    def write(worker: int) -> None:
        for turn in range(12):
            number = worker * 100 + turn
            with directory.write() as uow:
                uow.certificates.add(certificate(number))
                uow.certificates.revoke(f"certificate-{number}", NOW, "superseded")
                uow.audit.add(event(f"certificate-{number}"))

    def read() -> int:
        views = 0
        while not done.is_set():
            with directory.read() as uow:
                total = uow.certificates.list(ORGANISATION, ALL, software_statement_id=APPLICATION).total
                assert len(uow.revocations.since(ISSUER, 0)) == uow.audit.list(ALL).total == total
            views += 1
        return views

    with ThreadPoolExecutor(9) as threads:
        reader = threads.submit(read)
        writers = [threads.submit(write, worker) for worker in range(8)]
        for writer in writers:
            writer.result(60)
        done.set()
        assert reader.result(10) > 0
    with directory.read() as uow:
        assert [r.sequence for r in uow.revocations.since(ISSUER, 0)] == list(range(1, 97))


def test_a_thread_that_keeps_the_lock_is_not_waited_for_without_end(
    directory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second writer of a process is refused after the limit, and free again afterwards."""
    for module in (sqlite, postgresql):
        monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    with directory.write() as uow, ThreadPoolExecutor(1) as threads:
        uow.certificates.add(certificate(1))
        with pytest.raises(Unavailable):
            threads.submit(lambda: directory.write().__enter__()).result(10)
    with directory.write() as uow:
        assert uow.certificates.find_by_id("certificate-1") is not None


def test_the_change_token_moves_with_changes_only(directory: Store) -> None:
    """Any commit that changes the directory changes it, once committed; reading and rolling back do not."""
    first = directory.change_token()
    with directory.read() as uow:
        uow.organisations.list(ALL)
    with pytest.raises(Conflict), directory.write() as uow:
        uow.organisations.add(organisation())
    assert directory.change_token() == first
    with directory.write() as uow:
        uow.certificates.add(certificate(1))
        assert directory.change_token() == first
    second = directory.change_token()
    assert second != first
    with directory.write() as uow:
        uow.certificates.revoke("certificate-1", NOW, "superseded")
    assert directory.change_token() not in (first, second)


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"], ids=["lone surrogate", "nul"])
def test_a_text_that_not_every_database_takes_is_no_accident(store: Store, text: str) -> None:
    """Asked for or kept, it is taken as it is or refused as Invalid, never an error of ours; the store goes on."""

    def kept() -> bool:
        try:
            with store.write() as uow:
                uow.organisations.add(organisation(text))
        except Invalid as refused:
            assert refused.code == "field.value"
            return False
        return True

    def found() -> bool:
        try:
            with store.read() as uow:
                return uow.organisations.find(text) is not None
        except Invalid as refused:
            assert refused.code == "field.value"
            return False

    assert not found()
    assert kept() == found()
    with store.write() as uow:
        uow.organisations.add(organisation("fine"))


def test_a_moment_without_zone_is_our_own_mistake(store: Store) -> None:
    """It is refused where it would be kept, and is no finding of the caller's."""
    with pytest.raises(ValueError, match="zone"), store.write() as uow:
        uow.organisations.add(organisation(created_at=datetime(2026, 1, 1)))


def test_our_own_mistakes_stay_as_they_are(store: Store) -> None:
    """A statement that the database does not know is not dressed up as a refusal."""
    store.downgrade("base")
    with pytest.raises(Exception, match="organisation") as raised, store.read() as uow:
        uow.organisations.find("x")
    assert not isinstance(raised.value, Unavailable)


@pytest.mark.case("reliability-B-01")
def test_a_full_disk_refuses_writes_until_there_is_room(tmp_path: object) -> None:
    """SQLite's own "full": the write is Unavailable, nothing is half-kept, reads go on, and room brings writes back."""
    store = Store.open(f"sqlite:///{tmp_path}/full.db")
    store.upgrade()
    with store.write() as uow:
        uow.organisations.add(organisation())
    writer = store._database._writer  # type: ignore[attr-defined]
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="full"), store.write() as uow:
        uow.organisations.add(organisation("big", details={"x": "x" * 1_000_000}))
    with store.read() as uow:
        assert uow.organisations.list(ALL).total == 1
    store._database._writer.execute("PRAGMA max_page_count=1000000")  # type: ignore[attr-defined]
    with store.write() as uow:
        uow.organisations.add(organisation("big", details={"x": "x" * 1_000_000}))
    store.close()


def test_a_dead_connection_is_unavailable_once_and_then_replaced(postgres_server: str, postgres_url: str) -> None:
    """One that the server ends inside a transaction loses that one; one that it ends in the pool is not noticed."""
    store = Store.open(postgres_url)
    store.upgrade()

    def end(uow: Any) -> None:
        """The server ends the connection of this transaction."""
        pid = uow.vault._transaction.connection.info.backend_pid
        with psycopg.connect(postgres_server, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with pytest.raises(Unavailable), store.write() as uow:
        uow.organisations.add(organisation())
        end(uow)
        uow.organisations.find("x")
    with store.write() as uow:
        uow.organisations.add(organisation())
        last = uow
    end(last)
    with store.read() as uow:
        assert uow.organisations.get(ORGANISATION).is_active
        last = uow
    end(last)
    assert store.change_token() == 1
    store.close()


def test_sqlite_survives_a_connection_in_doubt(tmp_path: object) -> None:
    """Where even the roll-back fails, the next write has a new connection."""
    store = Store.open(f"sqlite:///{tmp_path}/doubt.db")
    store.upgrade()
    with pytest.raises(sqlite3.ProgrammingError), store.write() as uow:
        uow.vault._transaction.connection.close()  # type: ignore[attr-defined]
        uow.organisations.find("x")
    with store.write() as uow:
        uow.organisations.add(organisation())
    store.close()
