"""Subject alternative names as an extension, from the texts of a plan."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from cryptography import x509

from app.pki import der
from app.pki.csr_plan import Pair
from app.pki.extension_request import SUBJECT_ALT_NAME


def alternative_names(names: Iterable[Pair]) -> bytes:
    """The extension, whole; "" where there is no name."""
    found = [_general_name(name) for name in names if name.text]
    if not found:
        return b""
    return der.extension(SUBJECT_ALT_NAME, x509.SubjectAlternativeName(found).public_bytes())


def _general_name(name: Pair) -> x509.GeneralName:
    if name.kind == "DNS":
        return x509.DNSName(name.text)
    if name.kind == "URI":
        return x509.UniformResourceIdentifier(name.text)
    if name.kind == "IP":
        return x509.IPAddress(ipaddress.ip_address(name.text))
    if name.kind == "email":
        return x509.RFC822Name(name.text)
    oid, _, text = name.text.partition(":")
    return x509.OtherName(x509.ObjectIdentifier(oid), der.tlv(der.UTF8_STRING, text.encode()))
