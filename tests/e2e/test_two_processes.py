"""Two servers on one data folder: one CA, one truth, each answer given once."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import pytest
from cryptography import x509

from tests.participants import good_csr
from tests.servers import EC, Served

pytestmark = pytest.mark.slow
PEM = {"Content-Type": "application/x-pem-file"}


class Pair:
    """Both servers, and one application that asks either of them."""

    def __init__(self, servers: Sequence[Served]) -> None:
        self.servers = servers
        self.software = servers[0].application()
        token = servers[0].token(scope="directory:website", expires_in=3600)
        self.clients = [
            httpx.Client(
                base_url=server.http, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
            )
            for server in servers
        ]
        self.path = f"/organisations/test/softwarestatements/{self.software}/certificates"

    def csr(self) -> bytes:
        return good_csr(self.software, "test", legal_name="Test Ltd")

    def upload(self, number: int, csr: bytes) -> httpx.Response:
        return self.clients[number % 2].post(f"{self.path}/rtstransport", content=csr, headers=PEM)

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def kids(self) -> list[set[str]]:
        """What each of them lists."""
        return [{each["kid"] for each in client.get(self.path).json()} for client in self.clients]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Started at the same moment, on a folder that neither has made."""
    data = tmp_path_factory.mktemp("two") / "data"
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        started = list(pool.map(lambda _: stack.enter_context(Served(data, EC, "--seed", "none")), range(2)))
        both = Pair(started)
        yield both
        both.close()


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of all, begun together."""
    gate = threading.Barrier(len(tasks))

    def begin(task: Callable[[], Any]) -> Any:
        gate.wait(20)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(begin, tasks))


def leaf_of(answer: httpx.Response) -> x509.Certificate:
    assert answer.status_code == 201, answer.text
    return x509.load_der_x509_certificate(base64.b64decode(answer.json()["x5c"][0]))


def bundle(client: httpx.Client) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(client.get("/repository/bundle.pem").content)


@pytest.mark.case("reliability-A-06")
def test_a_simultaneous_first_start_makes_one_ca(pair: Pair) -> None:
    """rulings.md 5: both serve the same root and issuing CA."""
    first, second = (bundle(client) for client in pair.clients)
    assert first == second
    assert len({ca.subject for ca in first}) == len(first)


@pytest.mark.case("csr-F-05")
def test_one_csr_at_both_at_the_same_instant_is_answered_once(pair: Pair) -> None:
    """Exactly one 201 and one certificate, ten times over; the other one is told `csr.duplicate`."""
    for _ in range(10):
        before, csr = pair.kids()[0], pair.csr()
        answers = at_once([partial(pair.upload, n, csr) for n in range(4)])
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
        assert all("csr.duplicate" in answer.text for answer in answers if answer.status_code == 400)
        first, second = pair.kids()
        assert len(first - before) == 1
        assert first == second


@pytest.mark.case("csr-F-06")
def test_fifty_csrs_at_once_are_fifty_certificates(pair: Pair) -> None:
    """Fifty serials, fifty kids, and both servers list them all."""
    csrs = [pair.csr() for _ in range(50)]
    answers = at_once([partial(pair.upload, n, csr) for n, csr in enumerate(csrs)])
    assert len({leaf_of(answer).serial_number for answer in answers}) == 50
    kids = {answer.json()["kid"] for answer in answers}
    assert len(kids) == 50
    for listed in pair.kids():
        assert kids <= listed


@pytest.mark.case("csr-F-07")
def test_uploads_while_the_ca_is_rolled_over_fit_their_issuer(pair: Pair) -> None:
    """One server rolls over while both issue: issuer, signature and CRL of each leaf go together, at both."""
    csrs = [pair.csr() for _ in range(30)]
    roll = f"{pair.servers[0].control}/_mock/ca/rollover"
    tasks: list[Callable[[], Any]] = [partial(pair.upload, n, csr) for n, csr in enumerate(csrs)]
    rolled, *answers = at_once([lambda: httpx.post(roll, timeout=30), *tasks])
    assert rolled.status_code == 201, rolled.text
    generations = {ca.subject: ca for ca in bundle(pair.clients[1])}
    assert len(generations) == rolled.json()["generation"] + 1
    latest = [leaf_of(pair.upload(n, pair.csr())) for n in range(2)]
    for leaf in [*(leaf_of(answer) for answer in answers), *latest]:
        ca = generations[leaf.issuer]
        leaf.verify_directly_issued_by(ca)
        points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        assert points[0].full_name is not None
        name = points[0].full_name[0].value.rpartition("/")[2]
        for client in pair.clients:
            served = x509.load_der_x509_crl(client.get(f"/crl/{name}").content)
            assert served.issuer == leaf.issuer
            assert served.is_signature_valid(ca.public_key())  # type: ignore[arg-type]
    newest = f"{rolled.json()['generation']}"
    assert all(leaf.issuer.rfc4514_string().count(f"G{newest}") == 1 for leaf in latest)


def test_a_revocation_at_one_is_seen_at_the_other(pair: Pair) -> None:
    """CRL, key set and status by serial of the other server, as soon as the first has answered."""
    answer = pair.upload(0, pair.csr())
    kid, serial = answer.json()["kid"], leaf_of(answer).serial_number
    revoked = pair.clients[0].put(f"{pair.path}/rtstransport/{kid}", json={"RevokeReason": "superseded"})
    assert revoked.status_code == 200, revoked.text
    status = httpx.get(f"{pair.servers[1].control}/_mock/cert-status/0x{serial:x}").json()
    assert status["status"] == "revoked"
    keys = pair.clients[1].get(f"/keystore/test/{pair.software}/transport.jwks").json()["keys"]
    assert kid not in {key["kid"] for key in keys}
    generation = len(bundle(pair.clients[1])) - 1
    name = "issuer.crl" if generation == 1 else f"issuer-g{generation}.crl"
    crl = x509.load_der_x509_crl(pair.clients[1].get(f"/crl/{name}").content)
    assert crl.get_revoked_certificate_by_serial_number(serial) is not None


def test_both_are_ready_and_the_journal_is_one(pair: Pair) -> None:
    """Readiness writes, and two that write do not hold each other up; the journal is one."""
    answers = at_once(
        [partial(httpx.get, f"{s.control}/_mock/ready", timeout=30) for s in (*pair.servers, *pair.servers)]
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    pair.clients[0].get("/organisations/seen-by-the-first", headers={"x-fapi-interaction-id": "seen-1"})
    httpx.get(f"{pair.servers[0].control}/_mock/journal?limit=1")
    found = httpx.get(f"{pair.servers[1].control}/_mock/journal/seen-1")
    assert found.json()["entries"][0]["path"] == "/organisations/seen-by-the-first"
