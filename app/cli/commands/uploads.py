"""`connect-mock request`: upload a CSR, get the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import Application, AsJson, BearerToken, Control, EcosystemNames, Organisation, ReadyFile, Url
from app.cli.output import Output, facts

if TYPE_CHECKING:
    from app.cli.client import Server
    from app.cli.owners import Holder

PEM_FILE = "application/x-pem-file"


def request(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Certificate type, such as rtstransport.")],
    csr: Annotated[Path, typer.Argument(help="CSR (PEM); for some types a public key or a certificate.")],
    *,
    application: Application = None,
    organisation: Organisation = None,
    description: Annotated[
        str | None, typer.Option(help="Free text, such as who holds the private key.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Certificate file; default: the CSR's name with .pem. The chain goes beside it."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only ask what would be found: a dry run.")] = False,
    ecosystem: EcosystemNames = None,
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    token: BearerToken = None,
    as_json: AsJson = False,
) -> None:
    """Upload a CSR and get the certificate.

    Written are NAME.pem, the certificate, and NAME.chain.pem, the same with its issuer, for NAME.csr.
    """
    from app.cli.client import server_at
    from app.cli.owners import choose_holder
    from app.cli.types import ecosystems_of, profile_of

    output, material = Output(as_json=as_json), csr.read_bytes()
    with server_at(url, control, ready_file, token) as server:
        profile = profile_of(type_, ecosystems_of(ecosystem, server))
        holder = choose_holder(server, profile.level, organisation, application)
        if check:
            _dry_run(output, server, holder, (type_, material))
            return
        body, media_type = _submission(material, description)
        answer = server.post(f"{holder.certificates}/{type_}", body, media_type)
        files = _keep(server, answer.body, out or csr.with_suffix(".pem"))
    value = {"certificate": answer.body, "warnings": answer.warnings, "files": files}
    for warning in answer.warnings:
        output.say(f"Warning: {warning}")
    output.show(value, lambda on: facts(on, described(answer.body) | {"holder": holder.label} | files))


def _submission(material: bytes, description: str | None) -> tuple[Any, str]:
    """The two forms of connect.md 5.2: PEM as it is, or JSON when there is a description."""
    if description is None:
        return material, PEM_FILE
    from urllib.parse import quote

    return {"KeyMaterial": quote(material.decode("latin-1"), safe=""), "Description": description}, "application/json"


def _keep(server: Server, certificate: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Write the certificate, and with the newest issuing CA behind it as TLS servers and clients want it."""
    from app.cli.pem import pem_of

    if not certificate.get("x5c"):
        return {}
    leaf = pem_of(certificate["x5c"][0])
    chain = path.with_suffix(".chain.pem")
    path.write_text(leaf)
    chain.write_text(leaf + server.public("/repository/issuer-ca.pem").decode())
    return {"written": str(path), "with issuer": str(chain)}


def _dry_run(output: Output, server: Server, holder: Holder, asked: tuple[str, bytes]) -> None:
    from urllib.parse import urlencode

    from app.cli.client import sentence
    from app.cli.refusal import Refusal

    wanted = {
        "organisation_id": holder.organisation_id,
        "software_statement_id": holder.software_statement_id,
        "type": asked[0],
    }
    query = urlencode({name: value for name, value in wanted.items() if value is not None})
    report = server.control("POST", f"/_mock/csr:check?{query}", asked[1])
    said = [f"{f.get('severity', 'error')}: {sentence(f)}" for f in report.get("findings", ())]
    if not report.get("would_issue"):
        raise Refusal("the certificate would be refused", code="csr.rejected", details=said)
    output.show(report, lambda on: facts(on, {"result": "the certificate would be issued", "but": said or None}))


def described(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a certificate object that people ask for."""
    names = {
        "keyType": "type",
        "Status": "status",
        "kid": "kid",
        "ValidFromDateTime": "valid from",
        "ExpiryDateTime": "to",
        "RevokedDateTime": "revoked at",
        "x5u": "published at",
        "JwkPath": "key set",
        "OrgJwkPath": "key set",
        "Description": "description",
    }
    return {label: certificate[member] for member, label in names.items() if member in certificate}
