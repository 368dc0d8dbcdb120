"""The three kinds of input a type may want - CSR, bare public key, existing certificate - read into one shape."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import Finding
from app.pki.bare_key import examine_public_key
from app.pki.domains import named_hosts
from app.pki.examination import examine
from app.pki.external import ExternalCertificate, examine_external, read_external
from app.pki.facts import Facts
from app.pki.policy import judge
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest, Leniency


@dataclass(frozen=True, slots=True)
class Material:
    """What was sent, as far as it could be read, with the findings that need no directory."""

    findings: tuple[Finding, ...]
    spki: bytes | None
    request: CertificateRequest | None = None
    external: ExternalCertificate | None = None

    @property
    def spki_sha256(self) -> bytes | None:
        return hashlib.sha256(self.spki).digest() if self.spki else None

    @property
    def csr_sha256(self) -> bytes | None:
        return self.request.sha256 if self.request else None

    @property
    def names_hosts(self) -> bool:
        """Whether a host stands in it, in CN or the alternative names, so that the registered domains matter."""
        return self.request is not None and bool(named_hosts(self.request))

    def judge(
        self,
        profile: CertificateProfile,
        facts: Facts,
        leniency: Leniency,
        approved: tuple[Sequence[bytes], datetime],
    ) -> tuple[Finding, ...]:
        """Hold it against the directory; `approved` are the external CAs (PEM) and the moment."""
        if self.request is not None:
            return judge(self.request, profile, facts, leniency)
        if self.external is not None:
            return examine_external(self.external, profile, facts, approved, leniency)
        return ()


def read_material(body: bytes, profile: CertificateProfile, leniency: Leniency) -> Material:
    """Read the body as the profile wants it."""
    if profile.input == "public_key":
        key = examine_public_key(body, profile)
        return Material(key.findings, key.spki_der)
    if profile.input == "certificate":
        findings, external = read_external(body)
        return Material(findings, external.spki_der if external else None, external=external)
    examination = examine(body, profile, leniency)
    request = examination.request
    return Material(examination.findings, request.spki_der if request else None, request=request)
