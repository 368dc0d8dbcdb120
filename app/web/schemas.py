"""Request schemas as tables: the fields of a body in the order of the publication, with its published texts.

All failures of a body are reported together, in schema order (connect.md 2.3). Only listed fields are ever taken from
a body (api-cases.md R3); the rest is ignored and reported, or refused with `unknown_members=refuse`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.errors import Finding, Invalid
from app.web.json_body import kind_of

Kind = Literal["string", "boolean", "number", "strings", "objects", "object"]
Check = Callable[[str, str], Iterator[Finding]]
"""A rule of its own: (value, pointer) -> findings."""
TYPES: Mapping[Kind, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "strings": (list,),
    "objects": (list,),
    "object": (dict,),
}
CALLED: Mapping[Kind, str] = {
    "string": "a string",
    "boolean": "a boolean",
    "number": "a number",
    "strings": "an array of strings",
    "objects": "an array of objects",
    "object": "an object",
}
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode classes that names must not hold: controls, bidirectional overrides, zero-width characters."""


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a body; `pattern`, `choices`, lengths and `check` of a list hold for each of its items."""

    name: str
    kind: Kind = "string"
    required: bool = False
    required_text: str = ""
    """The published text when it is missing, if it is not `<name> must be provided`."""
    least: int = 0
    most: int | None = None
    pattern: re.Pattern[str] | None = None
    pattern_text: str = ""
    pattern_code: str = "field.pattern"
    choices: tuple[str, ...] = ()
    angle_brackets: bool = False
    """Whether `<` and `>` may stand there."""
    is_name: bool = False
    """Shown to people as a name: invisible characters are refused (api-cases.md B-15)."""
    most_items: int | None = None
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a body. `read_only` are the server's own, `tolerated` is accepted and means nothing."""

    fields: tuple[Field, ...]
    read_only: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    area: str = "field"
    """First part of the finding codes."""

    def read(
        self, members: Mapping[str, Any], *, refuse_unknown: bool = False, also: Iterable[Finding] = ()
    ) -> Reading:
        """The listed members that are there and not null. Raises Invalid with every finding.

        `also` are findings of rules that no table can say.
        """
        findings = [f for field in self.fields for f in _examine(field, members.get(field.name), self.area)]
        findings += also
        strangers = tuple(self._strangers(members))
        if refuse_unknown:
            findings += strangers
        if findings:
            raise Invalid(_summary(findings), code=findings[0].code, findings=tuple(findings))
        values = {f.name: members[f.name] for f in self.fields if members.get(f.name) is not None}
        return Reading(values, tuple(s.softened() for s in strangers))

    def _strangers(self, members: Mapping[str, Any]) -> Iterator[Finding]:
        known = {field.name for field in self.fields} | self.tolerated
        for name in list(members)[:100]:
            shown = ascii(name[:80])[1:-1]
            if name in self.read_only:
                yield Finding("field.read_only", f"{shown} is set by the server and not taken from a body", f"/{shown}")
            elif name not in known:
                yield Finding("field.unknown", f"{shown} is not a field of this body", f"/{shown}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body gave: values by wire name, and what was ignored."""

    values: dict[str, Any]
    warnings: tuple[Finding, ...]


def _summary(findings: list[Finding]) -> str:
    return (
        findings[0].detail if len(findings) == 1 else f"{len(findings)} fields are wrong, first: {findings[0].detail}"
    )


def _examine(field: Field, value: Any, area: str) -> Iterator[Finding]:
    pointer = f"/{field.name}"
    if value is None:
        if field.required:
            yield Finding(f"{area}.missing", field.required_text or f"{field.name} must be provided", pointer)
        return
    if not isinstance(value, TYPES[field.kind]) or (isinstance(value, bool) and field.kind != "boolean"):
        yield _wrong_type(field, value, pointer, area)
    elif isinstance(value, str):
        yield from _examine_text(field, value, pointer, area)
    elif isinstance(value, list):
        yield from _examine_items(field, value, pointer, area)


def _examine_items(field: Field, items: list[Any], pointer: str, area: str) -> Iterator[Finding]:
    if field.most_items is not None and len(items) > field.most_items:
        text = f"{field.name} must hold at most {field.most_items} items"
        yield Finding(field.pattern_code, text, pointer, str(field.most_items), str(len(items)))
        return
    wanted = str if field.kind == "strings" else dict
    for index, item in enumerate(items):
        if not isinstance(item, wanted):
            yield _wrong_type(field, item, f"{pointer}/{index}", area)
        elif isinstance(item, str):
            yield from _examine_text(field, item, f"{pointer}/{index}", area)


def _wrong_type(field: Field, value: Any, pointer: str, area: str) -> Finding:
    return Finding(
        f"{area}.type", f"{field.name} must be {CALLED[field.kind]}", pointer, CALLED[field.kind], kind_of(value)
    )


def _examine_text(field: Field, value: str, pointer: str, area: str) -> Iterator[Finding]:
    """The rules of a text, lengths in characters."""
    name = field.name
    if field.choices and value not in field.choices:
        text = f"{name} must be one of {', '.join(field.choices)}"
        yield Finding(f"{area}.value", text, pointer, got=value[:80])
        return
    if len(value) < field.least or (field.most is not None and len(value) > field.most):
        code = "too_short" if len(value) < field.least else "too_long"
        text = f"{name} length must be between {field.least} and {field.most}"
        yield Finding(f"{area}.{code}", text, pointer, got=f"{len(value)} characters")
        return
    if not field.angle_brackets and ("<" in value or ">" in value):
        yield Finding(f"{area}.pattern", f"{name} must not contain < or >", pointer)
    if field.is_name:
        yield from _invisible(name, value, pointer, area)
    if field.pattern and not field.pattern.search(value):
        text = field.pattern_text or f'{name} must match "{field.pattern.pattern}"'
        yield Finding(field.pattern_code, text, pointer, got=value[:80])
    elif field.check:
        yield from field.check(value, pointer)


def _invisible(name: str, value: str, pointer: str, area: str) -> Iterator[Finding]:
    if value.isascii() and value.isprintable():
        return
    found = sorted({f"U+{ord(c):04X}" for c in value if unicodedata.category(c) in INVISIBLE})
    if found:
        yield Finding(
            f"{area}.pattern", f"{name} must not contain invisible characters ({', '.join(found[:5])})", pointer
        )
