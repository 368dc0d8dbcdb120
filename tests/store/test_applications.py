"""Applications: kept whole, found with their organisation, replaced by the next revision only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.errors import Conflict, Invalid, NotFound
from app.store.applications import RegistryFilter
from app.store.records import Page
from app.store.store import Store
from tests.store.rows import ALL, APPLICATION, NOW, ORGANISATION, application, organisation


def test_an_application_comes_back_as_it_was_kept(directory: Store) -> None:
    """Every member survives, and only its own organisation has it."""
    kept = application("app-2", client_name="Ünicode", locked=True, details={"Mode": "Test", "Version": 1.5})
    with directory.write() as uow:
        uow.applications.add(kept)
    with directory.read() as uow:
        assert uow.applications.get(ORGANISATION, "app-2") == kept
        assert uow.applications.find_any("app-2") == kept
        assert uow.applications.find("org-2", "app-2") is None
        with pytest.raises(NotFound, match="app-2"):
            uow.applications.get("org-2", "app-2")


def test_an_application_comes_with_its_organisation(directory: Store) -> None:
    """Both records in one query are the same as in two."""
    with directory.read() as uow:
        found = uow.applications.with_organisation(ORGANISATION, APPLICATION)
        assert found == (uow.organisations.get(ORGANISATION), uow.applications.get(ORGANISATION, APPLICATION))
        assert uow.applications.with_organisation("org-2", APPLICATION) is None
        assert uow.applications.with_organisation(ORGANISATION, "app-2") is None


@pytest.mark.parametrize(
    "second",
    [application(APPLICATION, client_id="x"), application("app-2", client_id=f"client-{APPLICATION}")],
    ids=["id", "client id"],
)
def test_ids_and_client_ids_are_given_once(directory: Store, second: object) -> None:
    """A second application of the same id, or the same client id, is a Conflict."""
    with pytest.raises(Conflict), directory.write() as uow:
        uow.applications.add(second)  # type: ignore[arg-type]


def test_an_application_needs_its_organisation(directory: Store) -> None:
    """The database itself refuses an application of an organisation that is not there."""
    with pytest.raises(Conflict), directory.write() as uow:
        uow.applications.add(application("app-2", organisation_id="org-9"))


def test_the_next_revision_replaces_and_any_other_conflicts(directory: Store) -> None:
    """A change on an old copy is lost with a Conflict."""
    first = application()
    second = replace(first, status="Suspended", locked=True, client_name="New", revision=1)
    with directory.write() as uow:
        uow.applications.replace(second)
    with directory.read() as uow:
        assert uow.applications.get(ORGANISATION, APPLICATION) == second
    for stale in (replace(first, revision=1), replace(first, revision=0), replace(first, revision=3)):
        with pytest.raises(Conflict), directory.write() as uow:
            uow.applications.replace(stale)
    with pytest.raises(NotFound), directory.write() as uow:
        uow.applications.replace(application("app-9", revision=1))


def test_lists_are_filtered_sorted_and_in_pages(directory: Store) -> None:
    """Of one organisation only, by name or id, by status, oldest first; `ids` are all of them."""
    with directory.write() as uow:
        uow.organisations.add(organisation("org-2"))
        uow.applications.add(application("foreign", organisation_id="org-2"))
        for n in range(2, 6):
            status = "Suspended" if n % 2 else "Active"
            made = application(f"app-{n}", client_name=f"Client {9 - n}", status=status)
            uow.applications.add(replace(made, created_at=NOW + timedelta(seconds=n)))

    def listed(page: Page = ALL, **wanted: str) -> list[str]:
        with directory.read() as uow:
            return [a.software_statement_id for a in uow.applications.list(ORGANISATION, page, **wanted).items]

    assert listed() == ["app-1", "app-2", "app-3", "app-4", "app-5"]
    assert listed(Page(page=1, size=2)) == ["app-3", "app-4"]
    assert listed(Page(sort=(("client_name", False),))) == ["app-1", "app-5", "app-4", "app-3", "app-2"]
    assert listed(filter_by="CLIENT") == ["app-2", "app-3", "app-4", "app-5"]
    assert listed(filter_by="APP-4") == ["app-4"]
    assert listed(status="Suspended") == ["app-3", "app-5"]
    assert listed(status="Suspended", filter_by="client 4") == ["app-5"]
    with directory.read() as uow:
        assert uow.applications.list(ORGANISATION, Page(size=2), status="Active").total == 3
        assert uow.applications.ids(ORGANISATION) == ("app-1", "app-2", "app-3", "app-4", "app-5")
    with pytest.raises(Invalid, match="details"):
        listed(Page(sort=(("details", False),)))


def test_search_finds_applications_of_everybody(directory: Store) -> None:
    """A part of the name or id in any case, or the whole client id; by name, no more than asked for."""
    with directory.write() as uow:
        uow.organisations.add(organisation("org-2"))
        uow.applications.add(application("zeta-1", organisation_id="org-2", client_name="Größe 100%"))
        uow.applications.add(application("zeta-2", client_name="Another", client_id="https://rp.example/x"))

    def found(needle: str, size: int = 10) -> list[str]:
        with directory.read() as uow:
            return [each.software_statement_id for each in uow.applications.search(needle, size)]

    assert found("ZETA") == ["zeta-2", "zeta-1"]
    assert found("größe") == found("100%") == ["zeta-1"]
    assert found("https://rp.example/x") == ["zeta-2"]
    assert found("rp.example") == found("_eta-1") == []
    assert found("zeta", 1) == ["zeta-2"]


def test_the_registry_is_found_by_name_status_and_time(directory: Store) -> None:
    """Of all organisations, oldest first, with the organisation, a page at a time; each bound belongs to it."""
    later = NOW + timedelta(days=1)
    with directory.write() as uow:
        uow.organisations.add(organisation("org-2"))
        uow.applications.add(application("app-2", organisation_id="org-2", created_at=later, status="Suspended"))
        uow.applications.add(application("app-3", client_name="100% Größe", created_at=later + timedelta(days=1)))

    def found(page: Page | None = None, **wanted: Any) -> list[str]:
        with directory.read() as uow:
            listing = uow.applications.registry(page or Page(), RegistryFilter(**wanted))
        assert page is not None or listing.total == len(listing.items)
        assert all(each[0].organisation_id == each[1].organisation_id for each in listing.items)
        return [each.software_statement_id for _organisation, each in listing.items]

    assert found() == [APPLICATION, "app-2", "app-3"]
    assert found(Page(1, 2)) == ["app-3"]
    assert found(status="Suspended") == ["app-2"]
    assert found(name="größe") == found(name="100%") == ["app-3"]
    assert found(name="1__%") == []
    assert found(since=later) == ["app-2", "app-3"]
    assert found(until=later) == [APPLICATION, "app-2"]
    assert found(since=later, until=later, name="app", status="Suspended") == ["app-2"]
