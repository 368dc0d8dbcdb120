"""Distinguished names of the mock's own CAs: each says what it is."""

from __future__ import annotations

from app.pki import der

WARNING = "MOCK - DO NOT TRUST"
COUNTRY, ORGANISATION, UNIT, COMMON_NAME = "2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.3"
LONGEST = 64
"""ub-common-name, ub-organization-name, ub-organizational-unit-name (RFC 5280, A.1)."""


def name(*attributes: tuple[str, str]) -> bytes:
    """A Name, DER, of these attributes (OID and value), one to a relative distinguished name."""
    return der.sequence(*(relative_name(*attribute) for attribute in attributes))


def relative_name(oid: str, value: str) -> bytes:
    """A RelativeDistinguishedName of one attribute; countries are PrintableString (RFC 5280, A.1)."""
    tag = der.PRINTABLE_STRING if oid == COUNTRY else der.UTF8_STRING
    return der.set_of([der.sequence(der.oid(oid), der.tlv(tag, value.encode()))])
