"""What a person has allowed a client, and codes that are looked at before they are used."""

from __future__ import annotations

from datetime import timedelta

from app.store import authorisations
from app.store.grants import AuthorisationCode
from app.store.store import Store
from tests.store.rows import NOW
from tests.store.test_grants import grant


def test_of_this_person_and_this_client(store: Store) -> None:
    """Newest first; neither of others nor what was taken back."""
    later = NOW + timedelta(seconds=1)
    with store.write() as uow:
        for record in (
            grant("first"),
            grant("second", created_at=later),
            grant("of another client", client_id="app-2"),
            grant("of another person", user_id="user-2"),
            grant("taken back"),
        ):
            uow.grants.add(record)
        uow.grants.revoke("taken back", later)
    with store.read() as uow:
        assert [found.grant_id for found in uow.grants.of("user-1", "app-1")] == ["second", "first"]
        assert uow.grants.of("user-1", "app-1")[1] == grant("first")
        assert uow.grants.of("user-3", "app-1") == ()


def test_the_newest_of_many(store: Store) -> None:
    """So that a person who signs in all day does not slow it down."""
    with store.write() as uow:
        for number in range(authorisations.NEWEST + 5):
            uow.grants.add(grant(f"g{number}", created_at=NOW + timedelta(seconds=number)))
    with store.read() as uow:
        found = uow.grants.of("user-1", "app-1")
    assert len(found) == authorisations.NEWEST
    assert found[0].grant_id == f"g{authorisations.NEWEST + 4}"


def test_a_look_at_a_code_does_not_use_it(store: Store) -> None:
    """Whether it is this client's is asked before."""
    code = AuthorisationCode(b"c" * 32, "grant-1", "https://a.example/cb", "challenge", NOW + timedelta(minutes=1))
    with store.write() as uow:
        uow.grants.add(grant())
        uow.codes.add(code, NOW)
    with store.read() as uow:
        assert uow.codes.find(code.code_sha256) == code
        assert uow.codes.find(b"x" * 32) is None
    with store.write() as uow:
        taken = uow.codes.take(code.code_sha256, NOW)
        assert taken is not None
        assert taken.is_first
