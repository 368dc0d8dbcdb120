"""The README's tour, line by line, as somebody would type it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import EC, Served
from tests.tools import need

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh tour( fails)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEAD = "set -euo pipefail\ncd {folder}\n"


def on_free_ports(text: str, server: Served) -> str:
    """The page speaks of the usual ports; a test has others."""
    for usual, address in ((8080, server.http), (8443, server.https), (8444, server.mtls), (8090, server.control)):
        text = text.replace(f"localhost:{usual}", f"localhost:{address.rsplit(':', 1)[1]}")
    return text.replace('"$PWD/.venv/bin:$PATH"', f'"{Path(sys.executable).parent}:$PATH"')


@pytest.mark.slow
def test_every_command_of_the_tour_does_what_the_page_says(tmp_path: Path) -> None:
    """All blocks in one shell, in their order; those marked so end with an error, all others do not."""
    for program in ("openssl", "curl", "bash"):
        need(program)
    blocks = BLOCK.findall((ROOT / "README.md").read_text())
    assert len(blocks) >= 6
    with Served(tmp_path / "data", EC, "--seed", "demo") as server:
        script = HEAD.format(folder=tmp_path)
        for fails, text in blocks:
            commands = on_free_ports(text, server)
            script += f"if ({commands}); then echo 'went well' >&2; exit 9; fi\n" if fails else commands
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CONNECT_MOCK_")}
        at = {"CONNECT_MOCK_URL": server.http, "CONNECT_MOCK_CONTROL": server.control, "PYTHONPATH": str(ROOT)}
        command = [need("bash"), "-c", script]
        done = subprocess.run(command, env=clean | at, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "certificate revoked" in done.stderr
    assert "mtls.revoked" in done.stdout
    assert "csr.subject.org_mismatch" in done.stderr
