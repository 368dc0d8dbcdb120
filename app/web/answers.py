"""How the doors write JSON: bytes at once, no null, UTF-8 as it is (connect.md 2.3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from app.errors import Finding

JSON = "application/json"

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Compact JSON text."""


def answer(
    value: Any, status: int = 200, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer with this JSON value; half a surrogate pair, echoed by mistake, becomes its escape."""
    return Response(encode(value).encode("utf-8", "backslashreplace"), status, dict(headers or {}), media_type)


def no_content(headers: Mapping[str, str] | None = None) -> Response:
    return Response(status_code=204, headers=dict(headers or {}))


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Absent instead of null: the OIDF validators refuse a present null (connect.md 2.3)."""
    return {name: value for name, value in members.items() if value is not None}


def header_text(text: str, limit: int = 500) -> str:
    """A text as one line of printable ASCII; everything else is shown by its code point."""
    shown = text[: limit + 1]
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(c if " " <= c <= "~" else f"\\u{ord(c):04x}" for c in shown)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def warning_headers(warnings: Iterable[Finding]) -> dict[str, str]:
    """`x-mock-warnings`: what was let pass although a rule speaks against it (connect.md 9)."""
    texts = [warning.text for warning in warnings]
    return {"x-mock-warnings": header_text(" | ".join(texts), 2000)} if texts else {}
