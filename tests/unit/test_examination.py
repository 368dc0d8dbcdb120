"""A request from octets to findings: nothing raises, all ends soon, and what passes is what it seems (R8, R9)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import errors_among
from app.pki import der
from app.pki.examination import examine
from app.pki.leaf import leaf_extensions, subject_of
from app.pki.policy import judge
from app.pki.request import Examination, Leniency
from app.pki.rsa_numbers import modulus_findings
from tests.api import csr_kit as kit
from tests.unit.pki_profiles import FACTS, GOOD, profile

ANY = profile(
    key={"rsa": [2048, 3072], "ec": ["P-256"], "okp": ["Ed25519"]},
    san={"dns": "optional", "uri": "optional", "ip": "optional", "email": "optional", "other_names": ["1.2.3.4"]},
    extended_key_usage=["clientAuth"],
)
LENIENCY = Leniency()
FULL = kit.csr(
    kit.name(*GOOD),
    kit.extension(kit.BASIC_CONSTRAINTS, der.sequence()),
    kit.key_usage(0xA0, 5),
    kit.eku("1.3.6.1.5.5.7.3.2"),
    kit.san(kit.dns("a.example"), kit.uri("https://a.example"), kit.ip(b"\x0a\0\0\1"), kit.email("a@b.example")),
    kit.extension(kit.SKI, b"\x04\x01a"),
    attributes=[kit.attribute(kit.CHALLENGE_PASSWORD, der.tlv(der.UTF8_STRING, b"x"))],
)


def whole(body: bytes) -> Examination:
    """Examined, judged and, whatever was found, put into the form of a certificate."""
    examination = examine(body, ANY, LENIENCY)
    if examination.request is None:
        return examination
    found = (*examination.findings, *judge(examination.request, ANY, FACTS, LENIENCY))
    leaf_extensions(ANY, examination.request)
    subject_of(ANY, examination.request, FACTS)
    return Examination(found, examination.request)


def test_a_full_request_is_good() -> None:
    """All parts that the mutations below start from; the key id alone is told as ignored."""
    found = whole(kit.pem(FULL))
    assert [finding.code for finding in found.findings] == ["csr.ext.ignored"]
    assert found.is_good


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_body_raises(body: bytes) -> None:
    """Any octets, bare and in armour: refused, with a text that can be shown."""
    for sent in (body, kit.pem(body), kit.pem(der.sequence(body))):
        found = whole(sent)
        assert errors_among(found.findings)
        assert all(finding.text.isascii() and finding.text.isprintable() for finding in found.findings)


@settings(max_examples=400)
@given(st.data())
def test_no_changed_request_passes(data: st.DataObject) -> None:
    """Octets of a good request replaced, left out or put in: never an exception, never accepted."""
    octets = bytearray(FULL)
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(octets) - 1))
        length, put_in = data.draw(st.integers(0, 2)), data.draw(st.binary(max_size=3))
        octets[position : position + length] = put_in
    found = whole(kit.pem(bytes(octets)))
    assert bytes(octets) == FULL or errors_among(found.findings)


PARTS = st.sampled_from(
    [b"", b"\0", b"\x05\0", b"\x30\0", b"\x31\0", b"\x04\0", b"\x01\x01\xff", b"*.com", b"a.example", b"\xff" * 70]
)


@settings(max_examples=200)
@given(
    oid=st.sampled_from([kit.SAN, kit.KEY_USAGE, kit.EKU, kit.CDP, kit.AIA, kit.AKI, "1.2.3"]),
    parts=st.lists(PARTS, max_size=4),
    tag=st.integers(0, 255),
)
def test_what_passes_is_read_alike_by_a_library(oid: str, parts: list[bytes], tag: int) -> None:
    """Rightly signed requests with odd extensions: those that we accept `cryptography` can read, and so the leaf."""
    value = der.sequence(*(der.tlv(tag, part) for part in parts))
    request = kit.csr(kit.name(*GOOD), kit.extension(oid, value))
    found = whole(kit.pem(request))
    if errors_among(found.findings):
        return
    assert found.request is not None
    read = x509.load_der_x509_csr(request)
    assert read.is_signature_valid
    assert len(list(read.extensions)) == 1
    again = kit.csr(subject_of(ANY, found.request, FACTS), *leaf_extensions(ANY, found.request))
    assert x509.load_der_x509_csr(again).extensions


@given(st.integers(1, 2**64), st.integers(1, 2**40))
def test_no_modulus_raises(first: int, second: int) -> None:
    """Small, even, prime or composite: findings, never an exception."""
    for n in (first, first * second, (2**1024 + first) * second, 2**2047 + first):
        list(modulus_findings(n))


@pytest.mark.parametrize("n", [1, 757 * 761, 2**31 - 1, (2**127 - 1) * (2**521 - 1), 2**1279 - 1])
def test_tiny_moduli_are_looked_at(n: int) -> None:
    """Numbers for which a library has no key at all."""
    list(modulus_findings(n))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"-----BEGIN CERTIFICATE REQUEST-----\n" * 20_000, id="begins"),
        pytest.param((b"-----BEGIN X-----\n-----END X-----\n") * 20_000, id="blocks"),
        pytest.param(b"-" * 1_000_000, id="dashes"),
        pytest.param(b"-----BEGIN " + b"A" * 1_000_000, id="label"),
        pytest.param(b'{"kty":' * 100_000, id="json"),
        pytest.param(b"begin private" * 80_000, id="private"),
        pytest.param(b"\\n" * 500_000, id="escapes"),
        pytest.param(b"MII" * 300_000, id="base64"),
        pytest.param(kit.pem(b"\x30\x80" * 300_000), id="indefinite"),
        pytest.param(kit.pem(der.sequence(b"\x30\x00" * 100_000)), id="sequences"),
        pytest.param(kit.pem(der.sequence(b"\x31\x00" * 49_000)), id="sets"),
        pytest.param(kit.pem(der.set_of([b"\x02\x01\x05"] * 49_000)), id="one-set"),
        pytest.param(kit.pem(der.tlv(der.OID, b"\x81" * 900_000)), id="identifier"),
        pytest.param(kit.pem(kit.csr(kit.name(("CN", "x" * 700_000)))), id="csr-D-11"),
    ],
)
def test_huge_bodies_end_soon(body: bytes) -> None:
    """R9: at most a second of CPU, whatever was allowed in (max_csr_bytes may be raised)."""
    before = time.process_time()
    assert errors_among(whole(body).findings)
    assert time.process_time() - before < 1


def test_accessors_of_a_refused_request_are_still_there() -> None:
    """All faults can be told at once: subject and names are judged although signature and key are bad."""
    n, _d = kit.odd_numbers("by_3")
    octets = kit.info(kit.name(*GOOD[:3], ("CN", "evil")), kit.rsa_spki(n))
    body: Any = kit.signed(octets, None, kit.RSA_SHA1, b"\1" * 256)
    assert [finding.code for finding in whole(kit.pem(body)).findings] == [
        "csr.key.rsa.small_factor",
        "csr.signature.weak_hash",
        "csr.subject.software_mismatch",
    ]
