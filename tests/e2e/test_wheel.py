"""The built wheel stands on its own: installed elsewhere it migrates, serves and issues."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.participants import good_csr

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_wheel_serves_migrates_and_issues_outside_the_checkout(tmp_path: Path) -> None:
    """Migrations, profiles, seeds and the pages that people sign in at are inside the wheel."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=100)
    (wheel,) = tmp_path.glob("connect_mock-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(tmp_path / "site"),
        str(wheel),
    ]
    subprocess.run(install, check=True, timeout=60)
    ready, environment = tmp_path / "ready.json", os.environ | {"PYTHONPATH": f"{tmp_path / 'site'}"}
    command = [
        sys.executable,
        "-P",
        "-m",
        "app.cli.main",
        "serve",
        "--data",
        str(tmp_path / "data"),
        "--ready-file",
        str(ready),
    ]
    ports = [part for name in ("http", "https", "mtls", "control") for part in (f"--{name}-port", "0")]
    environment |= {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
    with subprocess.Popen([*command, *ports], cwd=tmp_path, env=environment, stderr=subprocess.PIPE) as process:
        try:
            for _ in range(400):
                if ready.exists() or process.poll() is not None:
                    break
                time.sleep(0.05)
            listeners = json.loads(ready.read_text())["listeners"]
            origin = httpx.get(f"{listeners['control']}/_mock/state").json()
            assert "rtstransport" in json.dumps(origin)
            token = httpx.post(f"{listeners['control']}/_mock/tokens", json={"scope": "directory:website"}).json()
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            organisations = httpx.get(f"{listeners['http']}/organisations", headers=headers).json()["content"]
            found = [
                (organisation, application)
                for organisation in organisations
                for application in httpx.get(
                    f"{listeners['http']}/organisations/{organisation['OrganisationId']}/softwarestatements",
                    headers=headers,
                ).json()
                if organisation["CountryOfRegistration"] in {"GB", "United Kingdom"}
            ]
            organisation, application = found[0]
            software = application["SoftwareStatementId"]
            url = f"{listeners['http']}/organisations/{organisation['OrganisationId']}/softwarestatements/{software}"
            csr = good_csr(software, organisation["OrganisationId"], legal_name=organisation["LegalEntityName"])
            answer = httpx.post(
                f"{url}/certificates/rtstransport",
                content=csr,
                headers=headers | {"Content-Type": "application/x-pem-file"},
            )
            assert answer.status_code == 201, answer.text
            for page in ("/sign_in", "/sign_in/login.css", "/sign_in/submit.js"):
                assert httpx.get(f"{listeners['http']}{page}").status_code == 200, page
        finally:
            process.terminate()
