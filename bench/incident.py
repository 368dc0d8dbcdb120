"""`python -m bench.incident [NUMBER]`: that many certificates (20,000) revoked at once under one incident id (F-02).

Meanwhile others go on: one client each asks OCSP, a key set and the CRL, gets tokens and certificates. What they wait
at worst is told beside what they wait before.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import httpx

from bench import material
from bench.server import Server

EC = {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
MANY = 20_000
TIMEOUT = 5.0
"""Seconds that the others wait for an answer; a longer wait is a failure."""
BEFORE = 5.0
"""Seconds that they are watched before the incident."""
AHEAD = 2000
"""CSRs for the certificates that are issued meanwhile."""
Ask = Callable[[httpx.Client], httpx.Response]
Noted = tuple[dict[str, list[float]], dict[str, int]]
"""Waits in milliseconds and failures, by what was asked for."""


class Others:
    """Clients of their own threads, each doing one thing again and again; every wait in milliseconds."""

    def __init__(self, asks: dict[str, Ask]) -> None:
        self.asks, self._stop = asks, threading.Event()
        self.waits: dict[str, list[float]] = {name: [] for name in asks}
        self.failures: dict[str, int] = dict.fromkeys(asks, 0)
        self._threads = [threading.Thread(target=self._go, args=(name,)) for name in asks]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def taken(self) -> Noted:
        """What was noted since the last time."""
        taken = self.waits, self.failures
        self.waits, self.failures = {name: [] for name in self.asks}, dict.fromkeys(self.asks, 0)
        return taken

    def _go(self, name: str) -> None:
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as http:
            while not self._stop.is_set():
                began = time.perf_counter()
                try:
                    is_good = self.asks[name](http).status_code < 300
                except httpx.HTTPError:
                    is_good = False
                self.waits[name].append((time.perf_counter() - began) * 1000)
                self.failures[name] += not is_good
                time.sleep(0.01)


def held(server: Server, software: str, token: str, number: int) -> None:
    """So many certificates of one application."""
    url = f"{server.http}/organisations/bench/softwarestatements/{software}/certificates/rtstransport"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-pem-file"}
    with httpx.Client(timeout=60, trust_env=False) as http, ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda csr: http.post(url, content=csr, headers=headers), _made(software, number))
        assert {answer.status_code for answer in answers} == {201}


def _made(software: str, number: int) -> Iterator[bytes]:
    for _ in range(-(-number // 500)):
        yield from material.csrs(software, 500)


def others(server: Server, software: str, token: str) -> Others:
    base = f"{server.http}/organisations/bench/softwarestatements/{software}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-pem-file"}
    question = material.status_request(server, software, token)
    ahead = iter(material.csrs(software, AHEAD))
    ocsp = {"Content-Type": "application/ocsp-request"}
    return Others(
        {
            "OCSP": lambda http: http.post(f"{server.http}/ocsp", content=question, headers=ocsp),
            "key set": lambda http: http.get(f"{server.http}/keystore/openbanking.jwks"),
            "CRL": lambda http: http.get(f"{server.http}/crl/issuer.crl"),
            "token": lambda http: http.post(f"{server.control}/_mock/tokens", json={"scope": "directory:website"}),
            "issue": lambda http: http.post(f"{base}/certificates/rtstransport", content=next(ahead), headers=headers),
        }
    )


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with Server(Path(tempfile.mkdtemp()), environment=EC) as server:
        software, token = material.application(server)
        held(server, software, token, number)
        with others(server, software, token) as clients, httpx.Client(timeout=600, trust_env=False) as http:
            time.sleep(BEFORE)
            before = clients.taken()
            began = time.perf_counter()
            answer = http.post(f"{server.control}/_mock/scenarios/mass-revocation:start", json={"incident": "INC-1"})
            seconds = time.perf_counter() - began
            during = clients.taken()
            checked = http.post(f"{server.control}/_mock/scenarios/mass-revocation:advance").json()["facts"]
        told(answer.json()["facts"], checked, seconds)
        waits(before, during)
        print(f"| memory afterwards | {server.memory_mb():.0f} MB | |")


def told(facts: dict[str, object], checked: dict[str, object], seconds: float) -> None:
    print(f"\n| {facts['revoked']} certificates, incident {facts['incident']} | seconds |\n| --- | --- |")
    print(f"| all revoked | {facts['seconds']} |")
    for view, after in dict(facts["seconds_to"]).items():  # type: ignore[call-overload]
        print(f"| {view} shows the last | {after} |")
    print(f"| the call | {seconds:.1f} |")
    asked = f"{checked['on_ocsp']} OCSP, {checked['on_crl']} CRL, {checked['out_of_jwks']} key sets"
    print(f"| asked about {checked['asked']}: {asked} | {checked['check_seconds']} |")


def waits(before: Noted, during: Noted) -> None:
    print("\n| others | p50 / worst ms before | p50 / worst ms meanwhile | failures |\n| --- | --- | --- | --- |")
    for name, found in during[0].items():
        print(f"| {name} | {_pair(before[0][name])} | {_pair(found)} | {during[1][name]} of {len(found)} |")


def _pair(found: list[float]) -> str:
    return f"{statistics.median(found):.1f} / {max(found):.0f}" if found else "none"


if __name__ == "__main__":
    main()
