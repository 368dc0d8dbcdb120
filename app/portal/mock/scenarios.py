"""Rotation drills: started, moved on, left; what is visible where, and the numbers (control-cases.md H)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError
from app.portal.forms import Form, read_form
from app.portal.mock.frame import power_page
from app.portal.navigation import Link
from app.portal.visits import PowerVisitor, Visit
from app.powers.scenarios.language import Run
from app.web.errors import status_of
from app.web.wanted.scenarios import detail_of, parameters_of, told

ENTRY = "mock-scenarios"
router = APIRouter()


@router.get("/mock/scenarios")
async def scenarios(visit: PowerVisitor) -> Response:
    """Those that are running first."""
    runs = await visit.call(visit.sandbox.scenarios.all)
    found = [told(visit.sandbox.scenarios, run) for run in sorted(runs, key=lambda run: not run.is_running)]
    return power_page(visit, ENTRY, "scenarios.html", {"scenarios": found})


@router.get("/mock/scenarios/{name}")
async def scenario(visit: PowerVisitor, name: str) -> Response:
    """Raises NotFound."""
    return await _page(visit, name, Form())


@router.post("/mock/scenarios/{name}/start")
async def start(visit: PowerVisitor, name: str) -> Response:
    """Begin, and do the first step. In a thread: it may revoke every certificate."""
    form, book = await read_form(visit.request), visit.sandbox.scenarios
    given = {member: form.text(member) for member in book.scenario(name).takes if form.text(member)}
    try:
        wanted = parameters_of(book.scenario(name), given)
        run = await to_thread.run_sync(book.start, name, wanted)
    except DirectoryError as refusal:
        return await _page(visit, name, form.refused(refusal), status_of(refusal))
    return _moved(visit, run)


@router.post("/mock/scenarios/{name}/advance")
async def advance(visit: PowerVisitor, name: str) -> Response:
    """Do the next step."""
    try:
        run = await to_thread.run_sync(visit.sandbox.scenarios.advance, name)
    except DirectoryError as refusal:
        return await _page(visit, name, Form().refused(refusal), status_of(refusal))
    return _moved(visit, run)


@router.post("/mock/scenarios/{name}/end")
async def end(visit: PowerVisitor, name: str) -> Response:
    """Leave it where it is."""
    try:
        run = await visit.call(visit.sandbox.scenarios.end, name)
    except DirectoryError as refusal:
        return await _page(visit, name, Form().refused(refusal), status_of(refusal))
    visit.request.scope["state"]["detail"] = detail_of(visit.sandbox.scenarios, run)
    return visit.go(visit.url("mock", "scenarios", name), notice="mock_scenarios.left")


def _moved(visit: Visit, run: Run) -> Response:
    """What the journal holds of it is what evidence about rotations rests on."""
    detail = detail_of(visit.sandbox.scenarios, run)
    visit.request.scope["state"]["detail"] = detail
    address = visit.url("mock", "scenarios", run.name)
    return visit.go(address, notice="mock_scenarios.moved", step=str(detail["step"]))


async def _page(visit: Visit, name: str, form: Form, status: int = 200) -> Response:
    found = told(visit.sandbox.scenarios, await visit.call(visit.sandbox.scenarios.get, name))
    facts: Mapping[str, Any] = found.get("facts", {})
    words = {
        "form": form,
        "scenario": found,
        "numbers": [(fact, value) for fact, value in facts.items() if _is_short(value)],
        "texts": [part for fact, value in facts.items() if not _is_short(value) for part in _parts(fact, value)],
    }
    return power_page(visit, ENTRY, "scenario.html", words, Link(name), status=status)


def _is_short(value: Any) -> bool:
    """Whether it stands in a line: a number, a word."""
    return not isinstance(value, Mapping | list) and "\n" not in str(value)


def _parts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """A certificate as it is, each of several by itself; anything else as JSON."""
    if isinstance(value, str):
        yield name, value
    elif "\\n" not in (text := json.dumps(value, indent=2, ensure_ascii=False)):
        yield name, text
    else:
        members = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
        for key, member in members:
            yield from _parts(f"{name} {key}", member)
