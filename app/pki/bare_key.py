"""Bare public keys for `sigkey`, `enckey`: no proof of possession, the same rules for the key (csr G-05)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import Finding
from app.pki import der
from app.pki.contents import Kind, encoding_findings, kind_of
from app.pki.keys import judge_key
from app.pki.mistakes import wrong_kind
from app.pki.pem import LABELS, unwrap
from app.pki.profiles import CertificateProfile
from app.pki.spki import read_public_key
from app.pki.strict import DerError, first, inside


@dataclass(frozen=True, slots=True)
class KeyExamination:
    """What was found; `spki_der` is None when there is no public key to look at."""

    findings: tuple[Finding, ...]
    spki_der: bytes | None


def examine_public_key(body: bytes, profile: CertificateProfile) -> KeyExamination:
    """Read a PEM block `PUBLIC KEY` and judge the key. Never raises."""
    armour = unwrap(body, "public_key")
    if armour.der is None:
        return KeyExamination(armour.findings, None)
    findings = [*armour.findings, *encoding_findings(armour.der)]
    if not _is_spki(armour.der):
        findings += _why_unreadable(kind_of(armour.der), findings)
        return KeyExamination(tuple(findings), None)
    spki_der = first(armour.der).raw
    findings += judge_key(read_public_key(spki_der), profile.key)
    return KeyExamination(tuple(findings), spki_der)


def _is_spki(octets: bytes) -> bool:
    try:
        return [part.tag for part in inside(first(octets).raw)] == [der.SEQUENCE, der.BIT_STRING]
    except DerError:
        return False


def _why_unreadable(kind: Kind, known: list[Finding]) -> Iterator[Finding]:
    if kind != "unknown":
        yield wrong_kind(kind, LABELS["public_key"][0], f"{kind} under the label of a public key")
    elif not known:
        yield Finding(
            "csr.key.malformed",
            "The block holds ASN.1, but no public key",
            "/key",
            expected="a SubjectPublicKeyInfo (RFC 5280, 4.1)",
            fix="openssl pkey -in <private key file> -pubout",
        )
