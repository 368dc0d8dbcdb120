"""What is wrong with an ecosystem file, in words: file, type, field, what was expected, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from app.errors import Finding, Invalid

INVALID = "profile.invalid"
UNKNOWN = "profile.unknown"
_SHOWN = 5
"""Faults in the one-line reason; the findings have all."""


def unknown(name: str, known: Sequence[str]) -> Invalid:
    """Nothing loaded or shipped has this name."""
    said = f"there is no ecosystem {name}" if name else "no ecosystem is named"
    return Invalid(f"{said}; known are {', '.join(known)}, and those of the setting profile_files", code=UNKNOWN)


def file_fault(label: str, said: str) -> Invalid:
    """A fault that keeps the file from being read at all."""
    finding = Finding(INVALID, f"{label}: {said}")
    return Invalid(finding.detail, code=INVALID, findings=(finding,))


def invalid(label: str, content: Mapping[str, Any], fault: ValidationError) -> Invalid:
    """Everything that the models refused."""
    findings = tuple(_findings(label, content, fault))
    return Invalid("; ".join(f.detail for f in findings[:_SHOWN]), code=INVALID, findings=findings)


def _findings(label: str, content: Mapping[str, Any], fault: ValidationError) -> Iterator[Finding]:
    for error in fault.errors(include_url=False):
        place = " ".join(_place(error["loc"], content))
        pointer = "/" + "/".join(map(str, error["loc"]))
        yield Finding(INVALID, f"{label}: {place}{' ' if place else ''}{_said(error)}", pointer)


def _place(location: Sequence[str | int], content: Mapping[str, Any]) -> Iterator[str]:
    """`type brcac: subject[2].attribute`."""
    rest = list(location)
    if len(rest) > 1 and rest[0] == "profile" and isinstance(rest[1], int):
        yield f"type {_name_of(content, rest[1])}{':' if rest[2:] else ''}"
        rest = rest[2:]
    if rest:
        yield "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest).removeprefix(".")


def _name_of(content: Mapping[str, Any], index: int) -> str:
    table = content["profile"][index]
    name = table.get("type") if isinstance(table, dict) else None
    return name if isinstance(name, str) else f"number {index + 1}"


def _said(error: Mapping[str, Any]) -> str:
    """What is wrong with the field, without its name."""
    bounds = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "must be given"
        case "extra_forbidden":
            return "is no word of the language (docs/profiles.md)"
        case "value_error" if isinstance(error["input"], Mapping):
            return str(bounds["error"])
        case "value_error":
            said = str(bounds["error"])
        case "string_pattern_mismatch":
            said = f"must match {bounds['pattern']}"
        case "literal_error":
            said = f"must be {bounds['expected']}"
        case "tuple_type":
            said = "must be a list"
        case "model_type":
            said = "must be a table"
        case _:
            said = str(error["msg"]).replace("Input should be", "must be").replace("Tuple should", "must")
    return f"{said}, found {str(repr(error['input']))[:60]}"
