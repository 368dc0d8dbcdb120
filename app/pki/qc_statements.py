"""Requested qualified certificate statements (RFC 3739, 3.2.6; ETSI EN 319 412-5; ETSI TS 119 495, 5.1 for PSD2).

They are copied into the certificate as they stand, so each kind is named here and PSD2 roles are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.errors import Finding
from app.pki import der
from app.pki.characters import unseen
from app.pki.extension_findings import malformed, refused
from app.pki.extension_request import QC_STATEMENTS, RequestedExtension
from app.pki.profiles import CertificateProfile
from app.pki.strict import Element, dotted, inside

PSD2 = "0.4.0.19495.2"
STATEMENTS: Mapping[str, str] = {
    "0.4.0.1862.1.1": "QcCompliance",
    "0.4.0.1862.1.2": "QcLimitValue",
    "0.4.0.1862.1.3": "QcRetentionPeriod",
    "0.4.0.1862.1.4": "QcSSCD",
    "0.4.0.1862.1.5": "QcPDS",
    "0.4.0.1862.1.6": "QcType",
    "0.4.0.1862.1.7": "QcCClegislation",
    "1.3.6.1.5.5.7.11.2": "pkixQCSyntax-v2",
    PSD2: "PSD2 statement",
}
_ROLES: Mapping[str, bytes] = {
    "0.4.0.19495.1.1": b"PSP_AS",
    "0.4.0.19495.1.2": b"PSP_PI",
    "0.4.0.19495.1.3": b"PSP_AI",
    "0.4.0.19495.1.4": b"PSP_IC",
}
_AUTHORITY_ID = re.compile(rb"[A-Z]{2}-[A-Z]{2,8}")
_LONGEST = 256
"""Characters of an authority's name or id (TS 119 495, 5.1)."""


def judge_statements(extension: RequestedExtension, profile: CertificateProfile) -> Iterator[Finding]:
    """QCStatements ::= SEQUENCE OF { statementId OBJECT IDENTIFIER, statementInfo ANY OPTIONAL }."""
    if profile.qc_statements == "forbidden":
        detail = "This type has no qualified certificate statements"
        yield refused("csr.ext.not_allowed", QC_STATEMENTS, detail, fix="Leave qcStatements out")
        return
    statements = inside(extension.value)
    if not statements:
        yield malformed(QC_STATEMENTS, "it holds no statement")
    seen: set[str] = set()
    for statement in statements[:_MOST]:
        oid, *info = inside(statement.raw)
        name = dotted(oid.value)
        if oid.tag != der.OID or len(info) > 1 or name in seen:
            yield malformed(QC_STATEMENTS, "a statement is no identifier with one value, or stands there twice")
        elif name not in STATEMENTS:
            detail = "The request makes a statement that no certificate here makes"
            expected = ", ".join(STATEMENTS.values())
            yield refused("csr.ext.not_allowed", QC_STATEMENTS, detail, expected, name, fix="Leave the statement out")
        elif name == PSD2 and (problem := _psd2_problem(info)):
            yield malformed(QC_STATEMENTS, problem)
        seen.add(name)
    if len(statements) > _MOST:
        yield malformed(QC_STATEMENTS, f"it holds more than {_MOST} statements")


_MOST = 20


def _psd2_problem(info: list[Element]) -> str:
    """PSD2QcType ::= SEQUENCE { rolesOfPSP, nCAName UTF8String, nCAId UTF8String }."""
    parts = inside(info[0].raw) if info else []
    if [part.tag for part in parts] != [der.SEQUENCE, der.UTF8_STRING, der.UTF8_STRING]:
        return "the PSD2 statement does not hold roles, name and id of an authority"
    roles = [inside(role.raw) for role in inside(parts[0].raw)]
    if not roles or not all(_is_role(role) for role in roles):
        return "the PSD2 statement names a role wrongly, or none"
    try:
        name = parts[1].value.decode()
    except UnicodeDecodeError:
        return "the name of the authority is not UTF-8"
    if not 0 < len(name) <= _LONGEST or unseen(name):
        return "the name of the authority is empty, too long or holds characters that are no text"
    return "" if _AUTHORITY_ID.fullmatch(parts[2].value) else "the id of the authority is not of the form GB-FCA"


def _is_role(parts: list[Element]) -> bool:
    """Identifier and name of a role, which must agree."""
    if [part.tag for part in parts] != [der.OID, der.UTF8_STRING]:
        return False
    return _ROLES.get(dotted(parts[0].value)) == parts[1].value


def missing_statements(extension: RequestedExtension | None, profile: CertificateProfile) -> Iterator[Finding]:
    if profile.qc_statements == "required" and extension is None:
        yield Finding(
            "csr.ext.missing",
            "The request has no qualified certificate statements, which this type needs",
            "/extensions/qcStatements",
            fix="Make the CSR with the configuration file that the directory shows for this type",
        )
