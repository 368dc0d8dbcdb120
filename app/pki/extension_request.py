"""The extensions that a request asks for, read without judgement (RFC 2985, 5.4.2; RFC 5280, 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from app.pki import der
from app.pki.strict import DerError, Element, dotted, elements, inside

EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
MICROSOFT_EXTENSIONS = "1.3.6.1.4.1.311.2.1.14"
"""What old Microsoft tools write in its place; the value is the same."""
CARRIERS = (EXTENSION_REQUEST, MICROSOFT_EXTENSIONS)

BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.19", "2.5.29.15", "2.5.29.37"
SUBJECT_ALT_NAME, QC_STATEMENTS = "2.5.29.17", "1.3.6.1.5.5.7.1.3"


class RequestedExtension(NamedTuple):
    """One extension: `value` is what its OCTET STRING holds; `spelt_out` says that a default FALSE was written."""

    oid: str
    critical: bool
    value: bytes
    spelt_out: bool = False


@dataclass(frozen=True)
class ExtensionRequest:
    """All extensions that could be read; `problems` tell what could not, in words."""

    extensions: tuple[RequestedExtension, ...] = ()
    problems: tuple[str, ...] = ()

    @cached_property
    def by_oid(self) -> Mapping[str, RequestedExtension]:
        """The first extension of each kind."""
        return {extension.oid: extension for extension in reversed(self.extensions)}


NOTHING = ExtensionRequest()


def read_extension_request(values: Iterable[bytes]) -> ExtensionRequest:
    """Read the Extensions values of a request; a good request has one at most. Never raises."""
    found: list[RequestedExtension] = []
    problems = tuple(dict.fromkeys(problem for value in values for problem in _read(value, found)))
    return ExtensionRequest(tuple(found), problems) if found or problems else NOTHING


def _read(value: bytes, found: list[RequestedExtension]) -> Iterator[str]:
    """Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension; fills `found`, yields what is wrong."""
    try:
        items = inside(value)
    except DerError:
        yield "the extension request is not a SEQUENCE of extensions"
        return
    if not items:
        yield "the extension request asks for nothing"
    for item in items:
        extension = _extension(item)
        if extension is None:
            yield "an extension is not an object identifier, a criticality and an OCTET STRING"
        else:
            found.append(extension)


def _extension(item: Element) -> RequestedExtension | None:
    try:
        parts = elements(item.value) if item.tag == der.SEQUENCE else []
        tags = [part.tag for part in parts]
        if tags == [der.OID, der.OCTET_STRING]:
            return RequestedExtension(dotted(parts[0].value), critical=False, value=parts[1].value)
        if tags == [der.OID, der.BOOLEAN, der.OCTET_STRING]:
            critical = parts[1].value != b"\x00"
            return RequestedExtension(dotted(parts[0].value), critical, parts[2].value, spelt_out=not critical)
    except DerError:
        pass
    return None
