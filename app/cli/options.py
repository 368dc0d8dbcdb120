"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[
    str | None,
    typer.Option("--url", envvar="CONNECT_MOCK_URL", help="Base address of the server's API.", show_default=False),
]
Control = Annotated[
    str | None,
    typer.Option(
        "--control", envvar="CONNECT_MOCK_CONTROL", help="Base address of its control listener.", show_default=False
    ),
]
ReadyFile = Annotated[
    Path | None,
    typer.Option(
        "--ready-file",
        envvar="CONNECT_MOCK_READY_FILE",
        help="Ready file of a running server: all addresses are read from it.",
        show_default=False,
    ),
]
BearerToken = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="CONNECT_MOCK_TOKEN",
        help="Access token; default: one of a super user, from the control listener.",
        show_default=False,
    ),
]
Application = Annotated[
    str | None,
    typer.Option("--application", "-a", help="Application: its id, client id or name.", show_default=False),
]
Organisation = Annotated[
    str | None, typer.Option("--organisation", "-o", help="Organisation: its id or name.", show_default=False)
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file (TOML).", show_default=False)]
DataFolder = Annotated[
    Path | None, typer.Option("--data", help="Data folder; default: .connect-mock.", show_default=False)
]
Database = Annotated[
    str | None,
    typer.Option("--database", help="SQLAlchemy URL; default: a SQLite file in the data folder.", show_default=False),
]
EcosystemNames = Annotated[
    list[str] | None,
    typer.Option("--ecosystem", help="Ecosystem whose types are loaded; may repeat.", show_default=False),
]
