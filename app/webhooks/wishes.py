"""What is to be done to deliveries on purpose, read: nothing that was accepted is ignored (control-cases.md R3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import Finding, Invalid
from app.webhooks.effects import EFFECTS, MOST_TIMES, Settings

COUNT = 1_000_000
LONGEST = 31_536_000
"""Seconds of a year."""
MEMBERS: Mapping[str, Mapping[str, range]] = {
    "duplicate": {"times": range(1, COUNT + 1), "copies": range(2, MOST_TIMES + 1)},
    "reorder": {"times": range(1, COUNT + 1)},
    "drop": {"times": range(1, COUNT + 1)},
    "late": {"times": range(1, COUNT + 1), "seconds": range(1, LONGEST + 1)},
    "bad_signature": {"times": range(1, COUNT + 1)},
}
"""Effect -> its numbers, each with what it may be; every effect takes `subscription_id` besides."""


def read(body: Mapping[str, Any]) -> Settings:
    """`{"late": {"seconds": 60, "times": 3}}`; an effect may also be `true`. Raises Invalid with every finding."""
    findings = tuple(finding for name, value in body.items() for finding in _findings(name, value))
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=findings)
    return {name: {} if value is True else dict(value) for name, value in body.items()}


def _findings(name: str, value: Any) -> Iterator[Finding]:
    shown = ascii(name)[1:-1][:60]
    if name not in EFFECTS:
        yield Finding("webhook.effect", f"there is no effect {shown}", f"/{shown}", f"one of {', '.join(EFFECTS)}")
    elif value is True and name != "late":
        return
    elif not isinstance(value, dict):
        wanted = "an object" if name == "late" else "true, or an object"
        yield Finding("field.type", f"{shown} is {wanted}", f"/{shown}", wanted, repr(value)[:60])
    else:
        yield from _of_members(shown, value)
        if name == "late" and "seconds" not in value:
            yield Finding("field.missing", "late needs seconds", f"/{shown}/seconds", "seconds")


def _of_members(effect: str, value: Mapping[str, Any]) -> Iterator[Finding]:
    known = MEMBERS[effect]
    for name, given in value.items():
        shown = ascii(name)[1:-1][:60]
        pointer = f"/{effect}/{shown}"
        if name == "subscription_id":
            if not isinstance(given, str) or not given:
                yield Finding(
                    "field.type", "subscription_id is the id of a subscription", pointer, got=repr(given)[:60]
                )
        elif name not in known:
            text = f"{shown} is no member of {effect}"
            yield Finding("field.unknown", text, pointer, ", ".join((*known, "subscription_id")))
        elif not isinstance(given, int) or isinstance(given, bool) or given not in known[name]:
            expected = f"a whole number from {known[name].start} to {known[name].stop - 1}"
            yield Finding("field.value", f"{shown} is {expected}", pointer, expected, repr(given)[:60])
