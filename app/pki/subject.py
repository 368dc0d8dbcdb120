"""The subject of a request (csr-cases.md R5 and group D; connect.md 9).

`shape` says what shows without the directory, `against_directory` what it takes the facts for. A rule without a hole
in its templates belongs to the first, so that only real mismatches with the directory come from the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.errors import Finding
from app.pki.attributes import ATTRIBUTES, COUNTRIES, longest, string_types
from app.pki.characters import Odd, angle_brackets, is_blank, markup, mixed_scripts, unseen
from app.pki.countries import is_country_code
from app.pki.expectations import Expectation, expectations
from app.pki.names import Name, NameAttribute, nfc, type_names
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest
from app.pki.subject_findings import mismatch, odd_characters, told
from app.pki.subject_match import against_directory

__all__ = ["against_directory", "shape"]

MAX_ATTRIBUTES = 16
"""No profile asks for more; values beyond are not looked at, since the request is refused."""
LOOKED_AT = 1024
"""Characters of a value that are looked at one by one; no attribute may have so many."""
_AGAIN = "Make the CSR again with the command that the directory shows for this type"


def shape(holder: CertificateRequest, profile: CertificateProfile) -> Iterator[Finding]:
    """Every fault of the subject that shows without the directory."""
    name, expected = holder.subject, expectations(profile)
    for problem in name.problems:
        yield Finding("csr.subject.malformed", f"The subject is not a Name: {problem}", "/subject", fix=_AGAIN)
    if not name.attributes:
        if not name.problems:
            yield Finding("csr.subject.empty", "The subject is empty", "/subject", _names(expected), fix=_AGAIN)
        return
    yield from _layout(name, profile)
    for oid, attributes in name.by_oid.items():
        if oid not in expected:
            yield _unexpected(attributes[0], expected)
            continue
        for attribute in attributes[:MAX_ATTRIBUTES]:
            yield from _value(attribute, expected[oid], teletex=profile.teletex)
    for oid, expectation in expected.items():
        yield from _count(expectation, len(name.by_oid.get(oid, ())))
    yield from _groups(name, profile)


def _names(expected: Mapping[str, Expectation]) -> str:
    return ", ".join(expectation.name for expectation in expected.values())


def _layout(name: Name, profile: CertificateProfile) -> Iterator[Finding]:
    most = max(MAX_ATTRIBUTES, sum(rule.occurs for rule in profile.subject))
    if len(name.attributes) > most:
        yield Finding(
            "csr.subject.too_many",
            "The subject has too many attributes",
            "/subject",
            expected=f"at most {most}",
            got=str(len(name.attributes)),
            fix=_AGAIN,
        )
    if profile.multivalued_rdn or len(name.rdns) == len(name.attributes):
        return
    joined = next(rdn for rdn in name.rdns if len(rdn) > 1)
    yield Finding(
        "csr.subject.multivalued_rdn",
        "Attributes share one relative name (RDN)",
        "/subject",
        expected="one attribute in each RDN",
        got=" + ".join(attribute.name for attribute in joined[:MAX_ATTRIBUTES]),
        fix="Leave out -multivalue-rdn and the plus sign between attributes",
    )


def _unexpected(attribute: NameAttribute, expected: Mapping[str, Expectation]) -> Finding:
    return Finding(
        "csr.subject.unexpected_attribute",
        f"The subject holds {attribute.name}, which this type does not have",
        f"/subject/{attribute.name}",
        expected=_names(expected),
        fix=f"Leave {attribute.name} out",
    )


def _count(expectation: Expectation, count: int) -> Iterator[Finding]:
    """Whether the attribute stands there as often as the profile wants it."""
    name, pointer, most = expectation.name, f"/subject/{expectation.name}", expectation.rule.occurs
    if not count and expectation.rule.required:
        advice = expectation.rule.hint or _AGAIN
        yield Finding("csr.subject.missing", f"{name} is missing from the subject", pointer, fix=advice)
    if count > most:
        yield Finding(
            "csr.subject.duplicate_attribute",
            f"{name} stands too often in the subject",
            pointer,
            expected="once" if most == 1 else f"at most {most} times",
            got=f"{count} times",
            fix=f"Keep the right {name} alone",
        )


def _groups(name: Name, profile: CertificateProfile) -> Iterator[Finding]:
    """Attributes of which one at least must stand there."""
    for group in profile.at_least_one:
        if not any(ATTRIBUTES[attribute] in name.by_oid for attribute in group):
            yield Finding(
                "csr.subject.missing",
                f"The subject has none of {', '.join(group)}",
                "/subject",
                expected=f"one of {', '.join(group)}",
                fix=_AGAIN,
            )


def _value(attribute: NameAttribute, expectation: Expectation, *, teletex: bool) -> Iterator[Finding]:
    """One value: its string type, its length, its characters, and what the profile itself says of it."""
    yield from _string_type(attribute, teletex=teletex)
    if attribute.text is None:
        return
    if is_blank(attribute.text):
        yield told(attribute, "empty_value", f"{attribute.name} is blank", fix=f"Give {attribute.name} a value")
        return
    text = nfc(attribute.text) if len(attribute.text) <= LOOKED_AT else attribute.text
    too_long = len(text) > longest(attribute.oid) and attribute.oid not in COUNTRIES
    if too_long:
        bound, advice = f"at most {longest(attribute.oid)} characters", "Use the first characters of a longer name"
        yield told(attribute, "too_long", f"{attribute.name} is too long", bound, f"{len(text)} characters", fix=advice)
    if odd := _odd(text[:LOOKED_AT], expectation):
        yield odd_characters(attribute, odd)
    elif not too_long:
        yield from _profile_value(attribute, text, expectation)


def _string_type(attribute: NameAttribute, *, teletex: bool) -> Iterator[Finding]:
    allowed = string_types(attribute.oid, teletex=teletex)
    if attribute.problem == "bad_utf8":
        detail = f"{attribute.name} is a UTF8String that is not UTF-8"
        yield told(attribute, "bad_utf8", detail, "UTF-8", attribute.detail, fix="Make the CSR with openssl req -utf8")
    elif attribute.problem or attribute.tag not in allowed:
        yield told(
            attribute,
            "string_type",
            f"{attribute.name} is of a string type that it must not have",
            type_names(allowed),
            attribute.type_name + (f"; {attribute.detail}" if attribute.detail else ""),
            fix="Make the CSR with openssl req -utf8 and string_mask = utf8only",
        )


def _odd(text: str, expectation: Expectation) -> Odd | None:
    """Where the directory decides, only what it never holds is odd in itself: its names may have signs and braces."""
    if odd := unseen(text):
        return odd
    if expectation.asks_directory:
        return angle_brackets(text)
    return markup(text) or mixed_scripts(text)


def _profile_value(attribute: NameAttribute, text: str, expectation: Expectation) -> Iterator[Finding]:
    """What needs no facts: that a country is a country, and the constants and patterns of the profile."""
    if expectation.asks_directory or expectation.is_free:
        if attribute.oid in COUNTRIES and not is_country_code(text):
            yield told(
                attribute,
                "country",
                f"{attribute.name} is no country code",
                "two capital letters of ISO 3166",
                text,
                fix="Use the two-letter code of the country of registration, such as GB",
            )
        return
    constants = expectation.values(None)
    if text not in constants and not expectation.matches_pattern(text):
        yield mismatch(attribute, expectation, constants)
