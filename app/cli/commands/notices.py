"""`connect-mock notices`: what was told before certificates expire."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, table

PATH = "/_mock/notices"
COLUMNS = ("due", "days before", "type", "kid", "organisation", "recipients", "state")


def notices(
    *,
    organisation: Annotated[
        str | None, typer.Option(help="Of this organisation, by its id.", show_default=False)
    ] = None,
    software: Annotated[str | None, typer.Option(help="Of this application (id).", show_default=False)] = None,
    kid: Annotated[str | None, typer.Option(help="About this certificate.", show_default=False)] = None,
    stage: Annotated[
        int | None, typer.Option(help="So many days before: 60, 30, 14, 7, 1, 0.", show_default=False)
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="kept, waiting, sent, failed, no_recipient.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="How many, those that fell due last.")] = 20,
    show: Annotated[str | None, typer.Option(help="One notice with its text, by its id.", show_default=False)] = None,
    resend: Annotated[str | None, typer.Option(help="Send one again, by its id.", show_default=False)] = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what was told before certificates expire, by the sandbox's clock; show one, send one again."""
    from urllib.parse import quote, urlencode

    from app.cli.client import server_at
    from app.cli.refusal import Refusal

    if show is not None and resend is not None:
        raise Refusal("--show and --resend stand alone", status=2)
    given = {"organisation_id": organisation, "software_statement_id": software, "kid": kid, "stage": stage}
    query = {name: value for name, value in {**given, "state": state, "limit": limit}.items() if value is not None}
    with server_at(None, control, ready_file) as server:
        if show is not None:
            told = server.control("GET", f"{PATH}/{quote(show, safe='')}")
        elif resend is not None:
            told = server.control("POST", f"{PATH}/{quote(resend, safe='')}:resend", {})
        else:
            told = server.control("GET", f"{PATH}?{urlencode(query)}")
    if "notices" in told:
        Output(as_json=as_json).show(told, lambda on: table(on, COLUMNS, [_row(each) for each in told["notices"]]))
    else:
        Output(as_json=as_json).show(told, lambda _: typer.echo(_letter(told)))


def _row(notice: dict[str, Any]) -> list[object]:
    recipients = ", ".join(each["email"] for each in notice["recipients"]) or "-"
    about = (notice["due_at"], notice["stage"], notice["type"], notice["kid"], notice["organisation_id"])
    return [*about, recipients, notice["state"]]


def _letter(notice: dict[str, Any]) -> str:
    recipients = ", ".join(each["email"] for each in notice["recipients"]) or "nobody"
    head = f"To: {recipients}\nSubject: {notice['subject']}\nState: {notice['state']}"
    error = f"\nError: {notice['error']}" if "error" in notice else ""
    return f"{head}{error}\n\n{notice['text']}"
