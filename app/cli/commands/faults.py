"""`connect-mock fault`: break one thing on purpose, see what it did, end it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, table
from app.cli.refusal import Refusal

PATH = "/_mock/faults"
app = typer.Typer(no_args_is_help=True, help="Faults: add one, list them with their hits, end them.")


@app.command()
def add(
    effects: Annotated[
        list[str] | None,
        typer.Argument(
            help="What it does: status=503, retry_after=30, delay=200ms, reset, crl_stale, crl_huge=1000 ..."
        ),
    ] = None,
    *,
    template: Annotated[
        str | None, typer.Option("--template", "-t", help="A ready fault, see `fault templates`.")
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option("--match", "-m", help="Whom it strikes: path=/token, service=ocsp, client=ID ...; may repeat."),
    ] = None,
    following: Annotated[int | None, typer.Option("--next", help="The next N calls.")] = None,
    after: Annotated[int | None, typer.Option(help="Not the first N calls.")] = None,
    every: Annotated[int | None, typer.Option(help="Every Nth call.")] = None,
    probability: Annotated[float | None, typer.Option(help="This part of the calls, from 0 to 1.")] = None,
    start: Annotated[int | None, typer.Option(help="Start value: the same one strikes the same calls.")] = None,
    rate: Annotated[str | None, typer.Option(help="What is above it: 5/s, 100/min.")] = None,
    between: Annotated[
        tuple[str, str] | None, typer.Option(help="From one moment of the sandbox's clock to another.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    rule: Annotated[Path | None, typer.Option(help="The whole rule as a JSON file; nothing else then.")] = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Break something; docs/faults.md has every effect."""
    from app.cli.client import server_at

    given: dict[str, Any] = {"next": following, "after": after, "every": every}
    given |= {"probability": probability, "start": start}
    given |= {"rate": rate, "between": list(between) if between else None}
    trigger = {key: value for key, value in given.items() if value is not None}
    body = _rule(rule) if rule else _body(effects or [], match or [], trigger, name=name, template=template)
    with server_at(None, control, ready_file) as server:
        told = server.control("POST", PATH, body)
    Output(as_json=as_json).show(told, lambda _: typer.echo(told["id"]))


@app.command("list")
def listed(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """List the faults in the order in which they are asked."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        told = server.control("GET", PATH)
    columns = ("id", "name", "state", "hits", "seen", "effect", "match", "trigger")
    rows = [[_short(each.get(column, "")) for column in columns] for each in told["faults"]]
    Output(as_json=as_json).show(told, lambda on: table(on, columns, rows))


@app.command()
def end(
    fault_id: Annotated[str | None, typer.Argument(help="Its id.", show_default=False)] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All faults.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """End a fault, or all of them; afterwards everything is as before."""
    from app.cli.client import segment, server_at

    if every == (fault_id is not None):
        raise Refusal("name one fault, or --all", status=2)
    with server_at(None, control, ready_file) as server:
        told = server.control("DELETE", PATH if fault_id is None else f"{PATH}/{segment(fault_id)}")
    line = f"{told['ended']} ended" if every else f"{told['id']} ended after {told['hits']} hits"
    Output(as_json=as_json).show(told, lambda _: typer.echo(line))


@app.command()
def templates(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """List the ready faults for `fault add --template`."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        told = server.control("GET", "/_mock/fault-templates")
    rows = [[name, each["says"]] for name, each in told.items()]
    Output(as_json=as_json).show(told, lambda on: table(on, ("template", "what it does"), rows))


def _body(
    effects: list[str], match: list[str], trigger: dict[str, Any], *, name: str | None, template: str | None
) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name, "template": template}
    body["effect"] = {key: _value(text) for key, text in map(_parted, effects)}
    body["trigger"] = trigger
    for key, text in map(_parted, match):
        body.setdefault("match", {}).setdefault(key, []).append(text)
    return {key: value for key, value in body.items() if value}


def _parted(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _value(text: str) -> Any:
    """An effect without a value is just there; digits are a number."""
    if not text:
        return True
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text  # noqa: PLR2004


def _rule(file: Path) -> Any:
    import json

    try:
        return json.loads(file.read_text())
    except ValueError as fault:
        raise Refusal(f"{file} is no JSON: {fault}", status=2) from fault


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(name if each is True else f"{name}={_short(each)}" for name, each in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
