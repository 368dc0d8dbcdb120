"""A request held against the directory, and what `ra_mode` makes of findings (connect.md 9).

`lenient` turns mismatches with the directory into warnings, and nothing else: what is malformed or dangerous stays
refused in every mode. `strict` turns warnings into refusals.
"""

from __future__ import annotations

from dataclasses import replace

from app.errors import Finding
from app.pki.domains import foreign_hosts
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest, Leniency
from app.pki.subject import against_directory

SOFTENED = frozenset({
    "csr.subject.org_mismatch", "csr.subject.org_name_mismatch", "csr.subject.software_mismatch",
    "csr.subject.org_identifier", "csr.subject.country", "csr.subject.value",
})  # fmt: skip
"""Codes of mismatches that `lenient` lets pass, where it was the directory that said otherwise (`judge`)."""


def judge(
    request: CertificateRequest, profile: CertificateProfile, facts: Facts, leniency: Leniency
) -> tuple[Finding, ...]:
    """Every finding that takes the directory to be seen, in the given mode."""
    mismatches = against_directory(request, profile, facts)
    if leniency.mode == "lenient":
        mismatches = (finding.softened() if finding.code in SOFTENED else finding for finding in mismatches)
    return settle((*mismatches, *foreign_hosts(request, profile, facts)), leniency)


def settle(findings: tuple[Finding, ...], leniency: Leniency) -> tuple[Finding, ...]:
    """The findings as the mode wants them, in their order, each of them once."""
    if leniency.mode == "strict":
        findings = tuple(replace(finding, severity="error") for finding in findings)
    return tuple(dict.fromkeys(findings))
