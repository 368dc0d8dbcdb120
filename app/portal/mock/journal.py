"""The journal as a client of this mock sees it: found by filters, counted, held against what was expected (E)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, Finding
from app.portal.forms import Form
from app.portal.mock.asking import ask_first
from app.portal.mock.expectations import EXPECT, NUMBER, beside, command, expectation
from app.portal.mock.frame import power_page
from app.portal.navigation import Link
from app.portal.visits import PowerVisitor, Visit
from app.powers.journal_book import Found
from app.powers.verification import NearMiss, Verdict
from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox
from app.store.journal import JournalFilter
from app.web.errors import status_of
from app.web.moments import iso
from app.web.wanted.matching import FILTERS, LISTENERS, filter_of
from app.web.wanted.members import Together
from app.web.wanted.times import times_of, verdict_of

ENTRY = "mock-journal"
SHOWN = 50
INPUTS = (*FILTERS, EXPECT, NUMBER)
LONGEST = 300
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Near:
    """A near miss as people read it."""

    entry: JournalEntry
    differs_in: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the journal says. Without an expectation `holds` is None, and there are no near misses."""

    holds: bool | None
    count: int
    expected: str
    entries: tuple[JournalEntry, ...]
    near_misses: tuple[Near, ...] = ()


@router.get("/mock/journal")
async def journal(visit: PowerVisitor) -> Response:
    """The filters stand in the address, so that a question can be kept and sent to others."""
    form = asked(visit, INPUTS)
    match = {name: form.text(name) for name in FILTERS if form.text(name)}
    try:
        result = await visit.call(_result, visit.sandbox, match, form)
    except DirectoryError as refusal:
        form = form.with_findings(tuple(_beside(refusal.findings)) or form.refused(refusal).findings)
        return _page(visit, form, match, None, status_of(refusal))
    return _page(visit, form, match, result)


@router.get("/mock/journal/clear")
async def ask(visit: PowerVisitor) -> Response:
    return ask_first(visit, ENTRY, "mock_journal.clear", ("mock", "journal"))


@router.post("/mock/journal/clear")
async def clear(visit: PowerVisitor) -> Response:
    """It leaves no entry itself, as at the control listener."""
    await visit.call(visit.sandbox.journal_book.clear)
    visit.request.scope["state"]["quiet"] = True
    return visit.go(visit.url("mock", "journal"), notice="mock_journal.cleared")


def asked(visit: Visit, names: tuple[str, ...]) -> Form:
    """The form that the address holds."""
    query = visit.request.query_params
    return Form({name: (query[name][:LONGEST],) for name in names if name in query})


def _result(sandbox: Sandbox, match: Mapping[str, str], form: Form) -> Result:
    """Raises Invalid with every finding."""
    together, given = Together(), expectation(form)
    wanted = together.read(lambda: filter_of(sandbox.journal_book, match, "/match"))
    times = together.read(lambda: times_of(given)) if given else None
    together.require_good()
    if times is None:
        return _found(sandbox.journal_book.find(wanted or JournalFilter(), SHOWN))
    return _judged(verdict_of(sandbox, dict(match), times), times.text)


def _found(found: Found) -> Result:
    return Result(None, found.count, "", found.entries)


def _judged(verdict: Verdict, expected: str) -> Result:
    near = tuple(_near(miss) for miss in verdict.near_misses)
    return Result(verdict.holds, verdict.count, expected, verdict.entries, near)


def _near(miss: NearMiss) -> Near:
    return Near(miss.entry, miss.differs_in, _text(miss.expected), _text(miss.found))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    return "" if value is None else str(value)


def _beside(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """Beside the input that each is about."""
    yield from beside(findings, "/match")


def _page(visit: Visit, form: Form, match: Mapping[str, str], result: Result | None, status: int = 200) -> Response:
    given = expectation(form)
    body = json.dumps({"match": match, **given}, ensure_ascii=False)
    words = {
        "form": form,
        "names": INPUTS,
        "result": result,
        "shown": SHOWN,
        "listeners": [("", visit.t("mock_journal.any")), *((name, name) for name in LISTENERS)],
        "is_asked": bool(match or given),
        "command": command(visit, "/_mock/journal/verify", body) if given and not form.findings else "",
        "like": lambda entry: visit.url("mock", "journal", path=entry.path, method=entry.method),
    }
    return power_page(visit, ENTRY, "journal.html", words, *_crumbs(visit, result), status=status)


def _crumbs(visit: Visit, result: Result | None) -> tuple[Link, ...]:
    return (Link(visit.t("mock_journal.verified")),) if result is not None and result.holds is not None else ()
