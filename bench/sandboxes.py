"""`python -m bench.sandboxes [POSTGRESQL-URL]`: how long a sandbox takes to make, and what five hundred of them cost.

Goals (design/performance.md): made within 50 ms on SQLite and 500 ms on PostgreSQL; hundreds live, and slow nobody.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import httpx

from bench import load
from bench.server import Server

EC = {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
HEAD = "| what | p50 | p99 |\n|---|---|---|"
LIVE = 500
SECONDS = 3


def told(name: str, seconds: list[float]) -> None:
    """A row of milliseconds."""
    cuts = quantiles(seconds, n=100)
    print(f"| {name} | {1000 * cuts[49]:.1f} ms | {1000 * cuts[98]:.1f} ms |", flush=True)


def timed(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def others(server: Server, when: str) -> None:
    """How fast the default sandbox answers."""
    crl = load.get(server, f"{server.http}/crl/issuer.crl", connections=8, seconds=SECONDS)
    print(f"| CRL of default, {when}, {crl.per_second:,.0f}/s | {crl.p50:.1f} ms | {crl.p99:.1f} ms |", flush=True)
    print(f"| memory and file handles, {when} | {server.memory_mb():.0f} MB | {handles(server)} |", flush=True)


def handles(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def measured(name: str, environment: dict[str, str], live: int) -> None:
    """Make so many, ask each, make and drop some more beside them, drop all."""
    with Server(Path(tempfile.mkdtemp()), environment=EC | environment) as server:
        control = httpx.Client(base_url=server.control, timeout=60)
        public = httpx.Client(base_url=server.http, timeout=60)
        others(server, f"{name}, alone")
        for template in ("empty", "demo"):
            wanted = {"template": template}
            made = [timed(lambda body=wanted: control.post("/_mock/sandboxes", json=body)) for _ in range(40)]
            told(f"make one, {template}, {name}", made)
        ids = [f"s{number}" for number in range(live)]
        spent = [timed(lambda each=each: control.post("/_mock/sandboxes", json={"id": each})) for each in ids]
        told(f"make {live}, {name}", spent)
        spent = [timed(lambda each=each: public.get(f"/sandboxes/{each}/crl/issuer.crl")) for each in ids]
        told(f"ask each of {live} (all closed but 32), {name}", spent)
        spent = [timed(lambda: public.get(f"/sandboxes/{ids[-1]}/crl/issuer.crl")) for _ in range(500)]
        told(f"ask an open one, {name}", spent)
        others(server, f"{name}, {live} live")
        spent = [timed(lambda each=each: control.delete(f"/_mock/sandboxes/{each}")) for each in ids]
        told(f"drop each of {live}, {name}", spent)


def main() -> None:
    print(HEAD)
    measured("SQLite", {"CONNECT_MOCK_SANDBOXES_LIMIT": "2000"}, LIVE)
    if len(sys.argv) > 1:
        measured("PostgreSQL", {"CONNECT_MOCK_DATABASE": sys.argv[1]}, 60)


if __name__ == "__main__":
    main()
