"""Databases that older programs made, with data: upgraded, they are the same directories.

`older/<revision>.db.gz` are SQLite files with the demo seed, three certificates, two of them revoked, and CRLs. Who
adds a migration behind a release adds the file of the revision before it.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.directory.rules.application_claims import CLAIM_ID
from app.store.copy_tables import DATA
from tests import invariants
from tests.directories import open_directory

OLDER = sorted(Path(__file__).with_name("older").glob("*.db.gz"))
Rows = dict[str, list[dict[str, Any]]]


def rows_of(file: Path) -> Rows:
    """Every row of the tables that make a directory, as SQLite has them."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY rowid")]
            for name in (*DATA, "crl", "domain", "holding")
            if name in there
        }


@pytest.fixture(params=OLDER, ids=lambda path: path.name.partition(".")[0])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data folder with such a database."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "connect-mock.db").write_bytes(gzip.decompress(request.param.read_bytes()))
    return folder


@pytest.mark.case("reliability-E-01")
def test_an_older_database_is_the_same_directory(older: Path) -> None:
    """Every row is there with every value it had; it exports, loads elsewhere, and its CAs and CRLs go on."""
    file = older / "connect-mock.db"
    before = rows_of(file)
    assert len(before["certificate"]) == 3
    sandbox = open_directory(older)
    after = rows_of(file)
    for name, rows in before.items():
        kept = [{column: row[column] for column in old} for old, row in zip(rows, after[name], strict=True)]
        assert kept == rows
    document = invariants.exported(sandbox)
    assert len(json.loads(document)["certificate"]) == 3
    assert invariants.check(sandbox, highest_crl=max(row["number"] for row in before["crl"]))
    sandbox.snapshots.take("x")
    sandbox.close()
    again = open_directory(older)
    assert invariants.exported(again) == document
    again.close()


@pytest.mark.case("reliability-E-01")
def test_owners_of_an_older_database_have_claims(older: Path) -> None:
    """Roles that it knew in the short form alone are claims of their own, once; whatever start it is."""
    before = rows_of(older / "connect-mock.db")
    for _start in (1, 2):
        sandbox = open_directory(older)
        with sandbox.store.read() as uow:
            held = {(each.organisation_id, each.body["Role"]) for each in uow.resources.of_kind("role_claim")}
            own = {(each.parent_id, each.body["Role"]) for each in uow.resources.of_kind("application_claim")}
            rests = [each.body.get(CLAIM_ID) for each in uow.resources.of_kind("application_claim")]
            known = {each.resource_id for each in uow.resources.of_kind("role_claim")}
        sandbox.close()
        assert (
            held == {(row["organisation_id"], r["role"]) for row in before["organisation"] for r in roles(row)} != set()
        )
        assert own == {(row["software_statement_id"], r["Role"]) for row in before["application"] for r in roles(row)}
        assert own
        assert known >= set(rests) - {None}


def roles(row: dict[str, Any]) -> list[dict[str, Any]]:
    return list(json.loads(row["roles"]))
