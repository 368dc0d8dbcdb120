"""Released clients against a running server, from its discovery document alone, with certificates that it gave.

Each gets a bound token by each method, calls the API over mutual TLS, introspects, revokes, has a person sign in (PAR,
PKCE, signed request object), refreshes; and each is refused once what it proves itself by is revoked.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from tests.e2e.registered import USER, Registered
from tests.servers import EC, Served
from tests.tools import need

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
HERE = Path(__file__).resolve().parent
METHODS = [
    pytest.param(("private_key_jwt", "PS256"), id="private_key_jwt-PS256"),
    pytest.param(("private_key_jwt", "ES256"), id="private_key_jwt-ES256"),
    pytest.param(("tls_client_auth", None), id="tls_client_auth"),
    pytest.param(("client_secret_basic", None), id="client_secret_basic"),
]
Run = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("clients") / "data", EC, "--seed", "demo") as served:
        yield served


@pytest.fixture(scope="session")
def node_clients(request: pytest.FixtureRequest) -> Path:
    """A folder with the locked npm packages, kept between runs, and the programs of tests/e2e/node beside them."""
    npm = need("npm")
    folder = request.config.cache.mkdir("node-clients")
    with FileLock(folder / "lock"):
        for file in (HERE / "node").iterdir():
            if file.suffix != ".json":
                shutil.copy(file, folder)
        lock = (HERE / "node" / "package-lock.json").read_text()
        installed = folder / "node_modules" / "installed.json"
        if not installed.exists() or installed.read_text() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / "node" / name, folder)
            command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode and os.environ.get("CONNECT_MOCK_TEST_REQUIRE") != "all":
                pytest.skip(f"npm cannot install the clients here: {done.stderr.strip().splitlines()[-1:]}")
            assert done.returncode == 0, done.stderr
            installed.write_text(lock)
    return folder


@pytest.fixture(params=["openid_client.mjs", "oauth4webapi.mjs", "authlib_client.py", "joserfc_client.py"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run one of the programs with what it is told; what came of each of its steps."""
    program = str(request.param)
    if program.endswith(".mjs"):
        command = [need("node"), str(request.getfixturevalue("node_clients") / program)]
    else:
        command = [sys.executable, str(HERE / "python" / program)]

    def started(told: dict[str, Any]) -> dict[str, Any]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CONNECT_MOCK_")}
        done = subprocess.run(
            command, input=json.dumps(told), env=clean, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result

    return started


@pytest.fixture(params=METHODS)
def client(request: pytest.FixtureRequest, server: Served) -> Iterator[Registered]:
    registered = Registered(server, *request.param)
    yield registered
    registered.close()


def test_a_client_works_from_discovery_alone_and_is_refused_after_revocation(client: Registered, run: Run) -> None:
    """Every step of an integrator, then the same after the certificate was revoked."""
    came = run(client.told())
    assert "itself" in came, came
    _check_itself(client, came["itself"])
    _check_person(client, came["person"])
    old = _token(client, run)
    expected = client.revoke_proof()
    refused = run(client.told("token"))
    assert refused.get("error") in ("invalid_client", "WWWAuthenticateChallengeError"), refused
    assert expected in _codes(client)
    if expected.startswith("mtls"):
        assert _call(client, old) == 401


def _check_itself(client: Registered, came: dict[str, Any]) -> None:
    token, seen = came["token"], came["introspection"]
    assert token["token_type"].lower() == "bearer"
    assert token["expires_in"] == 600
    assert came["api"] == 200
    assert seen["active"] is True
    assert seen["client_id"] == client.client_id
    assert seen["cnf"] == {"x5t#S256": client.transport.thumbprint}
    assert seen["organisation_name"] == "Acme"
    assert came["revoked"] == {"active": False}
    assert came["api_revoked"] == 401


def _check_person(client: Registered, came: dict[str, Any]) -> None:
    assert came["id_token"]["sub"] == USER
    assert came["id_token"]["aud"] == client.client_id
    assert came["id_token"]["trust_framework_profile"]["super_user"] is True
    assert came["me"]["sub"] == USER
    assert came["api"] == 200
    assert came["token"]["grant_id"]
    assert came["refreshed"]["access_token"] != came["token"]["access_token"]
    assert came["refreshed"]["refresh_token"] != came["token"]["refresh_token"]
    assert came["api_refreshed"] == 200


def _token(client: Registered, run: Run) -> str:
    """One that was given while all was well."""
    came = run(client.told("token"))
    assert "token" in came, came
    assert _call(client, came["token"]["access_token"]) == 200
    return str(came["token"]["access_token"])


def _call(client: Registered, token: str) -> int:
    return client.call(token).status_code


def _codes(client: Registered) -> set[str]:
    """What the journal says of the newest refusals at the token endpoint."""
    entries = httpx.get(f"{client.server.control}/_mock/journal?path=/token&limit=3", trust_env=False).json()["entries"]
    return {entry.get("code", "") for entry in entries}
