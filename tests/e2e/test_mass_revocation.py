"""The drill of a mass revocation at a real server, while others go on (reliability-cases.md F-02)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.participants import good_csr
from tests.servers import EC, Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PEM = {"Content-Type": "application/x-pem-file"}
MANY = 1200
INCIDENT = "INC-2026-0042"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path / "data", EC, "--seed", "none") as served:
        yield served


@pytest.mark.case("reliability-F-02")
def test_everybody_else_goes_on(server: Served) -> None:
    """All are on OCSP, CRL and out of the key set under one incident id; nobody else is refused meanwhile."""
    software = server.application()
    headers = {"Authorization": f"Bearer {server.token(scope='directory:website', expires_in=3600)}"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as http:
        path = f"{server.http}/organisations/test/softwarestatements/{software}/certificates/rtstransport"

        def issue(_number: int) -> httpx.Response:
            return http.post(path, content=good_csr(software, "test", legal_name="Test Ltd"), headers=PEM)

        with ThreadPoolExecutor(4) as pool:
            made = [*pool.map(issue, range(MANY))]
        assert {answer.status_code for answer in made} == {201}
        asks: dict[str, Callable[[], httpx.Response]] = {
            "ocsp": _ocsp(server, http, made[0].json()),
            "keys": lambda: http.get(f"{server.http}/keystore/test/{software}/transport.jwks"),
            "crl": lambda: http.get(f"{server.http}/crl/issuer.crl"),
            "token": lambda: http.post(f"{server.control}/_mock/tokens", json={"scope": "directory:website"}),
            "read": lambda: http.get(f"{server.http}/organisations/test"),
        }
        with _Others(asks) as others:
            drill = f"{server.control}/_mock/scenarios/mass-revocation"
            revoked = http.post(f"{drill}:start", json={"incident": INCIDENT, "type": "rtstransport"})
            assert revoked.status_code == 201, revoked.text
            others.wait_for_all()
        checked = http.post(f"{drill}:advance").json()["facts"]
        assert others.refused == []
        assert revoked.json()["facts"]["revoked"] == MANY
        assert sorted(revoked.json()["facts"]["seconds_to"]) == ["crl", "jwks", "ocsp"]
        assert None not in revoked.json()["facts"]["seconds_to"].values()
        assert checked["asked"] == checked["on_ocsp"] == checked["on_crl"] == checked["out_of_jwks"] > 0
        crl = x509.load_der_x509_crl(http.get(f"{server.http}/crl/issuer.crl").content)
        assert len([*crl]) == MANY
        assert http.get(f"{server.http}/keystore/test/{software}/transport.jwks").json() == {"keys": []}
        assert _incidents(http, server, made[0].json()["kid"]) == [INCIDENT]


class _Others:
    """Clients of their own threads, each asking one thing again and again; `refused` is what did not go well."""

    def __init__(self, asks: dict[str, Callable[[], httpx.Response]]) -> None:
        self.refused: list[tuple[str, str]] = []
        self._asks, self._stop = asks, threading.Event()
        self._answered = {name: threading.Event() for name in asks}
        self._threads = [threading.Thread(target=self._go, args=(name,)) for name in asks]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_all(self) -> None:
        """Until each has had an answer."""
        assert all(event.wait(60) for event in self._answered.values())

    def _go(self, name: str) -> None:
        while not self._stop.is_set():
            try:
                answer = self._asks[name]()
                if answer.status_code >= 300:
                    self.refused.append((name, answer.text))
            except httpx.HTTPError as error:
                self.refused.append((name, repr(error)))
            self._answered[name].set()
            self._stop.wait(0.02)


def _ocsp(server: Served, http: httpx.Client, jwk: dict[str, Any]) -> Callable[[], httpx.Response]:
    leaf = x509.load_der_x509_certificate(base64.b64decode(jwk["x5c"][0]))
    issuer = x509.load_pem_x509_certificate(http.get(f"{server.http}/repository/issuer-ca.pem").content)
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1())
    body = asked.build().public_bytes(Encoding.DER)
    return lambda: http.post(f"{server.http}/ocsp", content=body, headers={"Content-Type": "application/ocsp-request"})


def _incidents(http: httpx.Client, server: Served, kid: str) -> list[str]:
    """Of the audit records that tell of this certificate's revocation."""
    records = [each["Record"] for each in http.get(f"{server.http}/audit?size=100").json()["items"]]
    return [record["IncidentId"] for record in records if record.get("kid") == kid and "RevokeReason" in record]
