"""`connect-mock ca`: the CAs of a running server, or of a data folder where none runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import AsJson, Config, Control, Database, DataFolder, ReadyFile, Url
from app.cli.output import Output, table

if TYPE_CHECKING:
    from app.cli.client import Server
    from app.sandbox import Sandbox

app = typer.Typer(
    no_args_is_help=True, help="The CAs: show them, print the bundle or a CRL. --data or --database needs no server."
)
OutFile = Annotated[Path | None, typer.Option("--out", help="File instead of the terminal.", show_default=False)]


@app.command()
def show(
    *,
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    data: DataFolder = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show every CA: name, key, dates, fingerprint."""
    where = Where(url, control, ready_file, data, database, config)
    cas = [_described(pem) for pem in _parts(where.bundle())]
    columns = ("subject", "key", "valid from", "to", "serial", "SHA-256")
    Output(as_json=as_json).show(cas, lambda on: table(on, columns, [[ca[c] for c in columns] for ca in cas]))


@app.command()
def bundle(
    *,
    out: OutFile = None,
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    data: DataFolder = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print the CA certificates (PEM) that a relying party trusts."""
    pem = Where(url, control, ready_file, data, database, config).bundle()
    _deliver(pem, out, as_json=as_json)


@app.command()
def crl(
    name: Annotated[
        str, typer.Argument(help="issuer.crl, root.crl, or issuer-g2.crl after a roll-over.")
    ] = "issuer.crl",
    *,
    out: OutFile = None,
    every: Annotated[bool, typer.Option("--all", help="The CRLs of all CAs, as nginx wants them.")] = False,
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    data: DataFolder = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print a CRL in PEM."""
    from app.cli.pem import crl_pem

    where = Where(url, control, ready_file, data, database, config)
    names = _crl_names(len(_parts(where.bundle()))) if every else [name]
    _deliver(b"".join(crl_pem(where.crl(n)) for n in names), out, as_json=as_json)


class Where:
    """Where the CAs are asked for: in a data folder or database if one was named, else at a running server."""

    def __init__(
        self,
        url: str | None,
        control: str | None,
        ready_file: Path | None,
        data: Path | None,
        database: str | None,
        config: Path | None,
    ) -> None:
        self._server = (url, control, ready_file)
        self._local = (data, database, config) if data or database else None

    def bundle(self) -> bytes:
        return self._ask(lambda sandbox: sandbox.issuers.bundle_pem(), lambda server: server.bundle())

    def crl(self, name: str) -> bytes:
        """One CRL in DER. Raises Refusal, naming those that exist."""
        return self._ask(lambda sandbox: sandbox.status.crl(name).der, lambda server: server.public(f"/crl/{name}"))

    def _ask(self, local: Callable[[Sandbox], bytes], remote: Callable[[Server], bytes]) -> bytes:
        if self._local:
            from app.cli.offline import opened

            with opened(*self._local) as sandbox:
                return local(sandbox)
        from app.cli.client import server_at

        with server_at(*self._server) as server:
            return remote(server)


def _deliver(pem: bytes, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        out.write_bytes(pem)
    value = {"file": str(out)} if out else {"pem": pem.decode()}
    Output(as_json=as_json).show(value, lambda _: typer.echo(f"Written: {out}" if out else pem.decode().rstrip()))


def _parts(bundle: bytes) -> list[bytes]:
    end = b"-----END CERTIFICATE-----"
    return [part.strip() + b"\n" + end + b"\n" for part in bundle.split(end) if part.strip()]


def _crl_names(cas: int) -> list[str]:
    """Root first; the second issuing CA publishes `issuer-g2.crl`."""
    return ["root.crl", "issuer.crl", *(f"issuer-g{generation}.crl" for generation in range(2, cas))][:cas]


def _described(pem: bytes) -> dict[str, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    certificate = x509.load_pem_x509_certificate(pem)
    key = certificate.public_key()
    kind = type(key).__name__
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        kind = f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else key.curve.name
    return {
        "subject": certificate.subject.rfc4514_string(),
        "key": kind,
        "valid from": f"{certificate.not_valid_before_utc:%Y-%m-%d}",
        "to": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        "serial": f"{certificate.serial_number:x}",
        "SHA-256": certificate.fingerprint(hashes.SHA256()).hex(),
    }
