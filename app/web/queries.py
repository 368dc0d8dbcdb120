"""Query strings, read strictly: a parameter that means nothing here is ignored, one that cannot be read is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from app.errors import Finding, Invalid

Query = Mapping[str, tuple[str, ...]]
MAX_PARAMETERS = 100


def read_query(scope: Mapping[str, Any]) -> Query:
    """Each parameter with all its values, in order. Raises Invalid for text that is no text."""
    raw: bytes = scope.get("query_string", b"")
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise refused("field.type", "", "The query string cannot be read") from error
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if any(c < " " for c in value):
            raise refused("field.pattern", name, f"{ascii(name)[1:-1][:40]} must not contain control characters")
        found[name] = (*found.get(name, ()), value)
    return found


def text(query: Query, name: str) -> str:
    """The last value of a parameter, "" if absent."""
    return query.get(name, ("",))[-1]


def flag(query: Query, name: str) -> bool:
    """A boolean parameter; absent or empty is false."""
    value = text(query, name).lower()
    if value not in ("", "true", "false"):
        raise refused("field.type", name, f"{name} must be true or false")
    return value == "true"


def refused(code: str, name: str, detail: str) -> Invalid:
    return Invalid(detail, code=code, findings=(Finding(code, detail, f"/query/{name}" if name else ""),))
