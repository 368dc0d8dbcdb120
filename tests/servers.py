"""A real `connect-mock serve` process on free ports, for tests that need sockets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from tests.directories import application_body, organisation_body

EC: Mapping[str, str] = {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
PORTS = [part for name in ("http", "https", "mtls", "control") for part in (f"--{name}-port", "0")]


class Served:
    """Starts in `with`, stops (SIGTERM) behind it; a killed process is fine too."""

    def __init__(self, data: Path, environment: Mapping[str, str] = EC, *options: str) -> None:
        self._data, self._environment, self._options = data, environment, options

    def __enter__(self) -> Self:
        ready = Path(tempfile.mkdtemp(prefix="connect-mock-test-")) / "ready.json"
        command = [sys.executable, "-m", "app.cli.main", "serve", "--data", str(self._data), "--ready-file", str(ready)]
        self.log = ready.with_name("log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *PORTS, *self._options], env=os.environ | self._environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 40
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"the server did not start: {self.log.read_text()}")
            time.sleep(0.02)
        self.ready: dict[str, Any] = json.loads(ready.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def __getattr__(self, name: str) -> str:
        """`http`, `https`, `mtls`, `control`: the base address of a listener."""
        if name in {"http", "https", "mtls", "control"}:
            return str(self.ready["listeners"][name])
        raise AttributeError(name)

    def token(self, **wanted: Any) -> str:
        answer = httpx.post(f"{self.control}/_mock/tokens", json=wanted)
        assert answer.status_code < 300, answer.text
        return str(answer.json()["access_token"])

    def application(self, organisation: str = "test") -> str:
        """The one application of organisation `test` (Test Ltd), made if need be."""
        headers = {"Authorization": f"Bearer {self.token(scope='directory:website')}"}
        url = f"{self.http}/organisations"
        body = organisation_body(organisation, LegalEntityName="Test Ltd")
        if httpx.post(url, json=body, headers=headers).status_code == 409:
            return str(
                httpx.get(f"{url}/{organisation}/softwarestatements", headers=headers).json()[0]["SoftwareStatementId"]
            )
        made = httpx.post(f"{url}/{organisation}/softwarestatements", json=application_body(), headers=headers)
        assert made.status_code == 201, made.text
        return str(made.json()["SoftwareStatementId"])
