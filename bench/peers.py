"""`python -m bench.peers`: the peers that a user would pick instead, in turn with us, on one machine.

cfssl is the Debian package `golang-cfssl`, with a CA of its own on P-256: without a store (nothing is kept), and with
SQLite. It checks no more of a CSR than its signature, and asks nobody for a token. The yardstick is a bare ASGI
application under uvicorn that answers 900 octets: the most that any Python server could reach here.
"""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench import load, material
from bench.__main__ import EC
from bench.server import Server, cpu_seconds

ROUNDS = 5
SECONDS = 2
BARE = """
BODY = b"x" * 900
HEADERS = [(b"content-type", b"application/ocsp-response"), (b"content-length", b"900")]
async def app(scope, receive, send):
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
"""
TABLES = """
CREATE TABLE certificates (serial_number blob NOT NULL, authority_key_identifier blob NOT NULL, ca_label blob,
  status blob NOT NULL, reason int, expiry timestamp, revoked_at timestamp, pem blob NOT NULL,
  PRIMARY KEY (serial_number, authority_key_identifier));
"""
"""What cfssl's own migrations make, as its certdb reads it."""


class Peer:
    """A process that listens on a port; CPU time is that of the process."""

    def __init__(self, command: Callable[[int], list[str]], folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        log = (folder / f"{self.port}.log").open("wb")
        self.process = subprocess.Popen(command(self.port), cwd=folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError(Path(log.name).read_text())
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process.pid)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def cfssl(folder: Path, *, is_kept: bool) -> Iterator[Peer]:
    """A CA of cfssl's; with a certificate database where issues are kept."""
    request = {"CN": "Bench CA", "key": {"algo": "ecdsa", "size": 256}, "names": [{"C": "GB", "O": "Bench"}]}
    (folder / "request.json").write_text(json.dumps(request))
    made = subprocess.run(
        ["cfssl", "gencert", "-initca", "request.json"], cwd=folder, capture_output=True, check=True
    ).stdout
    (folder / "ca.pem").write_text(json.loads(made)["cert"])
    (folder / "ca.key").write_text(json.loads(made)["key"])
    usages = {"expiry": "8760h", "usages": ["digital signature", "client auth"]}
    (folder / "config.json").write_text(json.dumps({"signing": {"default": usages}}))
    options = ["-loglevel", "3", "-ca", "ca.pem", "-ca-key", "ca.key", "-config", "config.json"]
    if is_kept:
        with sqlite3.connect(folder / "certs.db") as store:
            store.executescript(TABLES)
        (folder / "db.json").write_text(json.dumps({"driver": "sqlite3", "data_source": str(folder / "certs.db")}))
        options += ["-db-config", "db.json"]
    peer = Peer(lambda port: ["cfssl", "serve", "-address", "127.0.0.1", "-port", str(port), *options], folder)
    try:
        yield peer
    finally:
        peer.close()


@contextmanager
def bare(folder: Path) -> Iterator[Peer]:
    (folder / "bare.py").write_text(BARE)
    options = ["--no-access-log", "--log-level", "error"]
    peer = Peer(lambda port: [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port), *options], folder)
    try:
        yield peer
    finally:
        peer.close()


def told(turns: dict[str, Callable[[int], load.Figures]]) -> None:
    """Run all in turn, ROUNDS times, and print the medians."""
    figures: dict[str, list[load.Figures]] = {name: [] for name in turns}
    for number in range(ROUNDS):
        for name, turn in turns.items():
            figures[name].append(turn(number))
    for name, each in figures.items():
        columns = (median(getattr(one, column) for one in each) for column in ("per_second", "p50", "p99", "cpu_us"))
        print(load.Figures(*columns, failed=sum(one.failed for one in each)).row(name), flush=True)


def main() -> None:
    if missing := [name for name in ("wrk", "cfssl") if not shutil.which(name)]:
        sys.exit(f"the comparison needs {' and '.join(missing)}: apt-get install wrk golang-cfssl")
    print(load.HEAD)
    with ExitStack() as opened:
        folder = lambda: Path(opened.enter_context(tempfile.TemporaryDirectory()))  # noqa: E731
        server = opened.enter_context(Server(folder(), environment=EC))
        software, token = material.application(server)
        ours = f"{server.http}/organisations/bench/softwarestatements/{software}/certificates/rtstransport"
        requests = material.csrs(software, 3000 * ROUNDS)
        asked = material.status_request(server, software, token)

        def issue(number: int) -> load.Figures:
            some = requests[3000 * number : 3000 * (number + 1)]
            return load.post(server, load.Load(ours, some, "application/x-pem-file", 16, SECONDS, token))

        def signed_by(peer: Peer) -> Callable[[int], load.Figures]:
            bodies = [json.dumps({"certificate_request": pem.decode()}).encode() for pem in requests[:3000]]
            url = f"http://127.0.0.1:{peer.port}/api/v1/cfssl/sign"
            return lambda _: load.post(peer, load.Load(url, bodies, "application/json", 16, SECONDS))

        def status(_: int) -> load.Figures:
            return load.post(server, load.Load(f"{server.http}/ocsp", [asked], "application/ocsp-request", 16, SECONDS))

        def answered_by(peer: Peer) -> Callable[[int], load.Figures]:
            wanted = load.Load(f"http://127.0.0.1:{peer.port}/", [asked], "application/ocsp-request", 16, SECONDS)
            return lambda _: load.post(peer, wanted)

        told(
            {
                "issue, connect-mock, EC CA, c16": issue,
                "issue, cfssl, nothing kept": signed_by(opened.enter_context(cfssl(folder(), is_kept=False))),
                "issue, cfssl + SQLite": signed_by(opened.enter_context(cfssl(folder(), is_kept=True))),
                "OCSP cached, connect-mock, c16": status,
                "yardstick: bare ASGI answer of 900 octets": answered_by(opened.enter_context(bare(folder()))),
            }
        )


if __name__ == "__main__":
    main()
