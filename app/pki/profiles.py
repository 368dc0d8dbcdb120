"""Certificate types: TOML in, frozen models out (connect.md 6.7). A new type is a record in a file, never Python.

The words of the language are the models of `profile_language.py`, which stand here too; `docs/profiles.md` explains
them. Shipped files are `app/profiles/*.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from app.pki import profile_faults as faults
from app.pki.profile_language import (
    CertificateProfile,
    DomainRole,
    Ecosystem,
    KeyRule,
    QcExample,
    SanRule,
    SubjectRule,
    Switch,
)

__all__ = [
    "SWITCHES",
    "CertificateProfile",
    "DomainRole",
    "Ecosystem",
    "KeyRule",
    "QcExample",
    "SanRule",
    "SubjectRule",
    "load",
    "merged",
    "roles",
    "shipped",
]

SWITCHES: tuple[str, ...] = get_args(Switch)
"""Settings that change types (`when`)."""
LARGEST = 1024 * 1024
"""Octets of a file."""
FIRST = "generic"
_OWN = frozenset({"type", "label", "meaning", "preferred"})
"""What a type never takes from the one that it is like."""


def load(names: Sequence[str], files: Sequence[Path] = ()) -> tuple[Ecosystem, ...]:
    """The ecosystems of these names or aliases, in this order, then those of the files that were not named.

    A file's ecosystem goes before a shipped one of the same name. Raises Invalid: `profile.unknown` for a name that
    nothing has, `profile.invalid` with a finding for each fault of a file.
    """
    own = tuple(_read(path) for path in files)
    chosen = [_named(name, own) for name in names]
    every: dict[str, Ecosystem] = {}
    for ecosystem in (*chosen, *own):
        every.setdefault(ecosystem.name, ecosystem)
    if not every:
        raise faults.unknown("", shipped())
    return tuple(every.values())


def merged(ecosystems: Iterable[Ecosystem], on: Iterable[str] = ()) -> Mapping[str, CertificateProfile]:
    """All types by name; of two of one name the later counts. `on` are the SWITCHES that are on."""
    on = frozenset(on)
    return {profile.type: _switched(profile, on) for ecosystem in ecosystems for profile in ecosystem.profile}


def roles(ecosystems: Iterable[Ecosystem]) -> Mapping[tuple[str, str], DomainRole]:
    """Roles by domain and name; of two of one name the later counts. Those of the directory itself are always there."""
    return {(role.domain, role.role): role for ecosystem in (_shipped(FIRST), *ecosystems) for role in ecosystem.role}


@cache
def shipped() -> tuple[str, ...]:
    """Names of the ecosystems that come with the program, the generic one first."""
    folder = resources.files("app").joinpath("profiles").iterdir()
    names = sorted(file.name.removesuffix(".toml") for file in folder if file.name.endswith(".toml"))
    return tuple(sorted(names, key=lambda name: name != FIRST))


def _named(name: str, own: Sequence[Ecosystem]) -> Ecosystem:
    for ecosystem in own:
        if name in (ecosystem.name, *ecosystem.aliases):
            return ecosystem
    if name in shipped():
        return _shipped(name)
    for ecosystem in map(_shipped, shipped()):
        if name in ecosystem.aliases:
            return ecosystem
    raise faults.unknown(name, (*shipped(), *(ecosystem.name for ecosystem in own)))


@cache
def _shipped(name: str) -> Ecosystem:
    return _validated(f"{name}.toml", _content_of(name))


@cache
def _content_of(name: str) -> Mapping[str, Any]:
    text = resources.files("app").joinpath("profiles", f"{name}.toml").read_text("utf-8")
    return _parsed(f"{name}.toml", text)


def _read(path: Path) -> Ecosystem:
    """The ecosystem of a file of the user's."""
    label = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise faults.file_fault(label, f"is larger than {LARGEST} octets")
        text = path.read_text("utf-8")
    except UnicodeDecodeError as fault:
        raise faults.file_fault(label, f"is not UTF-8: {fault.reason} at octet {fault.start}") from None
    except OSError as fault:
        raise faults.file_fault(label, f"cannot be read: {fault.strerror}") from None
    return _validated(label, _parsed(label, text))


def _parsed(label: str, text: str) -> Mapping[str, Any]:
    """TOML, with `like` resolved."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise faults.file_fault(label, f"is not TOML: {fault}") from None
    tables = content.get("profile")
    if isinstance(tables, list):
        content["profile"] = _alike(label, tables)
    return content


def _alike(label: str, tables: list[Any]) -> list[Any]:
    """Each type with the fields of the one that it is `like`: an earlier one, or `ecosystem:type` of a shipped one."""
    done: list[Any] = []
    for table in tables:
        if isinstance(table, dict) and "like" in table:
            base = _model_of(label, table, done)
            own = {field: value for field, value in table.items() if field not in ("like", "subject_changes")}
            if "subject_changes" in table and "subject" not in table:
                own["subject"] = _changed(base.get("subject", []), table["subject_changes"])
            done.append({field: value for field, value in base.items() if field not in _OWN} | own)
        else:
            done.append(table)
    return done


def _changed(rules: Any, changes: Any) -> Any:
    """The rules with these in place of those of the same attribute; new ones stand at the end."""
    if not (isinstance(changes, list) and all(isinstance(rule, dict) for rule in changes)):
        return changes
    by_attribute = {rule.get("attribute"): rule for rule in rules}
    return list((by_attribute | {rule.get("attribute"): rule for rule in changes}).values())


def _model_of(label: str, table: Mapping[str, Any], earlier: list[Any]) -> Mapping[str, Any]:
    ecosystem, _, type_ = str(table["like"]).rpartition(":")
    known = earlier
    if ecosystem:
        known = _content_of(ecosystem)["profile"] if ecosystem in shipped() else []
    for candidate in known:
        if isinstance(candidate, dict) and candidate.get("type") == type_:
            return candidate
    wanted = "an earlier type of this file, or ecosystem:type of a shipped one"
    raise faults.file_fault(label, f"type {table.get('type', '?')}: like must name {wanted}, found {table['like']!r}")


def _validated(label: str, content: Mapping[str, Any]) -> Ecosystem:
    try:
        return Ecosystem.model_validate(content)
    except ValidationError as fault:
        raise faults.invalid(label, content, fault) from None


def _switched(profile: CertificateProfile, on: frozenset[str]) -> CertificateProfile:
    """The type as the settings have it."""
    changes = {
        field: value
        for variant in profile.when
        if variant.setting in on
        for field, value in variant.model_dump(exclude={"setting"}, exclude_none=True).items()
    }
    return profile.model_copy(update=changes) if changes else profile
