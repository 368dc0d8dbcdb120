"""Rotation drills, step by step (control-cases.md H): start, advance, look."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of
from app.powers.scenarios.book import ScenarioBook
from app.powers.scenarios.language import Run
from app.web.answers import answer
from app.web.calls import call
from app.web.json_body import read_object
from app.web.wanted.scenarios import detail_of, parameters_of, told

__all__ = ["router", "told"]
router = APIRouter()


@router.get("/_mock/scenarios")
async def listed(request: Request) -> Response:
    """All that there are, begun or not."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    runs = await call(sandbox, sandbox.scenarios.all)
    return answer({"scenarios": [told(sandbox.scenarios, run) for run in runs]})


@router.get("/_mock/scenarios/{name}")
async def one(request: Request) -> Response:
    """The step, and what should be visible where. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(sandbox.scenarios, await call(sandbox, sandbox.scenarios.get, request.path_params["name"])))


@router.post("/_mock/scenarios/{name}:start")
async def start(request: Request) -> Response:
    """Begin, and do the first step: 201. 409 while it, or another one on the same thing, is running."""
    sandbox, name, body = sandbox_of(request), request.path_params["name"], await request.body()
    query_of(request, ())
    scenario = sandbox.scenarios.scenario(name)
    wanted = parameters_of(scenario, read_object(body) if body.strip() else {})
    run = await to_thread.run_sync(sandbox.scenarios.start, name, wanted)
    return answer(_noted(request, sandbox.scenarios, run), 201)


@router.post("/_mock/scenarios/{name}:advance")
async def advance(request: Request) -> Response:
    """Do the next step. 409 behind the last one, and where it was not started."""
    sandbox, name = sandbox_of(request), request.path_params["name"]
    query_of(request, ())
    run = await to_thread.run_sync(sandbox.scenarios.advance, name)
    return answer(_noted(request, sandbox.scenarios, run))


@router.delete("/_mock/scenarios/{name}")
async def end(request: Request) -> Response:
    """Leave it where it is; what was done stays."""
    sandbox, name = sandbox_of(request), request.path_params["name"]
    query_of(request, ())
    run = await call(sandbox, sandbox.scenarios.end, name)
    return answer(_noted(request, sandbox.scenarios, run))


def _noted(request: Request, book: ScenarioBook, run: Run) -> dict[str, Any]:
    request.scope["state"]["detail"] = detail_of(book, run)
    return told(book, run)
