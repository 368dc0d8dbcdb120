"""The steps of the Dockerfile, played in a clean folder as far as they go without Docker; the settings of compose."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
USER = 10001
SEED = """
[[organisation]]
OrganisationId = "mounted"
OrganisationName = "Mounted"
LegalEntityName = "Mounted Ltd"
CountryOfRegistration = "GB"
CompanyRegister = "Companies House"
RegistrationNumber = "1"
AddressLine1 = "1 High Street"
City = "London"
Postcode = "N1 1AA"
Country = "GB"
"""


def environment_of(dockerfile: str) -> dict[str, str]:
    """Its ENV."""
    lines = re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE)
    return dict(part.split("=", 1) for line in lines for part in shlex.split(line))


def unknown_settings(names: Mapping[str, Any]) -> list[str]:
    known = {f"CONNECT_MOCK_{name.upper()}" for name in Settings.model_fields}
    return [name for name in names if name.startswith("CONNECT_MOCK_") and name not in known]


def helper() -> ModuleType:
    """examples/testcontainers, which imports testcontainers only where it starts a container."""
    file = ROOT / "examples" / "testcontainers" / "connect_mock_container.py"
    spec = importlib.util.spec_from_file_location("connect_mock_container", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_of_the_container_is_one() -> None:
    """In the Dockerfile, in docker-compose.yml and in the example for testcontainers."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    chosen = compose["services"]["directory"]["environment"]
    assert set(chosen) & {"CONNECT_MOCK_DATABASE"}
    assert unknown_settings(chosen) == []
    assert unknown_settings(environment_of(DOCKERFILE)) == []
    example = helper()
    assert unknown_settings(example.environment(example.free_ports(), "token")) == []


def test_compose_exposes_what_the_image_listens_on() -> None:
    """The usual ports; the control listener stays inside."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    exposed = re.search(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)
    assert exposed is not None
    inside = {port.split(":")[1] for port in compose["services"]["directory"]["ports"]}
    assert inside == set(exposed[1].split())
    assert {str(Settings.model_fields[f"{name}_port"].default) for name in ("http", "https", "mtls")} == inside


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter; what pytest gives is its own."""
    folder = Path(tempfile.mkdtemp(prefix="connect-mock-container-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_steps_of_the_image_lead_to_a_server_that_is_ready(place: Path) -> None:
    """Locked wheels, not root, a tree that nobody writes to, a seed that is mounted, the health check of the image."""
    if os.geteuid() != 0:
        pytest.skip("to become another user one must be root")
    installed, data, seed = build(place), place / "data", place / "seed.toml"
    data.mkdir(mode=0o700)
    os.chown(data, USER, USER)
    seed.write_text(SEED)
    example = helper()
    ports = example.free_ports()
    settings = environment_of(DOCKERFILE) | example.environment(ports, "a token for the container")
    settings |= {"CONNECT_MOCK_DATA": str(data), "CONNECT_MOCK_SEED": str(seed), "HOME": str(data)}
    settings["PATH"] = f"{installed / 'bin'}:/usr/bin:/bin"
    options: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": [], "cwd": "/", "env": settings}
    command = str(installed / "bin" / "connect-mock")
    before = tree(installed)
    with (place / "log").open("wb") as log:
        server = subprocess.Popen([command, "serve"], stdout=log, stderr=log, **options)
    try:
        check = [command, "healthcheck", "--wait", "60"]
        done = subprocess.run(check, capture_output=True, text=True, timeout=90, check=False, **options)
        assert done.returncode == 0, done.stderr + (place / "log").read_text()
        with example.directory(ports, "a token for the container") as directory:
            assert directory.organisation("mounted").data["LegalEntityName"] == "Mounted Ltd"
            assert directory.organisation("mounted").application("Reader").certificate("rtstransport").chain
    finally:
        server.terminate()
        assert server.wait(20) == 0
    assert tree(installed) == before


def build(place: Path) -> Path:
    """The first stage: what is copied, and the two installations. The prefix is a folder here."""
    source, installed = place / "src", place / "connect-mock"
    source.mkdir()
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *names, target = line.split()
        for name in names:
            copy(ROOT / name, source / (name if target == "./" else target))
    for line in re.findall(r"^RUN (python -m venv .*|/opt/connect-mock/bin/pip .*)$", DOCKERFILE, re.MULTILINE):
        for step in line.replace("/opt/connect-mock", str(installed)).split("&&"):
            arguments = shlex.split(step)
            arguments[0] = python() if arguments[0] == "python" else arguments[0]
            done = subprocess.run(arguments, cwd=source, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, f"{step}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(installed)], check=True)
    return installed


def python() -> str:
    """One that other users may run too."""
    for found in ("/usr/bin/python3", sys.executable):
        asked = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
        if Path(found).exists() and subprocess.run([found, "-c", asked], check=False, user=USER).returncode == 0:
            return found
    pytest.skip("no Python 3.11 that every user may run")


def copy(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(origin, target)


def tree(folder: Path) -> dict[str, int]:
    """Every file and when it was written last."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
