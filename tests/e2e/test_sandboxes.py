"""Sandboxes at real sockets: two processes on one folder, mutual TLS, the end of their time, the command line."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.directories import application_body, organisation_body
from tests.e2e.test_cli import run
from tests.participants import good_csr
from tests.servers import EC, Served

pytestmark = pytest.mark.slow
PATIENCE = 10.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandboxes") / "data"


@pytest.fixture(scope="module")
def servers(data: Path) -> Iterator[list[Served]]:
    """Two processes on one folder."""
    with ExitStack() as stack:
        yield [stack.enter_context(Served(data, EC, "--seed", "none")) for _ in range(2)]


def create(server: Served, **wanted: Any) -> dict[str, Any]:
    made = httpx.post(f"{server.control}/_mock/sandboxes", json=wanted)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def eventually(is_true: Any) -> bool:
    """Whether it comes true within the time that clearing may take."""
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@dataclass(frozen=True)
class Holder:
    """An application in a sandbox, with a transport certificate in a file."""

    prefix: str
    pem: Path

    def ask(self, server: Served, prefix: str | None = None) -> httpx.Response:
        """Over mutual TLS, at the path of this sandbox or of another."""
        context = ssl.create_default_context(cafile=server.ready["bundle"])
        context.load_cert_chain(self.pem)
        with httpx.Client(verify=context, trust_env=False) as client:
            return client.get(f"{server.mtls}{self.prefix if prefix is None else prefix}/organisations")


def holder(server: Served, made: Mapping[str, Any], folder: Path) -> Holder:
    """Registered, and certified, at one server."""
    prefix, control = made["prefix"], f"{server.control}{made['prefix']}"
    token = httpx.post(f"{control}/_mock/tokens", json={}).json()["access_token"]
    with httpx.Client(base_url=f"{server.http}{prefix}", headers={"Authorization": f"Bearer {token}"}) as client:
        client.post("/organisations", json=organisation_body("test")).raise_for_status()
        software = client.post("/organisations/test/softwarestatements", json=application_body()).json()
        path = f"/organisations/test/softwarestatements/{software['SoftwareStatementId']}/certificates/rtstransport"
        key = ec.generate_private_key(ec.SECP256R1())
        csr = good_csr(software["SoftwareStatementId"], "test", key)
        answer = client.post(path, content=csr, headers={"Content-Type": "application/x-pem-file"})
        assert answer.status_code == 201, answer.text
    leaf = x509.load_der_x509_certificate(base64.b64decode(answer.json()["x5c"][0]))
    pem = folder / f"{made['id']}.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + leaf.public_bytes(Encoding.PEM)
    )
    return Holder(prefix, pem)


@pytest.mark.case("oauth-G-11", "control-D-02")
def test_running_listeners_trust_new_sandboxes(servers: list[Served], tmp_path: Path) -> None:
    """Both processes, from the next handshake on; at the path of another sandbox it is `mtls.issuer`."""
    for server in servers:
        assert httpx.get(f"{server.http}/_mock/bundle.pem").status_code == 200
    one, two = (create(servers[0], id=name) for name in ("tls-a", "tls-b"))
    mine = holder(servers[0], one, tmp_path)
    for server in servers:
        assert "token.missing" in mine.ask(server).headers["x-mock-reason"]
        for prefix in (two["prefix"], ""):
            refused = mine.ask(server, prefix)
            assert refused.status_code == 401
            assert "mtls.issuer" in refused.headers["x-mock-reason"]


def test_each_process_serves_what_another_has_made(servers: list[Served], tmp_path: Path) -> None:
    """Objects, clock and end; the next request sees them."""
    made = create(servers[0], id="shared")
    prefix = made["prefix"]
    mine = holder(servers[1], made, tmp_path)
    assert "token.missing" in mine.ask(servers[0]).headers["x-mock-reason"]
    moved = httpx.put(f"{servers[1].control}{prefix}/_mock/clock", json={"advance": "P400D"}).json()
    assert httpx.get(f"{servers[0].control}{prefix}/_mock/clock").json()["now"][:16] == moved["now"][:16]
    assert "mtls.expired" in mine.ask(servers[0]).headers["x-mock-reason"]
    assert httpx.delete(f"{servers[1].control}/_mock/sandboxes/shared").status_code == 204
    for server in servers:
        assert httpx.get(f"{server.http}{prefix}/crl/issuer.crl").status_code == 404


@pytest.mark.case("control-D-03")
def test_the_time_ends_by_itself(servers: list[Served], data: Path) -> None:
    """404 at both, and nothing is left on the disk."""
    made = create(servers[0], id="short", ttl=1, template="demo")
    assert (data / "sandboxes" / "short").is_dir()
    gone = [f"{server.http}{made['prefix']}/crl/issuer.crl" for server in servers]
    assert eventually(lambda: all(httpx.get(url).status_code == 404 for url in gone))
    assert eventually(lambda: not (data / "sandboxes" / "short").exists())


@pytest.mark.case("reliability-C-04")
def test_making_and_dropping_leaves_nothing(servers: list[Served], data: Path) -> None:
    """A hundred and twenty, one after another: as many threads and file handles as before."""
    server = servers[0]

    def used() -> tuple[int, int]:
        place = Path(f"/proc/{server.process.pid}")
        return len(list((place / "fd").iterdir())), len(list((place / "task").iterdir()))

    def churn(count: int) -> None:
        with httpx.Client(base_url=server.control) as control, httpx.Client(base_url=server.http) as http:
            for _ in range(count):
                made = control.post("/_mock/sandboxes").json()
                assert http.get(f"{made['prefix']}/crl/issuer.crl").status_code == 200
                assert control.delete(f"/_mock/sandboxes/{made['id']}").status_code == 204

    churn(20)
    before = used()
    churn(100)
    assert eventually(lambda: all(now <= then + 3 for now, then in zip(used(), before, strict=True)))
    left = data / "sandboxes"
    assert not left.exists() or not [each for each in left.iterdir() if len(each.name) == 12]


def test_from_the_command_line(servers: list[Served], tmp_path: Path) -> None:
    """Made, listed, used by its addresses, dropped."""
    control, bundle = servers[0].control, tmp_path / "cas.pem"
    options = ("--template", "demo", "--ttl", "15m", "--setting", "ra_mode=strict", "--bundle", str(bundle))
    made = run("sandbox", "create", "by-hand", *options, "--control", control, "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert len(x509.load_pem_x509_certificates(bundle.read_bytes())) == 2
    listed = run("sandbox", "list", "--control", control, "--json")
    assert "by-hand" in [each["id"] for each in json.loads(listed.stdout)]
    moved = run("clock", "--advance", "P1Y", "--control", f"{control}{told['prefix']}", "--json")
    assert json.loads(moved.stdout)["moved"]
    shown = run("clock", "--control", control, "--json")
    assert not json.loads(shown.stdout)["moved"]
    assert run("sandbox", "create", "by-hand", "--control", control).returncode == 1
    assert run("sandbox", "drop", "by-hand", "--control", control).returncode == 0
    refused = run("sandbox", "drop", "by-hand", "--control", control, "--json")
    assert json.loads(refused.stderr)["code"] == "sandbox.unknown"
    assert run("sandbox", "create", "--setting", "ra_mode", "--control", control).returncode == 2
    assert run("clock", "--reset", "--freeze", "--control", control).returncode == 2
