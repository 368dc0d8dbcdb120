"""The clock of a sandbox: read, set, advanced, frozen, scaled, given back (control-cases.md A)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of
from app.powers.clock import ClockView
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso
from app.web.wanted.clock import change_of

router = APIRouter()


@router.get("/_mock/clock")
async def read(request: Request) -> Response:
    """What the clock shows, and how it goes."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.clock_power.view)))


@router.put("/_mock/clock")
async def change(request: Request) -> Response:
    """`set`, then `advance`, then `freeze` and `scale`, whichever are there: at least one."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    wanted = await read_members(request)
    change = change_of(wanted, sandbox.clock.machine())
    request.scope["state"]["detail"] = wanted
    return answer(told(await call(sandbox, sandbox.clock_power.change, change)))


@router.delete("/_mock/clock")
async def reset(request: Request) -> Response:
    """Back to the machine's clock, or to where the setting `clock` lets it stand."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.clock_power.reset)))


def told(view: ClockView) -> dict[str, Any]:
    """A clock as JSON."""
    return {
        "now": iso(view.now),
        "machine": iso(view.machine),
        "frozen": view.frozen,
        "scale": int(view.scale) if view.scale.is_integer() else view.scale,
        "moved": view.moved,
        "revision": view.revision,
    }
