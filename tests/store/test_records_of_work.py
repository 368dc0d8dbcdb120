"""Audit and journal: in order, without gaps, the journal with an end."""

# ruff: noqa: PT012 - what is refused here is a transaction, and that has several statements

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.errors import NotFound
from app.runtime.exchange import JournalEntry
from app.store.audit import AuditFilter
from app.store.journal import JournalFilter
from app.store.records import Page
from app.store.store import Store, UnitOfWork
from tests.store.rows import ALL, NOW, event


def entry(number: int, **changed: Any) -> JournalEntry:
    values: dict[str, Any] = {
        "at": NOW + timedelta(seconds=number),
        "listener": "https",
        "method": "GET",
        "path": f"/organisations/{number}",
        "status": 200,
        "interaction_id": f"id-{number}",
        "detail": {"findings": [{"code": "csr.key.weak"}]},
    }
    return JournalEntry(**(values | changed))


def test_audit_tells_the_newest_first(store: Store) -> None:
    """Events come back whole, filtered by what they are about, in pages."""
    events = [event(f"o{n % 2}", action=f"a{n}", organisation_id="org-1" if n else None) for n in range(5)]
    with store.write() as uow:
        for each in events:
            uow.audit.add(each)
    with store.read() as uow:
        assert uow.audit.list(ALL).items == tuple(reversed(events))
        page = uow.audit.list(Page(page=1, size=2), object_type="organisation")
        assert ([e.action for e in page.items], page.total) == (["a2", "a1"], 5)
        assert [e.action for e in uow.audit.list(ALL, object_id="o1").items] == ["a3", "a1"]
        assert uow.audit.list(Page(size=1), organisation_id="org-1", object_id="o0").total == 2


def test_audit_is_searched(store: Store) -> None:
    """By person, moments, several types and actions or all but these; each entry with a number of its own."""
    events = [event(f"o{n}", action="create" if n % 2 else "update", actor=f"p{n % 3}") for n in range(6)]
    with store.write() as uow:
        for each in events:
            uow.audit.add(each)
    with store.read() as uow:
        every = uow.audit.search(ALL, AuditFilter()).items
        assert [each for _number, each in every] == list(reversed(events))
        assert len({number for number, _each in every}) == len(events)

        def found(page: Page = ALL, **wanted: Any) -> list[str]:
            return [each.object_id for _number, each in uow.audit.search(page, AuditFilter(**wanted)).items]

        assert found(actor="p1") == ["o4", "o1"]
        assert found(actions=("create",)) == ["o5", "o3", "o1"]
        assert found(no_actions=("create", "delete"), actor="p0") == ["o0"]
        assert found(object_types=("organisation", "contact")) == found()
        assert found(object_types=("contact",)) == []
        assert found(since=events[0].at, until=events[0].at, object_id="o2") == ["o2"]
        assert found(until=events[0].at - timedelta(seconds=1)) == []
        assert found(before=every[3][0]) == ["o1", "o0"]
        assert found(Page(page=1, size=2)) == ["o3", "o2"]
        assert uow.audit.search(Page(size=1), AuditFilter(actor="p1")).total == 2


def test_audit_shares_the_fate_of_its_change(store: Store) -> None:
    """A rolled back transaction leaves no event."""
    with pytest.raises(NotFound), store.write() as uow:
        uow.audit.add(event("o1"))
        uow.certificates.amend("nobody", "")
    with store.read() as uow:
        assert uow.audit.list(ALL).total == 0


def test_the_journal_tells_the_newest_first(store: Store) -> None:
    """Entries come back whole, by path, status and interaction id."""
    entries = [entry(1), entry(2, status=400, code="csr.rejected", reason="Läuft nicht", peer="::1"), entry(3)]
    with store.write() as uow:
        uow.journal.add_all(entries)
    with store.read() as uow:
        assert uow.journal.recent(10) == tuple(reversed(entries))
        assert uow.journal.recent(1) == (entries[2],)
        assert _found(uow, status=400) == ["id-2"]
        assert _found(uow, path="ORGANISATIONS/1") == ["id-1"]
        assert _found(uow, path="%") == []
        assert _found(uow, interaction_id="id-3", status=200) == ["id-3"]
        assert _found(uow, interaction_id="id-3", status=404) == []
        assert _found(uow, since=NOW + timedelta(seconds=2)) == ["id-3", "id-2"]


def _found(uow: UnitOfWork, **wanted: Any) -> list[str]:
    return [entry.interaction_id for entry in uow.journal.recent(10, JournalFilter(**wanted))]


def test_the_journal_finds_the_code_of_any_finding(store: Store) -> None:
    """The refusal's own code and those of its findings, whole; a text that quotes a code is none."""
    quoting = {"findings": [{"code": "csr.a", "got": 'x"code": "csr.b"'}]}
    with store.write() as uow:
        uow.journal.add_all([entry(1, code="csr.rejected"), entry(2, detail=quoting), entry(3, detail={})])
    with store.read() as uow:
        assert _found(uow, code="csr.rejected") == ["id-1"]
        assert _found(uow, code="csr.key.weak") == ["id-1"]
        assert _found(uow, code="csr.a") == ["id-2"]
        assert [_found(uow, code=code) for code in ("csr.b", "csr.key", "csr_a", "%")] == [[], [], [], []]


def test_the_journal_finds_what_is_told_of_something(store: Store) -> None:
    """A part of reason, details or path, in any case; wildcards of SQL are letters."""
    told = [
        entry(1, detail={"known_kids": ["Kid-One"]}),
        entry(2, reason="no key Kid-One", detail={}),
        entry(3, path="/keys/kid-one", detail={}),
        entry(4, detail={"kid": "another"}),
    ]
    with store.write() as uow:
        uow.journal.add_all(told)
    with store.read() as uow:
        assert _found(uow, about="kid-ONE") == ["id-3", "id-2", "id-1"]
        assert _found(uow, about="Kid_One") == []
        assert _found(uow, about="Kid-One", path="/keys/") == ["id-3"]


@pytest.mark.case("reliability-B-04")
def test_a_full_journal_drops_the_oldest_and_says_how_many(store: Store) -> None:
    """Trimming keeps the newest; the count of dropped entries goes on over several trims."""
    dropped = []
    for round_ in range(3):
        with store.write() as uow:
            uow.journal.add_all([entry(round_ * 10 + n) for n in range(10)])
            dropped.append(uow.journal.trim(15))
    assert dropped == [0, 5, 15]
    with store.read() as uow:
        kept = uow.journal.recent(100)
        assert uow.journal.counts() == (15, 15)
    assert [e.interaction_id for e in kept] == [f"id-{n}" for n in range(29, 14, -1)]
