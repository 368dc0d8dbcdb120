"""What the second step of the wizard shows for one type and owner: commands, configuration file, values to edit."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.pki.attributes import ATTRIBUTES, preferred_type
from app.pki.commands import Shell, file_name, openssl_command, openssl_config, public_key_commands
from app.pki.csr_plan import CsrPlan, Pair, plan_csr
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile, SubjectRule

SHELLS: tuple[Shell, ...] = ("sh", "powershell", "cmd")
HOST = "host"
LONGEST = 200
"""Characters of an edited value."""
HOST_NAME = re.compile(r"(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})")


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to make the CSR; `wants_config` where the command reads the file."""

    name: str
    text: str
    wants_config: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is the owner's to choose: its input, the attribute, and what stands there."""

    name: str
    label: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CsrHelp:
    tabs: tuple[Tab, ...]
    config: str
    config_name: str
    host: str | None
    """None where the type has no host name; "" where nobody gave one."""
    wrong_host: bool
    values: tuple[Value, ...]
    recipe: str
    """JSON for csr.js: what a CSR of this type holds."""


def csr_help(profile: CertificateProfile, facts: Facts, given: Mapping[str, str]) -> CsrHelp:
    """For a type that takes a CSR; `given` are edited values by the names of their inputs, and the host."""
    host = _host(profile, given)
    wrong = bool(host) and not HOST_NAME.fullmatch(host or "")
    used = (None if wrong else host) or None
    edited, values = _edited(profile, facts, given, used)
    plan, name = plan_csr(edited, facts, used), file_name(profile, facts)
    tabs = [_tab(edited, facts, shell, used) for shell in SHELLS]
    if profile.command == "subj":
        tabs.append(Tab("config", openssl_command(edited, facts, "sh", used, from_file=True), wants_config=True))
    return CsrHelp(
        tabs=tuple(tabs),
        config=openssl_config(edited, facts, used),
        config_name=f"{name}.cnf",
        host=host,
        wrong_host=wrong,
        values=values,
        recipe=_recipe(profile, name, plan),
    )


def key_help(profile: CertificateProfile, facts: Facts) -> CsrHelp:
    """For a type that takes a bare public key."""
    text = "\n".join(public_key_commands(profile, facts))
    name = file_name(profile, facts)
    return CsrHelp((Tab("sh", text),), "", "", None, False, (), _recipe(profile, name, None))


def _tab(profile: CertificateProfile, facts: Facts, shell: Shell, host: str | None) -> Tab:
    text = openssl_command(profile, facts, shell, host)
    return Tab(shell, text, wants_config=" -config " in text)


def _host(profile: CertificateProfile, given: Mapping[str, str]) -> str | None:
    """Asked for where the type is a server's or its names and examples speak of a host."""
    templates = [text for rule in profile.subject for text in rule.example] + list(profile.san.example)
    is_asked = profile.san.dns == "required" or any("{host}" in text for text in templates)
    return given.get(HOST, "")[:LONGEST] if is_asked else None


def _edited(
    profile: CertificateProfile, facts: Facts, given: Mapping[str, str], host: str | None
) -> tuple[CertificateProfile, tuple[Value, ...]]:
    """The type with these values as its examples; only types with a file have values to edit (connect.md 8)."""
    if profile.command != "config":
        return profile, ()
    rules: list[SubjectRule] = []
    values: list[Value] = []
    for rule in profile.subject:
        if rule.equals or not rule.example or "{host}" in rule.example[0]:
            rules.append(rule)
            continue
        shown = [pair.text for pair in plan_csr(profile, facts, host).subject if pair.kind == rule.attribute]
        mine = [_value(rule, number, text, given, len(shown)) for number, text in enumerate(shown, 1)]
        values += mine
        rules.append(rule.model_copy(update={"example": tuple(value.text for value in mine)}))
    return profile.model_copy(update={"subject": tuple(rules)}), tuple(values)


def _value(rule: SubjectRule, number: int, text: str, given: Mapping[str, str], count: int) -> Value:
    name = rule.attribute if count == 1 else f"{rule.attribute}.{number}"
    chosen = "".join(c for c in given.get(name, "").strip()[:LONGEST] if c.isprintable() and c not in "{}")
    return Value(name, name, chosen or text, rule.hint or "")


def _recipe(profile: CertificateProfile, name: str, plan: CsrPlan | None) -> str:
    """Attributes as (OID, tag of the string type, text); names as (kind, text), an address as its octets."""
    kinds = [f"rsa-{size}" for size in profile.key.rsa[:1]] + [
        "ec-p256" for curve in profile.key.ec if curve == "P-256"
    ]
    subject = plan.subject if plan else ()
    return json.dumps(
        {
            "file": name,
            "keys": kinds,
            "csr": plan is not None,
            "subject": [[o, preferred_type(o), text] for o, text in _with_oids(subject) if text],
            "names": [list(_general_name(pair)) for pair in (plan.names if plan else ())],
        }
    )


def _with_oids(subject: tuple[Pair, ...]) -> Iterator[tuple[str, str]]:
    for pair in subject:
        yield ATTRIBUTES[pair.kind], pair.text


def _general_name(pair: Pair) -> tuple[str, ...]:
    if pair.kind == "IP":
        return "IP", ipaddress.ip_address(pair.text).packed.hex()
    if pair.kind == "otherName":
        oid, _, text = pair.text.partition(":")
        return "otherName", oid, text
    return pair.kind, pair.text
