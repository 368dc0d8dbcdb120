"""A server that may do little, and a day of its work: `python -m tests.e2e.confined FOLDER` starts one and plays it.

Only FOLDER is written to. What comes out is one line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from app.client.directory import Application, Directory
from tests.contract.resource_calls import SERVER
from tests.servers import EC, PORTS

PATIENCE = 60
"""Seconds that a server gets to be ready, on a machine that has much to do."""
PAGES = (
    "/participants", "/roles", "/jwks", "/.well-known/openid-configuration", "/portal", "/repository/bundle.pem",
    "/crl/issuer.crl", "/crl/root.crl", "/keystore/openbanking.jwks",
)  # fmt: skip


@contextmanager
def serving(folder: Path, prefix: Sequence[str] = (), settings: Mapping[str, str] | None = None) -> Iterator[Path]:
    """The ready file of a server with its things below `folder`; `prefix` is a command that runs it."""
    ready, log = folder / "ready.json", folder / "server.log"
    command = [*prefix, sys.executable, "-m", "app.cli.main", "serve", "--data", str(folder / "data"), *PORTS]
    environment = os.environ | EC | {"PYTHONDONTWRITEBYTECODE": "1"} | dict(settings or {})
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*command, "--ready-file", str(ready)],
            env=environment,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.01)
        yield ready
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # the prefix keeps a signal of its own to itself
        server.wait(30)


def play(directory: Directory) -> dict[str, Any]:
    """Certificates, tokens, mutual TLS, status, participants, powers, sandboxes, states; what was seen."""
    acme = directory.organisation("Acme")
    reader = acme.application("Reader")
    certificate = reader.certificate("rtstransport")
    seen: dict[str, Any] = {"over_mtls": _asked(directory, reader, certificate)}
    seen["pages"] = {page: _public(directory, page).status_code for page in PAGES}
    seen["key_set"] = [key["kid"] for key in reader.key_set("transport.jwks")["keys"]] == [certificate.kid]
    seen["server"] = _serve(directory, acme.id)
    seen["ocsp_before"] = _ocsp(directory, certificate)
    certificate.revoke("keycompromise")
    seen["ocsp_after"] = _ocsp(directory, certificate)
    seen["refused"] = _asked(directory, reader, certificate, token=directory.token("directory:website"))
    directory.clock.advance(days=400)
    directory.clock.reset()
    directory.snapshot("evening")
    directory.reset("evening")
    with directory.sandbox() as other:
        seen["sandbox"] = other.organisation("Beside").application("Writer").certificate("rtssigning").kid != ""
    return seen


def _asked(directory: Directory, reader: Application, certificate: Any, token: Any = None) -> int:
    """The status of a call over mutual TLS, with a token of the application unless another is given."""
    given = token or reader.token(certificate)
    with directory.httpx_client(certificate, token=given) as client:
        return client.get("/organisations").status_code


def _public(directory: Directory, path: str) -> httpx.Response:
    return httpx.get(f"{directory.addresses.http}{path}", trust_env=False, follow_redirects=False, timeout=30)


def _serve(directory: Directory, organisation: str) -> int:
    """An authorisation server whose addresses are somebody's: nobody has to look at them."""
    url = f"{directory.addresses.http}/organisations/{organisation}/authorisationservers"
    headers = {"Authorization": f"Bearer {directory.token('directory:website')}"}
    body = SERVER | {"Issuer": "https://auth.acme.example", "OpenIDDiscoveryDocument": "https://auth.acme.example/x"}
    return httpx.post(url, json=body, headers=headers, trust_env=False, timeout=30).status_code


def _ocsp(directory: Directory, certificate: Any) -> str:
    leaf = x509.load_pem_x509_certificate(certificate.pem.encode())
    issuer = x509.load_pem_x509_certificate(_public(directory, "/repository/issuer-ca.pem").content)
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
    headers = {"Content-Type": "application/ocsp-request"}
    url = f"{directory.addresses.http}/ocsp"
    answer = httpx.post(url, content=asked.public_bytes(Encoding.DER), headers=headers, trust_env=False, timeout=30)
    return str(ocsp.load_der_ocsp_response(answer.content).certificate_status.name)


def main() -> None:
    folder = Path(sys.argv[1])
    began = time.monotonic()
    with serving(folder, settings={"TMPDIR": str(folder)}) as ready:
        seconds = time.monotonic() - began
        with Directory.from_ready_file(ready) as directory:
            print(json.dumps({"uid": os.getuid(), "seconds_to_ready": round(seconds, 2), **play(directory)}))


if __name__ == "__main__":
    main()
