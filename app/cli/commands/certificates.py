"""`connect-mock certificate`: certificates on demand, sound or wrong in one respect."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts, table
from app.cli.refusal import Refusal

PATH = "/_mock/certificates"
app = typer.Typer(no_args_is_help=True, help="Certificates on demand: make one, list the defects, lift a hold.")


@app.command()
def make(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Certificate type, such as rtstransport.")],
    *,
    defect: Annotated[
        list[str] | None, typer.Option("--defect", "-d", help="What is wrong with it, see `certificate defects`.")
    ] = None,
    software: Annotated[str | None, typer.Option("--software", help="Application, by any of its ids.")] = None,
    organisation: Annotated[str | None, typer.Option("--organisation", help="Organisation, by its id.")] = None,
    expires_in: Annotated[str | None, typer.Option(help="How long it lives: P30D, 90s.")] = None,
    key_kind: Annotated[str | None, typer.Option(help="ec-p256, rsa-2048, ...")] = None,
    host: Annotated[str | None, typer.Option(help="Host name that it bears.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Put it among the others all the same.")] = False,
    name: Annotated[str, typer.Option(help="Name of the files: NAME.key, NAME.pem, NAME.chain.pem.")] = "demand",
    out: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a certificate with its key; NAME.chain.pem has the leaf and the CAs behind it."""
    from app.cli.client import server_at

    given: dict[str, Any] = {"type": type_, "software": software, "organisation": organisation, "host": host}
    given |= {"expires_in": expires_in, "key_kind": key_kind, "publish": publish or None}
    given |= {"defect": defect[0] if defect and len(defect) == 1 else defect or None}
    with server_at(None, control, ready_file) as server:
        made = server.control("POST", PATH, {name: value for name, value in given.items() if value is not None})
    files = _written(made, out, name)
    shown = {"kid": made["kid"], "serial": made["serial"], "expected reason": made.get("expected_reason")}
    Output(as_json=as_json).show(made | {"files": files}, lambda on: facts(on, shown | {"files": ", ".join(files)}))


@app.command()
def defects(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """List what can be wrong, and why a verifier refuses it."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        told = server.control("GET", "/_mock/certificate-defects")
    rows = [[name, each["says"], each["expected_reason"]] for name, each in told.items()]
    Output(as_json=as_json).show(told, lambda on: table(on, ("defect", "what is wrong", "expected reason"), rows))


@app.command("list")
def listed(
    defect: Annotated[str | None, typer.Option("--defect", "-d", help="Those with this one alone.")] = None,
    *,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """List the certificates that are wrong on purpose."""
    from app.cli.client import segment, server_at

    query = f"?defect={segment(defect)}" if defect else ""
    with server_at(None, control, ready_file) as server:
        told = server.control("GET", f"{PATH}{query}")["certificates"]
    rows = [[each["kid"], _names(each["defect"]), each["type"], each["status"], each["not_after"]] for each in told]
    Output(as_json=as_json).show(told, lambda on: table(on, ("kid", "defect", "type", "status", "until"), rows))


@app.command()
def hold(
    kid: Annotated[str, typer.Argument(help="Of a certificate with a defect.")],
    *,
    lift: Annotated[bool, typer.Option("--lift", help="End the hold.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put it on hold (certificateHold), or lift the hold."""
    from app.cli.client import segment, server_at

    with server_at(None, control, ready_file) as server:
        told = server.control("PUT", f"{PATH}/{segment(kid)}", {"hold": not lift})
    Output(as_json=as_json).show(told, lambda _: typer.echo(told["status"]))


def _written(made: dict[str, Any], out: Path, name: str) -> list[str]:
    """The key for its owner alone."""
    if not out.is_dir():
        raise Refusal(f"{out} is no folder", status=2)
    key, pem, chain = (out / f"{name}{ending}" for ending in (".key", ".pem", ".chain.pem"))
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(made["key"])
    pem.write_text(made["certificate"], encoding="ascii")
    chain.write_text(made["full_chain"], encoding="ascii")
    return [str(key), str(pem), str(chain)]


def _names(defect: str | list[str]) -> str:
    return defect if isinstance(defect, str) else ", ".join(defect)
