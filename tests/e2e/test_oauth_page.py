"""docs/oauth.md, block by block, as a newcomer would type it, with curl and openssl alone."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_tour import on_free_ports
from tests.servers import EC, Served
from tests.tools import need

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "oauth.md"
BLOCK = re.compile(r"^```sh oauth\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


@pytest.mark.slow
def test_every_block_does_what_the_page_says(tmp_path: Path) -> None:
    """All blocks in one shell, in their order, on a server with other ports; none fails, and each shows its point."""
    for program in ("openssl", "curl", "bash"):
        need(program)
    blocks = BLOCK.findall(PAGE.read_text())
    assert len(blocks) >= 10
    with Served(tmp_path / "data", EC, "--seed", "demo") as server:
        script = f"set -euo pipefail\ncd {tmp_path}\n" + "".join(
            f"echo '== {number}'\n{on_free_ports(text, server)}" for number, text in enumerate(blocks)
        )
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CONNECT_MOCK_")}
        done = subprocess.run(
            [need("bash"), "-c", script], env=clean, capture_output=True, text=True, timeout=100, check=False
        )
    said = done.stdout
    assert done.returncode == 0, said + done.stderr
    assert said.count('"token_type":"Bearer"') == 6  # five tokens, one introspection
    assert "[mtls.binding]" in said
    assert '"active":true' in said
    assert '"active":false' in said
    assert '"sub":"ptc@northwind-bank.example"' in said
    assert '"given_name":"Peter"' in said
    assert '"error":"invalid_client"' in said
    assert "revoked at" in said


def test_the_table_of_troubles_speaks_the_servers_words() -> None:
    """Each description on the page is one that the program gives."""
    source = "".join(file.read_text() for room in ("oauth", "api") for file in (ROOT / "app" / room).rglob("*.py"))
    described = ROW.findall(PAGE.read_text())
    assert len(described) >= 15
    assert [text for text in described if text not in source] == []
