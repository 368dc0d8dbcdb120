"""`connect-mock revoke`: end a certificate, found by its file, kid or serial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import AsJson, BearerToken, Control, ReadyFile, Url
from app.cli.output import Output, facts

if TYPE_CHECKING:
    from app.cli.client import Server

KID_LENGTH = 43
"""SHA-256 in Base64url (connect.md 5.4)."""


def revoke(
    certificate: Annotated[str, typer.Argument(help="Certificate file (PEM), kid, or serial number in hex.")],
    *,
    reason: Annotated[
        str,
        typer.Option(help="unspecified, keycompromise, superseded, cessationofoperation or privilegewithdrawn."),
    ] = "unspecified",
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    token: BearerToken = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a certificate, for ever.

    CRL, OCSP and key sets show it when the command ends.
    """
    from app.cli.client import server_at
    from app.cli.commands.uploads import described

    output = Output(as_json=as_json)
    with server_at(url, control, ready_file, token) as server:
        with output.working("Looking for the certificate"):
            path = find(server, certificate)
        answer = server.put(path, {"RevokeReason": reason})
    output.show(answer.body, lambda on: facts(on, described(answer.body or {}) | {"reason": reason}))


def find(server: Server, asked: str) -> str:
    """Path of a certificate in the Connect API, from its file, kid or serial. Raises Refusal."""
    from app.cli.pem import serial_of, thumbprint
    from app.cli.refusal import Refusal

    file = Path(asked) if Path(asked).is_file() else None
    kid = thumbprint(file) if file else asked
    serial = serial_of(file) if file else asked
    if file or len(asked) != KID_LENGTH:
        for known in _of_serial(server, serial):
            if known["kid"] == kid or not file:
                return _path(known)
    if len(kid) == KID_LENGTH:
        for path in _of_kid(server, kid):
            return path
    hint = "A kid has 43 characters; a serial is written in hex; a file is a PEM file that exists"
    raise Refusal(f"no certificate {asked} here", code="revoke.unknown", hint=hint)


def _of_serial(server: Server, serial: str) -> list[dict[str, Any]]:
    from app.cli.refusal import Refused

    try:
        found = server.control("GET", f"/_mock/cert-status/{serial}")
    except Refused as refusal:
        if refusal.answered in (400, 404):
            return []
        raise
    return found if isinstance(found, list) else found.get("certificates", [found])


def _path(known: dict[str, Any]) -> str:
    from app.cli.client import segment

    base = f"/organisations/{segment(known['organisation_id'])}"
    if known.get("software_statement_id"):
        return f"{base}/softwarestatements/{known['software_statement_id']}/certificates/{known['type']}/{known['kid']}"
    return f"{base}/certificates/kid/{known['kid']}"


def _of_kid(server: Server, kid: str) -> Iterator[str]:
    """Whoever holds it: the API finds a certificate under its owner only."""
    from app.cli.owners import holders

    for holder in holders(server):
        for item in server.get(holder.certificates):
            if item["kid"] == kid:
                kind = item["keyType"] if holder.application else "kid"
                yield f"{holder.certificates}/{kind}/{kid}"
