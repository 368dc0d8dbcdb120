"""A server under measurement: started on free ports, asked for a token, watched for CPU and memory, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class Server:
    """One `connect-mock serve`. `seconds_to_ready` is wall time from exec to the ready file."""

    data: Path
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    seconds_to_ready: float = 0.0

    def __enter__(self) -> Self:
        self._ready = Path(tempfile.mkdtemp(prefix="connect-mock-bench-")) / "ready.json"
        command = [
            sys.executable,
            "-m",
            "app.cli.main",
            "serve",
            "--data",
            str(self.data),
            "--ready-file",
            str(self._ready),
        ]
        ports = [part for name in ("http", "https", "mtls", "control") for part in (f"--{name}-port", "0")]
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [*command, *ports, *self.options],
            env=os.environ | self.environment | {"CONNECT_MOCK_LOG_LEVEL": "warning"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while not self._ready.exists():
            if self.process.poll() is not None:
                raise RuntimeError(self.process.stderr.read().decode() if self.process.stderr else "")
            time.sleep(0.005)
        self.seconds_to_ready = time.perf_counter() - started
        self.ready: dict[str, Any] = json.loads(self._ready.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    @property
    def http(self) -> str:
        return str(self.ready["listeners"]["http"])

    @property
    def control(self) -> str:
        return str(self.ready["listeners"]["control"])

    def token(self, **wanted: Any) -> str:
        answer = httpx.post(f"{self.control}/_mock/tokens", json=wanted)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        return cpu_seconds(self.process.pid)

    def memory_mb(self) -> float:
        """Resident set in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
