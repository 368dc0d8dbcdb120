"""A strict JSON reader: every body is a value or a clear refusal, in bounded time (checks/api-cases.md B).

Refused: anything but UTF-8, a byte order mark, members that occur twice, NaN and infinities, numbers of absurd length,
NUL and lone surrogates in text, and nesting deeper than `MAX_DEPTH`. Pure.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from app.errors import Finding, Invalid

MAX_DEPTH = 64
MAX_DIGITS = 400
ENCODING = "json.encoding"
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


def read_json(body: bytes, *, is_claims: bool = False) -> Any:
    """The value of a JSON text. Raises Invalid with `json.*` or `field.*`.

    Of `is_claims`, the parts of a JWS, NaN, infinities and U+0000 are let through, for whoever reads a claim says
    more exactly what is wrong with it (oauth-cases.md B-04 and C-14).
    """
    text = _text(body)
    _check_depth(text)
    try:
        value = (_CLAIMS_DECODER if is_claims else _DECODER).decode(text)
    except json.JSONDecodeError as error:
        raise _invalid(
            ENCODING, f"The body is not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    if _SUSPECT_ESCAPE.search(text):
        _check_texts(value, nul_is_fine=is_claims)
    return value


def read_object(body: bytes) -> dict[str, Any]:
    """The members of a JSON object; anything else, also nothing, is refused."""
    if not body.strip():
        raise _invalid("field.type", "A JSON object must be provided, the body is empty")
    value = read_json(body)
    if not isinstance(value, dict):
        raise _invalid("field.type", f"A JSON object must be provided, found {kind_of(value)}")
    return value


def kind_of(value: Any) -> str:
    """The JSON name of a value's type."""
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "null")


def _text(body: bytes) -> str:
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _invalid(ENCODING, "The body starts with a byte order mark; send UTF-8 without one")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _invalid(ENCODING, f"The body is not UTF-8, from octet {error.start} on") from error


def _check_depth(text: str) -> None:
    """The parser recurses; so depth is counted before, and only where there are brackets enough."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep()
        elif token[0] in "]}":
            depth -= 1


def _too_deep() -> Invalid:
    return _invalid("json.depth", f"The body is nested deeper than {MAX_DEPTH} levels")


def _check_texts(value: Any, *, nul_is_fine: bool) -> None:
    """Escapes may smuggle in what UTF-8 cannot hold, or what a database cannot store."""
    for pointer, text in _texts(value, ""):
        if "\x00" in text and not nul_is_fine:
            raise _invalid(ENCODING, "A text holds the character U+0000", pointer)
        if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
            raise _invalid(ENCODING, "A text holds half of a surrogate pair, which is no character")


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield pointer, name
            yield from _texts(item, f"{pointer}/{name}")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _value in pairs:
        if name in seen:
            shown = ascii(name[:80])[1:-1]
            raise _invalid("field.duplicate_member", f"{shown} is given more than once", f"/{shown}")
        seen.add(name)
    return members


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _invalid("field.type", f"A number has {len(text)} digits; at most {MAX_DIGITS} are read")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text) if len(text) <= MAX_DIGITS else math.inf
    if not math.isfinite(number):
        raise _invalid("field.type", f"The number {text[:40]} is out of range")
    return number


def _any_fraction(text: str) -> float:
    return float(text) if len(text) <= MAX_DIGITS else math.inf


def _constant(text: str) -> float:
    raise _invalid("field.type", f"{text} is not a JSON number")


def _invalid(code: str, detail: str, pointer: str = "") -> Invalid:
    return Invalid(detail, code=code, findings=(Finding(code, detail, pointer),))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
_CLAIMS_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_integer, parse_float=_any_fraction)
