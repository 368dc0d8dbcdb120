"""`connect-mock outside`: what those answer who are not here: signers, the conformance suite, people's telephones."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts
from app.cli.refusal import Refusal

PATH = "/_mock/outside"


def outside(
    *,
    signing: Annotated[
        str | None, typer.Option(help="signed, declined, voided, expired or pending.", show_default=False)
    ] = None,
    approval: Annotated[str | None, typer.Option(help="ask, approve or deny.", show_default=False)] = None,
    error: Annotated[
        list[str] | None, typer.Option(help="What a conformance test finds; may repeat.", show_default=False)
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="They answer as usual.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what signers, the conformance suite and people's telephones answer, or set it; what is not named stays."""
    from app.cli.client import server_at

    given = {"signing": signing, "approval": approval, "conformance_errors": error or None}
    wanted = {name: value for name, value in given.items() if value is not None}
    if reset and wanted:
        raise Refusal("--reset stands alone", status=2)
    with server_at(None, control, ready_file) as server:
        told: dict[str, Any] = server.control("DELETE" if reset else "GET", PATH)
        if wanted:
            told = server.control("PUT", PATH, told | wanted)
    Output(as_json=as_json).show(told, lambda on: facts(on, _facts(told)))


def _facts(told: dict[str, Any]) -> dict[str, Any]:
    errors = told["conformance_errors"]
    return {"signing": told["signing"], "approval": told["approval"], "conformance errors": "; ".join(errors) or "none"}
