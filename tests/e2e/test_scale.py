"""`connect-mock seed --scale`: a directory of any size, made by the use cases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.test_cli import good, run


def test_scale_makes_what_it_says(tmp_path: Path) -> None:
    """Two organisations with their applications, servers and certificates, each on a key of its own, are there."""
    told = json.loads(good("seed", "--scale", "2", "--data", str(tmp_path), "--json"))
    assert told == {"organisations": 2, "applications": 20, "certificates": 200, "servers": 6}
    with closing(sqlite3.connect(tmp_path / "connect-mock.db")) as store:
        certificates = (
            "SELECT count(*), count(DISTINCT spki_sha256), count(DISTINCT software_statement_id) FROM certificate"
        )
        assert store.execute(certificates).fetchone() == (200, 200, 20)


def test_scale_goes_without_another_command(tmp_path: Path) -> None:
    """Exit 2 and the reason; nothing is made."""
    done = run("seed", "--scale", "1", "apply", "--data", str(tmp_path / "data"), cwd=tmp_path)
    assert done.returncode == 2
    assert "--scale" in done.stderr
    assert not (tmp_path / "data").exists()
