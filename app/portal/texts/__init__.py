"""Every text that the portal shows, by language: a folder each; the keys in a file begin with its name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en",)
"""Those that have a folder here; the first answers who asks for none of them."""


class Texts:
    def __init__(self, language: str, table: Mapping[str, str]) -> None:
        self.language, self._table = language, table

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key with its values filled in. Raises KeyError for a key that no file has."""
        text = self._table[key]
        return text.format_map(values) if values else text

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The text of `<key>.one` or `<key>.other`, with `{number}`."""
        return self(f"{key}.{'one' if number == 1 else 'other'}", number=f"{number:,}", **values)

    def or_else(self, key: str, otherwise: str) -> str:
        """The text of a key that may not exist, such as that of a status."""
        return self._table.get(key, otherwise)

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def names(self) -> frozenset[str]:
        """Every key."""
        return frozenset(self._table)


def texts_for(accept_language: str) -> Texts:
    """The first language of a browser's list that there is (RFC 9110, 12.5.4; weights are taken as given in order)."""
    asked = (part.partition(";")[0].strip().partition("-")[0].lower() for part in accept_language.split(",")[:20])
    return texts(next((language for language in asked if language in LANGUAGES), LANGUAGES[0]))


@cache
def texts(language: str) -> Texts:
    """One of LANGUAGES."""
    folder = resources.files(__package__).joinpath(language)
    table: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            table.update(_flat(file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))))
    return Texts(language, table)


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}.{name}", value)
        else:
            yield f"{prefix}.{name}", str(value).strip()
