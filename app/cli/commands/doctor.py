"""`connect-mock doctor`: looks at what the product needs from this machine, and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from app.cli.options import AsJson, Config, Database, DataFolder
from app.cli.output import Output, table

if TYPE_CHECKING:
    from rich.console import Console

    from app.cli.checkup import Check

COLOURS = {"good": "green", "note": "yellow", "bad": "red"}


def doctor(data: DataFolder = None, database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Look at what this machine has, and say what to do about it.

    openssl, nginx, ports, data folder, disk, clock, database. Exit 1 when the server could not run.
    """
    from dataclasses import asdict

    from app.cli.checkup import every_check
    from app.cli.configuration import settings_of

    output, settings = Output(as_json=as_json), settings_of(config, data=data, database=database)
    with output.working("Looking around"):
        checks = tuple(every_check(settings))
    output.show([asdict(check) for check in checks], lambda on: _draw(on, checks))
    if any(check.verdict == "bad" for check in checks):
        raise typer.Exit(1)


def _draw(on: Console, checks: tuple[Check, ...]) -> None:
    from rich.text import Text

    rows = [(Text(check.verdict, COLOURS[check.verdict]), check.what, check.found, check.advice) for check in checks]
    table(on, ("", "what", "found", "what to do"), rows)
