"""Same in, same out: two fresh processes with one start value, one clock and the same calls (reliability R5)."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.directories import application_body, organisation_body
from tests.participants import good_csr
from tests.servers import EC, Served

pytestmark = pytest.mark.slow
SERVICES = ("web", "auth", "matls_auth", "matls_api", "data", "keystore", "crl", "ocsp", "repository", "rp")
SEEDED = {
    **EC,
    "CONNECT_MOCK_SSA_KEY": "ec-p256",
    "CONNECT_MOCK_OAUTH_KEY": "ec-p256",
    "CONNECT_MOCK_ENTROPY_SEED": "same in, same out",
    "CONNECT_MOCK_CLOCK": "2026-01-01T12:00:00Z",
    **{f"CONNECT_MOCK_ADDRESS_{name.upper()}": f"http://{name.replace('_', '-')}.mock.example" for name in SERVICES},
}
KEY = load_pem_private_key((Path(__file__).parents[1] / "keys" / "rsa-2048-a.pem").read_bytes(), None)


def played(folder: Path, environment: dict[str, str]) -> tuple[bytes, bytes, bytes]:
    """The same calls at a fresh server: root, leaf, export."""
    with Served(folder, environment, "--seed", "none") as server:
        token = server.token(scope="directory:website", expires_in=3600)
        with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False) as http:
            made = http.post(f"{server.http}/organisations", json=organisation_body("test", LegalEntityName="Test Ltd"))
            assert made.status_code == 201, made.text
            url = f"{server.http}/organisations/test/softwarestatements"
            software = http.post(url, json=application_body()).json()["SoftwareStatementId"]
            csr = good_csr(software, "test", key=KEY, legal_name="Test Ltd")
            url = f"{url}/{software}/certificates/rtstransport"
            issued = http.post(url, content=csr, headers={"Content-Type": "application/x-pem-file"})
            assert issued.status_code == 201, issued.text
            http.put(f"{url}/{issued.json()['kid']}", json={"RevokeReason": "superseded"})
            root = http.get(f"{server.http}/repository/root-ca.pem").content
        exported = httpx.get(f"{server.control}/_mock/export", trust_env=False).content
    return root, base64.b64decode(issued.json()["x5c"][0]), exported


@pytest.mark.case("control-K-03", "reliability-H-01")
def test_one_start_value_makes_one_directory(tmp_path: Path) -> None:
    """Keys, ids, serials, certificates and the whole export are equal to the octet; another value makes another."""
    first, second = (played(tmp_path / name, SEEDED) for name in ("one", "two"))
    assert first == second
    other = played(tmp_path / "three", SEEDED | {"CONNECT_MOCK_ENTROPY_SEED": "another"})
    assert not {*other} & {*first}
    x509.load_der_x509_certificate(first[1])


@pytest.mark.case("control-K-03")
def test_without_one_every_start_is_fresh(tmp_path: Path) -> None:
    """Two fresh folders, two CAs."""
    fresh = {name: value for name, value in SEEDED.items() if name != "CONNECT_MOCK_ENTROPY_SEED"}
    first, second = (played(tmp_path / name, fresh) for name in ("one", "two"))
    assert not {*first} & {*second}
