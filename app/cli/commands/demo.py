"""`connect-mock demo`: the main job, played once with real programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson
from app.cli.output import Output


def demo(
    nginx: Annotated[
        bool, typer.Option("--nginx/--no-nginx", help="nginx plays the bank's server; else the Python example.")
    ] = True,
    install: Annotated[
        bool, typer.Option("--install", help="Install nginx by apt if it is missing (as root).")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Play in this folder and keep it: keys, CSRs, logs.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play the main job: CSR, certificate, mutual TLS, revoke, refused.

    Exit 0 only if every expectation held.
    """
    from app.cli.client import server_at
    from app.cli.demo.install import find_nginx
    from app.cli.demo.scenes import play
    from app.cli.demo.stage import stage
    from app.cli.demo.story import Story
    from app.cli.demo.teller import Teller

    output = Output(as_json=as_json)
    teller = Teller(as_json)
    with output.working("Looking for nginx"):
        program = find_nginx(install=install) if nginx else None
    with stage(keep) as set_up:
        teller.step("A directory starts", "On free ports, in a folder of its own, with fresh CA keys.")
        with output.working("Making the CA keys"):
            ready = set_up.serve("--seed", "demo", "--ecosystem", "generic")
        with server_at(None, None, ready) as server:
            teller.show(f"API {server.target.url}, control {server.target.control}, in {set_up.folder}")
            play(Story(set_up, server, teller), program)
    teller.remark("")
    teller.remark(f"Everything went as expected, in {teller.seconds:.1f} seconds. Your turn: connect-mock serve")
    if as_json:
        output.show({"held": True, "seconds": round(teller.seconds, 1), "steps": teller.steps}, lambda _: None)
