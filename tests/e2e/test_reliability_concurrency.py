"""Many at once: writers beside a reader and a backup, readers of status beside revocations, a hundred of one name."""

from __future__ import annotations

import base64
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.directories import organisation_body
from tests.participants import good_csr
from tests.servers import EC, Served

pytestmark = pytest.mark.slow
PEM = {"Content-Type": "application/x-pem-file"}
LIMIT = 6.0
"""Seconds that a request may take: the store's limit of 5, and the answer."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path / "data", EC, "--seed", "none") as served:
        yield served


def super_user(server: Served) -> httpx.Client:
    token = server.token(scope="directory:website", expires_in=3600)
    return httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)


def at_once(tasks: list[Callable[[], Any]], workers: int) -> list[Any]:
    with ThreadPoolExecutor(workers) as threads:
        return [done.result(120) for done in [threads.submit(task) for task in tasks]]


@pytest.mark.case("reliability-C-01")
def test_writers_a_long_reader_and_a_backup(server: Served, tmp_path: Path) -> None:
    """Eight writers, one transaction that reads all the while, backups: no 500, no long wait, sound copies."""
    file = tmp_path / "data" / "connect-mock.db"
    stop, copies, seen = threading.Event(), [], []

    def read() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            first = reader.execute("SELECT count(*) FROM organisation").fetchone()
            while not stop.wait(0.05):
                assert reader.execute("SELECT count(*) FROM organisation").fetchone() == first
            seen.append(first)

    def copy() -> None:
        while not stop.is_set():
            target = tmp_path / f"copy{len(copies)}.db"
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as made:
                source.backup(made, pages=50, sleep=0.001)
                assert made.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            copies.append(target)

    def write(worker: int) -> list[tuple[int, float]]:
        answers = []
        with super_user(server) as http:
            for turn in range(25):
                began = time.monotonic()
                body = organisation_body(f"w{worker}-{turn}", LegalEntityName=f"W {worker} {turn}")
                answer = http.post(f"{server.http}/organisations", json=body)
                answers.append((answer.status_code, time.monotonic() - began))
        return answers

    beside = [threading.Thread(target=read), threading.Thread(target=copy)]
    for thread in beside:
        thread.start()
    written = at_once([lambda n=n: write(n) for n in range(8)], 8)  # type: ignore[misc]
    answers = [answer for each in written for answer in each]
    stop.set()
    for thread in beside:
        thread.join(60)
    assert {status for status, _ in answers} == {201}
    assert max(seconds for _, seconds in answers) < LIMIT
    assert copies
    assert seen == [(0,)]
    with super_user(server) as http:
        listed = http.get(f"{server.http}/organisations?size=1000").json()
        assert len(listed if isinstance(listed, list) else listed["content"]) == 200


class Status:
    """Certificates of one application, and who asks for their status."""

    def __init__(self, server: Served, count: int) -> None:
        self.server, self.http = server, super_user(server)
        self.stranger = httpx.Client(timeout=30, trust_env=False)
        software = server.application()
        self.url = f"{server.http}/organisations/test/softwarestatements/{software}/certificates/rtstransport"
        bodies = [good_csr(software, "test", legal_name="Test Ltd") for _ in range(count)]
        self.made = [self.http.post(self.url, content=body, headers=PEM).json() for body in bodies]
        self.leaves = [x509.load_der_x509_certificate(base64.b64decode(each["x5c"][0])) for each in self.made]
        self.issuer = x509.load_pem_x509_certificate(self.public("/repository/issuer-ca.pem"))
        self.answered: list[int] = []
        """Serials whose revocation was answered, in that order."""
        self.begun: list[int] = []

    def public(self, path: str) -> bytes:
        return self.stranger.get(f"{self.server.http}{path}").content

    def revoke(self, number: int) -> None:
        serial = self.leaves[number].serial_number
        self.begun.append(serial)
        done = self.http.put(f"{self.url}/{self.made[number]['kid']}", json={"RevokeReason": "superseded"})
        assert done.status_code == 200, done.text
        self.answered.append(serial)

    def look_at_crl(self) -> int:
        """What was answered before is on it, and nothing that was not begun; its number."""
        before = set(self.answered)
        crl = x509.load_der_x509_crl(self.public("/crl/issuer.crl"))
        assert crl.is_signature_valid(self.issuer.public_key())  # type: ignore[arg-type]
        listed = [entry.serial_number for entry in crl]
        assert before <= set(listed) <= set(self.begun)
        assert listed == self.begun[: len(listed)]
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    def look_at_ocsp(self, number: int) -> None:
        leaf = self.leaves[number]
        was_answered = leaf.serial_number in self.answered
        asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, self.issuer, hashes.SHA256()).build()
        headers = {"Content-Type": "application/ocsp-request"}
        answer = self.stranger.post(
            f"{self.server.http}/ocsp", content=asked.public_bytes(Encoding.DER), headers=headers
        )
        told = ocsp.load_der_ocsp_response(answer.content)
        assert told.serial_number == leaf.serial_number
        if told.certificate_status is ocsp.OCSPCertStatus.REVOKED:
            assert leaf.serial_number in self.begun
            assert told.revocation_reason is x509.ReasonFlags.superseded
        else:
            assert not was_answered


@pytest.mark.case("reliability-C-02")
def test_status_is_wholly_before_or_after(server: Served) -> None:
    """Five hundred reads of OCSP and CRL while thirty are revoked: each is whole, none older than an answer given."""
    status = Status(server, 30)
    status.look_at_crl()

    def revoke() -> None:
        for number in range(30):
            status.revoke(number)
            time.sleep(0.02)

    looks: list[Callable[[], Any]] = [lambda n=n: status.look_at_ocsp(n % 30) for n in range(350)]  # type: ignore[misc]
    looks = [look for pair in zip(looks, [status.look_at_crl] * 150, strict=False) for look in pair] + looks[150:]
    revoking = threading.Thread(target=revoke)
    revoking.start()
    told = at_once(looks, 24)
    revoking.join()
    assert len(told) == 500
    numbers = [number for number in told if number is not None]
    assert status.look_at_crl() >= max(numbers)
    status.http.close()
    status.stranger.close()


@pytest.mark.case("reliability-C-03")
def test_one_name_for_a_hundred(tmp_path: Path) -> None:
    """A hundred create one organisation at two workers: one 201, ninety-nine 409, one organisation."""
    with ExitStack() as stack:
        servers = [stack.enter_context(Served(tmp_path / "data", EC, "--seed", "none")) for _ in range(2)]
        users = [stack.enter_context(super_user(server)) for server in servers]
        gate = threading.Barrier(25)

        def create(turn: int) -> int:
            if turn < 25:
                gate.wait(20)
            server, user = servers[turn % 2], users[turn % 2]
            return user.post(f"{server.http}/organisations", json=organisation_body("only-one")).status_code

        answers = at_once([lambda n=n: create(n) for n in range(100)], 25)  # type: ignore[misc]
        assert sorted(answers) == [201] + 99 * [409]
        for server, user in zip(servers, users, strict=True):
            listed = user.get(f"{server.http}/organisations").json()
            found = listed if isinstance(listed, list) else listed["content"]
            assert [each["OrganisationId"] for each in found] == ["only-one"]
