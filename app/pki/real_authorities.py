"""Names that no CA of a mock may bear, as data: `real_authorities.txt` beside this file (control-cases.md G-08)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

SHARED = "~"


def real_name(texts: Iterable[str], *, is_marked: bool) -> str:
    """The name of a real CA or framework in one of these texts; "" where there is none.

    `is_marked` is whether the CA says that it is a mock: such a one may bear the name of the framework it imitates.
    """
    seen = [" ".join(text.casefold().split()) for text in texts]
    for name, is_shared, known in _entries():
        if not (is_shared and is_marked) and any(known.search(text) for text in seen):
            return name
    return ""


@cache
def _entries() -> tuple[tuple[str, bool, re.Pattern[str]], ...]:
    """Name, whether the mock bears it too, and how it is found: as whole words."""
    text = files(__package__).joinpath("real_authorities.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    names = [(line.removeprefix(SHARED), line.startswith(SHARED)) for line in lines]
    return tuple((name, shared, re.compile(rf"(?<!\w){re.escape(name.casefold())}(?!\w)")) for name, shared in names)
