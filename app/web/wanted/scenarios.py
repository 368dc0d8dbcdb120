"""A scenario as it stands, for whoever moves it: the control listener and the portal (control-cases.md H)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.powers.scenarios.book import ScenarioBook
from app.powers.scenarios.language import Run, Scenario
from app.web.answers import present
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of

HIDDEN = ("some",)
"""Facts that are for the next step alone."""


def parameters_of(scenario: Scenario, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a start takes. Raises Invalid."""
    return members_of(Schema(tuple(Field(member, least=1, most=200) for member in scenario.takes)), given)


def detail_of(book: ScenarioBook, run: Run) -> dict[str, Any]:
    """For the journal: which step was done, and whether clients must read keys again."""
    shown = told(book, run)
    detail = {"scenario": run.name, "step": shown.get("step", {}).get("name"), "state": shown["state"]}
    return detail | ({"rotated": True} if book.scenario(run.name).rotates else {})


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
