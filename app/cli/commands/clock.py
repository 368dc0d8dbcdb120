"""`connect-mock clock`: what the sandbox's clock shows; set it, advance it, freeze it, scale it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts
from app.cli.refusal import Refusal

PATH = "/_mock/clock"


def clock(
    *,
    set_to: Annotated[
        str | None, typer.Option("--set", help="A moment with its zone, such as 2049-12-31T23:59:50Z, or now.")
    ] = None,
    advance: Annotated[
        str | None, typer.Option("--advance", help="How far to go: P400D, PT5M, 90s, or back: -P1D.")
    ] = None,
    freeze: Annotated[
        bool | None, typer.Option("--freeze/--go-on", help="Let it stand, or let it go on from where it stands.")
    ] = None,
    scale: Annotated[float | None, typer.Option("--scale", help="How many times faster than the machine's.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Give the clock back to the machine.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the clock that certificates, CRLs, OCSP, tokens and sessions go by, or move it.

    Several options count together, in the order set, advance, freeze, scale.
    """
    from app.cli.client import server_at

    given = {"set": set_to, "advance": advance, "freeze": freeze, "scale": scale}
    wanted = {name: value for name, value in given.items() if value is not None}
    if reset and wanted:
        raise Refusal("--reset stands alone: it undoes all else", status=2)
    with server_at(None, control, ready_file) as server:
        if reset:
            told = server.control("DELETE", PATH)
        else:
            told = server.control("PUT", PATH, wanted) if wanted else server.control("GET", PATH)
    Output(as_json=as_json).show(told, lambda on: facts(on, _facts(told)))


def _facts(told: dict[str, Any]) -> dict[str, Any]:
    how = "stands" if told["frozen"] else f"{told['scale']} times the machine's speed" if told["scale"] != 1 else "goes"
    return {"shows": told["now"], "how": how, "machine": told["machine"] if told["moved"] else "the same"}
