"""What a profile says of one attribute of a subject, with its templates filled (connect.md 6.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.pki.attributes import ATTRIBUTES, longest
from app.pki.facts import Facts, holes_of
from app.pki.names import nfc
from app.pki.profiles import CertificateProfile, SubjectRule


@dataclass(frozen=True, slots=True)
class Expectation:
    """The rule for one attribute. `asks_directory` is whether one of its templates has a hole."""

    oid: str
    rule: SubjectRule
    asks_directory: bool

    @property
    def name(self) -> str:
        return self.rule.attribute

    @property
    def is_free(self) -> bool:
        """Whether the profile leaves the value to the applicant."""
        return not self.rule.equals and self.rule.pattern is None

    def values(self, facts: Facts | None) -> Mapping[str, bool]:
        """The values that the templates allow, in NFC; without facts, those alone that ask for none.

        A value of the directory that is longer than the attribute may be is cut (csr-cases.md D-30): then it maps to
        True.
        """
        bound, allowed = longest(self.oid), dict[str, bool]()
        for value in self._filled(facts):
            cut = len(value) > bound
            allowed.setdefault(value[:bound].rstrip() if cut else value, cut)
        return allowed

    def matches_pattern(self, value: str) -> bool:
        if self.rule.pattern is None or len(value) > longest(self.oid):
            return False
        return _pattern(self.rule.pattern).fullmatch(value) is not None

    def _filled(self, facts: Facts | None) -> Iterator[str]:
        for template in self.rule.equals:
            if facts is not None:
                if value := facts.filled(template):
                    yield value
            elif not holes_of(template):
                yield nfc(template)


def expectations(profile: CertificateProfile) -> Mapping[str, Expectation]:
    """What the profile says of each attribute, by object identifier, in its own order."""
    return {
        (oid := ATTRIBUTES[rule.attribute]): Expectation(oid, rule, any(map(holes_of, rule.equals)))
        for rule in profile.subject
    }


@lru_cache(maxsize=256)
def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
