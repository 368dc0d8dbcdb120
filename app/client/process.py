"""A server as a process of its own, on free ports, for as long as somebody wants it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.client.errors import ClientError

PATIENCE = 60
"""Seconds that a server gets to be ready, on a machine that has much to do."""
PORTS = [part for name in ("http", "https", "mtls", "control") for part in (f"--{name}-port", "0")]
QUICK = {
    "CONNECT_MOCK_CA_ROOT_KEY": "ec-p256",
    "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256",
    "CONNECT_MOCK_SEED": "none",
}
"""RSA keys take seconds; who wants them says so."""


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Path]:
    """The ready file of a server that keeps its things in `folder`.

    Raises ClientError with what the server said if it never is ready. Settings of the surrounding environment do not
    count: tests mean the same everywhere.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONNECT_MOCK_")}
    ready, log = folder / "ready.json", folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "app.cli.main",
        "serve",
        "--data",
        str(folder / "data"),
        "--ready-file",
        str(ready),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, *PORTS],
            env=clean | QUICK | dict(settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, ready, log)
        yield ready
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], ready: Path, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ClientError(f"the server did not start: {log.read_text(errors='replace')[-4000:]}", "client.start")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
