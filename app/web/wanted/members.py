"""Members of what is asked for: nothing that was accepted is ignored (control-cases.md R3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from app.errors import Finding, Invalid
from app.web.schemas import Schema

LONGEST_SHOWN = 80
T = TypeVar("T")


def members_of(schema: Schema, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a body. Raises Invalid with every finding; an unknown one is told with those that there are."""
    known = ", ".join((*(field.name for field in schema.fields), *sorted(schema.tolerated))) or "none"
    try:
        return schema.read(members, refuse_unknown=True).values
    except Invalid as refused:
        findings = tuple(_with_known(finding, known) for finding in refused.findings)
        raise Invalid(refused.reason, code=refused.code, findings=findings) from None


def wrong(pointer: str, expected: str, got: str) -> Invalid:
    """A value that cannot be used, by its pointer such as `/query/limit` or `/expires_in`."""
    name = pointer.rpartition("/")[2]
    finding = Finding("field.value", f"{name} is not usable here", pointer, expected, got[:LONGEST_SHOWN])
    return Invalid(finding.detail, code=finding.code, findings=(finding,))


class Together:
    """Readings of which each may be wrong; what is wrong with all of them is told at once."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def read(self, reading: Callable[[], T]) -> T | None:
        """What it reads; None where that is wrong."""
        try:
            return reading()
        except Invalid as refused:
            self._findings += refused.findings or (Finding(refused.code, refused.reason),)
            return None

    def require_good(self) -> None:
        """Raise Invalid with every finding so far, if there is one."""
        if self._findings:
            first, more = self._findings[0], len(self._findings) - 1
            reason = f"{first.detail}, and {more} more" if more else first.detail
            raise Invalid(reason, code=first.code, findings=tuple(self._findings))


def _with_known(finding: Finding, known: str) -> Finding:
    return replace(finding, expected=f"one of {known}") if finding.code == "field.unknown" else finding
