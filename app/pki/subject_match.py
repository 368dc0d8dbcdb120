"""The subject held against the directory's facts (connect.md 9; csr-cases.md R5 and group D)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.errors import Finding
from app.pki.attributes import COUNTRIES
from app.pki.characters import angle_brackets, is_blank, look_alike, markup, mixed_scripts, unseen
from app.pki.countries import is_country_code
from app.pki.expectations import Expectation, expectations
from app.pki.facts import Facts
from app.pki.names import NameAttribute, nfc
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest
from app.pki.subject_findings import mismatch, odd_characters, told

_LOOKED_AT = 1024
_MOST = 16


def against_directory(holder: CertificateRequest, profile: CertificateProfile, facts: Facts) -> Iterator[Finding]:
    """Every value that is not what the directory says of the holder.

    The texts are the same whether a foreign id exists or not (csr-cases.md D-03, D-05, R10).
    """
    for oid, expectation in expectations(profile).items():
        attributes = holder.subject.by_oid.get(oid, ()) if expectation.asks_directory else ()
        allowed = expectation.values(facts) if attributes else {}
        for attribute in attributes[:_MOST]:
            if attribute.text is not None and not is_blank(attribute.text):
                yield from _compared(attribute, expectation, allowed, facts)


def _compared(
    attribute: NameAttribute, expectation: Expectation, allowed: Mapping[str, bool], facts: Facts
) -> Iterator[Finding]:
    value = nfc((attribute.text or "")[:_LOOKED_AT])
    if value in allowed or expectation.matches_pattern(value):
        if allowed.get(value):
            yield _cut(attribute, value)
    elif attribute.oid in COUNTRIES and (not is_country_code(value) or not facts.country_code):
        if is_country_code(value):
            yield _unknown_country(attribute, facts)  # what is no code at all is told by its shape
    else:
        yield from _different(attribute, value, expectation, allowed)


def _different(
    attribute: NameAttribute, value: str, expectation: Expectation, allowed: Mapping[str, bool]
) -> Iterator[Finding]:
    """A value that is another one. What is odd in itself is told by its shape, and not a second time here."""
    told_already = unseen(value) or angle_brackets(value)
    similar = next((odd for right in allowed if (odd := look_alike(value, right))), None)
    odd = None if told_already else similar or markup(value) or mixed_scripts(value)
    if odd:
        yield odd_characters(attribute, odd)
    if not similar:
        yield mismatch(attribute, expectation, allowed)


def _cut(attribute: NameAttribute, value: str) -> Finding:
    """Never silently (csr-cases.md D-30)."""
    finding = told(
        attribute,
        "too_long",
        f"The directory's value for {attribute.name} is longer than the attribute may be; its beginning was accepted",
        got=value,
        fix="Nothing to do here: the certificate will bear the shortened name",
    )
    return finding.softened()


def _unknown_country(attribute: NameAttribute, facts: Facts) -> Finding:
    """rulings.md 15: any valid code passes, and is reported."""
    finding = told(
        attribute,
        "country",
        "The country of registration in the directory is no country of ISO 3166, so any code passes",
        got=facts.country,
        fix="Correct CountryOfRegistration in the directory",
    )
    return finding.softened()
