"""A configuration file of openssl req that makes a good request of a type (connect.md 8: brcac.cnf, brseal.cnf)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from app.pki.csr_plan import CsrPlan, Pair, plan_csr
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile, QcExample

OPENSSL_NAMES = {"STREET": "street"}
"""Attributes that OpenSSL (1.1.1 and newer) calls by another short name than we do. It knows all others."""
_PSD2_ROLES = {"PSP_AS": 1, "PSP_PI": 2, "PSP_AI": 3, "PSP_IC": 4}
"""Last arcs under 0.4.0.19495.1 (ETSI TS 119 495, annex A)."""


def openssl_config(profile: CertificateProfile, facts: Facts, host: str | None = None) -> str:
    """The text of the file, UTF-8. What is not the directory's stands there to be edited."""
    plan = plan_csr(profile, facts, host)
    sections = [
        f"# Configuration of openssl req for a certificate of type {profile.type}. Edit what is yours to choose.",
        _section("req", _request(profile, plan)),
        _section("subject", _subject(plan)),
        _section("extensions", _extensions(profile, plan)),
    ]
    if plan.names:
        sections.append(_section("names", _names(plan.names)))
    if profile.qc_example:
        sections += _qc_sections(profile.qc_example)
    return "\n\n".join(sections) + "\n"


def escaped(text: str) -> str:
    r"""A value as openssl reads it back: `$` expands, `#` begins a comment, quotes and backticks quote (config(5))."""
    return re.sub(r"""([\\$#"'`])""", r"\\\1", text)


def alternative_name(name: Pair) -> str:
    """The value of a name as x509v3_config(5) has it; an otherName says its OID and its type."""
    if name.kind != "otherName":
        return escaped(name.text)
    oid, _, text = name.text.partition(":")
    kind = "PRINTABLESTRING" if _PRINTABLE.fullmatch(text) else "FORMAT:UTF8,UTF8"
    return f"{oid};{kind}:{escaped(text)}"


_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")


def _section(name: str, lines: Iterator[str]) -> str:
    return "\n".join((f"[{name}]", *lines))


def _request(profile: CertificateProfile, plan: CsrPlan) -> Iterator[str]:
    if profile.key.rsa:
        yield f"default_bits = {profile.key.rsa[0]}"
    if profile.key.rsa or profile.key.ec:
        yield "default_md = sha256"
    yield "encrypt_key = no"
    yield "prompt = no"
    yield "utf8 = yes"
    if profile.string_mask != "nombstr" or plan.is_latin:
        yield f"string_mask = {profile.string_mask}"
    else:
        yield "# nombstr cannot hold the characters of this subject"
        yield "string_mask = utf8only"
    yield "distinguished_name = subject"
    yield "req_extensions = extensions"


def _subject(plan: CsrPlan) -> Iterator[str]:
    """An attribute that stands there more than once is numbered; one without a value would stop openssl."""
    count = Counter(pair.kind for pair in plan.subject)
    seen: Counter[str] = Counter()
    for kind, text in plan.subject:
        if text:
            number = f"{seen[kind]}." if count[kind] > 1 else ""
            yield f"{number}{OPENSSL_NAMES.get(kind, kind)} = {escaped(text)}"
            seen[kind] += 1


def _extensions(profile: CertificateProfile, plan: CsrPlan) -> Iterator[str]:
    yield "basicConstraints = CA:FALSE"
    yield f"keyUsage = critical, {', '.join(profile.key_usage)}"
    if profile.extended_key_usage:
        yield f"extendedKeyUsage = {', '.join(profile.extended_key_usage)}"
    if plan.names:
        yield "subjectAltName = @names"
    if profile.qc_example:
        yield "qcStatements = ASN1:SEQUENCE:statements"


def _names(names: tuple[Pair, ...]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for name in names:
        seen[name.kind] += 1
        yield f"{name.kind}.{seen[name.kind]} = {alternative_name(name)}"


def _qc_sections(example: QcExample) -> list[str]:
    """QCStatements with one PSD2 statement (RFC 3739, 3.2.6; ETSI TS 119 495, 5.1; ASN1_generate_nconf(3))."""
    roles = [f"role{_PSD2_ROLES[role]} = SEQUENCE:{role}" for role in example.roles]
    named = [
        _section(role, iter((f"id = OID:0.4.0.19495.1.{_PSD2_ROLES[role]}", f"name = UTF8:{role}")))
        for role in example.roles
    ]
    return [
        _section("statements", iter(("psd2 = SEQUENCE:psd2",))),
        _section("psd2", iter(("id = OID:0.4.0.19495.2", "info = SEQUENCE:psd2_info"))),
        _section(
            "psd2_info",
            iter(
                (
                    "roles = SEQUENCE:psd2_roles",
                    f"authority = UTF8:{escaped(example.authority)}",
                    f"authority_id = UTF8:{example.authority_id}",
                )
            ),
        ),
        _section("psd2_roles", iter(roles)),
        *named,
    ]
