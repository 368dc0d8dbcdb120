"""The attributes of a request (csr-cases.md R7). Values are never shown: a challengePassword is a secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.errors import Finding
from app.pki.extension_request import CARRIERS, EXTENSION_REQUEST, MICROSOFT_EXTENSIONS
from app.pki.request import RequestAttribute

MAX_REPORTED = 20
"""Unknown attributes that are told one by one."""
_CHALLENGE = "1.2.840.113549.1.9.7"
_NAMES = {
    EXTENSION_REQUEST: "extensionRequest",
    MICROSOFT_EXTENSIONS: "extensionRequest of Microsoft",
    _CHALLENGE: "challengePassword",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.8": "unstructuredAddress",
    "1.2.840.113549.1.9.13": "signingDescription",
    "1.2.840.113549.1.9.20": "friendlyName",
    "1.2.840.113549.1.9.21": "localKeyId",
    "1.3.6.1.4.1.311.13.2.1": "enrolmentNameValuePair of Microsoft",
    "1.3.6.1.4.1.311.13.2.2": "enrolmentCSP of Microsoft",
    "1.3.6.1.4.1.311.13.2.3": "operating system version of Microsoft",
    "1.3.6.1.4.1.311.21.20": "client information of Microsoft",
}
_ASKS_FOR_SOMETHING = frozenset({"1.3.6.1.4.1.311.13.2.1"})
"""Known, but with wishes, such as a validity: ignored and reported (csr-cases.md E-27)."""
_SINGLE = frozenset({*CARRIERS, _CHALLENGE})
"""Attributes of one value (RFC 2985, 5.4)."""


def attribute_findings(attributes: Sequence[RequestAttribute]) -> Iterator[Finding]:
    """Attributes that stand there twice or without their one value, and those that were ignored."""
    count: dict[str, int] = {}
    for attribute in attributes:
        count[attribute.oid] = count.get(attribute.oid, 0) + 1
    repeated = [oid for oid, times in count.items() if times > 1]
    for oid in repeated[:MAX_REPORTED]:
        yield _duplicate(f"The attribute {_name(oid)} stands there {count[oid]} times")
    if all(carrier in count for carrier in CARRIERS):
        yield _duplicate("The request asks for extensions twice, once in Microsoft's way")
    for attribute in attributes:
        fault = _not_single(attribute)
        if fault:
            yield fault
    unknown = [oid for oid in count if oid not in _NAMES or oid in _ASKS_FOR_SOMETHING]
    for oid in unknown[:MAX_REPORTED]:
        yield Finding(
            "csr.attr.ignored",
            f"The attribute {_name(oid)} was ignored; what it asks for, the type decides",
            "/attributes",
            severity="warning",
        )


def _duplicate(detail: str) -> Finding:
    return Finding(
        "csr.attr.duplicate",
        detail,
        "/attributes",
        expected="each attribute once",
        fix="Keep one of them; ask for all extensions in one request",
    )


def _not_single(attribute: RequestAttribute) -> Finding | None:
    """RFC 2986, 4.1: an attribute has a value; those of one value have exactly one."""
    number = len(attribute.values)
    if number == 1 or (number > 1 and attribute.oid not in _SINGLE):
        return None
    return Finding(
        "csr.attr.not_single",
        f"The attribute {_name(attribute.oid)} has not exactly one value",
        "/attributes",
        expected="one value",
        got=str(number),
        fix="Make the CSR again with an up-to-date tool, such as openssl req -new",
    )


def _name(oid: str) -> str:
    return _NAMES.get(oid, oid)
