"""The list of participants, wrong on purpose (control-cases.md B-14). Pure.

Both keep the form and bear the entity tag of what goes out, so caches of clients behave as with any other list.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from app.directory.participants import Publication, encode

STALE, PARTIAL = "participants_stale", "participants_partial"
KEPT = "participants"
"""Member of a fault's state: the list as it was when the fault began."""


def packed(body: bytes) -> str:
    """As a fault keeps it."""
    return base64.b64encode(zlib.compress(body, 1)).decode()


def unpacked(text: str) -> bytes:
    """Raises ValueError for what is no such text."""
    try:
        return zlib.decompress(base64.b64decode(text))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def changed(found: Publication, effect: Mapping[str, Any], state: Mapping[str, Any]) -> Publication:
    """The list with the effects of a fault; `state` is what was noted when that began."""
    body = found.body
    if STALE in effect and KEPT in state:
        body = unpacked(state[KEPT])
    if PARTIAL in effect:
        body = _part(body, effect[PARTIAL])
    return Publication.of(body)


def _part(body: bytes, wanted: Any) -> bytes:
    """The first organisations: as many as are wanted, or half of them; one is missing at least."""
    every = json.loads(body)
    count = len(every) // 2 if wanted is True else min(int(wanted), max(len(every) - 1, 0))
    return encode(every[:count]).encode("utf-8", "backslashreplace")
