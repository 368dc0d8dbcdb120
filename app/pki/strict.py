"""DER in: our own strict reader (ITU-T X.690, chapters 8 to 11), since parsers differ in what they let pass.

`faults` walks a whole value, every level of it, without recursion, and tells what is not DER. `one`,
`elements` and `inside` then cut a value up; they accept what `faults` has reported already, so that the rest of a
faulty request can still be looked at. All offsets are octets from the start of the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from app.pki.der import (
    BIT_STRING,
    BOOLEAN,
    ENUMERATED,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OID,
    SEQUENCE,
    SET,
    UTC_TIME,
)

MAX_DEPTH = 64
MAX_ELEMENTS = 20_000

FaultKind = Literal["truncated", "trailing", "non_minimal", "non_canonical", "indefinite", "too_deep", "too_complex"]


class Element(NamedTuple):
    """One element: identifier octet(s) as a number, its contents, and the whole of it."""

    tag: int
    value: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not DER, and where."""

    kind: FaultKind
    text: str
    offset: int


class DerError(ValueError):
    """Octets that cannot be cut into elements."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.text} (octet {fault.offset})")
        self.fault = fault


def one(octets: bytes) -> Element:
    """The single element that `octets` are. Raises DerError when they are less or more than one."""
    tag, start, end = _header(octets, 0, len(octets))
    if end != len(octets):
        raise DerError(Fault("trailing", f"{len(octets) - end} octets are left over", end))
    return Element(tag, octets[start:end], octets)


def first(octets: bytes) -> Element:
    """The first element of `octets`; what follows it is not looked at. Raises DerError."""
    tag, start, end = _header(octets, 0, len(octets))
    return Element(tag, octets[start:end], octets[:end])


def elements(contents: bytes) -> list[Element]:
    """The elements that stand one after another in the contents of a constructed value. Raises DerError."""
    found, offset, size = [], 0, len(contents)
    while offset < size:
        tag, start, end = _header(contents, offset, size)
        found.append(Element(tag, contents[start:end], contents[offset:end]))
        offset = end
    return found


def inside(octets: bytes, tag: int = SEQUENCE) -> list[Element]:
    """The elements inside the one constructed value that `octets` are, of this tag. Raises DerError."""
    outer = one(octets)
    if outer.tag != tag:
        raise DerError(Fault("non_canonical", f"tag {outer.tag:02x} stands where {tag:02x} is due", 0))
    return elements(outer.value)


@lru_cache(maxsize=1024)
def dotted(contents: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's contents (X.690, 8.19). Raises DerError on none or a cut one."""
    if not contents or contents[-1] & 0x80:
        raise DerError(Fault("non_canonical", "an object identifier is empty or cut short", 0))
    if len(contents) > _LONGEST_OID:
        raise DerError(Fault("too_complex", f"an object identifier of {len(contents)} octets", 0))
    arcs, value = [], 0
    for octet in contents:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    head = min(arcs[0] // 40, 2)
    return ".".join(map(str, (head, arcs[0] - 40 * head, *arcs[1:])))


_LONGEST_OID = 128
"""Far longer than any in use; the bound keeps huge arcs out of texts and of decimal conversion."""


def faults(octets: bytes) -> tuple[Fault, ...]:
    """All that keeps `octets` from being exactly one DER value; the first fault of each kind. Never raises."""
    found: dict[FaultKind, Fault] = {}
    try:
        _walk(octets, found)
    except DerError as error:
        found.setdefault(error.fault.kind, error.fault)
    return tuple(found.values())


def _walk(octets: bytes, found: dict[FaultKind, Fault]) -> None:  # noqa: C901 - one loop, since it is the hot path
    """Every element at every level, on a list of spans instead of the call stack."""

    def note(kind: FaultKind, text: str, offset: int) -> None:
        found.setdefault(kind, Fault(kind, text, offset))

    end = _header(octets, 0, len(octets))[2]
    if end != len(octets):
        note("trailing", f"{len(octets) - end} octets are left over after the value", end)
    spans = [(0, end, 0, False)]
    seen = 0
    while spans:
        offset, limit, depth, in_set = spans.pop()
        before = b""
        while offset < limit:
            seen += 1
            tag, start, end = _header(octets, offset, limit)
            if start - offset > 2 and tag < _HIGH_TAG and octets[offset + 1] != _minimal(end - start):
                note("non_minimal", "a length is written longer than need be", offset)
            if tag in _RULED and (problem := _content_problem(tag, octets[start:end])):
                note("non_canonical", problem, offset)
            elif octets[offset] & 0x20 and start < end:
                spans.append((start, end, depth + 1, tag == SET))
            if in_set:
                if octets[offset:end] < before:
                    note("non_canonical", "the values of a SET are not in order", offset)
                before = octets[offset:end]
            offset = end
            if seen > MAX_ELEMENTS:
                raise DerError(Fault("too_complex", f"there are more than {MAX_ELEMENTS} values", offset))
        if depth >= MAX_DEPTH:
            raise DerError(Fault("too_deep", f"values are nested more than {MAX_DEPTH} deep", offset))


def _minimal(length: int) -> int:
    """The first length octet of a minimal length (X.690, 10.1)."""
    return length if length < 0x80 else 0x80 | (length.bit_length() + 7) // 8


def _header(octets: bytes, offset: int, limit: int) -> tuple[int, int, int]:
    """Tag, start and end of the contents of the element at `offset`; it must end at `limit` or before."""
    if offset + 2 > limit:
        raise DerError(Fault("truncated", "a value ends before its length", offset))
    tag, length, start = octets[offset], octets[offset + 1], offset + 2
    if tag & 0x1F == 0x1F or length >= 0x80:
        tag, length, start = _long_header(octets, offset, limit)
    end = start + length
    if end > limit:
        raise DerError(Fault("truncated", f"a value of {length} octets has only {limit - start}", offset))
    return tag, start, end


def _long_header(octets: bytes, offset: int, limit: int) -> tuple[int, int, int]:
    """The rare forms: tag numbers over 30 (the octets as one number), lengths over 127."""
    tag, start = octets[offset], offset + 1
    if tag & 0x1F == 0x1F:
        stop = min(limit, start + 4)
        while start < stop and octets[start] & 0x80:
            start += 1
        if start >= stop:
            raise DerError(Fault("truncated", "a tag is cut short or absurdly long", offset))
        start += 1
        tag = int.from_bytes(octets[offset:start])
        if octets[offset + 1] in range(0x1F) or octets[offset + 1] == 0x80:
            raise DerError(Fault("non_canonical", "a tag is written longer than need be", offset))
    if start >= limit:
        raise DerError(Fault("truncated", "a value ends before its length", offset))
    length = octets[start]
    start += 1
    if length == 0x80:
        raise DerError(Fault("indefinite", "a value has no length of its own (indefinite form)", offset))
    if length & 0x80:
        size = length & 0x7F
        if size > _LONGEST_LENGTH or start + size > limit:
            raise DerError(Fault("truncated", f"a length of {size} octets", offset))
        length = int.from_bytes(octets[start : start + size])
        start += size
    return tag, length, start


def _content_problem(tag: int, contents: bytes) -> str:  # noqa: PLR0911 - one line a type
    """What is wrong with the contents of a primitive value of a universal type, "" when nothing is."""
    if tag in (INTEGER, ENUMERATED):
        return integer_problem(contents)
    if tag in (OID, _RELATIVE_OID):
        return _oid_problem(contents)
    if tag == NULL:
        return "NULL has contents" if contents else ""
    if tag == BIT_STRING:
        return _bits_problem(contents)
    if tag == BOOLEAN:
        return "" if contents in (b"\x00", b"\xff") else "a BOOLEAN is neither 00 nor FF"
    if tag in _TIMES:
        return "" if _TIMES[tag].fullmatch(contents) else "a time is not in the form that DER asks for"
    return f"a value of type {tag} may not stand here"


def integer_problem(contents: bytes) -> str:
    """X.690, 8.3.2: at least one octet, and the first nine bits neither all 0 nor all 1."""
    if not contents:
        return "an INTEGER is empty"
    if len(contents) > 1 and (contents[0], contents[1] >> 7) in ((0, 0), (0xFF, 1)):
        return "an INTEGER is written longer than need be"
    return ""


def _oid_problem(contents: bytes) -> str:
    if not contents or contents[-1] & 0x80:
        return "an object identifier is empty or cut short"
    starts = (0, *(i + 1 for i, octet in enumerate(contents[:-1]) if not octet & 0x80)) if 0x80 in contents else ()
    if any(contents[i] == 0x80 for i in starts):
        return "an arc of an object identifier is written longer than need be"
    return ""


def _bits_problem(contents: bytes) -> str:
    if not contents or contents[0] > 7 or (len(contents) == 1 and contents[0]):
        return "a BIT STRING does not tell its unused bits"
    if contents[-1] & ((1 << contents[0]) - 1) and len(contents) > 1:
        return "the unused bits of a BIT STRING are not 0"
    return ""


_LONGEST_LENGTH = 8
_HIGH_TAG = 0x100
_RELATIVE_OID = 0x0D
_TIMES = {
    UTC_TIME: re.compile(rb"[0-9]{12}Z"),
    GENERALIZED_TIME: re.compile(rb"[0-9]{14}(\.[0-9]*[1-9])?Z"),
}
_NEVER = {0x00, 0x08, 0x0B, 0x10, 0x11, *range(0x20, 0x3F)} - {0x28, 0x2B, SEQUENCE, SET}
"""Never in DER: end of contents, primitive SEQUENCE, constructed strings and numbers (X.690, 10.2) ..."""
_RULED = frozenset(_TIMES) | {BOOLEAN, INTEGER, BIT_STRING, NULL, OID, ENUMERATED, _RELATIVE_OID} | _NEVER
