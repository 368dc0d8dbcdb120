"""Requested extensions that only the CA decides: ignored where harmless (csr-cases.md R6, E-25; RFC 5280, 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from app.errors import Finding
from app.pki import der
from app.pki.extension_findings import ignored, malformed, refused
from app.pki.extension_request import RequestedExtension
from app.pki.strict import Element, elements, inside, one

_GENERAL_NAMES = frozenset({0xA0, 0x81, 0x82, 0xA3, 0xA4, 0xA5, 0x86, 0x87, 0x88})
_URI = 0x86
_SCHEMES = (b"http://", b"https://", b"ldap://", b"ldaps://")


def judge_of_ca(extension: RequestedExtension) -> Iterator[Finding]:
    """Malformed or dangerous: refused. Otherwise reported as ignored."""
    problem = _SHAPES[extension.oid](extension.value)
    if problem:
        yield malformed(extension.oid, problem)
    addresses = [uri for uri in _uris(extension.value) if not _is_harmless(uri)]
    if addresses:
        detail = "The request names an address that no program should follow"
        got = addresses[0].decode("latin-1")
        expected = "http, https or ldap, in printable characters"
        yield refused("csr.ext.not_allowed", extension.oid, detail, expected, got, fix="Leave the extension out")
    if not problem and not addresses:
        yield ignored(extension.oid, "the CA decides it")


def _is_harmless(uri: bytes) -> bool:
    return uri.lower().startswith(_SCHEMES) and uri.isascii() and uri.decode("ascii").isprintable()


def _uris(value: bytes) -> Iterator[bytes]:
    """The contents of every element tagged [6], wherever it stands: a walk on a list, since depth is the sender's."""
    waiting = [value]
    while waiting:
        for element in elements(waiting.pop()):
            if element.tag == _URI:
                yield element.value
            elif element.raw[0] & 0x20:
                waiting.append(element.value)


def _subject_key_id(value: bytes) -> str:
    key_id = one(value)
    return "" if key_id.tag == der.OCTET_STRING and key_id.value else "it is not an OCTET STRING"


def _authority_key_id(value: bytes) -> str:
    """{ keyIdentifier [0], authorityCertIssuer [1] GeneralNames, authorityCertSerialNumber [2] }, all optional."""
    parts = inside(value)
    tags = [part.tag for part in parts]
    good = tags in ([], [0x80], [0xA1, 0x82], [0x80, 0xA1, 0x82])
    return "" if good and all(part.tag != 0xA1 or _are_names(part.value) for part in parts) else _FIELDS


_FIELDS = "it holds other fields than it may"


def _are_names(contents: bytes) -> bool:
    """GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, without its header."""
    names = elements(contents)
    return bool(names) and all(name.tag in _GENERAL_NAMES for name in names)


def _information_access(value: bytes) -> str:
    """SEQUENCE SIZE (1..MAX) OF { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }."""
    descriptions = inside(value)
    good = descriptions and all(_is_description(inside(description.raw)) for description in descriptions)
    return "" if good else "it is no list of access descriptions"


def _is_description(parts: list[Element]) -> bool:
    return len(parts) == 2 and parts[0].tag == der.OID and parts[1].tag in _GENERAL_NAMES


def _distribution_points(value: bytes) -> str:
    """SEQUENCE SIZE (1..MAX) OF { distributionPoint [0], reasons [1], cRLIssuer [2] }, not all of them absent."""
    points = [inside(point.raw) for point in inside(value)]
    return "" if points and all(_is_point(point) for point in points) else _FIELDS


def _is_point(parts: list[Element]) -> bool:
    tags = [part.tag for part in parts]
    if not tags or tags != sorted(set(tags), key=lambda tag: tag & 0x1F) or not set(tags) <= {0xA0, 0x81, 0xA2}:
        return False
    return all(part.tag != 0xA2 or _are_names(part.value) for part in parts) and (
        tags[0] != 0xA0 or _is_point_name(elements(parts[0].value))
    )


def _is_point_name(parts: list[Element]) -> bool:
    """DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] }."""
    if len(parts) != 1 or parts[0].tag not in (0xA0, 0xA1):
        return False
    return parts[0].tag == 0xA1 or _are_names(parts[0].value)


def _policies(value: bytes) -> str:
    """SEQUENCE SIZE (1..MAX) OF { policyIdentifier, policyQualifiers OPTIONAL }, each policy once."""
    policies = [inside(policy.raw) for policy in inside(value)]
    if not policies or not all(_is_policy(policy) for policy in policies):
        return "it is no list of policies"
    names = {policy[0].value for policy in policies}
    return "" if len(names) == len(policies) else "it names a policy twice"


def _is_policy(parts: list[Element]) -> bool:
    """Identifier, then perhaps qualifiers: SEQUENCE SIZE (1..MAX) OF { identifier, ANY }."""
    tags = [part.tag for part in parts]
    if tags == [der.OID]:
        return True
    qualifiers = inside(parts[1].raw) if tags == [der.OID, der.SEQUENCE] else []
    return bool(qualifiers) and all(_begins_with_oid(inside(qualifier.raw)) for qualifier in qualifiers)


def _begins_with_oid(parts: list[Element]) -> bool:
    return len(parts) == 2 and parts[0].tag == der.OID


_SHAPES: Mapping[str, Callable[[bytes], str]] = {
    "2.5.29.14": _subject_key_id,
    "2.5.29.35": _authority_key_id,
    "1.3.6.1.5.5.7.1.1": _information_access,
    "2.5.29.31": _distribution_points,
    "2.5.29.32": _policies,
}
OF_CA = frozenset(_SHAPES)
"""Their object identifiers."""
