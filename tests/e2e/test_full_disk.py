"""A disk that is full: refusals in bounded time, nothing damaged, and back to work when there is room again."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from tests.participants import good_csr
from tests.servers import EC, Served

PEM = {"Content-Type": "application/x-pem-file"}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit: Linux")
@pytest.mark.case("reliability-B-01", "reliability-B-03")
def test_a_full_disk_refuses_and_harms_nothing(tmp_path: Path) -> None:
    """503 for writes, 200 for reads, readiness red; with room again everything answered before is there."""
    with Served(tmp_path / "data", EC, "--seed", "none") as server:
        software = server.application()
        headers = {"Authorization": f"Bearer {server.token(scope='directory:website', expires_in=3600)}"}
        url = f"{server.http}/organisations/test/softwarestatements/{software}/certificates"
        with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:
            issue = lambda: client.post(  # noqa: E731
                f"{url}/rtstransport", content=good_csr(software, "test", legal_name="Test Ltd"), headers=PEM
            )
            answered = [issue().json()["kid"] for _ in range(5)]
            _limit(server, (tmp_path / "data" / "connect-mock.db-wal").stat().st_size)
            refused = _until(issue, 503)
            assert refused.headers.get("retry-after")
            assert (
                client.put(f"{url}/rtstransport/{answered[0]}", json={"RevokeReason": "superseded"}).status_code == 503
            )
            for _ in range(30):
                assert client.get(url).status_code == 200
            ready = _until(lambda: client.get(f"{server.control}/_mock/ready"), 503)
            assert ready.json()["code"] == "store.not_writable"
            assert client.get(f"{server.control}/_mock/live").status_code == 200

            _limit(server, resource.RLIM_INFINITY)
            _until(lambda: client.get(f"{server.control}/_mock/ready"), 200)
            answered.append(issue().json()["kid"])
            assert (
                client.put(f"{url}/rtstransport/{answered[0]}", json={"RevokeReason": "superseded"}).status_code == 200
            )
            assert set(answered) <= {each["kid"] for each in client.get(url).json()}
            crl = x509.load_der_x509_crl(client.get(f"{server.http}/crl/issuer.crl").content)
            assert len(crl) == 1
            entries = client.get(f"{server.control}/_mock/journal?limit=1000").json()["entries"]
            assert 503 in {each["status"] for each in entries}


def _limit(server: Served, octets: int) -> None:
    """No file of the server may grow beyond this: what a full disk looks like to it, without one."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


def _until(ask: object, status: int) -> httpx.Response:
    deadline = time.monotonic() + 20
    while (answer := ask()).status_code != status:  # type: ignore[operator]
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    found: httpx.Response = answer
    return found
