"""Where the demo plays: a temporary folder, a server of its own on free ports, and programs that end with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.cli.refusal import Refusal

PATIENCE = 60.0
"""Seconds to wait for a program that was started: a root key of RSA-4096 takes its time on a busy machine."""
SETTLE = 0.05


@dataclass(slots=True)
class Stage:
    """A folder, and the programs running for it."""

    folder: Path
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a program; what it says goes into `<name>.log`."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        self._running.append(process)
        return process

    def wait_for(self, what: str, process: subprocess.Popen[bytes], is_there: Callable[[], bool]) -> None:
        """Wait until a started program is ready. Raises Refusal with its log when it ends or takes too long."""
        deadline = time.monotonic() + PATIENCE
        while not is_there():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Refusal(f"{what} did not start", code="demo", details=self._last_words())
            time.sleep(SETTLE)

    def serve(self, *options: str) -> Path:
        """Start connect-mock on free ports; its ready file."""
        ready = self.folder / "ready.json"
        ports = [part for name in ("http", "https", "mtls", "control") for part in (f"--{name}-port", "0")]
        command = [sys.executable, "-m", "app.cli.main", "serve", "--data", str(self.folder / "data"), *ports]
        process = self.start("connect-mock", [*command, "--ready-file", str(ready), *options])
        self.wait_for("the server", process, ready.exists)
        return ready

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    def stop_all(self) -> None:
        for process in reversed(self._running):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self.stop(process)

    def _last_words(self) -> list[str]:
        lines = [line for log in self.folder.glob("*.log") for line in log.read_text("utf-8", "replace").splitlines()]
        return lines[-12:]


@contextmanager
def stage(keep: Path | None = None) -> Iterator[Stage]:
    """A folder that goes when the demo is over, unless it is to be kept."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    folder = keep.resolve() if keep else Path(tempfile.mkdtemp(prefix="connect-mock-demo-"))
    set_up = Stage(folder)
    try:
        yield set_up
    finally:
        set_up.stop_all()
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
