"""The openssl command that makes key and CSR of a type, for the shells that people have (connect.md 8)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Literal

from app.errors import Invalid
from app.pki.csr_plan import CsrPlan, plan_csr
from app.pki.facts import Facts
from app.pki.openssl_config import OPENSSL_NAMES, alternative_name, openssl_config
from app.pki.profiles import CertificateProfile

__all__ = ["Shell", "file_name", "openssl_command", "openssl_config", "public_key_commands"]

Shell = Literal["sh", "powershell", "cmd"]
"""POSIX shells; PowerShell of any version; the Windows command prompt."""


def openssl_command(
    profile: CertificateProfile,
    facts: Facts,
    kind: Shell = "sh",
    host: str | None = None,
    *,
    from_file: bool = False,
) -> str:
    """One line that writes `NAME.key` and `NAME.csr`, quoted for the shell.

    Types with `command = "config"`, and all when `from_file` is set, read `NAME.cnf`, the text of `openssl_config`; so
    do values that the shells of Windows would spoil. Raises Invalid for a type that takes no CSR.
    """
    if profile.input != "csr":
        raise Invalid(_no_csr(profile), code="profile.no_csr")
    plan = plan_csr(profile, facts, host)
    name = file_name(profile, facts)
    words = [*_beginning(profile, name)]
    subject = [*_subject_options(profile, plan)]
    if from_file or not _fits_options(profile, plan) or (kind != "sh" and not all(map(_is_safe_on_windows, subject))):
        words += ["-utf8", "-config", f"./{name}.cnf"]
    else:
        words += subject
    return " ".join(_quoted(word, kind) for word in words)


def public_key_commands(profile: CertificateProfile, facts: Facts) -> tuple[str, str]:
    """For types that take a bare public key: make the key pair, and write its public half (openssl-pkey(1))."""
    name = file_name(profile, facts)
    if profile.key.rsa:
        kind = f"RSA -pkeyopt rsa_keygen_bits:{profile.key.rsa[0]}"
    else:
        kind = f"EC -pkeyopt ec_paramgen_curve:{profile.key.ec[0]}" if profile.key.ec else profile.key.okp[0]
    return (
        f"openssl genpkey -algorithm {kind} -out {name}.key",
        f"openssl pkey -in {name}.key -pubout -out {name}.pem",
    )


def _no_csr(profile: CertificateProfile) -> str:
    if profile.input == "certificate":
        return f"type {profile.type} takes a certificate of another CA, no CSR"
    kind = f"RSA -pkeyopt rsa_keygen_bits:{profile.key.rsa[0]}" if profile.key.rsa else "EC"
    make = f"openssl genpkey -algorithm {kind} -out {profile.type}.key"
    return (
        f"type {profile.type} takes a bare public key, no CSR: {make}, "
        f"then openssl pkey -in {profile.type}.key -pubout -out {profile.type}.pem"
    )


def file_name(profile: CertificateProfile, facts: Facts) -> str:
    """`<id>-<type>`, or the type alone where its published command says so; nothing that a shell or path could read."""
    holder = facts.application_id if profile.level == "application" else facts.organisation_id
    whole = profile.type if profile.command == "config" else f"{holder}-{profile.type}"
    return re.sub(r"[^A-Za-z0-9._-]", "-", whole).lstrip("-.")


def _beginning(profile: CertificateProfile, name: str) -> Iterator[str]:
    yield from ("openssl", "req", "-new")
    if profile.key.rsa:
        yield from ("-newkey", f"rsa:{profile.key.rsa[0]}")
    elif profile.key.ec:
        yield from ("-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{profile.key.ec[0]}")
    else:
        yield from ("-newkey", profile.key.okp[0].lower())
    yield from ("-nodes", "-out", f"{name}.csr", "-keyout", f"{name}.key")


def _subject_options(profile: CertificateProfile, plan: CsrPlan) -> Iterator[str]:
    """-subj and what goes with it. Without -utf8 openssl takes the octets of its arguments for Latin-1."""
    if not all(pair.text.isascii() for pair in plan.subject):
        yield "-utf8"
    yield from ("-subj", "".join(f"/{OPENSSL_NAMES.get(n, n)}={_subj_escaped(text)}" for n, text in plan.subject))
    if profile.key.rsa or profile.key.ec:
        yield "-sha256"
    if plan.names:
        yield from ("-addext", "subjectAltName=" + ",".join(f"{n.kind}:{alternative_name(n)}" for n in plan.names))


def _subj_escaped(text: str) -> str:
    r"""In -subj a slash parts RDNs, a plus attributes, and a backslash escapes (openssl-req(1))."""
    return re.sub(r"([\\/+])", r"\\\1", text)


def _fits_options(profile: CertificateProfile, plan: CsrPlan) -> bool:
    """Options know no key usage, no string mask, and part alternative names by commas."""
    return profile.command == "subj" and not any("," in name.text or name.kind == "otherName" for name in plan.names)


def _is_safe_on_windows(word: str) -> bool:
    """Shells and programs there disagree about quotes, percent signs, final backslashes and code pages."""
    return word.isascii() and not re.search(r'["%]|\\$', word)


def _quoted(word: str, kind: Shell) -> str:
    if kind == "sh":
        return shlex.quote(word)
    if re.fullmatch(r"[A-Za-z0-9_./:=-]+", word):
        return word
    return "'" + word.replace("'", "''") + "'" if kind == "powershell" else f'"{word}"'
