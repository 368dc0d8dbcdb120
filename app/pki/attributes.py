"""Attribute types of a subject as data: short names, upper bounds, the string types they may have (RFC 5280, A.1)."""

from __future__ import annotations

from collections.abc import Mapping

from app.pki.der import IA5_STRING, PRINTABLE_STRING, TELETEX_STRING, UTF8_STRING

ATTRIBUTES: Mapping[str, str] = {
    "CN": "2.5.4.3",
    "SN": "2.5.4.4",
    "serialNumber": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "title": "2.5.4.12",
    "description": "2.5.4.13",
    "businessCategory": "2.5.4.15",
    "postalCode": "2.5.4.17",
    "telephoneNumber": "2.5.4.20",
    "name": "2.5.4.41",
    "GN": "2.5.4.42",
    "initials": "2.5.4.43",
    "generationQualifier": "2.5.4.44",
    "dnQualifier": "2.5.4.46",
    "pseudonym": "2.5.4.65",
    "organizationIdentifier": "2.5.4.97",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "emailAddress": "1.2.840.113549.1.9.1",
    "unstructuredName": "1.2.840.113549.1.9.2",
    "jurisdictionLocalityName": "1.3.6.1.4.1.311.60.2.1.1",
    "jurisdictionStateOrProvinceName": "1.3.6.1.4.1.311.60.2.1.2",
    "jurisdictionCountryName": "1.3.6.1.4.1.311.60.2.1.3",
}
"""Short name -> object identifier, as profiles and findings speak of attributes."""

SHORT_NAMES: Mapping[str, str] = {oid: name for name, oid in ATTRIBUTES.items()}

RFC4514_NAMES: Mapping[str, str] = {
    ATTRIBUTES[name]: name for name in ("CN", "L", "ST", "O", "OU", "C", "STREET", "DC", "UID")
}
"""The attributes with a short name in RFC 4514, 3. All others are written as OID and octets (connect.md 11)."""

_BOUNDS: Mapping[str, int] = {ATTRIBUTES[name]: bound for name, bound in {
    "CN": 64, "serialNumber": 64, "L": 128, "ST": 128, "STREET": 128, "O": 64, "OU": 64, "title": 64,
    "businessCategory": 128, "postalCode": 40, "telephoneNumber": 32, "dnQualifier": 64, "pseudonym": 128,
    "organizationIdentifier": 64, "UID": 256, "DC": 63, "emailAddress": 255,
    "jurisdictionLocalityName": 128, "jurisdictionStateOrProvinceName": 128,
}.items()}  # fmt: skip
_BOUND_OF_OTHERS = 256


def longest(oid: str) -> int:
    """Upper bound in characters: RFC 5280, A.1 (ub-...), X.520 where that is silent, RFC 4524 for UID."""
    return _BOUNDS.get(oid, _BOUND_OF_OTHERS)


COUNTRIES = frozenset({ATTRIBUTES["C"], ATTRIBUTES["jurisdictionCountryName"]})
"""Attributes whose value is an ISO 3166 code."""

_TYPES: Mapping[str, frozenset[int]] = {
    ATTRIBUTES["C"]: frozenset({PRINTABLE_STRING}),
    ATTRIBUTES["DC"]: frozenset({IA5_STRING}),
    ATTRIBUTES["emailAddress"]: frozenset({IA5_STRING}),
}
_TYPES_OF_OTHERS = frozenset({PRINTABLE_STRING, UTF8_STRING})
_TYPES_WITH_TELETEX = _TYPES_OF_OTHERS | {TELETEX_STRING}


def string_types(oid: str, *, teletex: bool = False) -> frozenset[int]:
    """Tags of the string types that a value may have (csr-cases.md R5; `teletex`: rulings.md 7)."""
    return _TYPES.get(oid, _TYPES_WITH_TELETEX if teletex else _TYPES_OF_OTHERS)


_PRINTABLE_BY_TRADE = frozenset(
    ATTRIBUTES[name] for name in ("C", "serialNumber", "dnQualifier", "jurisdictionCountryName")
)


def preferred_type(oid: str) -> int:
    """The tag under which we write a value ourselves (X.520; RFC 5280, 4.1.2.4)."""
    if oid in _TYPES and IA5_STRING in _TYPES[oid]:
        return IA5_STRING
    return PRINTABLE_STRING if oid in _PRINTABLE_BY_TRADE else UTF8_STRING
