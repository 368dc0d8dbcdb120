"""Existing certificates for `qwac`, `qseal` and `*_ext`: read, then held against approved CAs, dates, the directory.

Sources: connect.md 9 ("uploaded certificate: issuer approved, in date, UID matches") and csr-cases.md G-01 to G-07.
The CA that signed the certificate must itself be on the list; chains are not sent along (csr G-07: refused).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.errors import Finding
from app.pki import der, subject
from app.pki.anchors import Signed, read_anchors, split
from app.pki.contents import encoding_findings, kind_of
from app.pki.facts import Facts
from app.pki.keys import judge_key
from app.pki.mistakes import wrong_kind
from app.pki.names import ATTRIBUTES
from app.pki.pem import LABELS, UPLOAD_PREFIX, unwrap
from app.pki.policy import settle
from app.pki.profiles import CertificateProfile, KeyRule
from app.pki.request import CertificateRequest, Leniency
from app.pki.signature import judge_signature
from app.pki.spki import read_public_key
from app.pki.strict import DerError, Element, dotted, elements, first, inside
from app.pki.wording import shown

_KEYS = KeyRule(rsa=(2048, 3072, 4096), ec=("P-256", "P-384", "P-521"), okp=("Ed25519", "Ed448"))
"""Another CA chose the kind of key; only unsafe keys are refused."""
_BASIC_CONSTRAINTS = "2.5.29.19"
_EXTENSIONS = 0xA3
_SHAPE_CODES = frozenset({"csr.subject.empty", "csr.subject.missing", "csr.subject.empty_value",
                          "csr.subject.duplicate_attribute"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExternalCertificate:
    """A certificate that another CA issued, cut up. Nothing in it is trusted before `examine_external`."""

    der: bytes
    issuer_der: bytes
    subject_der: bytes
    spki_der: bytes
    not_before: datetime
    not_after: datetime
    is_ca: bool
    signed: Signed


def read_external(body: bytes) -> tuple[tuple[Finding, ...], ExternalCertificate | None]:
    """Read one PEM block `CERTIFICATE`: what is wrong with it, and the certificate if it can be read. Never raises."""
    armour = unwrap(body, "certificate")
    if armour.der is None:
        return armour.findings, None
    findings = [*armour.findings, *encoding_findings(armour.der)]
    try:
        return tuple(findings), _certificate(first(armour.der).raw)
    except (DerError, ValueError, IndexError):
        findings += _why_unreadable(armour.der, findings)
        told = tuple(replace(f, detail=UPLOAD_PREFIX + f.detail[:1].lower() + f.detail[1:]) for f in findings)
        return told, None


def examine_external(
    certificate: ExternalCertificate,
    profile: CertificateProfile,
    facts: Facts,
    approved: tuple[Sequence[bytes], datetime],
    leniency: Leniency,
) -> tuple[Finding, ...]:
    """Hold the certificate against the approved CAs (PEM files) at a moment, the profile and the directory."""
    anchors, now = approved
    findings = [
        *_issuer(certificate, anchors),
        *_dates(certificate, now),
        *_subject(certificate, profile, facts),
        *judge_key(read_public_key(certificate.spki_der), _KEYS),
    ]
    if certificate.is_ca:
        findings.append(
            Finding(
                "csr.ext.ca", "This is the certificate of a CA", "/extensions", fix="Upload the certificate of a leaf"
            )
        )
    return settle(tuple(findings), leniency)


def _certificate(octets: bytes) -> ExternalCertificate:
    """Cut a Certificate up (RFC 5280, 4.1). Raises DerError, ValueError or IndexError where it has another shape."""
    signed = split(octets)
    fields = inside(signed.signed)
    if fields[0].tag == 0xA0:  # [0] version
        fields = fields[1:]
    serial, algorithm, issuer, validity, name, key = fields[:6]
    if (serial.tag, algorithm.raw) != (der.INTEGER, signed.algorithm):
        raise ValueError("no certificate, or one whose two signature algorithms differ")
    if any(part.tag != der.SEQUENCE for part in (issuer, validity, name, key)):
        raise ValueError("no certificate")
    not_before, not_after = (_moment(part) for part in elements(validity.value))
    rest = [field for field in fields[6:] if field.tag == _EXTENSIONS]
    is_ca = _says_ca(rest[0]) if rest else False
    return ExternalCertificate(octets, issuer.raw, name.raw, key.raw, not_before, not_after, is_ca, signed)


def _moment(part: Element) -> datetime:
    """Time of RFC 5280, 4.1.2.5: two-digit years from 1950 to 2049."""
    text = part.value.decode("ascii")
    if part.tag == der.UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif part.tag != der.GENERALIZED_TIME:
        raise ValueError("no time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _says_ca(field: Element) -> bool:
    for extension in inside(field.value):
        name, *_, value = inside(extension.raw)
        if dotted(name.value) == _BASIC_CONSTRAINTS:
            return any(part.tag == der.BOOLEAN and part.value != b"\x00" for part in inside(value.value))
    return False


def _why_unreadable(octets: bytes, known: list[Finding]) -> Iterator[Finding]:
    kind = kind_of(octets)
    if kind not in ("certificate", "unknown"):
        yield wrong_kind(kind, LABELS["certificate"][0], f"{kind} under the label of a certificate")
    elif not known:
        yield Finding(
            "csr.not_asn1",
            "The block holds ASN.1, but no certificate that can be read",
            expected="a Certificate (RFC 5280, 4.1)",
            fix="Upload the certificate file as the CA gave it",
        )


def _issuer(certificate: ExternalCertificate, anchors: Sequence[bytes]) -> Iterator[Finding]:
    """A CA of the list must have signed it: the name alone proves nothing (csr G-02)."""
    signed = certificate.signed
    for name, spki_der in read_anchors(tuple(anchors)):
        key = read_public_key(spki_der)
        named = name == certificate.issuer_der and key.sound
        if named and judge_signature(signed.signed, signed.algorithm, signed.signature, key) is None:
            return
    yield Finding(
        "ext_cert.issuer",
        "The certificate was not issued by an approved CA",
        "/issuer",
        expected="a signature by one of the CAs in the setting external_ca_files",
        fix="Upload a certificate of an approved CA, or have its issuing CA added to the list",
    )


def _dates(certificate: ExternalCertificate, now: datetime) -> Iterator[Finding]:
    if certificate.not_before <= now <= certificate.not_after:
        return
    early = now < certificate.not_before
    yield Finding(
        "ext_cert.expired",
        "The certificate is not yet valid" if early else "The certificate has expired",
        "/validity",
        expected=f"valid at {now:%Y-%m-%dT%H:%M:%SZ}, the time of the directory",
        got=f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ} to {certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
        fix="Upload a certificate that is valid now",
    )


def _subject(certificate: ExternalCertificate, profile: CertificateProfile, facts: Facts) -> Iterator[Finding]:
    """What the profile says of the subject; without rules, a UID must name the organisation or the application."""
    holder = CertificateRequest(certificate.der, certificate.subject_der, certificate.spki_der)
    if profile.subject:
        found = [f for f in subject.shape(holder, profile) if f.code in _SHAPE_CODES]
        found += subject.against_directory(holder, profile, facts)
        for finding in found:
            yield replace(finding, code="ext_cert.subject")
        return
    owners = [owner for owner in (facts.application_id, facts.organisation_id) if owner]
    for attribute in holder.subject.attributes:
        if attribute.oid == ATTRIBUTES["UID"] and attribute.text not in owners:
            yield Finding(
                "ext_cert.subject",
                "The UID of the certificate names somebody else",
                "/subject/UID",
                expected=" or ".join(owners),
                got=shown(attribute.text or "something that is not text"),
                fix="Upload the certificate of this organisation or application",
            )
