"""Counting, and the write that only shows that writing works."""

from __future__ import annotations

from datetime import timedelta

from app.store.census import Census
from app.store.store import Store
from tests.store.rows import NOW, application, bare_key, certificate


def test_an_empty_directory_has_nothing(store: Store) -> None:
    """Every count is nought."""
    with store.read() as uow:
        assert uow.census(NOW) == Census(0, 0, 0, 0, 0)


def test_a_certificate_counts_as_active_as_long_as_its_record_says_so(directory: Store) -> None:
    """Living, revoked, expired, of a suspended application, and a key that never expires."""
    with directory.write() as uow:
        uow.applications.add(application("app-2", status="Suspended"))
        uow.certificates.add(certificate(1))
        uow.certificates.add(certificate(2))
        uow.certificates.add(certificate(3, not_after=NOW + timedelta(days=1)))
        uow.certificates.add(certificate(4, software_statement_id="app-2"))
        uow.certificates.add(bare_key(5))
        uow.certificates.revoke("certificate-2", NOW, "superseded")
    later = NOW + timedelta(days=2)
    with directory.read() as uow:
        assert uow.census(NOW) == Census(1, 2, active=3, inactive=2, revoked=1)
        assert uow.census(later) == Census(1, 2, active=2, inactive=3, revoked=1)
        found = [uow.certificates.find_by_id(f"certificate-{n}") for n in range(1, 6)]
    assert sum(1 for each in found if each and each.is_active(later)) == 2


def test_a_beat_is_a_write(store: Store, store_url: str) -> None:
    """Another process sees that something was committed, each time."""
    other = Store.open(store_url, synchronous="NORMAL")
    tokens = [other.change_token()]
    for _ in range(2):
        with store.write() as uow:
            uow.beat()
        tokens.append(other.change_token())
    other.close()
    assert len(set(tokens)) == 3
