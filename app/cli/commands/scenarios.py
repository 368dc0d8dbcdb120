"""`connect-mock scenario`: rotation drills, step by step."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts, table
from app.cli.refusal import Refusal

PATH = "/_mock/scenarios"
app = typer.Typer(no_args_is_help=True, help="Rotation drills: keys, CAs, mass revocation, an outage, participants.")
Name = Annotated[str, typer.Argument(help="See `scenario list`.")]


@app.command("list")
def listed(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Show every scenario, and where it stands."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        told = server.control("GET", PATH)["scenarios"]
    rows = [[each["name"], each["state"], each.get("step", {}).get("name", ""), each["says"]] for each in told]
    Output(as_json=as_json).show(told, lambda on: table(on, ("name", "state", "step", "what it is"), rows))


@app.command()
def show(name: Name, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Show the step, and what should be visible where."""
    _ask("GET", name, None, (control, ready_file), as_json=as_json)


@app.command()
def start(
    name: Name,
    parameters: Annotated[list[str] | None, typer.Argument(help="organisation=ID, software=ID, reason=...")] = None,
    *,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Begin it, and do the first step."""
    pairs = [text.partition("=") for text in parameters or []]
    if wrong := [name + value for name, equals, value in pairs if not equals]:
        raise Refusal(f"expected name=value, found {wrong[0]}", status=2)
    given = {name: value for name, _, value in pairs}
    _ask("POST", f"{name}:start", given, (control, ready_file), as_json=as_json)


@app.command()
def advance(name: Name, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Do the next step."""
    _ask("POST", f"{name}:advance", None, (control, ready_file), as_json=as_json)


@app.command()
def end(name: Name, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Leave it where it is; what was done stays."""
    _ask("DELETE", name, None, (control, ready_file), as_json=as_json)


def _ask(method: str, what: str, body: Any, where: Any, *, as_json: bool) -> None:
    from app.cli.client import server_at

    with server_at(None, *where) as server:
        told = server.control(method, f"{PATH}/{what}", body)
    Output(as_json=as_json).show(told, lambda on: facts(on, _facts(told)))


def _facts(told: dict[str, Any]) -> dict[str, Any]:
    step = told.get("step")
    done = f"{step['name']} ({step['number']} of {step['of']})" if step else None
    shown = {"scenario": told["name"], "state": told["state"], "step": done, "next": told.get("next")}
    return shown | {f"  {where}": what for where, what in told.get("visible", {}).items()}
