"""The export document: one JSON object, one row to a line, always in the same order (docs/state.md).

It bears no date and no number that changes by looking, so equal directories have equal octets (reliability R5).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

from app.errors import Finding, Invalid
from app.store.copy_tables import DATA, JOURNAL, NOTICES, POWERS, TOKENS
from app.store.store import UnitOfWork

FORMAT, VERSION = "connect-mock/export", 1
NOTICE = "The keys in here are those of a mock CA and its directory. DO NOT TRUST what they sign."
ALWAYS = (*DATA, *POWERS)
"""Sections of every document."""
NUMBERS = "crl_number"
INCLUDES: Mapping[str, tuple[str, ...]] = {
    "tokens": TOKENS,
    "journal": JOURNAL,
    "numbers": (NUMBERS,),
    "notices": NOTICES,
}
"""What is written only when it is asked for, by the word to ask with."""
SECTIONS = (*ALWAYS, *(name for names in INCLUDES.values() for name in names))
ENVELOPE = ("format", "version", "notice")
Document = Mapping[str, Any]
Step = Callable[[dict[str, Any]], dict[str, Any]]
STEPS: Mapping[int, Step] = {}
"""By the version that it starts from: what makes the next version of a document (control-cases.md G-09)."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sections_of(includes: Iterable[str]) -> tuple[str, ...]:
    """The sections of a document with these includes, in their order."""
    chosen = {name for word in includes for name in INCLUDES[word]}
    return tuple(name for name in SECTIONS if name in ALWAYS or name in chosen)


def write(uow: UnitOfWork, file: IO[bytes], includes: Iterable[str] = ()) -> None:
    """The document of a directory as it stands in this transaction, row by row."""
    head = _encode({"format": FORMAT, "version": VERSION, "notice": NOTICE})
    file.write(head[:-1].encode())
    for name in sections_of(includes):
        file.write(f',\n"{name}":['.encode())
        comma = "\n"
        for row in _rows(uow, name):
            file.write(f"{comma}{_encode(row)}".encode("utf-8", "surrogatepass"))
            comma = ",\n"
        file.write(b"\n]")
    file.write(b"\n}\n")


def _rows(uow: UnitOfWork, name: str) -> Iterator[Mapping[str, Any]]:
    if name == NUMBERS:
        numbers = uow.revocations.numbers()
        issuers = sorted(issuer.issuer_id for issuer in uow.issuers.all())
        return iter([{"issuer_id": each, "number": numbers.get(each, 0)} for each in issuers])
    return uow.copies.rows(name)


def upgraded(document: Document, steps: Mapping[int, Step] | None = None, newest: int | None = None) -> dict[str, Any]:
    """The document in the newest version. Raises Invalid, naming format or version, for one that no step leads from."""
    steps, newest = STEPS if steps is None else steps, newest or VERSION
    if document.get("format") != FORMAT:
        raise _wrong("format", f"{FORMAT!r}", document.get("format"))
    version, current = document.get("version"), dict(document)
    if not isinstance(version, int) or isinstance(version, bool):
        raise _wrong("version", f"a number from {min((*steps, newest))} to {newest}", version)
    while version != newest:
        if version not in steps:
            raise _wrong("version", f"{newest}, or one of {sorted(steps) or 'no others'}", document.get("version"))
        current, version = steps[version](current), version + 1
    return current | {"version": newest}


def rows_of(document: Document) -> dict[str, list[Any]]:
    """Sections by their names, in the order of writing; those that are not there are empty.

    Raises Invalid for a member that is no section, and for a section that is no array.
    """
    findings = [*_misplaced(document)]
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))
    return {name: document.get(name, []) for name in SECTIONS if name in ALWAYS or name in document}


def lines_of(content: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Section and row, one after another, of a document that `write` has written in this version."""
    name = ""
    for line in content:
        if line.startswith(b'"'):
            name = json.loads(line.partition(b":")[0])
        elif line.startswith(b"{") and name:
            yield name, json.loads(line.rstrip(b",\n"))


def is_current(first_line: bytes) -> bool:
    """Whether a document that `write` wrote has the newest version."""
    head = json.loads(first_line.rstrip(b",\n") + b"}")
    return (head.get("format"), head.get("version")) == (FORMAT, VERSION)


def _misplaced(document: Document) -> Iterator[Finding]:
    for name, value in document.items():
        shown = ascii(name)[1:-1][:60]
        if name in ENVELOPE:
            continue
        if name not in SECTIONS:
            text = f"{shown} is no section of an export"
            yield Finding("field.unknown", text, f"/{shown}", f"one of {', '.join(SECTIONS)}")
        elif not isinstance(value, list):
            yield Finding("field.type", f"{name} is not usable here", f"/{name}", "an array", type(value).__name__)


def _wrong(member: str, expected: str, got: Any) -> Invalid:
    shown = "nothing" if got is None else ascii(got)[:60]
    text = f"this document has {member} {shown}, and this program reads {expected}"
    finding = Finding("import.version", text, f"/{member}", expected, shown)
    return Invalid(text, code=finding.code, findings=(finding,))
