"""`make bench`: prints one table; bench/README.md keeps the figures with the machine and the day."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from bench import load, material, tokens
from bench.server import Server

EC = {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
RSA = {"CONNECT_MOCK_CA_ISSUING_KEY": "rsa-2048"}
SECONDS = 4
FORM = "application/x-www-form-urlencoded"


def issuance(name: str, environment: dict[str, str]) -> None:
    with Server(Path(tempfile.mkdtemp()), environment=environment) as server:
        software, token = material.application(server)
        url = f"{server.http}/organisations/bench/softwarestatements/{software}/certificates/rtstransport"
        for connections in (1, 16):
            bodies = material.csrs(software, 2500 * SECONDS)
            wanted = load.Load(url, bodies, "application/x-pem-file", connections, SECONDS, token)
            figures = load.post(server, wanted)
            print(figures.row(f"issue, {name}, c{connections}"), flush=True)
        print(f"| memory after {name} issues | {server.memory_mb():.0f} MB | | | | |", flush=True)


def status() -> None:
    with Server(Path(tempfile.mkdtemp()), environment=EC) as server:
        software, token = material.application(server)
        request = material.status_request(server, software, token)
        url = f"{server.http}/ocsp"
        nonced = [_nonced(request, turn) for turn in range(3000)]
        for name, bodies in (("cached", [request]), ("signed when asked (nonce)", nonced)):
            figures = load.post(server, load.Load(url, bodies, "application/ocsp-request", 16, SECONDS))
            print(figures.row(f"OCSP, {name}, c16"), flush=True)
        crl = load.get(server, f"{server.http}/crl/issuer.crl", connections=16, seconds=SECONDS)
        print(crl.row("CRL, c16"), flush=True)


def token() -> None:
    keys = {
        "PS256": rsa.generate_private_key(65537, 2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
    }
    for name, key in keys.items():
        with Server(Path(tempfile.mkdtemp()), environment=EC) as server:
            software, access = material.application(server)
            forms = tokens.requests(server, software, access, key, 3500 * SECONDS)
            for connections, part in ((1, forms[: len(forms) // 2]), (16, forms[len(forms) // 2 :])):
                wanted = load.Load(f"{server.http}/token", part, FORM, connections, SECONDS // 2)
                print(load.post(server, wanted).row(f"token, private_key_jwt {name}, c{connections}"), flush=True)


def start() -> None:
    for name, environment in (("RSA-4096 root, RSA-2048 issuing (default)", {}), ("EC", EC)):
        data = Path(tempfile.mkdtemp())
        for kind in ("fresh", "restart"):
            seconds = []
            for _ in range(3):
                if kind == "fresh":
                    shutil.rmtree(data, ignore_errors=True)
                with Server(data, environment=environment) as server:
                    seconds.append(server.seconds_to_ready)
            print(f"| start to ready, {kind}, {name} | {sorted(seconds)[1]:.2f} s | | | | |", flush=True)
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "app.cli.main", "--help"], capture_output=True, check=True)
        spent.append(time.perf_counter() - began)
    print(f"| connect-mock --help | {sorted(spent)[2]:.2f} s | | | | |", flush=True)


def _nonced(request: bytes, turn: int) -> bytes:
    parsed = ocsp.load_der_ocsp_request(request)
    nonce = hashlib.sha256(str(turn).encode()).digest()
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        parsed.issuer_name_hash,
        parsed.issuer_key_hash,
        parsed.serial_number,
        hashes.SHA1(),
    )
    return builder.add_extension(x509.OCSPNonce(nonce), critical=False).build().public_bytes(Encoding.DER)


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("the benchmarks need wrk: apt-get install wrk")
    print(load.HEAD)
    start()
    issuance("EC CA", EC)
    issuance("RSA-2048 CA", RSA)
    status()
    token()


if __name__ == "__main__":
    main()
