"""`connect-mock demo` from end to end, as `make demo` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import EC
from tests.tools import need

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def play(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", "demo", *options],
        cwd=ROOT,
        env=os.environ | EC,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_the_demo_ends_with_the_refusal_by_nginx() -> None:
    """CRL and OCSP: let in before, refused after; every expectation held, and nothing is left behind."""
    need("nginx")
    need("openssl")
    done = play("--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    held = [item for step in told["steps"] for item in step["held"]]
    assert told["held"] is True
    assert all(item["held"] for item in held)
    assert [item["expected"] for item in held][-1] == "the very next call is refused"
    shown = "\n".join(text for step in told["steps"] for text in step["shown"])
    assert shown.count("400: 400 The SSL certificate error") == 2
    assert "openssl req" in shown


def test_without_nginx_the_python_example_plays_the_bank() -> None:
    """And the demo says so."""
    need("openssl")
    done = play("--no-nginx")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "examples/python" in done.stdout
    assert "OK: the holder of the revoked certificate is refused" in done.stdout


def test_a_demo_that_does_not_go_as_expected_exits_with_one(tmp_path: Path) -> None:
    """A folder that cannot be used: the demo says what it missed, in words."""
    file = tmp_path / "file"
    file.write_text("")
    done = play("--keep", str(file))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(file) in done.stderr
