"""What a certificate says that its profile decides: the subject, and the extensions that are not the CA's.

Nothing of the request gets into a certificate unless a rule has looked at it (csr-cases.md H-02).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from app.pki import der
from app.pki.expectations import Expectation, expectations
from app.pki.extension_request import (
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    QC_STATEMENTS,
    SUBJECT_ALT_NAME,
)
from app.pki.facts import Facts
from app.pki.names import Name, NameAttribute, encode_attribute, encode_name, nfc
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest
from app.pki.requested_names import unique_names
from app.pki.requested_usages import KEY_USAGES, PURPOSES


def subject_of(profile: CertificateProfile, request: CertificateRequest, facts: Facts) -> bytes:
    """The subject, DER: the request's octets, or the directory's values, as the profile says (`carry`)."""
    if profile.carry == "directory":
        return encode_name([encode_attribute(oid, text)] for oid, text in _directory_values(profile, request, facts))
    return _normalised(request.subject)


def _normalised(name: Name) -> bytes:
    """The name as it is; only values that are not in normalisation form C are written anew (csr-cases.md D-25)."""
    if all(attribute.text is None or nfc(attribute.text) == attribute.text for attribute in name.attributes):
        return name.der
    return encode_name([_again(attribute) for attribute in rdn] for rdn in name.rdns)


def _again(attribute: NameAttribute) -> bytes:
    if attribute.text is None or nfc(attribute.text) == attribute.text:
        return der.sequence(der.oid(attribute.oid), attribute.value)
    return encode_attribute(attribute.oid, nfc(attribute.text))


def _directory_values(
    profile: CertificateProfile, request: CertificateRequest, facts: Facts
) -> Iterator[tuple[str, str]]:
    """Attribute and value in the order of the profile; an optional attribute only where the request has it."""
    for oid, expectation in expectations(profile).items():
        asked = [nfc(each.text) for each in request.subject.by_oid.get(oid, ()) if each.text]
        if asked or expectation.rule.required:
            yield from ((oid, value) for value in _chosen(expectation, asked, facts))


def _chosen(expectation: Expectation, asked: list[str], facts: Facts) -> list[str]:
    """The request's values where the directory leaves a choice or does not decide, else the directory's first."""
    allowed = expectation.values(facts)
    fitting = [value for value in asked if not allowed or value in allowed or expectation.matches_pattern(value)]
    return fitting or list(allowed)[:1]


def leaf_extensions(profile: CertificateProfile, request: CertificateRequest) -> tuple[bytes, ...]:
    """Whole DER Extension values: usages as the profile has them, names and statements of the request.

    Criticality is the profile's way, whatever the request says (csr-cases.md E-29).
    """
    requested = request.requested.by_oid
    found = [*fixed_extensions(profile)]
    names = requested.get(SUBJECT_ALT_NAME)
    if names is not None:
        found.append(der.extension(SUBJECT_ALT_NAME, der.sequence(*unique_names(names))))
    statements = requested.get(QC_STATEMENTS)
    if statements is not None and profile.qc_statements != "forbidden":
        found.append(der.extension(QC_STATEMENTS, statements.value))
    return tuple(found)


def fixed_extensions(profile: CertificateProfile) -> tuple[bytes, ...]:
    """What the profile alone decides: whole DER Extension values, in their order."""
    return _fixed(profile.key_usage, profile.extended_key_usage)


@lru_cache(maxsize=256)
def _fixed(key_usage: tuple[str, ...], purposes: tuple[str, ...]) -> tuple[bytes, ...]:
    """basicConstraints, keyUsage (both critical, connect.md 6.1 and 6.2), extendedKeyUsage."""
    found = [
        der.extension(BASIC_CONSTRAINTS, der.sequence(), critical=True),
        der.extension(KEY_USAGE, _usage_bits(key_usage), critical=True),
    ]
    if purposes:
        oids = (der.oid(PURPOSES.get(name, name)) for name in purposes)
        found.append(der.extension(EXTENDED_KEY_USAGE, der.sequence(*oids)))
    return tuple(found)


def _usage_bits(names: tuple[str, ...]) -> bytes:
    """A BIT STRING of named bits without trailing zeros (X.690, 11.2.2)."""
    positions = [KEY_USAGES.index(name) for name in names]
    size = max(positions) // 8 + 1
    number = sum(1 << (8 * size - 1 - position) for position in set(positions))
    return der.bit_string(number.to_bytes(size), unused=7 - max(positions) % 8)
