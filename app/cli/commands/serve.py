"""`connect-mock serve`: run the server until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, Config, Database, DataFolder, EcosystemNames


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Listen address; default 127.0.0.1.", show_default=False)] = None,
    http_port: Annotated[
        int | None,
        typer.Option(help="Plain HTTP; default 8080, 0 = any free one.", min=0, max=65535, show_default=False),
    ] = None,
    https_port: Annotated[
        int | None, typer.Option(help="TLS; default 8443.", min=0, max=65535, show_default=False)
    ] = None,
    mtls_port: Annotated[
        int | None, typer.Option(help="Mutual TLS; default 8444.", min=0, max=65535, show_default=False)
    ] = None,
    control_port: Annotated[
        int | None, typer.Option(help="The mock's own powers; default 8090.", min=0, max=65535, show_default=False)
    ] = None,
    data: DataFolder = None,
    database: Database = None,
    ecosystem: EcosystemNames = None,
    seed: Annotated[
        str | None, typer.Option(help="Seed file (TOML), or demo or none; default demo.", show_default=False)
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="JSON with every address, written when ready.", show_default=False)
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Run the server. Options go before the environment (CONNECT_MOCK_...), and that before the --config file."""
    from app.cli.configuration import settings_of
    from app.cli.faults import told

    settings = settings_of(
        config,
        host=host,
        http_port=http_port,
        https_port=https_port,
        mtls_port=mtls_port,
        control_port=control_port,
        data=data,
        database=database,
        ecosystems=tuple(ecosystem) if ecosystem else None,
        seed=seed,
        log_format="json" if as_json else None,
    )
    from app.server.serve import serve as run

    with told():
        run(settings, ready_file)
