"""The journal: what came to the doors, newest first, with the whole reason of every refusal (control-cases.md E)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of, wrong
from app.errors import Conflict, NotFound
from app.powers.verification import NearMiss
from app.sandbox import Sandbox
from app.store.journal import JournalFilter
from app.web.answers import answer, present
from app.web.bodies import read_members
from app.web.calls import call
from app.web.journal import MOST, told
from app.web.moments import iso
from app.web.problems import problem
from app.web.queries import Query, text
from app.web.wanted.matching import FILTERS, filter_of
from app.web.wanted.times import WANTED, times_of, verdict_of

USUAL = 100
router = APIRouter()


@router.get("/_mock/journal")
async def recent(request: Request) -> Response:
    """The newest exchanges that fit every given filter."""
    sandbox, query = sandbox_of(request), query_of(request, (*FILTERS, "limit"))
    limit = _number(query, "limit", 1, MOST) or USUAL
    given = {name: text(query, name) for name in query if name != "limit"}
    return answer(await call(sandbox, _read, sandbox, given, limit))


@router.delete("/_mock/journal")
async def clear(request: Request) -> Response:
    """Forget the exchanges; data, clock and faults stay. 204; it leaves no entry itself."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    await call(sandbox, sandbox.journal_book.clear)
    request.scope["state"]["quiet"] = True
    return Response(status_code=204)


@router.post("/_mock/journal/verify")
async def verified(request: Request) -> Response:
    """200 where the count is as it should be, else 409 with what matched and what nearly did; no entry either way."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    request.scope["state"]["quiet"] = True
    members = await read_members(request)
    times = times_of(members_of(WANTED, members))
    verdict = await call(sandbox, verdict_of, sandbox, members.get("match"), times)
    body = {
        "count": verdict.count,
        "expected": times.text,
        "entries": [told(entry) for entry in verdict.entries],
    }
    if verdict.holds:
        return answer({"verified": True, **body})
    reason = f"expected {times.text}, found {verdict.count}"
    refused = Conflict(reason, code="journal.count")
    return problem(refused, 409, verified=False, **body, near_misses=[_near(each) for each in verdict.near_misses])


@router.get("/_mock/journal/{interaction_id}")
async def of_interaction(request: Request) -> Response:
    """Every exchange with this id. Raises NotFound, since ids go with the oldest entries."""
    sandbox, interaction_id = sandbox_of(request), request.path_params["interaction_id"]
    query_of(request, ())
    found = await call(sandbox, _read, sandbox, {"interaction_id": interaction_id}, MOST)
    if not found["entries"]:
        raise NotFound(f"no exchange {interaction_id[:100]!r} in the journal; {found['dropped']} were dropped")
    return answer({"interaction_id": interaction_id, "entries": found["entries"]})


def _near(miss: NearMiss) -> dict[str, Any]:
    expected, found = (iso(each) if isinstance(each, datetime) else each for each in (miss.expected, miss.found))
    return present({"differs_in": miss.differs_in, "expected": expected, "found": found}) | {"entry": told(miss.entry)}


def _read(sandbox: Sandbox, given: Mapping[str, str], limit: int) -> dict[str, Any]:
    at = "/query"
    wanted = filter_of(sandbox.journal_book, given, at) if given else JournalFilter()
    found = sandbox.journal_book.find(wanted, limit)
    with sandbox.store.read() as uow:
        kept, dropped = uow.journal.counts()
    waiting = len(sandbox.journal.unwritten())
    entries = [told(each) for each in found.entries]
    return {"entries": entries, "kept": kept + waiting, "dropped": dropped + sandbox.journal.lost}


def _number(query: Query, name: str, low: int, high: int) -> int | None:
    given = text(query, name)
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(high)) and low <= int(given) <= high):
        raise wrong(f"/query/{name}", f"a whole number from {low} to {high}", given)
    return int(given)
