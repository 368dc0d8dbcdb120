"""`python -m bench.scale [FOLDER]`: lists, search and participants over 1,000 organisations and 100,000 certificates.

The directory is made by `connect-mock seed --scale 1000`, unless FOLDER has one already; goals are those of
design/performance.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx

from bench import load
from bench.server import Server

EC = {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
TIMES = 30


def timed(client: httpx.Client, path: str, times: int = TIMES) -> str:
    """The median of one client that asks again and again, in milliseconds, and how long the answer is."""
    spent, size = [], 0
    for _ in range(times):
        began = time.perf_counter()
        answer = client.get(path)
        spent.append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
        size = len(answer.content)
    return f"{median(spent):.1f} ms | {size / 1000:,.0f} kB"


def rebuilt(client: httpx.Client, organisation: str) -> str:
    """From a change to the first answer that shows it."""
    spent = []
    for turn in range(9):
        path = f"/organisations/{organisation}"
        body = {name: value for name, value in client.get(path).json()["OrgDetails"].items() if isinstance(value, str)}
        changed = client.put(path, json=body | {"City": f"London {turn}"})
        assert changed.status_code == 200, changed.text
        began = time.perf_counter()
        answer = client.get("/participants")
        spent.append(1000 * (time.perf_counter() - began))
        assert f"London {turn}" in answer.text
    return f"{median(spent):.1f} ms | {len(answer.content) / 1000:,.0f} kB"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="connect-mock-scale-"))
    if not (folder / "connect-mock.db").exists():
        began = time.perf_counter()
        make = [sys.executable, "-m", "app.cli.main", "seed", "--scale", "1000", "--data", str(folder)]
        subprocess.run(make, check=True)
        print(f"made in {time.perf_counter() - began:.0f} s")
    with Server(folder, environment=EC) as server:
        headers = {"Authorization": f"Bearer {server.token(scope='directory:website', expires_in=3600)}"}
        client = httpx.Client(base_url=server.http, headers=headers, timeout=60)
        first = client.get("/organisations?page=0&size=1").json()["content"][0]["OrganisationId"]
        print("| what | median | length |\n|---|---|---|")
        for what, path in (
            ("page of 50 of 1,000 organisations, last", "/organisations?page=19&size=50"),
            ("search of 113,000 objects for a name", "/search?identifier=Application+004242"),
            (
                "page of 50 of an organisation's applications",
                f"/organisations/{first}/softwarestatements?page=0&size=50",
            ),
            ("audit, page of 50", "/audit?page=100&size=50"),
        ):
            print(f"| {what} | {timed(client, path)} |", flush=True)
        print(f"| participants, rebuilt after a change | {rebuilt(client, first)} |", flush=True)
        print(f"| participants, unchanged | {timed(client, '/participants')} |", flush=True)
        etag = client.get("/participants").headers["etag"]
        script = Path(tempfile.mkdtemp(prefix="connect-mock-wrk-")) / "conditional.lua"
        script.write_text(f"wrk.headers['If-None-Match'] = '{etag}'\n")
        asked = load.get(server, f"{server.http}/participants", connections=16, seconds=4, script=script)
        print(f"| participants, 304, c16 | {asked.per_second:,.0f}/s | p99 {asked.p99:.1f} ms |")
        print(f"| memory | {server.memory_mb():.0f} MB | |")


if __name__ == "__main__":
    main()
