"""Several real processes on one database: one truth, and what was answered survives kill -9 (rulings.md 5)."""

from __future__ import annotations

import pytest

from app.errors import Unavailable
from app.store import postgresql, sqlite
from app.store.schema import HEAD
from app.store.store import Store
from tests.store.children import children, finish, out, release
from tests.store.rows import ALL, APPLICATION, ISSUER, NOW, ORGANISATION, certificate


@pytest.mark.case("reliability-A-06")
def test_two_first_starts_make_one_schema(store_url: str) -> None:
    """Processes that start at once on an empty database all succeed."""
    with children(*[("start", store_url)] * 3) as begun:
        release(*begun)
        assert [finish(child) for child in begun] == [[HEAD]] * 3


@pytest.mark.case("status-C-16")
def test_two_processes_write_one_sequence(directory: Store, store_url: str) -> None:
    """Certificates, revocations and CRL numbers of two processes: each number once, none missing."""
    tasks = [
        ("issue", store_url, 1000, 40),
        ("issue", store_url, 2000, 40),
        ("crls", store_url, 40),
        ("crls", store_url, 40),
    ]
    with children(*tasks) as begun:
        release(*begun)
        said = [finish(child) for child in begun]
    numbers = [int(word) for words in said[2:] for word in words]
    assert sorted(numbers) == list(range(1, 81))
    with directory.read() as uow:
        listing = uow.certificates.list(ORGANISATION, ALL, software_statement_id=APPLICATION)
        sequences = [r.sequence for r in uow.revocations.since(ISSUER, 0)]
        newest = uow.revocations.newest_crl(ISSUER)
    assert len({c.serial for c in listing.items}) == listing.total == 80
    assert sequences == list(range(1, 17))
    assert newest is not None
    assert newest.number == 80


def test_a_change_is_seen_by_the_other_process_at_once(directory: Store, store_url: str) -> None:
    """As soon as one process has its answer, the other reads the change and its change token differs."""
    with directory.write() as uow:
        uow.certificates.add(certificate(1))
    with children(("issue", store_url, 5, 1)) as (other,):
        before = directory.change_token()
        assert directory.change_token() == before
        release(other)
        assert out(other).readline() == "5\n"
        assert directory.change_token() != before
        with directory.read() as uow:
            found = uow.certificates.find_by_id("certificate-5")
    assert found is not None
    assert found.revoked_at == NOW


@pytest.mark.case("reliability-A-01")
def test_what_was_answered_survives_kill_nine(directory: Store, store_url: str) -> None:
    """After kills in mid-write each acknowledged certificate and revocation is there, and writing goes on."""
    answered: list[int] = []
    for round_ in range(2):
        with children(("issue", store_url, 10_000 * (round_ + 1), 5000)) as (writer,):
            release(writer)
            answered += [int(out(writer).readline()) for _ in range(60 + 31 * round_)]
            writer.kill()
            answered += [int(line) for line in out(writer) if line.endswith("\n")]
        with directory.read() as uow:
            for number in answered:
                found = uow.certificates.find_by_id(f"certificate-{number}")
                assert found is not None
                assert (found.revoked_at is not None) == (number % 5 == 0)
            listing = uow.certificates.list(ORGANISATION, ALL, software_statement_id=APPLICATION)
            assert listing.total - len(answered) in (0, 1, 2)
    with directory.write() as uow:
        uow.certificates.add(certificate(1))


@pytest.mark.case("reliability-E-02")
@pytest.mark.parametrize("way", ["at once", "by steps"])
def test_a_start_that_was_killed_leaves_nothing_behind(store_url: str, way: str) -> None:
    """Killed in the middle of the schema: the next start finds an empty database and makes it whole."""
    with children(("die", store_url, way, 9)) as (dying,):
        release(dying)
        assert out(dying).read() == ""
        assert dying.wait(30) == -9
    store = Store.open(store_url)
    assert store.revision() is None
    store.upgrade()
    assert store.revision() == HEAD
    store.close()


def test_a_lock_that_is_not_given_up_ends_in_a_refusal(
    directory: Store, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process keeps the lock, a write is soon Unavailable; reads go on; then it works."""
    for module in (sqlite, postgresql):
        monkeypatch.setattr(module, "LOCK_SECONDS", 0.3)
    impatient = Store.open(store_url)
    with children(("hold", store_url)) as (holder,):
        release(holder)
        assert out(holder).readline() == "held\n"
        with pytest.raises(Unavailable), impatient.write():
            pass
        with impatient.read() as uow:
            assert uow.organisations.get(ORGANISATION).is_active
        holder.kill()
        holder.wait(10)
        monkeypatch.undo()
        with impatient.write() as uow:
            uow.certificates.add(certificate(1))
    impatient.close()
