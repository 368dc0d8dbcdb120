"""How often something must have come: what the journal is held against (control-cases.md E-02 and I)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.powers.verification import Times, Verdict, verify
from app.sandbox import Sandbox
from app.web.schemas import Field, Schema
from app.web.wanted.matching import filter_of
from app.web.wanted.members import wrong

COUNTS = ("exactly", "at_least", "at_most")
WANTED = Schema(tuple(Field(name, "number") for name in COUNTS), tolerated=frozenset({"match"}))
LARGEST = 1_000_000_000


def times_of(wanted: Mapping[str, Any]) -> Times:
    """How often something must have come. Raises Invalid unless one bound is given, and they can be kept."""
    bounds = {name: _count(wanted[name], f"/{name}") for name in COUNTS if name in wanted}
    if not bounds:
        raise wrong("/exactly", "exactly, or at_least, at_most or both", "none of them")
    if "exactly" in bounds:
        if len(bounds) > 1:
            raise wrong("/exactly", "exactly alone", "another bound beside it")
        return Times(bounds["exactly"], bounds["exactly"])
    times = Times(bounds.get("at_least", 0), bounds.get("at_most"))
    if times.at_most is not None and times.at_most < times.at_least:
        raise wrong("/at_most", f"{times.at_least} or more, as at_least has it", str(times.at_most))
    return times


def verdict_of(sandbox: Sandbox, match: Any, times: Times) -> Verdict:
    """What the journal says of that. Raises Invalid for what nothing can be matched by."""
    if not isinstance(match, dict):
        raise wrong("/match", 'an object, such as {"path": "/token"}', "nothing" if match is None else "no object")
    return verify(sandbox.journal_book, filter_of(sandbox.journal_book, match, "/match"), times)


def _count(value: Any, pointer: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise wrong(pointer, f"a whole number from 0 to {LARGEST}", ascii(value)[:40])
    return value
