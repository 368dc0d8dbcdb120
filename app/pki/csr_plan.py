"""What a good request of a type holds for one holder: the subject and the names that a printed command fills in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.pki.attributes import ATTRIBUTES, longest
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile, SubjectRule

ANY_HOST = "api.example.com"
"""Stands for the host name where nobody gave one and the organisation has no domain (RFC 2606, 3)."""
ANY_COUNTRY = "GB"
"""Where the country of registration is none of ISO 3166: any code passes, with a warning (rulings.md 15)."""


class Pair(NamedTuple):
    """An attribute of the subject or an alternative name: its kind (`CN`, `DNS`, `otherName`) and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CsrPlan:
    """Subject and names in their order. An empty text is an attribute that openssl leaves out (connect.md 6.5)."""

    subject: tuple[Pair, ...]
    names: tuple[Pair, ...]

    @property
    def is_latin(self) -> bool:
        """Whether TeletexString, which OpenSSL takes as Latin-1, can hold every value."""
        return all(ord(character) < 256 for pair in self.subject for character in pair.text)


def plan_csr(profile: CertificateProfile, facts: Facts, host: str | None) -> CsrPlan:
    """Every attribute that must stand there, of each `at_least_one` the first, and those that have an example."""
    chosen = {group[0] for group in profile.at_least_one}
    rules = [r for r in profile.subject if r.required or r.example or r.attribute in chosen]
    name = host or _host_of(facts)
    subject = tuple(Pair(rule.attribute, value) for rule in rules for value in _values(rule, facts, name))
    return CsrPlan(subject, tuple(_names(profile, facts, host)))


def _host_of(facts: Facts) -> str:
    return f"api.{facts.domains[0]}" if facts.domains else ANY_HOST


def _values(rule: SubjectRule, facts: Facts, host: str) -> Iterator[str]:
    """The first of `equals` that can be filled, else every example; a gap that is seen where none can."""
    bound = longest(ATTRIBUTES[rule.attribute])
    known = (value for template in rule.equals if (value := _filled(template, facts, host)))
    value = next(known, None)
    if value is not None:
        yield value[:bound].rstrip()
        return
    for template in rule.example or ("",):
        filled = _filled(template, facts, host) if rule.example else None
        yield f"<{rule.attribute}>" if filled is None else filled[:bound].rstrip()


def _filled(template: str, facts: Facts, host: str) -> str | None:
    country = facts.country_code or ANY_COUNTRY
    return facts.filled(template.replace("{organisation.country}", country).replace("{host}", host))


def _names(profile: CertificateProfile, facts: Facts, host: str | None) -> Iterator[Pair]:
    """The examples of the profile; else a DNS name, where one must stand there or a host was given."""
    for example in profile.san.example:
        kind, _, template = example.partition(":")
        yield Pair(kind, _filled(template, facts, host or _host_of(facts)) or "")
    if profile.san.example or profile.san.dns == "forbidden":
        return
    if host or profile.san.dns == "required":
        yield Pair("DNS", host or _host_of(facts))
