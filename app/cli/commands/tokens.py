"""`connect-mock token`: an access token from the control listener."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Application, AsJson, Control, Organisation, ReadyFile, Url
from app.cli.output import Output

if TYPE_CHECKING:
    from app.cli.client import Server


def token(
    *,
    scope: Annotated[
        str | None, typer.Option(help="Scopes, parted by blanks; default: what fits the holder.", show_default=False)
    ] = None,
    application: Application = None,
    organisation: Organisation = None,
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
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Print an access token: of an application, or of a user of an organisation.

    One that names neither acts as a super user.
    """
    from app.cli.client import server_at
    from app.cli.pem import thumbprint

    wanted = {
        "scope": scope or ("directory:software" if application else "directory:website"),
        "user": user,
        "x5t#S256": thumbprint(bind) if bind else None,
        "expires_in": expires_in,
    }
    with server_at(url, control, ready_file) as server:
        wanted |= _holder(server, organisation, application)
        given = {name: value for name, value in wanted.items() if value is not None}
        answer = server.control("POST", "/_mock/tokens", given)
    Output(as_json=as_json).show(answer, lambda _: typer.echo(answer["access_token"]))


def _holder(server: Server, organisation: str | None, application: str | None) -> dict[str, str | None]:
    """Who acts, by id; a name is looked up at the server."""
    from app.cli.owners import choose_holder, is_uuid

    if application is not None and not is_uuid(application):
        application = choose_holder(server, "application", organisation, application).software_statement_id
        organisation = None
    elif organisation is not None and not is_uuid(organisation):
        organisation = choose_holder(server, "organisation", organisation, None).organisation_id
    return {"software_statement_id": application, "organisation_id": organisation}
