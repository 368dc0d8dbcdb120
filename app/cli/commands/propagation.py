"""`connect-mock propagation`: how late each view of the directory shows a change."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts
from app.cli.refusal import Refusal

PATH = "/_mock/propagation"
Late = Annotated[str | None, typer.Option(help="How late: PT4H, 90s, 0s.", show_default=False)]


def propagation(
    *,
    ocsp: Late = None,
    crl: Late = None,
    jwks: Late = None,
    participants: Late = None,
    token_status: Late = None,
    rescan: Annotated[str | None, typer.Option(help="hourly or off.", show_default=False)] = None,
    flush: Annotated[bool, typer.Option("--flush", help="Show what is under way everywhere, now.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Nothing is late any more, nothing is under way.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show how late OCSP, CRL, key sets, participants and token checks are, or set it; what is not named stays."""
    from app.cli.client import server_at

    given = {"ocsp": ocsp, "crl": crl, "jwks": jwks, "participants": participants, "token_status": token_status}
    wanted = {name: value for name, value in {**given, "rescan": rescan}.items() if value is not None}
    if flush + reset + bool(wanted) > 1:
        raise Refusal("--flush and --reset stand alone", status=2)
    with server_at(None, control, ready_file) as server:
        if flush:
            told = server.control("POST", f"{PATH}:flush", {})
        elif reset:
            told = server.control("DELETE", PATH)
        else:
            told = server.control("GET", PATH)
            if wanted:
                stays = {name: told[name] for name in (*given, "rescan")}
                told = server.control("PUT", PATH, stays | wanted)
    Output(as_json=as_json).show(told, lambda on: facts(on, _facts(told)))


def _facts(told: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", " "): value for name, value in told.items() if name != "revision"}
