"""Proof of what a client did about revocation, keys and caches (control-cases.md I)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, NotFound
from app.portal.forms import Form
from app.portal.mock.expectations import EXPECT, NUMBER, beside, command, expectation
from app.portal.mock.frame import power_page
from app.portal.mock.journal import asked
from app.portal.navigation import Link
from app.portal.visits import PowerVisitor, Visit
from app.powers.evidence import Unproved
from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox
from app.web.errors import status_of
from app.web.wanted.evidence import ALWAYS, TAKES, asked_of, question_of
from app.web.wanted.times import COUNTS

ENTRY = "mock-evidence"
ASSERT, PRESSED = "assert", "ask"
SINGLE = "seconds"
"""A member that `within` says as well: the form has one of the two."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Result:
    holds: bool
    reason: str
    entries: tuple[JournalEntry, ...]


@router.get("/mock/evidence")
async def evidence(visit: PowerVisitor) -> Response:
    """One page for each assertion, with the inputs that mean something to it; the question stands in the address."""
    name = visit.request.query_params.get(ASSERT, "")
    name = name if name in TAKES else next(iter(TAKES))
    names = inputs_of(name)
    form = asked(visit, (*names, PRESSED))
    if not form.text(PRESSED):
        return _page(visit, name, form, None)
    members = _members(name, form)
    try:
        result = await visit.call(_result, visit.sandbox, members)
    except NotFound as refusal:
        where = "certificate" if form.text("certificate") else "client"
        return _page(visit, name, form.refused(refusal, where), None, status_of(refusal))
    except DirectoryError as refusal:
        found = tuple(beside(refusal.findings)) or form.refused(refusal).findings
        return _page(visit, name, form.with_findings(found), None, status_of(refusal))
    return _page(visit, name, form, result)


def inputs_of(name: str) -> tuple[str, ...]:
    """The inputs of one assertion, in the order of its page."""
    members = [member for member in (*ALWAYS, *TAKES[name]) if member not in (ASSERT, SINGLE, *COUNTS)]
    return (*members, *((EXPECT, NUMBER) if COUNTS[0] in TAKES[name] else ()))


def _members(name: str, form: Form) -> dict[str, Any]:
    """As a body of POST /_mock/evidence has them: an empty input is a member that is not there."""
    texts = {member: form.text(member) for member in inputs_of(name) if member not in (EXPECT, NUMBER)}
    return {ASSERT: name, **{member: text for member, text in texts.items() if text}, **expectation(form)}


def _result(sandbox: Sandbox, members: Mapping[str, Any]) -> Result:
    """Raises Invalid, NotFound."""
    name, wanted = asked_of(members)
    question = question_of(sandbox, wanted, members.get("before"))
    try:
        proof = sandbox.evidence.assertions[name](question)
    except Unproved as unproved:
        return Result(False, unproved.reason, unproved.entries)
    return Result(True, "", proof.entries)


def _page(visit: Visit, name: str, form: Form, result: Result | None, status: int = 200) -> Response:
    t = visit.t
    body = json.dumps(_members(name, form), ensure_ascii=False)
    words = {
        "form": form,
        "chosen": name,
        "names": inputs_of(name),
        "assertions": [(each, visit.url("mock", "evidence", **{ASSERT: each})) for each in TAKES],
        "has_counts": COUNTS[0] in TAKES[name],
        "result": result,
        "command": command(visit, "/_mock/evidence", body) if result is not None else "",
        "like": lambda entry: visit.url("mock", "journal", path=entry.path, method=entry.method),
    }
    crumb = (Link(t(f"mock_evidence.assert.{name}.title")),)
    return power_page(visit, ENTRY, "evidence.html", words, *crumb, status=status)
