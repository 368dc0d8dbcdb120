"""Distinguished names read from their octets (RFC 5280, 4.1.2.4), tolerantly: what cannot be read is marked.

Nothing here says what a subject may hold; `subject.py` does. Octets are kept, so that a name can be repeated as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from app.pki import der
from app.pki.attributes import ATTRIBUTES, RFC4514_NAMES, SHORT_NAMES, preferred_type
from app.pki.strict import DerError, Element, dotted, elements, first, inside

__all__ = ["ATTRIBUTES", "Name", "NameAttribute", "attribute_name", "encode_name", "nfc", "parse_name", "rfc4514"]

Problem = Literal["", "string_type", "bad_utf8"]
BMP_STRING, UNIVERSAL_STRING = 30, 28


class NameAttribute(NamedTuple):
    """One attribute: the tag of its value, the whole value, and the text that it says.

    `text` is None where the octets say none: then `problem` tells why, and `detail` in words. A value may also have
    both, such as a PrintableString with a character that it must not hold. `rdn` counts the RDNs from 0.
    """

    oid: str
    tag: int
    value: bytes
    rdn: int
    text: str | None
    problem: Problem = ""
    detail: str = ""

    @property
    def name(self) -> str:
        return attribute_name(self.oid)

    @property
    def type_name(self) -> str:
        return _TYPE_NAMES.get(self.tag, f"type {self.tag}")


@dataclass(frozen=True)
class Name:
    """A Name as far as it could be read; `problems` tell what could not, in words."""

    der: bytes
    attributes: tuple[NameAttribute, ...] = ()
    problems: tuple[str, ...] = ()

    @cached_property
    def by_oid(self) -> Mapping[str, tuple[NameAttribute, ...]]:
        """The attributes of each type, in the order of the name."""
        found: dict[str, list[NameAttribute]] = {}
        for attribute in self.attributes:
            found.setdefault(attribute.oid, []).append(attribute)
        return {oid: tuple(each) for oid, each in found.items()}

    @cached_property
    def rdns(self) -> tuple[tuple[NameAttribute, ...], ...]:
        """The relative names, those alone that have an attribute which could be read."""
        found: dict[int, list[NameAttribute]] = {}
        for attribute in self.attributes:
            found.setdefault(attribute.rdn, []).append(attribute)
        return tuple(tuple(rdn) for rdn in found.values())

    @cached_property
    def rfc4514(self) -> str:
        """The name as text of RFC 4514, 2: the most specific part first. What cannot be read is left out."""
        return ",".join("+".join(_pair(attribute) for attribute in rdn) for rdn in reversed(self.rdns))


def attribute_name(oid: str) -> str:
    """The short name of an attribute type, or its dotted identifier."""
    return SHORT_NAMES.get(oid, oid)


def parse_name(octets: bytes) -> Name:
    """Read a Name. Never raises. Names of usual length are kept, since holders come again with theirs."""
    return _kept(octets) if len(octets) <= _USUAL else _parsed(octets)


def _parsed(octets: bytes) -> Name:
    attributes: list[NameAttribute] = []
    problems: dict[str, None] = {}
    try:
        outer = first(octets)
        if outer.tag != der.SEQUENCE or len(outer.raw) != len(octets):
            problems["it is not one SEQUENCE"] = None
        for position, rdn in enumerate(elements(outer.value)):
            for problem in _read_rdn(rdn, position, attributes):
                problems[problem] = None
    except DerError:
        problems["it is cut short"] = None
    return Name(octets, tuple(attributes), tuple(problems))


_USUAL = 1024
_kept = lru_cache(maxsize=1024)(_parsed)


def _read_rdn(rdn: Element, position: int, attributes: list[NameAttribute]) -> Iterator[str]:
    """RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue; yields what is wrong."""
    if rdn.tag != der.SET:
        yield "a relative name is not a SET"
    elif not rdn.value:
        yield "a relative name is empty"
    else:
        for item in elements(rdn.value):
            attribute = _attribute(item, position)
            if attribute is None:
                yield "an attribute is not an object identifier and one value"
            else:
                attributes.append(attribute)


def _attribute(item: Element, position: int) -> NameAttribute | None:
    """AttributeTypeAndValue ::= SEQUENCE of an object identifier and a value; None where it is something else."""
    try:
        oid, value = inside(item.raw)
        name = dotted(oid.value)
    except ValueError:
        return None
    if oid.tag != der.OID:
        return None
    return NameAttribute(name, value.tag, value.raw, position, *_read_value(value))


def _read_value(value: Element) -> tuple[str | None, Problem, str]:
    """Text, problem and detail of a value (X.520 DirectoryString and its relatives)."""
    tag, octets = value.tag, value.value
    if tag == der.UTF8_STRING:
        try:
            return octets.decode(), "", ""
        except UnicodeDecodeError as error:
            return None, "bad_utf8", f"octet {octets[error.start]:02x} at {error.start}"
    if tag == der.PRINTABLE_STRING:
        odd = _NOT_PRINTABLE.search(octets)
        text = octets.decode("latin-1")
        return (text, "string_type", f"a PrintableString must not hold octet {odd[0].hex()}") if odd else (text, "", "")
    codec = _CODECS.get(tag)
    if codec is None:
        return None, "string_type", "it is no string"
    try:
        return octets.decode(codec), "", ""
    except UnicodeDecodeError:
        return None, "string_type", f"its {len(octets)} octets are no {_TYPE_NAMES[tag]}"


_NOT_PRINTABLE = re.compile(rb"[^A-Za-z0-9 '()+,\-./:=?]")
"""X.680, 41.4."""
_CODECS = {
    der.TELETEX_STRING: "latin-1",  # what everybody means by it, and OpenSSL writes
    der.IA5_STRING: "ascii",
    18: "ascii",
    26: "ascii",
    BMP_STRING: "utf-16-be",
    UNIVERSAL_STRING: "utf-32-be",
}
_TYPE_NAMES = {
    der.UTF8_STRING: "UTF8String",
    der.PRINTABLE_STRING: "PrintableString",
    der.TELETEX_STRING: "TeletexString",
    der.IA5_STRING: "IA5String",
    18: "NumericString",
    26: "VisibleString",
    BMP_STRING: "BMPString",
    UNIVERSAL_STRING: "UniversalString",
    der.INTEGER: "INTEGER",
    der.OCTET_STRING: "OCTET STRING",
    der.BIT_STRING: "BIT STRING",
    der.BOOLEAN: "BOOLEAN",
    der.NULL: "NULL",
    der.OID: "OBJECT IDENTIFIER",
    der.SEQUENCE: "SEQUENCE",
    der.SET: "SET",
}


def type_names(tags: Iterable[int]) -> str:
    """String types in words, for "expected"."""
    return " or ".join(_TYPE_NAMES[tag] for tag in sorted(tags, reverse=True))


def nfc(text: str) -> str:
    """The text in Unicode normalisation form C, in which names are compared and issued (csr-cases.md D-25)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def encode_attribute(oid: str, text: str) -> bytes:
    """AttributeTypeAndValue in the string type that suits the attribute; UTF8String where that cannot hold the text."""
    octets, tag = text.encode(), preferred_type(oid)
    if (tag == der.PRINTABLE_STRING and _NOT_PRINTABLE.search(octets)) or not text.isascii():
        tag = der.UTF8_STRING
    return der.sequence(der.oid(oid), der.tlv(tag, octets))


def encode_name(rdns: Iterable[Iterable[bytes]]) -> bytes:
    """A Name of relative names, each of them AttributeTypeAndValue elements."""
    return der.sequence(*(der.set_of(rdn) for rdn in rdns))


def rfc4514(name_der: bytes) -> str:
    """A Name, DER, as text of RFC 4514."""
    return parse_name(name_der).rfc4514


def _pair(attribute: NameAttribute) -> str:
    """RFC 4514, 2.3 and 2.4: type=value, or the identifier and the octets of the value."""
    short = RFC4514_NAMES.get(attribute.oid)
    if short is None or attribute.text is None:
        return f"{short or attribute.oid}=#{attribute.value.hex()}"
    return f"{short}={_escaped(attribute.text)}"


def _escaped(text: str) -> str:
    """What RFC 4514, 2.4 asks for; beyond that, characters that cannot be seen go as octets, so it stays one line."""
    if _HARMLESS.fullmatch(text):
        return text
    out = "".join("\\" + c if c in '"+,;<>\\' else c if c.isprintable() else _octets(c) for c in text)
    if out[:1] in (" ", "#"):
        out = "\\" + out
    if text[-1:] == " " and len(text) > 1:
        out = out[:-1] + "\\ "
    return out


_HARMLESS = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_ :./()@*'-]*[A-Za-z0-9_.)])?")


def _octets(character: str) -> str:
    return "".join(f"\\{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))
