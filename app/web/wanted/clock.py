"""What the clock is asked to do (control-cases.md A)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.powers.clock import SCALES, ClockChange, Step, out_of_range, read_step
from app.powers.durations import EXPECTED as DURATION
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of, wrong

WANTED = Schema(
    (
        Field("set", least=1, most=60),
        Field("advance", least=1, most=60),
        Field("freeze", "boolean"),
        Field("scale", "number"),
    )
)
MOMENT = re.compile(r"(\d{4,6})-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
"""RFC 3339, 5.6; longer years are read so that they can be refused for what they are."""
NOW = "now"
"""As `set`: what the machine's clock shows."""
LONGEST_YEAR = 4


def change_of(given: Mapping[str, Any], machine: datetime) -> ClockChange:
    """`set`, `advance`, `freeze` and `scale`, whichever are there; `machine` is what the machine's clock shows.

    Raises Invalid with the pointer of what cannot be used, and where there is none of them.
    """
    wanted = members_of(WANTED, given)
    if not wanted:
        raise wrong("", f"at least one of {', '.join(field.name for field in WANTED.fields)}", "none")
    return ClockChange(
        set=_moment(wanted["set"], machine) if "set" in wanted else None,
        advance=_step(wanted["advance"]) if "advance" in wanted else None,
        freeze=wanted.get("freeze"),
        scale=_scale(wanted["scale"]) if "scale" in wanted else None,
    )


def _moment(text: str, machine: datetime) -> datetime:
    if text == NOW:
        return machine
    found = MOMENT.match(text)
    if found is None:
        raise wrong("/set", "a moment with its zone, such as 2049-12-31T23:59:50Z, or now", text)
    if len(found[1]) > LONGEST_YEAR or found[1] == "0000":
        raise out_of_range("/set")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        raise wrong("/set", "a moment that there is, such as 2049-12-31T23:59:50Z", text) from None
    except OverflowError:
        raise out_of_range("/set") from None


def _step(text: str) -> Step:
    if (step := read_step(text)) is None:
        raise wrong("/advance", f"{DURATION}, perhaps with a minus before it", text)
    return step


def _scale(value: float) -> float:
    least, most = SCALES
    if not least <= value <= most:
        raise wrong("/scale", f"a number from {least:g} to {most:,.0f}; freeze stops the clock", repr(value))
    return float(value)
