"""Our own verifier: a leaf, its chain and its status, held against what the directory would have issued (RFC 5280, 6).

It finds everything that is wrong, where other verifiers stop at the first; every code is in docs/errors.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.errors import Finding
from app.pki.anatomy import V3, Anatomy, readable
from app.pki.extension_request import BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, SUBJECT_ALT_NAME
from app.pki.keys import judge_key
from app.pki.profiles import KeyRule
from app.pki.signature import judge_signature
from app.pki.spki import read_public_key
from app.pki.strict import faults

Status = Literal["good", "revoked", "unknown"]
AIA, CDP = "1.3.6.1.5.5.7.1.1", "2.5.29.31"
UNDERSTOOD = frozenset(
    {BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, SUBJECT_ALT_NAME, AIA, CDP,
     "2.5.29.14", "2.5.29.35", "2.5.29.32", "1.3.6.1.5.5.7.1.3"}
)  # fmt: skip
LONGEST_SERIAL = 20
LONGEST_PATH = 8
COMPARED = {
    BASIC_CONSTRAINTS: ("cert.ca", "basicConstraints are not those of a leaf"),
    KEY_USAGE: ("cert.ku", "keyUsage is not that of the type"),
    EXTENDED_KEY_USAGE: ("cert.eku", "extendedKeyUsage is not that of the type"),
    SUBJECT_ALT_NAME: ("cert.san", "the alternative names are not those of the holder"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What is expected. `extensions` are whole values by OID; `published` are CRL and OCSP extensions by issuer name.

    `status` tells of a certificate by issuer name and serial; `is_alone` whether no other has this one's serial.
    """

    now: datetime
    anchors: tuple[bytes, ...]
    subject: bytes
    extensions: Mapping[str, bytes]
    key: KeyRule
    published: Mapping[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    status: Callable[[bytes, int], Status] = lambda _issuer, _serial: "good"
    is_alone: bool = True


def judge(leaf: bytes, chain: Sequence[bytes], reference: Reference) -> tuple[Finding, ...]:
    """Every finding; none = a certificate as the directory issues them. Never raises for what the octets are."""
    found = [_finding("cert.encoding", f"the certificate is not DER: {fault.text}") for fault in faults(leaf)]
    anatomy = readable(leaf)
    if anatomy is None:
        return tuple(found) or (_finding("cert.encoding", "the octets are no certificate"),)
    found += _form(anatomy, reference)
    found += _content(anatomy, reference)
    found += _dates(anatomy, reference.now, ("cert.not_yet_valid", "cert.expired"))
    if reference.status(anatomy.issuer, anatomy.serial) == "revoked":
        found.append(_finding("cert.revoked", "the certificate is revoked"))
    return (*found, *_path(anatomy, chain, reference))


def _form(leaf: Anatomy, reference: Reference) -> Iterator[Finding]:
    if leaf.version != V3:
        yield _finding("cert.version", f"version {leaf.version}, where extensions need version 3")
    if leaf.serial <= 0 or leaf.serial.bit_length() > 8 * LONGEST_SERIAL - 1:
        yield _finding("cert.serial", "the serial is not positive, or longer than 20 octets")
    if not reference.is_alone:
        yield _finding("cert.serial", "another certificate of this issuer has the same serial")
    if twice := sorted({oid for oid in leaf.oids if leaf.oids.count(oid) > 1}):
        yield _finding("cert.extension", f"extension {twice[0]} stands there twice")
    if unknown := [oid for oid in leaf.critical if oid not in UNDERSTOOD]:
        yield _finding("cert.extension", f"nobody knows the critical extension {unknown[0]}")


def _content(leaf: Anatomy, reference: Reference) -> Iterator[Finding]:
    if leaf.subject != reference.subject:
        yield _finding("cert.subject", "the subject is not that of the holder")
    for oid, (code, text) in COMPARED.items():
        if leaf.by_oid.get(oid) != reference.extensions.get(oid):
            yield _finding(code, text)
    crl, ocsp = reference.published.get(leaf.issuer, (None, None))
    if crl is not None and leaf.by_oid.get(CDP) != crl:
        yield _finding("cert.cdp", "the CRL address is not that of the issuer")
    if ocsp is not None and leaf.by_oid.get(AIA) != ocsp:
        yield _finding("cert.aia", "the OCSP address is not that of the issuer")
    for wrong in judge_key(read_public_key(leaf.public_key), reference.key):
        yield _finding("cert.key", wrong.detail)


def _dates(certificate: Anatomy, now: datetime, codes: tuple[str, str]) -> Iterator[Finding]:
    if now < certificate.not_before:
        yield _finding(codes[0], f"not valid before {certificate.not_before:%Y-%m-%dT%H:%M:%SZ}")
    if now > certificate.not_after:
        yield _finding(codes[1], f"over since {certificate.not_after:%Y-%m-%dT%H:%M:%SZ}")


def _path(leaf: Anatomy, chain: Sequence[bytes], reference: Reference) -> Iterator[Finding]:
    """Upwards by names to an anchor; every signature on the way, every CA on the way."""
    anchors = [each for each in map(readable, reference.anchors) if each is not None]
    above = [each for each in map(readable, chain) if each is not None]
    below = leaf
    for _step in range(LONGEST_PATH):
        candidates = [each for each in (*anchors, *above) if each.subject == below.issuer]
        if not candidates:
            yield _finding("cert.issuer", "no CA of this chain is trusted, or one is missing")
            return
        wrong = {id(each): _signature(below, each) for each in candidates}
        ca = next((each for each in candidates if wrong[id(each)] is None), candidates[0])
        if finding := wrong[id(ca)]:
            yield finding
            return
        if any(ca.public_key == anchor.public_key for anchor in anchors):
            return
        if ca.subject == ca.issuer:
            yield _finding("cert.issuer", "the chain ends at a root that nobody trusts")
            return
        yield from _dates(ca, reference.now, ("cert.ca_expired", "cert.ca_expired"))
        if reference.status(ca.issuer, ca.serial) == "revoked":
            yield _finding("cert.ca_revoked", "the issuing CA is revoked")
        below = ca


def _signature(below: Anatomy, ca: Anatomy) -> Finding | None:
    signed = below.signed
    wrong = judge_signature(signed.signed, signed.algorithm, signed.signature, read_public_key(ca.public_key))
    if wrong is None:
        return None
    if wrong.code == "csr.signature.weak_hash":
        return _finding("cert.hash", f"signed with {wrong.got}")
    return _finding("cert.signature", "the signature is not that of the issuer")


def _finding(code: str, text: str) -> Finding:
    return Finding(code, text)
