"""Organisations: kept whole, found, listed, replaced by the next revision only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Conflict, Invalid, NotFound
from app.store.records import Page
from app.store.store import Store
from tests.store.rows import ALL, NOW, organisation


def add(store: Store, *records: object) -> None:
    with store.write() as uow:
        for record in records:
            uow.organisations.add(record)  # type: ignore[arg-type]


def listed(store: Store, page: Page = ALL, **wanted: object) -> list[str]:
    with store.read() as uow:
        return [o.organisation_id for o in uow.organisations.list(page, **wanted).items]  # type: ignore[arg-type]


def test_an_organisation_comes_back_as_it_was_kept(store: Store) -> None:
    """Every member survives: texts beyond ASCII, microseconds, nested details, roles."""
    kept = organisation(name="Ação — 銀行 🏦", roles=({"id": "1", "role": "AISP"}, {"id": "2", "role": "PISP"}))
    add(store, kept)
    with store.read() as uow:
        assert uow.organisations.get("org-1") == kept
        assert uow.organisations.find("org-2") is None
        with pytest.raises(NotFound, match="org-2"):
            uow.organisations.get("org-2")


def test_ids_are_compared_as_they_are(store: Store) -> None:
    """Upper case, blanks and quotes make another id."""
    add(store, organisation("org-a"), organisation("ORG-A"), organisation("org-a "), organisation("o'rg\"%_"))
    with store.read() as uow:
        assert uow.organisations.get("ORG-A").organisation_id == "ORG-A"
        assert uow.organisations.find("Org-a") is None
        assert uow.organisations.get("o'rg\"%_").organisation_id == "o'rg\"%_"


def test_an_id_is_given_once(store: Store) -> None:
    """A second organisation of the same id is a Conflict, and the first stays."""
    add(store, organisation(name="first"))
    with pytest.raises(Conflict):
        add(store, organisation(name="second"))
    with store.read() as uow:
        assert uow.organisations.get("org-1").name == "first"


def test_the_next_revision_replaces_all_but_id_and_creation(store: Store) -> None:
    """Replacing keeps the new members and the old date of creation."""
    first = organisation()
    add(store, first)
    second = replace(first, name="New", status="Withdrawn", details={}, roles=(), revision=1)
    with store.write() as uow:
        uow.organisations.replace(replace(second, created_at=NOW + timedelta(days=1)))
    with store.read() as uow:
        assert uow.organisations.get("org-1") == second


def test_a_revision_that_does_not_follow_is_a_conflict(store: Store) -> None:
    """Of two changes on the same copy the second one loses; an unknown organisation is NotFound."""
    first = organisation()
    add(store, first)
    with store.write() as uow:
        uow.organisations.replace(replace(first, name="one", revision=1))
    with pytest.raises(Conflict, match="revision 1"), store.write() as uow:
        uow.organisations.replace(replace(first, name="two", revision=1))
    with pytest.raises(NotFound), store.write() as uow:
        uow.organisations.replace(organisation("org-9", revision=1))
    with store.read() as uow:
        assert uow.organisations.get("org-1").name == "one"


def test_lists_are_oldest_first_and_in_pages(store: Store) -> None:
    """In the order of creation, of equal moments as they were kept; the total is that of the whole list."""
    same = [organisation(f"same-{n}") for n in range(3)]
    add(store, *same, organisation("late", created_at=NOW + timedelta(seconds=1)))
    assert listed(store) == ["same-0", "same-1", "same-2", "late"]
    with store.read() as uow:
        page = uow.organisations.list(Page(page=1, size=3))
        beyond = uow.organisations.list(Page(page=7, size=3))
    assert ([o.organisation_id for o in page.items], page.total) == (["late"], 4)
    assert (beyond.items, beyond.total) == ((), 4)


@pytest.mark.case("api-D-03")
def test_what_is_added_while_paging_comes_on_a_later_page(store: Store) -> None:
    """No row comes twice and none is skipped when rows are added between two pages."""
    add(store, *(organisation(f"org-{n}") for n in range(4)))
    first = listed(store, Page(page=0, size=3))
    add(store, organisation("new", created_at=NOW + timedelta(seconds=1)))
    assert first + listed(store, Page(page=1, size=3)) == ["org-0", "org-1", "org-2", "org-3", "new"]


@pytest.mark.case("api-B-17")
def test_twins_of_an_id_are_found(store: Store) -> None:
    """Other case, other composition and trailing dots are the same id to people; wildcards are no twins."""
    add(store, organisation("Ação.1"), organisation("100%"), organisation("dot.."))
    with store.read() as uow:
        for twin in ("Ação.1", "AÇÃO.1", "Ac\u0327a\u0303o.1", "ação.1.", "ação.1. ."):
            assert uow.organisations.twin(twin) == "Ação.1", twin
        assert uow.organisations.twin("Dot") == "dot.."
        for other in ("Ação.2", "Ação", "Ação.11", "1__%", "100_", "Acme", "org"):
            assert uow.organisations.twin(other) is None, other


def test_filters_find_substrings_whatever_their_case(store: Store) -> None:
    """Name, legal name, id and registration number are looked into; accents fold too."""
    wanted = organisation(
        "org-7", name="Acme Bank Ação 50% _x", legal_entity_name="Some Bank Ltd", registration_number="AB0042"
    )
    add(store, wanted, organisation("other", name="Other", legal_entity_name="Ltd", registration_number="1"))
    for needle in ("ACME", "ação", "AÇÃO", "AÇÃO", "me ban", "Bank Ltd", "ORG-7", "0042", "50%", "_x"):
        assert listed(store, filter_by=needle) == ["org-7"], needle


def test_filters_find_nothing_by_wildcards(store: Store) -> None:
    """What SQL would read as a pattern is a plain text here, of any length."""
    add(store, organisation())
    for needle in ("%", "\\", "_%", "x" * 60_000, "Acme\x1fLtd"):
        assert listed(store, filter_by=needle) == [], needle[:20]


def test_inactive_organisations_can_be_hidden(store: Store) -> None:
    """`hide_inactive` leaves the active ones, and the total with them."""
    add(store, organisation("a"), organisation("p", status="Pending"), organisation("w", status="Withdrawn"))
    assert listed(store, hide_inactive=True) == ["a"]
    with store.read() as uow:
        assert uow.organisations.list(Page(size=1), hide_inactive=True).total == 1


def test_sorting_is_the_same_on_both_databases(store: Store) -> None:
    """By code points, several fields, then by creation; an unknown field is refused by name."""
    names = ["b", "A", "á", "a", "Z", "_"]
    add(store, *(organisation(f"{n}", name=name, legal_entity_name="x") for n, name in enumerate(names)))
    by_name = listed(store, Page(sort=(("name", False),)))
    assert [names[int(n)] for n in by_name] == ["A", "Z", "_", "a", "b", "á"]
    both = listed(store, Page(sort=(("legal_entity_name", True), ("name", True))))
    assert [names[int(n)] for n in both] == ["á", "b", "a", "_", "Z", "A"]
    with pytest.raises(Invalid) as refused:
        listed(store, Page(sort=(("search", False),)))
    assert refused.value.code == "sort.field"
    assert "registration_number" in refused.value.findings[0].expected


def test_a_page_may_be_as_far_away_as_paging_allows(store: Store) -> None:
    """The greatest page of the greatest size is empty, not an error."""
    add(store, organisation())
    assert listed(store, Page(page=1_000_000_000, size=50_000)) == []


def test_domains_are_those_of_the_newest_revision(store: Store) -> None:
    """Registered hosts follow the organisation's details; of two claims the earlier organisation has it."""
    first = organisation("one", details={"Domains": ["Acme.example", "acme.test"]})
    add(store, first, organisation("two", details={"Domains": ["other.example", "acme.test"]}))
    with store.read() as uow:
        assert uow.organisations.domains() == {"acme.example": "one", "acme.test": "one", "other.example": "two"}
    with store.write() as uow:
        uow.organisations.replace(replace(first, details={"Domains": ["new.example"]}, revision=1))
        assert uow.organisations.domains() == {"new.example": "one", "acme.test": "two", "other.example": "two"}
