"""The outbox on both databases: what may be due, each stage once, claims, and the mark."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.errors import Conflict
from app.notices.book import NoticeBook
from app.runtime.clock import MovableClock
from app.settings import Settings
from app.store.notices import Notice, NoticeFilter, NoticeMark
from app.store.store import Store
from tests.store.rows import APPLICATION, NOW, ORGANISATION, certificate

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def notice(name: str = "n1", stage: int = 60, **more: object) -> Notice:
    made = Notice(
        notice_id=name,
        certificate_id="c1",
        stage=stage,
        organisation_id=ORGANISATION,
        software_statement_id=APPLICATION,
        kid="k1",
        type="rtstransport",
        not_after=NOW + 60 * DAY,
        due_at=NOW + (60 - stage) * DAY,
        made_at=NOW,
        recipients=({"email": "a@acme.example", "name": "A"},),
        subject="s",
        body="b",
        state="waiting",
        next_attempt_at=NOW,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_what_is_kept_comes_back(store: Store) -> None:
    """Every member, and those that are absent."""
    given = (notice(), notice("n2", 30, software_statement_id=None, state="kept", next_attempt_at=None))
    with store.write() as uow:
        uow.notices.add_all(given)
    with store.read() as uow:
        assert uow.notices.list(NoticeFilter(), 10) == (given[1], given[0])
        assert uow.notices.find("n2") == given[1]
        assert uow.notices.find("n3") is None
        assert uow.notices.stages_of("c1") == {60, 30}
        assert uow.notices.counts() == {"kept": 1, "waiting": 1, "sent": 0, "failed": 0, "no_recipient": 0}


def test_a_stage_is_told_once(store: Store) -> None:
    """The database itself refuses a second notice of a certificate and stage."""
    with store.write() as uow:
        uow.notices.add_all([notice()])
    with pytest.raises(Conflict), store.write() as uow:
        uow.notices.add_all([notice("n2")])


def test_lists(store: Store) -> None:
    """By each filter, by several owners, and page by page."""
    with store.write() as uow:
        uow.notices.add_all(
            [notice("n1", 60), notice("n2", 30), notice("n3", 60, certificate_id="c2", organisation_id="p", kid="k2")]
        )

    def names(limit: int = 10, skipped: int = 0, **wanted: object) -> list[str]:
        with store.read() as uow:
            found = uow.notices.list(NoticeFilter(**wanted), limit, skipped)  # type: ignore[arg-type]
        return [each.notice_id for each in found]

    assert names() == ["n2", "n3", "n1"]
    assert names(1, 1) == ["n3"]
    assert names(stage=60) == ["n3", "n1"]
    assert names(organisation_id=ORGANISATION, stage=30) == ["n2"]
    assert names(certificate_id="c2") == names(kid="k2") == names(organisations=("p",)) == ["n3"]
    assert names(organisations=("p", ORGANISATION), state="waiting") == ["n2", "n3", "n1"]
    assert names(organisations=()) == names(state="sent") == names(software_statement_id="none") == []


def test_candidates(directory: Store) -> None:
    """Those that end inside a span, and those that nobody has seen and that end soon enough; each once."""
    ends = (NOW + 10 * DAY, NOW + 20 * DAY, NOW + 30 * DAY, None)
    with directory.write() as uow:
        for number, end in enumerate(ends, 1):
            uow.certificates.add(certificate(number, not_after=end))

    def found(spans: list[tuple[datetime, datetime]], known: int, reach: int) -> list[int]:
        with directory.read() as uow:
            mark, until = NoticeMark(NOW, known), NOW + reach * DAY
            assert uow.notices.newest_certificate() == 4
            return list(uow.notices.candidates(spans, mark, until))

    assert found([(NOW + 10 * DAY, NOW + 20 * DAY)], 4, 60) == [2]
    assert found([(NOW, NOW + 10 * DAY), (NOW + 25 * DAY, NOW + 31 * DAY)], 4, 60) == [1, 3]
    assert found([(NOW, NOW)], 1, 20) == [2]
    assert found([(NOW, NOW + 60 * DAY), (NOW, NOW + 20 * DAY)], 0, 60) == [1, 2, 3]
    with directory.read() as uow:
        numbered = uow.notices.certificates((3, 1, 9))
    assert numbered == tuple((number, certificate(number, not_after=ends[number - 1])) for number in (1, 3))


def test_an_attempt_is_claimed_once(store: Store) -> None:
    """Of two that have seen the same attempts one goes on; then it waits for its moment, and ends as it was settled."""
    with store.write() as uow:
        uow.notices.add_all([notice()])
    with store.read() as uow:
        (seen,) = uow.notices.waiting(NOW, HOUR, 10)
    with store.write() as uow:
        assert uow.notices.claim(seen, NOW + HOUR)
        assert not uow.notices.claim(seen, NOW + HOUR)
    with store.write() as uow:
        assert uow.notices.waiting(NOW + HOUR - timedelta(seconds=1), HOUR, 10) == ()
        assert len(uow.notices.waiting(NOW + HOUR, HOUR, 10)) == 1
        assert len(uow.notices.waiting(NOW - timedelta(days=9), HOUR, 10)) == 1, "the clock went back"
        uow.notices.failed("n1", "no", NOW + 2 * HOUR)
        assert uow.notices.find("n1") == replace(seen, attempts=1, next_attempt_at=NOW + 2 * HOUR, error="no")
        uow.notices.failed("n1", "never", None)
        assert uow.notices.waiting(NOW + 9 * HOUR, HOUR, 10) == ()
        assert uow.notices.again("n1", NOW)
        uow.notices.sent("n1", NOW)
        assert uow.notices.find("n1") == replace(seen, state="sent", next_attempt_at=None, sent_at=NOW)
        assert not uow.notices.again("none", NOW)


def test_nobody_to_send_to(store: Store) -> None:
    """A notice without a recipient cannot be sent again."""
    with store.write() as uow:
        uow.notices.add_all([notice(state="no_recipient", recipients=(), next_attempt_at=None)])
        assert not uow.notices.again("n1", NOW)


def test_the_mark_is_of_one_value_of_the_counter(store: Store) -> None:
    """After whole tables were replaced there is none."""
    with store.write() as uow:
        assert uow.notices.mark() is None
        uow.notices.put_mark(NoticeMark(NOW, 1))
        uow.notices.put_mark(NoticeMark(NOW + DAY, 2))
        assert uow.notices.mark() == NoticeMark(NOW + DAY, 2)
        uow.copies.mark()
        assert uow.notices.mark() is None
        uow.notices.put_mark(NoticeMark(NOW, 3))
        assert uow.notices.mark() == NoticeMark(NOW, 3)


def test_processes_that_look_at_the_same_moment(directory: Store, store_url: str) -> None:
    """Whichever of them is quicker: each stage of each certificate is told once, and the mark is where they looked."""
    with directory.write() as uow:
        for number in (1, 2, 3):
            uow.certificates.add(certificate(number))
    stores = [Store.open(store_url) for _ in range(3)]
    clock = MovableClock(NOW + 500 * DAY)
    books = [NoticeBook(store, clock, Settings(data=Path("nowhere")), "default") for store in stores]
    with ThreadPoolExecutor(3) as threads:
        made = [*threads.map(NoticeBook.work_out, books)]
    assert sum(made) == len(books[0].all(NoticeFilter(), 100)) == 18
    with directory.read() as uow:
        assert uow.notices.mark() == NoticeMark(clock.now(), 3)
    for store in stores:
        store.close()
