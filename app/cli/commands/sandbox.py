"""`connect-mock sandbox`: directories of their own on a running server, for one test run each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts, table
from app.cli.refusal import Refusal

if TYPE_CHECKING:
    from rich.console import Console

PATH = "/_mock/sandboxes"
app = typer.Typer(
    no_args_is_help=True, help="Directories of their own beside the default one: own store, CA, clock, faults, journal."
)


@app.command()
def create(
    sandbox_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Its id; default: a random one.", show_default=False)
    ] = None,
    *,
    template: Annotated[
        str, typer.Option(help="What it begins with: empty, default, demo, uk-basic, brasil or uae.")
    ] = "empty",
    ttl: Annotated[
        str | None,
        typer.Option(help="How long it lives: 900, 15m, PT1H; 0 = until it is dropped.", show_default=False),
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="Start value: the same again, the same ids again.", show_default=False)
    ] = None,
    at: Annotated[
        str | None, typer.Option("--clock", help="Moment at which its clock stands at first.", show_default=False)
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(help="A setting of its own, NAME=VALUE; may repeat.", show_default=False),
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="Write its CA certificates (PEM) there.", show_default=False)
    ] = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make one, and print its addresses and its admin token, which is told once."""
    from app.cli.client import server_at

    wanted: dict[str, Any] = {"id": sandbox_id, "template": template, "seed": seed, "clock": at}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    wanted |= {} if ttl is None else {"ttl": int(ttl) if ttl.isdigit() else ttl}
    if setting:
        wanted["settings"] = dict(_setting(each) for each in setting)
    with server_at(None, control, ready_file) as server:
        made = server.control("POST", PATH, wanted)
    if bundle is not None:
        bundle.write_text(made["bundle"], "utf-8")
    Output(as_json=as_json).show(made, lambda on: _tell(on, made))


@app.command(name="list")
def list_(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """List those that there are."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        found = server.control("GET", PATH)["sandboxes"]
    columns = ("id", "template", "created_at", "expires_at", "prefix")
    Output(as_json=as_json).show(
        found, lambda on: table(on, columns, [[each[c] or "never" for c in columns] for each in found])
    )


@app.command()
def drop(
    sandbox_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Which ones.")],
    *,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Drop them, with all that is in them."""
    from app.cli.client import segment, server_at

    with server_at(None, control, ready_file) as server:
        for each in sandbox_ids:
            server.octets("DELETE", f"{PATH}/{segment(each)}")
    Output(as_json=as_json).show({"dropped": sandbox_ids}, lambda on: on.print(f"Dropped: {', '.join(sandbox_ids)}"))


def _setting(text: str) -> tuple[str, Any]:
    """NAME=VALUE, the value as JSON where it is some."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Refusal(f"--setting {text}: expected NAME=VALUE", status=2)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _tell(on: Console, made: dict[str, Any]) -> None:
    known = {"id": made["id"], "ends": made["expires_at"] or "when it is dropped", "admin token": made["admin_token"]}
    facts(on, known | made["listeners"])
    on.print(f"Next: connect-mock token --control {made['control']}", markup=False, soft_wrap=True)
