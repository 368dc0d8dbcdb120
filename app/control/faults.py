"""Faults: made, listed with their hits, ended (control-cases.md B). The control listener itself is never struck."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of
from app.powers.faults.book import state_of
from app.powers.faults.templates import TEMPLATES
from app.sandbox import Sandbox
from app.store.powers import Fault
from app.web.answers import answer, present
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso

router = APIRouter()


@router.post("/_mock/faults")
async def add(request: Request) -> Response:
    """A new fault, behind all others. 422 with every finding; 501 for effects on what is not built."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    made = await call(sandbox, sandbox.faults.add, await read_members(request))
    request.scope["state"]["detail"] = {"fault": made.fault_id, **made.rule}
    location = {"location": f"/_mock/faults/{made.fault_id}"}
    return answer(told(made, sandbox.clock.now()), 201, headers=location)


@router.get("/_mock/faults")
async def listed(request: Request) -> Response:
    """All, in the order in which they are asked."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer({"faults": await call(sandbox, told_all, sandbox)})


@router.delete("/_mock/faults")
async def clear(request: Request) -> Response:
    """All are taken away."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    ended = await call(sandbox, sandbox.faults.clear)
    request.scope["state"]["detail"] = {"ended": ended}
    return answer({"ended": ended})


@router.get("/_mock/fault-templates")
async def templates(request: Request) -> Response:
    """Faults that everybody wants: `{"template": name}` makes one."""
    query_of(request, ())
    return answer({name: {"says": each.says, **each.rule} for name, each in TEMPLATES.items()})


@router.get("/_mock/faults/{fault_id}")
async def one(request: Request) -> Response:
    """Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    found = await call(sandbox, sandbox.faults.get, request.path_params["fault_id"])
    return answer(told(found, sandbox.clock.now()))


@router.delete("/_mock/faults/{fault_id}")
async def end(request: Request) -> Response:
    """It is gone; the answer tells how often it struck. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    ended = await call(sandbox, sandbox.faults.end, request.path_params["fault_id"])
    request.scope["state"]["detail"] = {"fault": ended.fault_id}
    return answer(told(ended, sandbox.clock.now()) | {"state": "ended"})


def told_all(sandbox: Sandbox) -> list[dict[str, Any]]:
    now = sandbox.clock.now()
    return [told(each, now) for each in sandbox.faults.all()]


def told(fault: Fault, now: datetime) -> dict[str, Any]:
    """One fault as it is kept; a condition with one value is told as that value."""
    match = {name: values[0] if len(values) == 1 else values for name, values in fault.rule["match"].items()}
    return present(
        {
            "id": fault.fault_id,
            "name": fault.rule.get("name"),
            "match": match,
            "trigger": fault.rule["trigger"] or {"always": True},
            "effect": fault.rule["effect"],
            "state": state_of(fault, now),
            "seen": fault.seen,
            "hits": fault.hits,
            "created_at": iso(fault.created_at),
            "ended_at": iso(fault.ended_at) if fault.ended_at else None,
        }
    )
