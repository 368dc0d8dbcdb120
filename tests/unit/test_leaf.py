"""Subject and extensions of a certificate, as the profile decides them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from app.pki import der
from app.pki.leaf import leaf_extensions, subject_of
from app.pki.names import parse_name, rfc4514
from app.pki.profile_checks import KEY_USAGES
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest
from app.pki.strict import faults
from tests.api import csr_kit as kit
from tests.unit.pki_profiles import APPLICATION, FACTS, GOOD, ORGANISATION, asking, profile, request, subject_rules


def read(profile_: CertificateProfile, asked: CertificateRequest) -> x509.Extensions:
    """The extensions as a library reads them."""
    octets = der.sequence(*leaf_extensions(profile_, asked))
    assert faults(octets) == ()
    return x509.load_der_x509_csr(kit.csr(kit.name(*GOOD), *leaf_extensions(profile_, asked))).extensions


def test_the_subject_of_the_request_keeps_its_octets() -> None:
    """String types and order as they were sent, once nothing is wrong with them."""
    sent = kit.name(("CN", APPLICATION, der.PRINTABLE_STRING), *GOOD[:3])
    assert subject_of(profile(), request(sent), FACTS) == sent
    latin = kit.name(*GOOD[:1], ("O", b"S\xe3o", der.TELETEX_STRING), *GOOD[2:])
    assert subject_of(profile(teletex=True), request(latin), FACTS) == latin


@pytest.mark.case("csr-D-25")
def test_values_are_issued_in_normal_form() -> None:
    """Only the value that is not in form C is written anew; several in one RDN stay together."""
    parted = unicodedata.normalize("NFD", "Zoë Ltd")
    sent = kit.rdns([GOOD[0]], [("O", parted), GOOD[2]], [("CN", APPLICATION, der.PRINTABLE_STRING)])
    issued = parse_name(subject_of(profile(), request(sent), FACTS))
    assert [(a.name, a.text, a.tag, a.rdn) for a in issued.attributes] == [
        ("C", "GB", 19, 0),
        ("O", "Zoë Ltd", 12, 1),
        ("OU", ORGANISATION, 12, 1),
        ("CN", APPLICATION, 19, 2),
    ]


@pytest.mark.parametrize(
    ("sent", "issued"),
    [
        (kit.name(*reversed(GOOD)), f"CN={APPLICATION},OU={ORGANISATION},O=Acme Ltd,C=GB"),
        (kit.name(*GOOD[:3], ("CN", "acme-client")), f"CN=acme-client,OU={ORGANISATION},O=Acme Ltd,C=GB"),
        (kit.name(("CN", "other")), f"CN={APPLICATION},OU={ORGANISATION},O=Acme Ltd,C=GB"),
    ],
)
def test_the_directory_may_be_what_counts(sent: bytes, issued: str) -> None:
    """`carry = "directory"`: its values in the profile's order; where it leaves a choice, the request's."""
    assert rfc4514(subject_of(profile(carry="directory"), request(sent), FACTS)) == issued


def test_the_directorys_subject_has_free_values_of_the_request() -> None:
    """Optional attributes only where sent; a name that is too long is cut; a country that is none, the request's."""
    optional = {"attribute": "L", "required": False, "example": ["x"]}
    rules = profile(carry="directory", subject=subject_rules(optional, {**optional, "attribute": "ST"}))
    facts = replace(FACTS, legal_name="x" * 63 + " long", country="Atlantis")
    sent = request(kit.name(("C", "FR"), ("L", "Paris"), *GOOD[1:]))
    issued = rfc4514(subject_of(rules, sent, facts))
    assert issued == f"L=Paris,CN={APPLICATION},OU={ORGANISATION},O={'x' * 63},C=FR"


def test_usages_are_the_profiles() -> None:
    """Whatever the request asks for, and how critical it calls it (csr E-29, H-02)."""
    rules = profile(
        key_usage=["digitalSignature", "keyAgreement"],
        extended_key_usage=["serverAuth", "clientAuth"],
        san={"dns": "optional"},
    )
    asked = asking(
        kit.key_usage(0x20, 5, critical=False),
        kit.eku("1.3.6.1.5.5.7.3.2", critical=True),
        kit.extension(kit.SKI, b"\4\1a"),
    )
    extensions = read(rules, asked)
    assert [(e.oid.dotted_string, e.critical) for e in extensions] == [
        (kit.BASIC_CONSTRAINTS, True),
        (kit.KEY_USAGE, True),
        (kit.EKU, False),
    ]
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_agreement, usage.key_encipherment) == (True, True, False)
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [oid.dotted_string for oid in purposes] == ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]


@given(st.sets(st.sampled_from(KEY_USAGES)))
def test_every_choice_of_usages_is_strict_der(names: set[str]) -> None:
    """Named bits without trailing zeros, and a library reads what was meant."""
    chosen = {"digitalSignature", "keyAgreement", *names}
    usage = read(profile(key_usage=sorted(chosen)), request()).get_extension_for_class(x509.KeyUsage).value
    spelt = {"digitalSignature": "digital_signature", "nonRepudiation": "content_commitment",
             "keyEncipherment": "key_encipherment", "dataEncipherment": "data_encipherment",
             "keyAgreement": "key_agreement", "encipherOnly": "encipher_only",
             "decipherOnly": "decipher_only"}  # fmt: skip
    assert {name for name, attribute in spelt.items() if getattr(usage, attribute)} == chosen


def test_names_are_copied_once_each_and_never_critical() -> None:
    """In their order; a name that differs in case alone is the same host."""
    each = [kit.dns("b.example"), kit.dns("a.example"), kit.dns("B.example"), kit.ip(b"\x0a\0\0\1")]
    asked = asking(kit.san(*each, critical=True))
    extension = read(profile(san={"dns": "optional", "ip": "optional"}), asked)[2]
    assert not extension.critical
    assert [str(name.value) for name in extension.value] == ["b.example", "a.example", "10.0.0.1"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changed", "extensions"),
    [
        ({}, 2),
        ({"extended_key_usage": ["clientAuth"]}, 3),
        ({"qc_statements": "optional"}, 3),
    ],
)
def test_statements_are_copied_where_the_type_has_them(changed: dict[str, Any], extensions: Sequence[Any]) -> None:
    """As they stand in the request (connect.md 6.6)."""
    statements = kit.extension(
        "1.3.6.1.5.5.7.1.3", der.sequence(der.sequence(der.oid("0.4.0.1862.1.1"))), critical=True
    )
    found = leaf_extensions(profile(**changed), asking(statements))
    assert len(found) == extensions
    if "qc_statements" in changed:
        assert b"\x01\x01\xff" not in found[-1]
