"""What is wrong with a fault that somebody asks for: every finding at once, unknown words with those that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import Finding, Invalid
from app.runtime.strict_json import kind_of

LONGEST_SHOWN = 80


class Problems:
    """Collects findings; `raise_any` raises them together."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def unknown(self, pointer: str, what: str, known: Iterable[str]) -> None:
        """A word that is none of the language: nothing accepted is ignored (control-cases.md R3)."""
        name = pointer.rpartition("/")[2]
        text = f"{name or 'this'} is no {what} of faults"
        self.found.append(Finding("fault.unknown", text, pointer, f"one of {', '.join(known)}", name))

    def wrong(self, pointer: str, expected: str, got: Any) -> None:
        name = pointer.rpartition("/")[2]
        self.found.append(Finding("fault.value", f"{name} is not usable here", pointer, expected, shown(got)))

    def missing(self, pointer: str, expected: str) -> None:
        self.found.append(Finding("fault.missing", f"{pointer.rpartition('/')[2]} must be given", pointer, expected))

    def clash(self, pointer: str, text: str, fix: str = "") -> None:
        """Parts that are good alone and mean nothing together."""
        self.found.append(Finding("fault.combination", text, pointer, fix=fix))

    def control(self, pointer: str) -> None:
        """Control-cases.md R6 and B-18."""
        text = "faults never touch the control plane: nothing below /_mock can be broken"
        self.found.append(Finding("fault.control", text, pointer, fix="Name another path or service"))

    def object(self, value: Any, pointer: str, expected: str = "an object") -> Mapping[str, Any]:
        """The members, or none with a finding."""
        if isinstance(value, dict):
            return value
        self.wrong(pointer, expected, value)
        return {}

    def raise_any(self) -> None:
        """Raises Invalid."""
        if self.found:
            first = self.found[0]
            raise Invalid(first.detail, code=first.code, findings=tuple(self.found))


def shown(value: Any) -> str:
    """A value in few characters."""
    text = value if isinstance(value, str) else kind_of(value) if isinstance(value, dict | list) else repr(value)
    return ascii(text)[1:-1][:LONGEST_SHOWN] if isinstance(text, str) else ""
