"""What the next page tells once: the key of a text and its values, as they stand in a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from app.portal.texts import Texts

LONGEST = 1_000


def notice_text(key: str, values: Mapping[str, str]) -> str:
    """`key` alone, or `key?name=value&...`."""
    return f"{key}?{urlencode(values)}" if values else key


def told(cookie: str, t: Texts) -> str:
    """The text; "" for a cookie that this portal has not written: a text without its values, or no text of ours."""
    key, _, query = cookie[:LONGEST].partition("?")
    values = dict(parse_qsl(query))
    try:
        return t(key, **values) if values else t(key).format_map({})
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return ""
