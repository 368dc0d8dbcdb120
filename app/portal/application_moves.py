"""Suspend, reactivate, unlock, delete: each asks first, on a page of its own (connect.md 4.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_application
from app.access_rules import Level
from app.directory.drafts import ApplicationDraft
from app.portal.applications import ONE, address, application_of
from app.portal.navigation import Link
from app.portal.places import at_application, trail
from app.portal.visits import Visit, Visitor

Ids = tuple[str, str]
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Move:
    """`name` is the last part of its address, and of the keys of its texts (`applications.<name>.*`)."""

    name: str
    act: Callable[[Visit, Ids], Awaitable[object]]
    needs: Level = Level.WRITE
    is_dangerous: bool = False


async def _suspend(visit: Visit, ids: Ids) -> None:
    await _set_status(visit, ids, "Suspended")


async def _reactivate(visit: Visit, ids: Ids) -> None:
    await _set_status(visit, ids, "Active")


async def _delete(visit: Visit, ids: Ids) -> None:
    await visit.call(visit.sandbox.applications.delete, visit.caller, ids)


async def _unlock(visit: Visit, ids: Ids) -> None:
    await visit.call(visit.sandbox.applications.unlock, visit.caller, ids)


async def _set_status(visit: Visit, ids: Ids, status: Literal["Active", "Suspended"]) -> None:
    """Everything else as it is stored at this moment: it must not be older (Stale)."""
    stored = await visit.call(visit.sandbox.applications.read, *ids)
    draft = ApplicationDraft(stored.client_name, status=status, details=stored.details)
    known = frozenset({str(stored.revision)})
    await visit.call(visit.sandbox.applications.update, visit.caller, ids, draft, revisions=known)


MOVES = {
    move.name: move
    for move in (
        Move("suspend", _suspend, is_dangerous=True),
        Move("reactivate", _reactivate),
        Move("delete", _delete, is_dangerous=True),
        Move("unlock", _unlock, needs=Level.ADMINISTRATOR),
    )
}


def _routes(move: Move) -> None:
    @router.get(f"{ONE}/{move.name}")
    async def ask(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
        require_application(visit.caller, organisation_id, software_statement_id, move.needs)
        return await _asked(visit, move, (organisation_id, software_statement_id))

    @router.post(f"{ONE}/{move.name}")
    async def do(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
        ids = organisation_id, software_statement_id
        await move.act(visit, ids)
        return visit.go(visit.url(*address(*ids)), notice=f"applications.{move.name}.done")


async def _asked(visit: Visit, move: Move, ids: Ids) -> Response:
    place = await at_application(visit, *ids, "details")
    t, found, key = visit.t, application_of(place), f"applications.{move.name}"
    words = {
        "heading": t(f"{key}.title", name=found.client_name),
        "says": [t(f"{key}.says"), t(f"{key}.follows")],
        "about": [(t("applications.id"), found.software_statement_id), (t("fields.ClientId"), found.client_id)],
        "button": t(f"{key}.button"),
        "is_dangerous": move.is_dangerous,
        "cancel": visit.url(*address(*ids)),
    }
    return visit.page("confirm.html", words, place=place, trail=trail(visit, place, Link(t(f"{key}.button"))))


for each in MOVES.values():
    _routes(each)
