"""The sandbox that is asked for (control-cases.md D)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.powers.durations import EXPECTED, iso_duration, read_duration
from app.sandboxes.making import LONGEST_TTL, Wanted, require_good
from app.sandboxes.templates import USUAL
from app.web.schemas import Field, Schema
from app.web.wanted.members import Together, members_of, wrong

WANTED = Schema(
    (
        Field("id", least=1, most=60),
        Field("template", least=1, most=60),
        Field("clock", least=1, most=60),
    )
)
NAMES = tuple(field.name for field in WANTED.fields)
APART = ("ttl", "seed", "settings")
"""Members that no table of fields can say."""
LONGEST_START = 200


def wanted_of(given: Mapping[str, Any]) -> Wanted:
    """Raises Invalid with every finding, for what is unknown or cannot be used."""
    plain = {name: value for name, value in given.items() if name not in APART}
    known = Schema((*WANTED.fields, *(Field(name) for name in APART)))
    together = Together()
    together.read(lambda: members_of(known, dict.fromkeys(plain)))
    members = together.read(lambda: members_of(WANTED, {name: plain.get(name) for name in NAMES})) or {}
    ttl = together.read(lambda: _ttl(given["ttl"])) if given.get("ttl") is not None else None
    start = together.read(lambda: _start(given["seed"])) if given.get("seed") is not None else None
    settings = together.read(lambda: _settings(given.get("settings"), members.get("clock"))) or {}
    wanted = Wanted(members.get("id"), members.get("template", USUAL), ttl, start, settings)
    together.read(lambda: require_good(wanted))
    together.require_good()
    return wanted


def _settings(value: Any, clock: str | None) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise wrong("/settings", "an object of settings by name", type(value).__name__)
    return {**(value or {}), **({} if clock is None else {"clock": clock})}


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
