"""A store on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.store.store import Store
from tests.store.rows import ISSUER, NOW, ORGANISATION, application, issuer, organisation


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty directory."""
    opened = Store.open(store_url, synchronous="NORMAL")
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def directory(store: Store) -> Store:
    """A directory with one organisation, its application, and an issuing CA."""
    with store.write() as uow:
        uow.organisations.add(organisation(ORGANISATION, created_at=NOW))
        uow.applications.add(application())
        uow.issuers.add(issuer(ISSUER))
    return store
