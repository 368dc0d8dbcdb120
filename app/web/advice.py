"""What docs/errors.md says of a code: what happened, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROW = re.compile(r"^\| (?P<codes>`[^|]+`) \| (?P<happened>[^|]+) \| (?P<fix>[^|]+) \|$", re.MULTILINE)
CODE = re.compile(r"`([a-z0-9_.]+)`")


@dataclass(frozen=True, slots=True)
class Advice:
    """One row of the page."""

    happened: str
    fix: str


@cache
def advice() -> Mapping[str, Advice]:
    """By code."""
    package = Path(__file__).resolve().parents[1]
    page = next(folder / "docs" / "errors.md" for folder in (package, package.parent) if (folder / "docs").is_dir())
    return {
        code: Advice(row["happened"].strip(), row["fix"].strip())
        for row in ROW.finditer(page.read_text("utf-8"))
        for code in CODE.findall(row["codes"])
    }
