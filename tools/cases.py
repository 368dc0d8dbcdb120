"""Which case of the catalogues has a test, and which has none and why.

A test carries a case as `@pytest.mark.case("csr-A-07")` or in a parameter's id. What has no test is explained in
`tests/cases_without_test.toml`; an unexplained gap in a catalogue that is marked complete there fails this command.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent.parent
CASE = re.compile(r"(?<![A-Za-z0-9])(csr|status|oauth|api|control|reliability)-([A-Z]-\d\d)(?!\d)")
ROW = re.compile(r"^\| ([A-Z]-\d\d) \|", re.MULTILINE)


class Collector:
    """A pytest plugin that notes the case ids of every collected test."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            marked = [str(arg) for mark in item.iter_markers("case") for arg in mark.args]
            for text in (item.nodeid, *marked):
                for match in CASE.finditer(text):
                    self.tests[match[0]].add(item.nodeid.split("[")[0])


def catalogue(folder: Path) -> dict[str, list[str]]:
    """File prefix -> case ids, in their order."""
    return {
        file.name.removesuffix("-cases.md"): [
            f"{file.name.removesuffix('-cases.md')}-{row}" for row in ROW.findall(file.read_text())
        ]
        for file in sorted(folder.glob("*-cases.md"))
    }


def report(cases: dict[str, list[str]], tests: dict[str, set[str]], without: dict[str, Any]) -> int:
    """Print a line per catalogue and per case without a test; count the unexplained gaps of complete catalogues."""
    unexplained = 0
    for prefix, ids in cases.items():
        shown = [case for case in ids if tests.get(case)]
        print(f"{prefix}-cases: {len(shown)} of {len(ids)} have a test")
        for case in ids:
            if not tests.get(case):
                why = without["why"].get(case, "")
                print(f"  {case}: {why or 'not yet'}")
                unexplained += not why and prefix in without["complete"]
    return unexplained


def main() -> int:
    folder = Path(os.environ.get("CONNECT_MOCK_SHARED", HERE.parent / "shared")) / "checks"
    if not folder.is_dir():
        print(f"No catalogues at {folder}: set CONNECT_MOCK_SHARED")
        return 1
    collector = Collector()
    code = pytest.main(
        ["--collect-only", "-p", "no:randomly", "-p", "no:terminal", "-o", "addopts=", str(HERE / "tests")], [collector]
    )
    if code != pytest.ExitCode.OK:
        print(f"collecting the tests failed: {code}")
        return 1
    without = tomllib.loads((HERE / "tests" / "cases_without_test.toml").read_text())
    return 1 if report(catalogue(folder), collector.tests, without) else 0


if __name__ == "__main__":
    sys.exit(main())
