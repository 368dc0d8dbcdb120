"""The ways in for other languages: examples/vitest with Node's own test runner, examples/junit5 with JUnit."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.client import Directory
from app.client.process import running
from tests.tools import need

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
JARS = Path("/usr/share/java")
"""Where Debian's package junit5 puts them."""
NEEDED = ("junit-", "opentest4j", "apiguardian-api", "picocli.", "univocity-parsers.")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the examples are told: where the control listener is."""
    with running(tmp_path_factory.mktemp("ways-in")) as ready, Directory.from_ready_file(ready) as server:
        yield os.environ | {"CONNECT_MOCK_CONTROL": server.addresses.control}
        assert server.control("GET", "/sandboxes")["sandboxes"] == [], "every sandbox was dropped"


def test_node_tests_pass(environment: dict[str, str]) -> None:
    """Sandbox, mutual TLS, fault, revocation, time: in JavaScript without packages."""
    folder = EXAMPLES / "vitest"
    command = [need("node"), "--test", str(folder / "directory.test.mjs")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"# pass 4\b", done.stdout), done.stdout


def test_junit_tests_pass(environment: dict[str, str], tmp_path: Path) -> None:
    """The same in Java, by JUnit's own launcher."""
    javac, java = need("javac"), need("java")
    sources = [str(EXAMPLES / "junit5" / name) for name in ("Sandbox.java", "DirectoryTest.java")]
    jars = [str(jar) for jar in JARS.glob("*.jar") if jar.name.startswith(NEEDED)]
    if not any("junit-platform-console" in jar for jar in jars):
        if os.environ.get("CONNECT_MOCK_TEST_REQUIRE") == "all":
            pytest.fail("JUnit 5 is not installed: make tools")
        pytest.skip("JUnit 5 is not installed: make tools")
    path = os.pathsep.join([*jars, str(tmp_path)])
    subprocess.run([javac, "-Werror", "-d", str(tmp_path), "-cp", path, *sources], check=True, timeout=60)
    launch = ["org.junit.platform.console.ConsoleLauncher", "--disable-banner", "--select-class", "DirectoryTest"]
    command = [java, "-cp", path, *launch]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b4 tests successful", done.stdout), done.stdout
