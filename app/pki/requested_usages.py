"""Requested basic constraints and key usages against the profile (RFC 5280, 4.2.1.3, 4.2.1.9, 4.2.1.12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.errors import Finding
from app.pki import der
from app.pki.extension_findings import ignored, malformed, refused
from app.pki.extension_request import RequestedExtension
from app.pki.profiles import CertificateProfile
from app.pki.strict import dotted, inside, one

KEY_USAGES = (
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
    "cRLSign", "encipherOnly", "decipherOnly",
)  # fmt: skip
"""Names by number of their bit."""
PURPOSES: Mapping[str, str] = {
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
    "emailProtection": "1.3.6.1.5.5.7.3.4",
    "timeStamping": "1.3.6.1.5.5.7.3.8",
    "OCSPSigning": "1.3.6.1.5.5.7.3.9",
    "anyExtendedKeyUsage": "2.5.29.37.0",
}
_PURPOSE_NAMES = {oid: name for name, oid in PURPOSES.items()}
_HARMLESS_USAGES = KEY_USAGES[:5]
_HARMLESS_PURPOSES = ("clientAuth",)
"""Leaf usages that a CSR may ask for though the type does not have them: they are left out, and that is told."""


def judge_basic_constraints(extension: RequestedExtension, _profile: CertificateProfile) -> Iterator[Finding]:
    """BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }."""
    parts = inside(extension.value)
    tags = [part.tag for part in parts]
    if tags[:1] == [der.BOOLEAN] and parts[0].value != b"\x00":
        yield Finding(
            "csr.ext.ca",
            "The request asks for the certificate of a CA",
            "/extensions/basicConstraints",
            expected="CA:FALSE, or no basicConstraints",
            got="CA:TRUE",
            fix="Leave basicConstraints out, or write CA:FALSE",
        )
    if tags not in ([], [der.BOOLEAN], [der.BOOLEAN, der.INTEGER], [der.INTEGER]):
        yield malformed(extension.oid, "it holds something else than CA and path length")
    elif tags[:1] != [der.BOOLEAN] and tags:
        yield malformed(extension.oid, "a path length is for CAs alone")
    elif tags and parts[0].value == b"\x00":
        yield malformed(extension.oid, "DER leaves a FALSE out where that is the default")


def judge_key_usage(extension: RequestedExtension, profile: CertificateProfile) -> Iterator[Finding]:
    """KeyUsage ::= BIT STRING of named bits: at least one, no trailing zero bits (X.690, 11.2.2)."""
    bits = one(extension.value)
    if bits.tag != der.BIT_STRING or len(bits.value) < 2:
        yield malformed(extension.oid, "it names no usage")
        return
    number, unused = int.from_bytes(bits.value[1:]), bits.value[0]
    if len(bits.value) > 3 or not number >> unused & 1:
        yield malformed(extension.oid, "its bits are not written as DER writes named bits")
        return
    size = 8 * (len(bits.value) - 1)
    asked = [position for position in range(size) if number >> (size - 1 - position) & 1]
    names = [KEY_USAGES[position] for position in asked if position < len(KEY_USAGES)]
    if len(names) < len(asked):
        yield malformed(extension.oid, "it names a usage that does not exist")
    asked_for = profile.request_key_usage
    allowed = (*profile.key_usage, *_HARMLESS_USAGES) if asked_for is None else asked_for
    yield from _usages("csr.ext.key_usage", extension.oid, names, (allowed, profile.key_usage))


def judge_extended_key_usage(extension: RequestedExtension, profile: CertificateProfile) -> Iterator[Finding]:
    """ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId."""
    purposes = inside(extension.value)
    if not purposes:
        yield malformed(extension.oid, "it names no purpose")
    if any(purpose.tag != der.OID for purpose in purposes):
        yield malformed(extension.oid, "a purpose is no object identifier")
        return
    oids = [dotted(purpose.value) for purpose in purposes[:_MOST_PURPOSES]]
    if len(purposes) > _MOST_PURPOSES or len(set(oids)) < len(oids):
        yield malformed(extension.oid, "it names a purpose twice, or more purposes than there are")
    names = [_PURPOSE_NAMES.get(oid, oid) for oid in dict.fromkeys(oids)]
    asked = profile.request_extended_key_usage
    allowed = (*profile.extended_key_usage, *_HARMLESS_PURPOSES) if asked is None else asked
    yield from _usages("csr.ext.eku", extension.oid, names, (allowed, profile.extended_key_usage))


_MOST_PURPOSES = 20


def _usages(code: str, oid: str, names: list[str], rule: tuple[tuple[str, ...], tuple[str, ...]]) -> Iterator[Finding]:
    """`rule` is what may be asked for, and what the certificate will have."""
    allowed, given = rule
    wrong = [name for name in names if name not in allowed]
    if wrong:
        detail = "The request asks for a usage that this type does not have"
        fix = "Leave the usage out; the type decides it"
        yield refused(code, oid, detail, ", ".join(dict.fromkeys(allowed)) or "none", ", ".join(wrong), fix=fix)
    left_out = [name for name in names if name in allowed and name not in given]
    if left_out:
        yield ignored(oid, f"the certificate will not have {', '.join(left_out)}")
