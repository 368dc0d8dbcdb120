"""The sandbox that is asked for (control-cases.md D)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.powers.durations import EXPECTED, iso_duration, read_duration
from app.sandboxes.making import LONGEST_TTL, Wanted
from app.sandboxes.templates import USUAL
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of, wrong

WANTED = Schema(
    (
        Field("id", least=1, most=60),
        Field("template", least=1, most=60),
        Field("clock", least=1, most=60),
    )
)
APART = ("ttl", "seed", "settings")
"""Members that no table of fields can say."""
LONGEST_START = 200


def wanted_of(given: Mapping[str, Any]) -> Wanted:
    """Raises Invalid for what is unknown or cannot be used."""
    plain = {name: value for name, value in given.items() if name not in APART}
    known = Schema((*WANTED.fields, *(Field(name) for name in APART)))
    members_of(known, dict.fromkeys(plain))
    members, settings = members_of(WANTED, plain), {} if given.get("settings") is None else given["settings"]
    if not isinstance(settings, dict):
        raise wrong("/settings", "an object of settings by name", type(settings).__name__)
    if "clock" in members:
        settings = settings | {"clock": members["clock"]}
    return Wanted(
        sandbox_id=members.get("id"),
        template=members.get("template", USUAL),
        ttl=None if given.get("ttl") is None else _ttl(given["ttl"]),
        start=None if given.get("seed") is None else _start(given["seed"]),
        settings=settings,
    )


def _start(value: Any) -> str:
    """A text, or a whole number, which is the same as its digits."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_START:
        raise wrong("/seed", f"a text of 1 to {LONGEST_START} characters, or a whole number", ascii(value))
    return text


def _ttl(value: Any) -> timedelta:
    """Seconds, or a duration; 0 = until it is dropped."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= value <= LONGEST_TTL.total_seconds():
        return timedelta(seconds=value)
    length = read_duration(value)
    if length is None or not timedelta() <= length <= LONGEST_TTL:
        most = iso_duration(LONGEST_TTL)
        raise wrong("/ttl", f"seconds, or {EXPECTED}, up to {most}; 0 = until it is dropped", ascii(value))
    return length
