"""Distinguished names: read tolerantly, written as text and as octets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pki import der
from app.pki.attributes import ATTRIBUTES, preferred_type, string_types
from app.pki.countries import country_code, is_country_code
from app.pki.names import encode_attribute, encode_name, parse_name, rfc4514
from tests.api import csr_kit as kit
from tests.tools import need


def test_a_name_is_read_with_its_octets() -> None:
    """Types, texts and relative names in their order."""
    name = parse_name(kit.rdns([("C", "GB")], [("O", "Acme"), ("OU", "Bank")], [("CN", "x")]))
    assert [(a.name, a.text, a.rdn) for a in name.attributes] == [
        ("C", "GB", 0), ("O", "Acme", 1), ("OU", "Bank", 1), ("CN", "x", 2),
    ]  # fmt: skip
    assert [len(rdn) for rdn in name.rdns] == [1, 2, 1]
    assert name.problems == ()


@pytest.mark.parametrize(
    ("tag", "octets", "text", "problem"),
    [
        pytest.param(der.UTF8_STRING, "Zoë".encode(), "Zoë", "", id="utf8"),
        pytest.param(der.UTF8_STRING, b"\xff\xfe", None, "bad_utf8", id="csr-D-17"),
        pytest.param(der.UTF8_STRING, b"\xc0\x80", None, "bad_utf8", id="utf8-overlong"),
        pytest.param(der.UTF8_STRING, b"\xed\xa0\x80", None, "bad_utf8", id="utf8-surrogate"),
        pytest.param(der.PRINTABLE_STRING, b"Acme (UK)", "Acme (UK)", "", id="printable"),
        pytest.param(der.PRINTABLE_STRING, b"a@b", "a@b", "string_type", id="csr-D-16"),
        pytest.param(der.TELETEX_STRING, b"S\xe3o", "São", "", id="teletex-is-latin-1"),
        pytest.param(der.IA5_STRING, b"a@b", "a@b", "", id="ia5"),
        pytest.param(der.IA5_STRING, b"\x80", None, "string_type", id="ia5-high"),
        pytest.param(kit.BMP_STRING, b"\x00A\x00B", "AB", "", id="bmp"),
        pytest.param(kit.BMP_STRING, b"\x00A\x00", None, "string_type", id="csr-D-19"),
        pytest.param(kit.BMP_STRING, b"\xd8\x00", None, "string_type", id="bmp-surrogate"),
        pytest.param(der.INTEGER, b"\x01", None, "string_type", id="csr-D-20"),
        pytest.param(der.SEQUENCE, b"", None, "string_type", id="sequence"),
    ],
)
def test_values_say_their_text_or_why_not(tag: int, octets: bytes, text: str | None, problem: str) -> None:
    """What cannot be read is marked, never raised."""
    (attribute,) = parse_name(kit.name(("CN", octets, tag))).attributes
    assert (attribute.text, attribute.problem) == (text, problem)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30", id="cut"),
        pytest.param(der.tlv(der.SET, b""), id="set"),
        pytest.param(der.sequence(der.sequence()), id="no-set"),
        pytest.param(der.sequence(der.set_of([])), id="empty-rdn"),
        pytest.param(der.sequence(der.set_of([der.integer(1)])), id="no-attribute"),
        pytest.param(der.sequence(der.set_of([der.sequence(der.oid("2.5.4.3"))])), id="no-value"),
        pytest.param(der.sequence(der.set_of([der.sequence(der.integer(1), der.integer(1))])), id="no-oid"),
        pytest.param(kit.name(("CN", "x")) + b"\x00", id="trailing"),
    ],
)
def test_what_is_no_name_has_problems(octets: bytes) -> None:
    """Each is told in words; the rest is still read."""
    assert parse_name(octets).problems


@pytest.mark.case("csr-D-29")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme, Inc.", r"Acme\, Inc."),
        ('"Acme" + Sons', r"\"Acme\" \+ Sons"),
        ("#1 Bank", r"\#1 Bank"),
        ("a#1", "a#1"),
        (" Acme ", r"\ Acme\ "),
        (" ", r"\ "),
        ("a;b<c>d=e", r"a\;b\<c\>d=e"),
        ("back\\slash", r"back\\slash"),
        ("Zoë 🏦", "Zoë 🏦"),
        ("a\r\nb\0", r"a\0D\0Ab\00"),
        ("a\u202eb", r"a\E2\80\AEb"),
        ("", ""),
    ],
)
def test_text_is_escaped_after_rfc_4514(text: str, shown: str) -> None:
    """Signs of the syntax get a backslash; what cannot be seen is written as octets, so it stays one line."""
    assert rfc4514(kit.name(("O", text))) == f"O={shown}"


def test_attributes_without_a_short_name_are_octets() -> None:
    """connect.md 11: 2.5.4.97, 2.5.4.5, 2.5.4.15 and 1.3.6.1.4.1.311.60.2.1.3 in hex; most specific first."""
    name = kit.name(
        ("businessCategory", "Private Organization"),
        ("jurisdictionCountryName", "BR"),
        ("serialNumber", "123"),
        ("C", "BR"),
        ("organizationIdentifier", "OFBBR-1"),
        ("UID", "u"),
        ("CN", "c"),
    )
    assert rfc4514(name) == (
        "CN=c,UID=u,2.5.4.97=#0c074f464242522d31,C=BR,2.5.4.5=#1303313233,1.3.6.1.4.1.311.60.2.1.3=#13024252,"
        "2.5.4.15=#0c1450726976617465204f7267616e697a6174696f6e"
    )


def test_several_attributes_of_one_rdn_are_joined_by_plus() -> None:
    """RFC 4514, 2.2, in the order of the octets."""
    assert rfc4514(kit.rdns([("C", "BR")], [("OU", "a"), ("OU", "bb")], [("CN", b"\x01", der.INTEGER)])) == (
        "CN=#020101,OU=a+OU=bb,C=BR"
    )


def test_openssl_writes_the_same_text(tmp_path: Path) -> None:
    """`-nameopt rfc2253` without its own escapes agrees on order, escapes and hex."""
    pairs = [("C", "GB"), ("O", 'A, "B" + <C>; \\D'), ("OU", "#x "), ("CN", "Zoë")]
    file = tmp_path / "x.csr"
    file.write_bytes(kit.pem(kit.csr(kit.name(*pairs))))
    command = [need("openssl"), "req", "-in", str(file), "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip().removeprefix("subject=").strip() == rfc4514(kit.name(*pairs))


def test_we_write_names_that_a_library_reads() -> None:
    """Round trip through cryptography, with the string types of X.520."""
    pairs = [("C", "GB"), ("O", "Zoë"), ("serialNumber", "12"), ("DC", "example"), ("CN", "x")]
    octets = encode_name([encode_attribute(ATTRIBUTES[name], text)] for name, text in pairs)
    read = x509.load_der_x509_csr(kit.csr(octets)).subject
    assert [attribute.value for attribute in read] == [text for _, text in pairs]
    assert read.public_bytes() == octets
    assert [a.tag for a in parse_name(octets).attributes] == [19, 12, 19, 22, 12]


def test_a_text_that_its_string_type_cannot_hold_is_utf8() -> None:
    """A country code with an odd character is still written rightly."""
    assert parse_name(encode_name([[encode_attribute(ATTRIBUTES["C"], "G@")]])).attributes[0].tag == der.UTF8_STRING


@given(st.binary(max_size=200))
def test_no_octets_raise(octets: bytes) -> None:
    """Reading and writing as text end for every input."""
    rfc4514(octets)
    name = parse_name(octets)
    assert name.problems or all(attribute.oid for attribute in name.attributes)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(sorted(ATTRIBUTES)), st.text(min_size=1, max_size=20)), max_size=5))
def test_what_was_written_is_read_again(pairs: list[tuple[str, str]]) -> None:
    """Any attributes and texts, surrogates aside, which no encoding has."""
    pairs = [(name, text.encode("utf-8", "ignore").decode()) for name, text in pairs]
    octets = encode_name([encode_attribute(ATTRIBUTES[name], text)] for name, text in pairs)
    name = parse_name(octets)
    assert [(a.name, a.text) for a in name.attributes] == pairs
    assert "\n" not in rfc4514(octets)
    assert name.problems == ()


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=6)), max_size=4))
def test_every_type_of_value_is_read(values: list[tuple[int, bytes]]) -> None:
    """A value has a text or a problem, whatever its tag."""
    name = parse_name(kit.rdns(*([("CN", octets, tag)] for tag, octets in values)))
    assert all(attribute.text is not None or attribute.problem for attribute in name.attributes)
    rfc4514(name.der)


def test_we_write_string_types_that_we_accept() -> None:
    """For every attribute that profiles may name."""
    for oid in ATTRIBUTES.values():
        assert preferred_type(oid) in string_types(oid)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GB", "GB"),
        ("gb", "GB"),
        ("GBR", "GB"),
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        ("Brasil", "BR"),
        ("the netherlands", "NL"),
        ("Côte d'Ivoire", "CI"),
        ("Cote d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "CI"),
        ("  United  Arab\tEmirates ", "AE"),
        ("U.S.A.", "US"),
        ("Atlantis", ""),
        ("", ""),
        ("XX", ""),
    ],
)
def test_countries_are_known_by_name_and_code(text: str, code: str) -> None:
    """rulings.md 15: names are mapped to ISO 3166 codes."""
    assert country_code(text) == code
    assert not code or is_country_code(code)


def test_a_country_code_is_two_assigned_capitals() -> None:
    """In a subject nothing else passes."""
    assert [text for text in ("GB", "gb", "GBR", "UK", "XX", "G", "") if is_country_code(text)] == ["GB"]
