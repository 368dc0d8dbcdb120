"""kill -9 in the middle of issuing: what was answered is kept, and nothing is half-done."""

from __future__ import annotations

import base64
import random
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from tests.participants import good_csr
from tests.servers import EC, Served


@pytest.mark.slow
@pytest.mark.case("reliability-A-01", "status-C-17", "status-C-03")
def test_every_answered_certificate_and_revocation_survives_kill_nine(tmp_path: Path) -> None:
    """Three kills during a thousand issues and a hundred revokes: all there, serials unique, CRL number never falls."""
    answered: dict[str, str] = {}
    revoked: set[str] = set()
    numbers = [0]
    for round_ in range(4):
        with Served(tmp_path / "data", EC) as server:
            software = server.application()
            token = server.token(scope="directory:website", expires_in=3600)
            with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10) as client:
                url = f"{server.http}/organisations/test/softwarestatements/{software}/certificates"
                kids = {item["kid"]: item for item in client.get(url).json()}
                assert set(answered) <= set(kids)
                assert len({item["x5c"][0] for item in kids.values()}) == len(kids)
                crl = x509.load_der_x509_crl(client.get(f"{server.http}/crl/issuer.crl").content)
                numbers.append(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
                serials = {entry.serial_number for entry in crl}
                assert {int(answered[kid], 16) for kid in revoked} <= serials
                if round_ == 3:
                    break
                killer = threading.Timer(random.uniform(0.5, 1.2), server.process.send_signal, (signal.SIGKILL,))
                killer.start()
                _work(client, url, software, (answered, revoked))
                killer.join()
    assert numbers == sorted(numbers)
    assert len(answered) > 50
    assert len(set(answered.values())) == len(answered)


def _work(client: httpx.Client, url: str, software: str, kept: tuple[dict[str, str], set[str]]) -> None:
    """Issue, and revoke every tenth, until the server is gone; note only what was answered."""
    answered, revoked = kept
    csrs = [good_csr(software, "test", legal_name="Test Ltd") for _ in range(330)]
    try:
        for turn, csr in enumerate(csrs):
            answer = client.post(f"{url}/rtstransport", content=csr, headers={"Content-Type": "application/x-pem-file"})
            item = answer.json()
            leaf = x509.load_der_x509_certificate(base64.b64decode(item["x5c"][0]))
            answered[item["kid"]] = f"{leaf.serial_number:x}"
            if turn % 10 == 0:
                done = client.put(f"{url}/rtstransport/{item['kid']}", json={"RevokeReason": "superseded"})
                if done.status_code == 200:
                    revoked.add(item["kid"])
    except httpx.HTTPError:
        return
    time.sleep(1.5)
