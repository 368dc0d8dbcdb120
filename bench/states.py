"""`python -m bench.states [URL]`: reset, snapshot, export and import over HTTP, of demo data and of 2,000 certificates.

With the URL of a PostgreSQL, there too.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench import material
from bench.server import Server

EC = {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
MANY = 2000


def measured(name: str, act: Callable[[], object], times: int) -> None:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append((time.perf_counter() - began) * 1000)
    print(f"| {name} | {statistics.median(spent):.1f} ms | {max(spent):.1f} ms |", flush=True)


def states(server: Server, http: httpx.Client, what: str, times: int) -> None:
    """One row for each thing that may be done."""
    base = f"{server.ready['listeners']['control']}/_mock"

    def call(method: str, path: str, **options: object) -> httpx.Response:
        answer = http.request(method, f"{base}/{path}", **options)  # type: ignore[arg-type]
        assert answer.status_code < 300, answer.text
        return answer

    call("PUT", "snapshots/x")
    measured(f"reset to a snapshot, {what}", lambda: call("POST", "reset", json={"to": "x"}), times)
    measured(f"reset of faults and clock, {what}", lambda: call("POST", "reset", json={"scope": ["faults"]}), times)
    measured(f"snapshot, {what}", lambda: call("PUT", "snapshots/y"), times)
    measured(f"export, {what}", lambda: call("GET", "export"), times)
    document = call("GET", "export").content
    headers = {"content-type": "application/json"}
    bring = lambda: call("POST", "import?baseline=false", content=document, headers=headers)  # noqa: E731
    measured(f"import, {what} ({len(document) / 1e6:.1f} MB)", bring, max(times // 5, 3))


def on(database: str, environment: dict[str, str]) -> None:
    with (
        Server(Path(tempfile.mkdtemp()), environment=EC | environment) as server,
        httpx.Client(timeout=120, trust_env=False) as http,
    ):
        states(server, http, f"demo data, {database}", 40)
        software, token = material.application(server)
        url = f"{server.http}/organisations/bench/softwarestatements/{software}/certificates/rtstransport"
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-pem-file"}
        for body in material.csrs(software, MANY):
            assert http.post(url, content=body, headers=given).status_code == 201
        states(server, http, f"{MANY} certificates, {database}", 10)
        print(f"| memory after all that, {database} | {server.memory_mb():.0f} MB | |", flush=True)


def main() -> None:
    print("| what | median | worst |\n| --- | --- | --- |")
    on("SQLite", {})
    for url in sys.argv[1:]:
        on("PostgreSQL", {"CONNECT_MOCK_DATABASE": url})


if __name__ == "__main__":
    main()
