"""The server of a bank that asks its callers for a certificate: nginx, or the Python example where there is none."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import app
from app.cli.demo.stage import Stage, free_port, listens

HOST = "api.northwind-bank.example"


class Door(Protocol):
    """Who lets callers in, or does not."""

    port: int

    def reload(self) -> None:
        """Read the CRLs again."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Nginx:
    stage: Stage
    program: str
    config: str
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def open(cls, stage: Stage, program: str, template: str) -> Nginx:
        """Start nginx, unprivileged, with everything it writes in the stage's folder."""
        port = free_port()
        text = examples("nginx", template).read_text("utf-8")
        for word, value in (("FOLDER", str(stage.folder)), ("PORT", str(port)), ("HOST", HOST)):
            text = text.replace(f"@{word}@", value)
        config = stage.folder / template
        config.write_text(text)
        log = str(stage.folder / "error.log")
        command = [program, "-p", str(stage.folder), "-c", str(config), "-e", log, "-g", "daemon off;"]
        process = stage.start("nginx", command)
        stage.wait_for("nginx", process, lambda: listens(port))
        return cls(stage, program, str(config), port, process)

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        self.stage.stop(self.process)


@dataclass(slots=True)
class PythonServer:
    stage: Stage
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def open(cls, stage: Stage) -> PythonServer:
        port, folder = free_port(), stage.folder
        program = str(examples("python", "mtls_server.py"))
        files = {"cert": "server.chain.pem", "key": "server.key", "bundle": "bundle.pem", "crls": "crls.pem"}
        options = [part for name, file in files.items() for part in (f"--{name}", str(folder / file))]
        process = stage.start("mtls_server", [sys.executable, program, "--port", str(port), *options])
        stage.wait_for("the Python server", process, lambda: listens(port))
        return cls(stage, port, process)

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        self.stage.stop(self.process)


def examples(*path: str) -> Path:
    """A file of the examples: inside the package in a wheel, beside it in a checkout."""
    package = Path(app.__file__).parent
    folder = next(place for place in (package / "examples", package.parent / "examples") if place.is_dir())
    return folder.joinpath(*path)
