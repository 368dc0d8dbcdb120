"""Names of extensions, and how faults of requested ones are told."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import Finding
from app.pki.wording import shown

EXTENSION_NAMES: Mapping[str, str] = {
    "2.5.29.9": "subjectDirectoryAttributes",
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.16": "privateKeyUsagePeriod",
    "2.5.29.17": "subjectAltName",
    "2.5.29.18": "issuerAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.20": "cRLNumber",
    "2.5.29.24": "invalidityDate",
    "2.5.29.27": "deltaCRLIndicator",
    "2.5.29.28": "issuingDistributionPoint",
    "2.5.29.29": "certificateIssuer",
    "2.5.29.30": "nameConstraints",
    "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies",
    "2.5.29.33": "policyMappings",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.36": "policyConstraints",
    "2.5.29.37": "extendedKeyUsage",
    "2.5.29.46": "freshestCRL",
    "2.5.29.54": "inhibitAnyPolicy",
    "1.2.840.113549.1.9.15": "S/MIME capabilities",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.3": "qcStatements",
    "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
    "1.3.6.1.5.5.7.1.24": "TLS feature",
    "1.3.6.1.5.5.7.48.1.5": "OCSP nocheck",
    "1.3.6.1.4.1.11129.2.4.2": "SCT list",
    "1.3.6.1.4.1.11129.2.4.3": "precertificate poison",
    "1.3.6.1.4.1.11129.2.4.5": "SCT list of OCSP",
    "1.3.6.1.4.1.311.20.2": "certificate template name of Microsoft",
    "1.3.6.1.4.1.311.21.1": "CA version of Microsoft",
    "1.3.6.1.4.1.311.21.7": "certificate template of Microsoft",
    "1.3.6.1.4.1.311.21.10": "application policies of Microsoft",
    "2.16.840.1.113730.1.1": "Netscape certificate type",
    "2.16.840.1.113730.1.13": "Netscape comment",
}
"""Every extension that is known by name, whatever may be asked for. What is not here is unknown."""


def extension_name(oid: str) -> str:
    return EXTENSION_NAMES.get(oid, oid)


def pointer_of(oid: str) -> str:
    """RFC 6901 pointer: `/extensions/keyUsage`, `/extensions/1.2.3.4`; blanks and slashes of a name do not occur."""
    name = extension_name(oid)
    return f"/extensions/{name if name.isalpha() else oid}"


def malformed(oid: str, problem: str) -> Finding:
    return Finding(
        "csr.ext.malformed",
        f"The extension {extension_name(oid)} is malformed: {problem}",
        pointer_of(oid),
        fix="Make the CSR again with an up-to-date tool, or leave the extension out",
    )


def ignored(oid: str, what: str) -> Finding:
    """A warning: harmless, left out, and told (csr-cases.md R6)."""
    detail = f"The request's {extension_name(oid)} was not followed: {what}"
    return Finding("csr.ext.ignored", detail, pointer_of(oid), severity="warning")


def refused(code: str, oid: str, detail: str, expected: str = "", got: str = "", *, fix: str = "") -> Finding:
    return Finding(code, detail, pointer_of(oid), expected, shown(got), fix)
