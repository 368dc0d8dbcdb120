"""docs/testing.md names every recipe, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_recipe_is_on_the_page_and_the_other_way_round() -> None:
    """Twenty at least."""
    listed = re.findall(r"`(test_\w+\.py::test_\w+)`", (ROOT / "docs" / "testing.md").read_text())
    there = [
        f"{file.name}::{name}"
        for file in (ROOT / "examples" / "recipes").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)
    ]
    assert sorted(listed) == sorted(there)
    assert len(there) >= 20
