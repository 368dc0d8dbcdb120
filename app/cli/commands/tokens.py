"""`connect-mock token`: an access token from the control listener."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output


def token(
    *,
    scope: Annotated[
        str | None, typer.Option(help="Scopes, parted by blanks; default: what fits the holder.", show_default=False)
    ] = None,
    application: Annotated[
        str | None, typer.Option("--application", "-a", help="Id of the application that acts.", show_default=False)
    ] = None,
    organisation: Annotated[
        str | None,
        typer.Option("--organisation", "-o", help="Id of the organisation whose user acts.", show_default=False),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="Person whose rights it has (e-mail address or id), or a name for the audit.", show_default=False
        ),
    ] = None,
    bind: Annotated[
        Path | None,
        typer.Option(help="Certificate (PEM) that the token is bound to: it works on mtls only.", show_default=False),
    ] = None,
    expires_in: Annotated[int | None, typer.Option(help="Seconds; default: 600.", show_default=False)] = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Print an access token.

    One that names neither application nor organisation acts as a super user.
    """
    from app.cli.client import server_at
    from app.cli.pem import thumbprint

    wanted = {
        "scope": scope or ("directory:software" if application else "directory:website"),
        "software_statement_id": application,
        "organisation_id": organisation,
        "user": user,
        "x5t#S256": thumbprint(bind) if bind else None,
        "expires_in": expires_in,
    }
    with server_at(None, control, ready_file) as server:
        given = {name: value for name, value in wanted.items() if value is not None}
        answer = server.control("POST", "/_mock/tokens", given)
    Output(as_json=as_json).show(answer, lambda _: typer.echo(answer["access_token"]))
