"""Clients that follow the contract notice neither small pages nor members that nobody told them of (K-07)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.client.directory import Directory
from tests.e2e.confined import play, serving
from tests.e2e.registered import Registered
from tests.servers import EC, Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.case("control-K-07")]
TOLERANT = {"CONNECT_MOCK_PAGE_SIZE": "1", "CONNECT_MOCK_EXTRA_MEMBER": "true"}
PROGRAMS = Path(__file__).with_name("python")


def test_our_own_client(tmp_path: Path) -> None:
    """A day of work, and objects that are found again behind the first page."""
    (tmp_path / "own").mkdir()
    with serving(tmp_path / "own", settings=TOLERANT) as ready, Directory.from_ready_file(ready) as directory:
        seen = play(directory)
        made = {name: directory.organisation(name).id for name in ("One", "Two", "Three")}
        again = {name: directory.organisation(name).id for name in ("Three", "Two", "One")}
    assert (seen["over_mtls"], seen["ocsp_after"], seen["refused"], seen["key_set"]) == (200, "REVOKED", 401, True)
    assert made == again


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("tolerant") / "data", EC | TOLERANT, "--seed", "demo") as served:
        yield served


@pytest.mark.parametrize("method", [("private_key_jwt", "ES256"), ("tls_client_auth", None)], ids=lambda each: each[0])
@pytest.mark.parametrize("program", ["authlib_client.py", "joserfc_client.py"])
def test_released_clients(server: Served, program: str, method: tuple[str, str | None]) -> None:
    """Discovery, keys, tokens, introspection and the sign-in of a person, from the discovery document alone."""
    client = Registered(server, *method)
    try:
        command = [sys.executable, str(PROGRAMS / program)]
        done = subprocess.run(
            command, input=json.dumps(client.told()), capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, done.stderr
        came: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert {"itself", "person"} <= came.keys(), came
        assert came["itself"]["introspection"]["active"] is True
    finally:
        client.close()
