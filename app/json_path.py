"""JSON Path (RFC 9535) as custom claims use it: names, indexes, slices, wildcards, descendants and plain filters.

Without functions and without parentheses inside filters. `$.` is the whole document: the default of the publication
says so. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

NAME = re.compile(r"[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff-]*")
QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
INTEGER = re.compile(r"-?\d{1,9}")
SLICE = re.compile(r"\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*(?::\s*(-?\d{1,9})?\s*)?")
TERM = re.compile(
    r"\s*(?P<not>!?)\s*@(?P<path>(?:\.[A-Za-z_][A-Za-z0-9_-]*|\['[^'\\]*'\]|\[-?\d{1,9}\])*)\s*"
    r"(?:(?P<operator>==|!=)\s*(?P<literal>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|true|false|null|-?\d{1,9}))?\s*"
)
DEEPEST = 60
"""Levels that descendants are looked for in."""
Select = Callable[[Any], Iterator[Any]]


class Unreadable(ValueError):
    """A text that is no path that is understood here; says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path that was read. `is_single` = it names one place, not any number of them."""

    segments: tuple[tuple[bool, tuple[Select, ...]], ...]
    """(whether among all descendants, what to take of each)."""
    is_single: bool

    def values(self, document: Any) -> list[Any]:
        """Everything that is there, in the order of the document."""
        found = [document]
        for is_deep, selectors in self.segments:
            among = [each for value in found for each in (_descendants(value) if is_deep else (value,))]
            found = [taken for value in among for select in selectors for taken in select(value)]
        return found

    def claim(self, document: Any) -> Any:
        """One value for a path that names one place, else a list; None where nothing is."""
        found = self.values(document)
        if not found:
            return None
        return found[0] if self.is_single else found


@lru_cache(maxsize=512)
def read_path(text: str) -> Path:
    """Raises Unreadable."""
    if not text.startswith("$"):
        raise Unreadable("it must begin with $")
    reader = _Reader(text, 1)
    segments: list[tuple[bool, tuple[Select, ...]]] = []
    while reader.at < len(text) and text != "$.":
        segments.append(reader.segment())
    return Path(tuple(segments), is_single=reader.is_single)


@dataclass
class _Reader:
    text: str
    at: int
    is_single: bool = True

    def segment(self) -> tuple[bool, tuple[Select, ...]]:
        is_deep = bool(self._take(".."))
        if is_deep:
            self.is_single = False
        if is_deep and self.text[self.at : self.at + 1] != "[":
            return True, (self._after_dot(),)
        if self._take("["):
            return is_deep, self._bracket()
        if not is_deep and self._take("."):
            return False, (self._after_dot(),)
        raise self._wrong("a dot or a bracket was expected")

    def _after_dot(self) -> Select:
        if self._take("*"):
            self.is_single = False
            return _every
        if name := self._match(NAME):
            return _member(name)
        raise self._wrong("a name was expected")

    def _bracket(self) -> tuple[Select, ...]:
        found = [self._selector()]
        while self._take(",", blanks=True):
            self.is_single = False
            found.append(self._selector())
        if not self._take("]", blanks=True):
            raise self._wrong("] was expected")
        return tuple(found)

    def _selector(self) -> Select:
        self._skip()
        if quoted := self._match(QUOTED):
            return _member(_unquoted(quoted))
        if self._take("*"):
            self.is_single = False
            return _every
        if self._take("?"):
            self.is_single = False
            return self._filter()
        if part := SLICE.match(self.text, self.at):
            self.is_single, self.at = False, part.end()
            numbers = [None if number is None else int(number) for number in part.groups()]
            return _slice(slice(*numbers)) if numbers[2] != 0 else _nothing
        if number := self._match(INTEGER):
            return _index(int(number))
        raise self._wrong("a name in quotes, a number, a slice, * or ? was expected")

    def _filter(self) -> Select:
        is_closed = self._take("(", blanks=True)
        either: list[list[Callable[[Any], bool]]] = [[self._term()]]
        while sign := self._take("&&") or self._take("||"):
            term = self._term()
            if sign == "&&":
                either[-1].append(term)
            else:
                either.append([term])
        if is_closed and not self._take(")", blanks=True):
            raise self._wrong(") was expected")
        return _those(lambda value: any(all(term(value) for term in terms) for terms in either))

    def _term(self) -> Callable[[Any], bool]:
        found = TERM.match(self.text, self.at)
        if found is None or (found["not"] and found["operator"]):
            raise self._wrong("a comparison such as @.name == 'value' was expected")
        self.at = found.end()
        inner = read_path(f"${found['path']}")
        if found["operator"] is None:
            return lambda value: bool(inner.values(value)) != bool(found["not"])
        literal, is_equal = _literal(found["literal"]), found["operator"] == "=="
        return lambda value: (_same(inner.values(value), literal)) == is_equal

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def _take(self, sign: str, *, blanks: bool = False) -> str:
        if blanks:
            self._skip()
        if not self.text.startswith(sign, self.at):
            return ""
        self.at += len(sign)
        return sign

    def _skip(self) -> None:
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1

    def _wrong(self, what: str) -> Unreadable:
        return Unreadable(f"{what} at character {self.at + 1}")


def _unquoted(text: str) -> str:
    """Raises Unreadable for an escape that JSON has not."""
    inner = text[1:-1]
    if text[0] == "'":
        inner = inner.replace("\\'", "'").replace('"', '\\"')
    try:
        return str(json.loads(f'"{inner}"'))
    except ValueError:
        raise Unreadable(f"{text[:40]} cannot be read") from None


def _literal(text: str) -> Any:
    return _unquoted(text) if text[0] in "'\"" else json.loads(text)


def _same(found: list[Any], literal: Any) -> bool:
    """As RFC 9535 compares: what is not there equals nothing that can be written; true is not 1."""
    return bool(found) and found[0] == literal and isinstance(found[0], bool) == isinstance(literal, bool)


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _descendants(value: Any, level: int = 0) -> Iterator[Any]:
    yield value
    if level < DEEPEST:
        for child in _children(value):
            yield from _descendants(child, level + 1)


def _every(value: Any) -> Iterator[Any]:
    return _children(value)


def _nothing(_value: Any) -> Iterator[Any]:
    return iter(())


def _member(name: str) -> Select:
    return lambda value: iter((value[name],) if isinstance(value, dict) and name in value else ())


def _index(number: int) -> Select:
    def select(value: Any) -> Iterator[Any]:
        if isinstance(value, list | tuple) and -len(value) <= number < len(value):
            yield value[number]

    return select


def _slice(part: slice) -> Select:
    return lambda value: iter(value[part] if isinstance(value, list | tuple) else ())


def _those(is_wanted: Callable[[Any], bool]) -> Select:
    return lambda value: (child for child in _children(value) if is_wanted(child))
