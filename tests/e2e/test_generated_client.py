"""A client generated from our own description, by openapi-python-client, does its work against the server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.servers import EC, Served

HERE = Path(__file__).parent / "python"
NORTHWIND = "Northwind Bank"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_generated_client_reads_and_writes(tmp_path: Path) -> None:
    """docs/api.md: generate from /openapi.json, list, create, list with a token of the control listener."""
    site = tmp_path / "site"
    install = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(site),
        "-r",
        str(HERE / "generator.txt"),
    ]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, timeout=200)
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONPATH": str(site)}
    with Served(tmp_path / "data", EC, "--seed", "demo") as server:
        made = tmp_path / "client" / "made"
        made.parent.mkdir()
        generate = ["generate", "--url", f"{server.http}/openapi.json", "--meta", "none", "--output-path", str(made)]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "openapi_python_client", *generate],
            cwd=tmp_path, env=apart, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        token = server.token(scope="directory:website")
        headers = {"Authorization": f"Bearer {token}"}
        found = httpx.get(f"{server.http}/organisations", headers=headers, trust_env=False).json()["content"]
        northwind = next(each for each in found if each["OrganisationName"] == NORTHWIND)["OrganisationId"]
        used = subprocess.run(
            [sys.executable, "-P", str(HERE / "generated_client_use.py"), server.http, token, northwind],
            env=apart | {"PYTHONPATH": f"{site}{os.pathsep}{made.parent}"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert used.returncode == 0, used.stderr
        assert used.stdout.splitlines() == [
            f"organisations {len(found)}",
            "made made@client.example",
            "status 200 True",
        ]
