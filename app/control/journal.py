"""The journal: what came to the doors, newest first, with the whole reason of every refusal (control-cases.md E-01)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of, wrong
from app.errors import NotFound
from app.sandbox import Sandbox
from app.store.journal import JournalFilter
from app.web.answers import answer
from app.web.calls import call
from app.web.journal import MOST, entries_about, told
from app.web.queries import Query, text

FILTERS = ("path", "status", "code", "interaction_id", "about", "since")
USUAL = 100
router = APIRouter()


@router.get("/_mock/journal")
async def recent(request: Request) -> Response:
    """The newest exchanges that fit every given filter."""
    sandbox, query = sandbox_of(request), query_of(request, (*FILTERS, "limit"))
    limit = _number(query, "limit", 1, MOST) or USUAL
    wanted = JournalFilter(
        path=text(query, "path"),
        status=_number(query, "status", 100, 599),
        code=text(query, "code"),
        interaction_id=text(query, "interaction_id"),
        about=text(query, "about"),
        since=_moment(query, "since"),
    )
    return answer(await call(sandbox, _read, sandbox, wanted, limit))


@router.get("/_mock/journal/{interaction_id}")
async def of_interaction(request: Request) -> Response:
    """Every exchange with this id. Raises NotFound, since ids go with the oldest entries."""
    sandbox, interaction_id = sandbox_of(request), request.path_params["interaction_id"]
    query_of(request, ())
    found = await call(sandbox, _read, sandbox, JournalFilter(interaction_id=interaction_id), MOST)
    if not found["entries"]:
        raise NotFound(f"no exchange {interaction_id[:100]!r} in the journal; {found['dropped']} were dropped")
    return answer({"interaction_id": interaction_id, "entries": found["entries"]})


def _read(sandbox: Sandbox, wanted: JournalFilter, limit: int) -> dict[str, Any]:
    entries = entries_about(sandbox, limit, **asdict(wanted))
    with sandbox.store.read() as uow:
        kept, dropped = uow.journal.counts()
    return {"entries": [told(each) for each in entries], "kept": kept, "dropped": dropped + sandbox.journal.lost}


def _number(query: Query, name: str, low: int, high: int) -> int | None:
    given = text(query, name)
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(high)) and low <= int(given) <= high):
        raise wrong(f"/query/{name}", f"a whole number from {low} to {high}", given)
    return int(given)


def _moment(query: Query, name: str) -> datetime | None:
    given = text(query, name)
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(f"/query/{name}", "a moment with its zone, such as 2026-01-01T00:00:00Z", given)
