"""How late each view of the directory is (control-cases.md C)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of
from app.powers.durations import iso_duration
from app.powers.propagation import PropagationView
from app.runtime.propagation import CHANNELS, Channel
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.wanted.propagation import HOURLY, OFF, lateness_of

router = APIRouter()


@router.get("/_mock/propagation")
async def read(request: Request) -> Response:
    """What is set, and how many changes are under way."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.propagation.view)))


@router.put("/_mock/propagation")
async def change(request: Request) -> Response:
    """The delay of every channel anew: one that is not named is not late. Counts for changes from now on."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    wanted = await read_members(request)
    lateness = lateness_of(wanted)
    request.scope["state"]["detail"] = wanted
    return answer(told(await call(sandbox, sandbox.propagation.put, lateness.late, rescan=lateness.is_hourly)))


@router.delete("/_mock/propagation")
async def reset(request: Request) -> Response:
    """No view is late, and nothing is under way."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.propagation.reset)))


@router.post("/_mock/propagation:flush")
async def flush(request: Request) -> Response:
    """Every change that is under way is shown everywhere, at once; the delays stay for later ones."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    ended = await call(sandbox, sandbox.propagation.flush)
    request.scope["state"]["detail"] = {"flushed": ended}
    return answer({"flushed": ended, **told(await call(sandbox, sandbox.propagation.view))})


def told(view: PropagationView) -> dict[str, Any]:
    late: Mapping[Channel, timedelta] = view.delays.late
    return {
        **{channel: iso_duration(late.get(channel, timedelta())) for channel in CHANNELS},
        "rescan": OFF if view.delays.rescan_since is None else HOURLY,
        "under_way": view.under_way,
        "revision": view.revision,
    }
