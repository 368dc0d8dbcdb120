"""A CSR from its octets to findings: everything that can be said without asking the directory (csr-cases.md R1-R8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.errors import Finding
from app.pki import der, extensions, subject
from app.pki.contents import encoding_findings, kind_of
from app.pki.keys import judge_key
from app.pki.mistakes import private_key_found, wrong_kind
from app.pki.pem import LABELS, unwrap
from app.pki.policy import settle
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest, Examination, Leniency, RequestAttribute
from app.pki.signature import judge_signature
from app.pki.spki import read_public_key
from app.pki.strict import DerError, Element, dotted, elements, first, inside

_VERSION_1 = b"\x00"
_ATTRIBUTES = 0xA0
_TOO_LONG_TO_SHOW = 8


@dataclass(frozen=True, slots=True)
class _Parts:
    """The pieces of a CertificationRequest (RFC 2986, 4.2). `attributes` is None where they were left out."""

    info: Element
    version: Element
    subject: Element
    key: Element
    attributes: Element | None
    algorithm: Element
    signature: Element
    left_over: bool


def examine(body: bytes, profile: CertificateProfile, leniency: Leniency) -> Examination:
    """Read a PEM certificate request and report every fault that shows without the directory. Never raises.

    The request is returned beside the findings whenever its outer structure could be read, so that a caller may go on
    to what the directory knows and report all faults at once.
    """
    armour = unwrap(body, "csr")
    if armour.der is None:
        return Examination(settle(armour.findings, leniency), None)
    findings = [*armour.findings, *encoding_findings(armour.der)]
    parts = _parts(armour.der)
    if parts is None:
        findings += _why_unreadable(armour.der, findings)
        return Examination(settle(tuple(findings), leniency), None)
    attributes: list[RequestAttribute] = []
    findings += _structure(parts, attributes)
    request = CertificateRequest(armour.der, parts.subject.raw, parts.key.raw, tuple(attributes))
    findings += _possession(parts, profile)
    findings += subject.shape(request, profile)
    allow_unknown = leniency.allow_unknown_extensions
    findings += extensions.examine_extensions(request, profile, allow_unknown=allow_unknown)
    return Examination(settle(tuple(findings), leniency), request)


def _parts(octets: bytes) -> _Parts | None:
    """Cut the request up, or None where it has another shape."""
    try:
        outer = elements(first(octets).value)
        if [part.tag for part in outer[:3]] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
            return None
        info, algorithm, signature = outer[:3]
        fields = elements(info.value)
    except DerError:
        return None
    if [field.tag for field in fields[:3]] != [der.INTEGER, der.SEQUENCE, der.SEQUENCE]:
        return None
    attributes = fields[3] if len(fields) > 3 and fields[3].tag == _ATTRIBUTES else None
    left_over = len(outer) > 3 or len(fields) > (4 if attributes else 3)
    return _Parts(info, fields[0], fields[1], fields[2], attributes, algorithm, signature, left_over)


def _why_unreadable(octets: bytes, known: list[Finding]) -> Iterator[Finding]:
    """Name what was sent instead, if it can be told; otherwise the faults of the encoding say enough."""
    kind = kind_of(octets)
    if kind in ("private key", "key store"):
        yield private_key_found()
    elif kind not in ("csr", "unknown"):
        yield wrong_kind(kind, LABELS["csr"][0], f"{kind} under the label of a certificate request")
    elif not known:
        yield Finding(
            "csr.not_asn1",
            "The block holds ASN.1, but no certificate request",
            expected="a CertificationRequest (RFC 2986)",
            fix="Make the CSR again: openssl req -new",
        )


def _structure(parts: _Parts, attributes: list[RequestAttribute]) -> Iterator[Finding]:
    """The outer structure; `attributes` is filled with those that can be read."""
    if parts.left_over:
        yield Finding("csr.der.trailing", "The certificate request holds more values than it may", fix=_AGAIN)
    if parts.version.value != _VERSION_1:
        got = parts.version.value[:_TOO_LONG_TO_SHOW].hex()
        yield Finding(
            "csr.version",
            "The certificate request has the wrong version",
            "/version",
            expected="version 1, written as 0 (RFC 2986, 4.1)",
            got=f"the number {int(got, 16)}" if got else "no number",
            fix=_AGAIN,
        )
    if parts.attributes is None:
        yield Finding(
            "csr.attributes.missing",
            "The attributes of the certificate request are left out; they must be there even when empty",
            "/attributes",
            expected="[0], at least as A0 00 (RFC 2986, 4.1)",
            fix=_AGAIN,
        )
        return
    yield from _attributes(parts.attributes, attributes)


_AGAIN = "Make the CSR again with an up-to-date tool, such as openssl req -new"


def _attributes(field: Element, attributes: list[RequestAttribute]) -> Iterator[Finding]:
    """Attributes ::= SET OF Attribute, each an object identifier and a SET of values (RFC 2986, 4.1)."""
    try:
        items = elements(field.value)
    except DerError:
        return  # reported as a fault of the encoding
    if any(after.raw < before.raw for before, after in pairwise(items)):
        yield Finding(
            "csr.der.non_canonical", "The attributes of the request are not in order", "/attributes", "DER", fix=_AGAIN
        )
    for position, item in enumerate(items):
        attribute = _attribute(item)
        if attribute is None:
            yield Finding(
                "csr.attr.malformed",
                f"Attribute {position + 1} of the request is malformed",
                "/attributes",
                expected="an object identifier and a SET of values",
                fix=_AGAIN,
            )
        else:
            attributes.append(attribute)


def _attribute(item: Element) -> RequestAttribute | None:
    try:
        name, values = inside(item.raw)
        if (name.tag, values.tag) != (der.OID, der.SET):
            return None
        return RequestAttribute(dotted(name.value), tuple(v.raw for v in elements(values.value)), values.raw)
    except (DerError, ValueError):
        return None


def _possession(parts: _Parts, profile: CertificateProfile) -> Iterator[Finding]:
    """The key (R4), then the signature that proves it is held (R3)."""
    key = read_public_key(parts.key.raw)
    yield from judge_key(key, profile.key)
    wrong = judge_signature(parts.info.raw, parts.algorithm.raw, parts.signature.value, key)
    if wrong is not None:
        yield wrong
