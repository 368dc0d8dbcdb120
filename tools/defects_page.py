"""Write the table of docs/certificates-on-demand.md from the registry of defects.

`--check` only says whether it is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from app.powers.defects.registry import DEFECTS, Defect

PAGE = Path(__file__).resolve().parent.parent / "docs" / "certificates-on-demand.md"
BEGIN, END = "<!-- defects -->\n", "<!-- end -->"


def page(text: str) -> str:
    """The page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert rest, "the page needs a block <!-- defects -->"
    return before + BEGIN + "\n".join(_table()) + "\n" + END + after


def _table() -> Iterator[str]:
    yield "| defect | what is wrong | `expected_reason` | `openssl verify` | our verifier | about |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for defect in DEFECTS.values():
        aspects = ", ".join(sorted(defect.aspects))
        cells = (f"`{defect.name}`", defect.says, defect.reason, _openssl(defect), f"`{defect.code}`", aspects)
        yield f"| {' | '.join(cells)} |"


def _openssl(defect: Defect) -> str:
    if defect.openssl is None:
        return "accepts"
    options = f" with `{defect.openssl}`" if defect.openssl else ""
    said = "the same" if not defect.openssl_says else f'"{defect.openssl_says}"'
    return f"{said}{options}"


if __name__ == "__main__":
    current = PAGE.read_text()
    made = page(current)
    if "--check" in sys.argv:
        sys.exit(0 if made == current else f"{PAGE.name} is out of date: python -m tools.defects_page")
    PAGE.write_text(made)
