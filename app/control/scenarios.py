"""Rotation drills, step by step (control-cases.md H): start, advance, look."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of
from app.powers.scenarios.book import ScenarioBook
from app.powers.scenarios.language import Run
from app.web.answers import answer, present
from app.web.calls import call
from app.web.json_body import read_object
from app.web.schemas import Field, Schema

HIDDEN = ("some",)
"""Facts that are for the next step alone."""
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
    schema = Schema(tuple(Field(member, least=1, most=200) for member in scenario.takes))
    wanted = members_of(schema, read_object(body) if body.strip() else {})
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


def told(book: ScenarioBook, run: Run) -> dict[str, Any]:
    """One scenario as it stands."""
    scenario = book.scenario(run.name)
    known = {**run.parameters, **run.facts}
    is_shown = run.step > 0 and not run.is_under_way
    steps = [step.name for step in scenario.steps]
    return present(
        {
            "name": run.name,
            "says": scenario.says,
            "state": _state(run),
            "step": {"number": run.step, "of": len(steps), "name": steps[run.step - 1]} if run.step else None,
            "steps": steps,
            "next": steps[run.step] if run.step < len(steps) and not run.is_ended else None,
            "takes": list(scenario.takes) or None,
            "parameters": dict(run.parameters) or None,
            "visible": dict(scenario.steps[run.step - 1].visible(known)) if is_shown else None,
            "facts": {name: value for name, value in run.facts.items() if name not in HIDDEN} or None,
            "started_at": run.started_at or None,
            "stepped_at": run.stepped_at or None,
        }
    )


def _state(run: Run) -> str:
    if not run.step:
        return "not_started"
    if run.is_under_way:
        return "under_way"
    return "finished" if run.is_ended else "running"


def _noted(request: Request, book: ScenarioBook, run: Run) -> dict[str, Any]:
    """For the journal: which step was done, and whether clients must read keys again."""
    shown = told(book, run)
    detail = {"scenario": run.name, "step": shown.get("step", {}).get("name"), "state": shown["state"]}
    request.scope["state"]["detail"] = detail | ({"rotated": True} if book.scenario(run.name).rotates else {})
    return shown
