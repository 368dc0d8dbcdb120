"""ISO 3166-1 codes of countries, and what else people write for them, as data: `countries.txt` beside this file.

The directory keeps a country as a name or a code (connect.md 3), a subject holds the two-letter code (rulings.md 15).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files


@lru_cache(maxsize=256)
def country_code(text: str) -> str:
    """The two-letter code of a country by name, two- or three-letter code, in any case; "" when it is none."""
    return _spellings().get(_folded(text), "")


def is_country_code(text: str) -> bool:
    """Whether this is an officially assigned two-letter code, in capitals."""
    return text in _codes()


@cache
def _codes() -> frozenset[str]:
    return frozenset(_spellings().values())


@cache
def _spellings() -> Mapping[str, str]:
    """Folded code or name -> two-letter code."""
    table: dict[str, str] = {}
    text = files(__package__).joinpath("countries.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            two, three, names = line.split(" ", 2)
            table |= {_folded(name): two for name in (two, three, *names.split(";"))}
    return table


def _folded(text: str) -> str:
    """Letters and digits alone: without case, accents, punctuation and a leading article."""
    plain = unicodedata.normalize("NFKD", text[:_LONGEST]).casefold().replace("&", " and ")
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.sub(r"[^\w]+", " ", re.sub("[.'\u2019]", "", plain)).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


_LONGEST = 255
