"""`connect-mock export | import | snapshot | reset`: whole states of a running server's directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts, table
from app.cli.refusal import Refusal

PATH = "/_mock/snapshots"
PATIENCE = 600.0
"""Seconds that a whole directory may take."""
snapshots = typer.Typer(no_args_is_help=True, help="Snapshots of the directory: keep one, list, print or drop them.")
Name = Annotated[str, typer.Argument(help="Letters, digits, dots, - and _; `baseline` is what a reset goes back to.")]
OutFile = Annotated[Path | None, typer.Option("--out", help="File instead of the terminal.", show_default=False)]


def export(
    *,
    out: OutFile = None,
    include: Annotated[
        list[str] | None,
        typer.Option(help="What passes, too: tokens, journal or numbers; may repeat.", show_default=False),
    ] = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole directory as one JSON document, the keys of its mock CA included."""
    from app.cli.client import segment, server_at

    query = f"?include={segment(','.join(include))}" if include else ""
    with server_at(None, control, ready_file) as server:
        document = server.octets("GET", f"/_mock/export{query}", timeout=PATIENCE)
    _deliver(document, out, as_json=as_json)


def bring(
    document: Annotated[Path, typer.Argument(help="What `connect-mock export` wrote; - is standard input.")],
    *,
    baseline: Annotated[bool, typer.Option(help="Let a reset go back to it from now on.")] = True,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put an exported directory in the place of the one that is there: all of it or nothing."""
    import json

    from app.cli.client import server_at

    content = sys.stdin.buffer.read() if str(document) == "-" else document.read_bytes()
    output = Output(as_json=as_json)
    with server_at(None, control, ready_file) as server, output.working("Importing"):
        path = f"/_mock/import?baseline={str(baseline).lower()}"
        told = json.loads(server.octets("POST", path, content, timeout=PATIENCE))
    output.show(told, lambda on: facts(on, told["imported"]))


def reset(
    *,
    to: Annotated[str, typer.Option(help="baseline, empty, or the name of a snapshot.")] = "baseline",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this: data, tokens, journal, faults, scenarios, clock, propagation or switches; may repeat.",
            show_default=False,
        ),
    ] = None,
    new_ca: Annotated[bool, typer.Option("--new-ca", help="With --to empty: another CA, all keys new.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put the directory back to its baseline, to a snapshot, or to nothing."""
    from app.cli.client import server_at

    wanted: dict[str, Any] = {"to": to} | ({"scope": scope} if scope else {}) | ({"keep_ca": False} if new_ca else {})
    output = Output(as_json=as_json)
    with server_at(None, control, ready_file) as server, output.working("Resetting"):
        told = server.control("POST", "/_mock/reset", wanted)
    output.show(told, lambda on: facts(on, {"reset to": told["to"], "of": ", ".join(told["scope"])}))


@snapshots.command("take")
def take(name: Name, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Keep the state of this moment under a name."""
    from app.cli.client import segment, server_at

    with server_at(None, control, ready_file) as server:
        told = server.control("PUT", f"{PATH}/{segment(name)}")
    Output(as_json=as_json).show(told, lambda on: facts(on, {"kept as": told["name"], "octets": told["size"]}))


@snapshots.command("list")
def listed(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """List all that are kept."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        kept = server.control("GET", PATH)["snapshots"]
    columns = ("name", "created_at", "size")
    Output(as_json=as_json).show(
        kept, lambda on: table(on, ("name", "taken", "octets"), [[each[c] for c in columns] for each in kept])
    )


@snapshots.command("show")
def show(
    name: Name, *, out: OutFile = None, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False
) -> None:
    """Print the document that a snapshot holds, as `export` would have written it then."""
    from app.cli.client import segment, server_at

    with server_at(None, control, ready_file) as server:
        document = server.octets("GET", f"{PATH}/{segment(name)}", timeout=PATIENCE)
    _deliver(document, out, as_json=as_json)


@snapshots.command("drop")
def drop(name: Name, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Forget a snapshot."""
    from app.cli.client import segment, server_at

    with server_at(None, control, ready_file) as server:
        server.octets("DELETE", f"{PATH}/{segment(name)}")
    Output(as_json=as_json).show({"dropped": name}, lambda on: facts(on, {"dropped": name}))


def _deliver(document: bytes, out: Path | None, *, as_json: bool) -> None:
    """It is JSON already, so `--json` changes nothing of it. A file is for its owner only: it holds private keys."""
    if out is None:
        sys.stdout.buffer.write(document)
        sys.stdout.flush()
        return
    import os

    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(document)
    except OSError as fault:
        raise Refusal(f"{out} cannot be written: {fault.strerror}", code="system") from fault
    told = {"file": str(out), "octets": len(document)}
    Output(as_json=as_json).show(told, lambda on: facts(on, told))
