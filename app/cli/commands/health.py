"""`connect-mock healthcheck`: for containers and scripts; needs no curl."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts


def healthcheck(
    wait: Annotated[float, typer.Option(help="Ask again for so many seconds until the server is ready.", min=0)] = 0,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Exit 0 when the server is ready, 1 when it is not."""
    import time

    from app.cli.client import server_at
    from app.cli.refusal import Refusal

    output, deadline = Output(as_json=as_json), time.monotonic() + wait
    with output.working("Waiting for the server to be ready"):
        while True:
            try:
                with server_at(None, control, ready_file) as server:
                    answer = server.control("GET", "/_mock/ready")
                    address = server.target.control
                break
            except Refusal as refusal:
                if time.monotonic() >= deadline or refusal.status != 1:
                    raise
            time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))
    output.show({"ready": True, "control": address, "answer": answer}, lambda on: facts(on, {"ready at": address}))
