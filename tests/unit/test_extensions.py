"""Requested extensions and attributes against the allow list of a profile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Finding
from app.pki import der
from app.pki.domains import foreign_hosts
from app.pki.extensions import examine_extensions
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest
from tests.api import csr_kit as kit
from tests.unit.pki_profiles import FACTS, GOOD, asking, profile, request, subject_rules

CLIENT = profile(
    san={"dns": "optional", "uri": "optional", "ip": "optional", "email": "optional", "other_names": ["1.2.3.4"]},
    extended_key_usage=["clientAuth"],
)
HOST = r"(\*\.)?([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+"
SERVER = profile(
    subject=subject_rules(CN={"equals": [], "pattern": HOST, "required": False}),
    extended_key_usage=["serverAuth", "clientAuth"],
    san={"dns": "required", "wildcard": True, "agree_with_cn": True},
)
PLAIN = profile()
"""Without any name or extended usage."""


def findings(
    asked: CertificateRequest, rules: CertificateProfile = CLIENT, *, allow_unknown: bool = False
) -> list[Finding]:
    return list(examine_extensions(asked, rules, allow_unknown=allow_unknown))


def codes(asked: CertificateRequest, rules: CertificateProfile = CLIENT) -> list[str]:
    """Codes without their area; warnings in brackets."""
    told = [(finding.code.removeprefix("csr."), finding.severity) for finding in findings(asked, rules)]
    return [code if severity == "error" else f"({code})" for code, severity in told]


def names(*each: bytes) -> CertificateRequest:
    return asking(kit.san(*each))


def raw(oid: str, value: str, *, critical: bool = False) -> CertificateRequest:
    """One extension whose value is given in hex."""
    return asking(kit.extension(oid, bytes.fromhex(value), critical=critical))


def test_a_request_without_extensions_is_good() -> None:
    """Nothing is asked for, nothing is found."""
    assert findings(request()) == []


def test_all_that_a_profile_has_may_be_asked_for() -> None:
    """As the downloaded configuration does (connect.md 8); whatever is critical (csr E-29)."""
    asked = asking(
        kit.extension(kit.BASIC_CONSTRAINTS, der.sequence(), critical=True),
        kit.key_usage(0b10100000, 5),
        kit.eku("1.3.6.1.5.5.7.3.2", critical=True),
        kit.san(kit.dns("api.acme.example"), critical=True),
    )
    assert findings(asked) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "30030101ff"), ["ext.ca"], id="csr-E-01"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "30030101ff", critical=True), ["ext.ca"], id="csr-E-01-critical"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "30060101ff020100"), ["ext.ca"], id="csr-E-01-path-length"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "3003010101"), ["ext.malformed", "ext.ca"], id="csr-E-01-ber-true"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "3003010100"), ["ext.malformed"], id="ca-false-spelt-out"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "3003020100"), ["ext.malformed"], id="path-length-alone"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "0500"), ["ext.malformed"], id="basic-constraints-null"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, ""), ["ext.malformed"], id="basic-constraints-empty"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "300000"), ["ext.malformed"], id="basic-constraints-trailing"),
        pytest.param(raw(kit.KEY_USAGE, "03020204"), ["ext.key_usage"], id="csr-E-02-sign"),
        pytest.param(raw(kit.KEY_USAGE, "03020102"), ["ext.key_usage"], id="csr-E-02-crl"),
        pytest.param(raw(kit.KEY_USAGE, "03020106"), ["ext.key_usage"], id="csr-E-02-both"),
        pytest.param(raw(kit.KEY_USAGE, "030201a6"), ["ext.key_usage"], id="csr-E-02-mixed"),
        pytest.param(raw(kit.KEY_USAGE, "03020001"), ["ext.key_usage"], id="encipher-only"),
        pytest.param(raw(kit.KEY_USAGE, "0303070080"), ["ext.key_usage"], id="decipher-only"),
        pytest.param(raw(kit.KEY_USAGE, "030205a0"), [], id="own-usages"),
        pytest.param(raw(kit.KEY_USAGE, "03020640"), ["(ext.ignored)"], id="usage-not-given"),
        pytest.param(raw(kit.KEY_USAGE, "030100"), ["ext.malformed"], id="csr-E-06-no-bits"),
        pytest.param(raw(kit.KEY_USAGE, "03020700"), ["ext.malformed"], id="csr-E-06-zero-bits"),
        pytest.param(raw(kit.KEY_USAGE, "030200a0"), ["ext.malformed"], id="trailing-zero-bits"),
        pytest.param(raw(kit.KEY_USAGE, "0303060040"), ["ext.malformed"], id="unknown-bit"),
        pytest.param(raw(kit.KEY_USAGE, "0304000000ff"), ["ext.malformed"], id="too-many-bits"),
        pytest.param(raw(kit.KEY_USAGE, "0401a0"), ["ext.malformed"], id="usage-no-bits-type"),
        pytest.param(asking(kit.eku("1.3.6.1.5.5.7.3.9")), ["ext.eku"], id="csr-E-03-ocsp"),
        pytest.param(asking(kit.eku("1.3.6.1.5.5.7.3.3")), ["ext.eku"], id="csr-E-03-code"),
        pytest.param(asking(kit.eku("1.3.6.1.5.5.7.3.8")), ["ext.eku"], id="csr-E-03-time"),
        pytest.param(asking(kit.eku("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.9")), ["ext.eku"], id="csr-E-03-mixed"),
        pytest.param(asking(kit.eku("2.5.29.37.0")), ["ext.eku"], id="csr-E-04"),
        pytest.param(asking(kit.eku("1.3.6.1.5.5.7.3.1")), ["ext.eku"], id="csr-E-05"),
        pytest.param(asking(kit.eku("1.2.3.4")), ["ext.eku"], id="eku-unknown"),
        pytest.param(asking(kit.eku()), ["ext.malformed"], id="csr-E-06"),
        pytest.param(asking(kit.eku(*["1.3.6.1.5.5.7.3.2"] * 2)), ["ext.malformed"], id="eku-twice"),
        pytest.param(raw(kit.EKU, "3003020101"), ["ext.malformed"], id="eku-integer"),
    ],
)
def test_usages_follow_the_profile(asked: CertificateRequest, expected: list[str]) -> None:
    """What would make a CA, a responder or a server is refused; what is malformed is refused as such."""
    assert codes(asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(names(kit.dns("api.acme.example")), [], id="host"),
        pytest.param(names(kit.dns("API.Acme.Example")), [], id="upper-case"),
        pytest.param(names(kit.dns("xn--mnchen-3ya.example")), [], id="a-label"),
        pytest.param(names(kit.dns("localhost")), [], id="one-label"),
        pytest.param(names(kit.dns("*.acme.example")), [], id="wildcard"),
        pytest.param(names(kit.dns("*")), ["ext.san.wildcard"], id="csr-E-09-star"),
        pytest.param(names(kit.dns("*.com")), ["ext.san.wildcard"], id="csr-E-09-top"),
        pytest.param(names(kit.dns("f*o.example.com")), ["ext.san.wildcard"], id="csr-E-09-inside"),
        pytest.param(names(kit.dns("*.*.example.com")), ["ext.san.wildcard"], id="csr-E-09-two"),
        pytest.param(names(kit.dns("www.*.example.com")), ["ext.san.wildcard"], id="csr-E-09-inner"),
        pytest.param(names(kit.dns("*example.com")), ["ext.san.wildcard"], id="csr-E-09-no-dot"),
        pytest.param(names(kit.dns("*.")), ["ext.san.wildcard"], id="csr-E-09-dot"),
        pytest.param(names(kit.dns("a\0.example")), ["ext.san"], id="csr-E-10"),
        pytest.param(names(kit.dns("")), ["ext.san"], id="csr-E-11"),
        pytest.param(names(kit.dns("münchen.example")), ["ext.san"], id="csr-E-12"),
        pytest.param(names(kit.dns("acme.example.")), ["ext.san"], id="trailing-dot"),
        pytest.param(names(kit.dns(".acme.example")), ["ext.san"], id="leading-dot"),
        pytest.param(names(kit.dns("a..example")), ["ext.san"], id="empty-label"),
        pytest.param(names(kit.dns("a_b.example")), ["ext.san"], id="underscore"),
        pytest.param(names(kit.dns("-a.example")), ["ext.san"], id="hyphen"),
        pytest.param(names(kit.dns("a b.example")), ["ext.san"], id="blank"),
        pytest.param(names(kit.dns("https://a.example")), ["ext.san"], id="address"),
        pytest.param(names(kit.dns("10.0.0.1")), ["ext.san"], id="ip-as-host"),
        pytest.param(names(kit.dns("a" * 64 + ".example")), ["ext.san"], id="long-label"),
        pytest.param(names(kit.dns("a." * 126 + "aa")), ["ext.san"], id="long-name"),
        pytest.param(names(kit.dns("xn--zzzz-A999999999.example")), ["ext.san"], id="bad-a-label"),
        pytest.param(names(kit.dns("xn--abc.example")), ["ext.san"], id="a-label-of-nothing"),
        pytest.param(
            names(kit.general_name(4, kit.name(("CN", "x")), constructed=True)),
            ["ext.san", "(ext.san.missing)"],
            id="dir-name",
        ),
        pytest.param(names(kit.general_name(8, b"\x2a")), ["ext.san", "(ext.san.missing)"], id="registered-id"),
        pytest.param(names(kit.general_name(9, b"x")), ["ext.malformed", "(ext.san.missing)"], id="unknown-kind"),
        pytest.param(names(kit.dns("a.example"), kit.email("a@b.example")), ["ext.san"], id="kind-not-taken"),
        pytest.param(names(kit.dns("a.example"), kit.ip(b"\x7f\0\0\1")), ["ext.san.ip"], id="ip-not-taken"),
        pytest.param(names(kit.dns("a.example"), kit.uri("https://a.example")), ["ext.san.uri"], id="uri-not-taken"),
        pytest.param(names(*[kit.dns("a.example")] * 2), ["(ext.ignored)"], id="twice"),
        pytest.param(names(kit.dns("a.example"), kit.dns("A.example")), ["(ext.ignored)"], id="twice-in-other-case"),
        pytest.param(names(), ["ext.malformed", "(ext.san.missing)"], id="empty-list"),
        pytest.param(names(kit.dns("")), ["ext.san"], id="empty-name"),
        pytest.param(raw(kit.SAN, "3003820961"), ["ext.malformed", "(ext.san.missing)"], id="csr-E-23"),
        pytest.param(request(), ["(ext.san.missing)"], id="csr-E-07"),
        pytest.param(names(*(kit.dns(f"h{i}.example") for i in range(101))), ["ext.san.too_many"], id="csr-E-16-101"),
    ],
)
def test_server_names_are_hosts(asked: CertificateRequest, expected: list[str]) -> None:
    """Letters, digits, hyphens; a star alone leftmost with two labels behind it."""
    assert codes(asked, SERVER) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(names(kit.ip(b"\x0a\0\0\1"), kit.ip(b"\xfe\x80" + b"\1" * 14)), [], id="ip"),
        pytest.param(names(kit.ip(b"\x0a\0\0\1\1")), ["ext.san.ip"], id="csr-E-13"),
        pytest.param(names(kit.ip(b"")), ["ext.san.ip"], id="csr-E-13-none"),
        pytest.param(names(kit.ip(b"\x0a\0\0\1\xff\0\0\0")), ["ext.san.ip"], id="csr-E-13-with-mask"),
        pytest.param(names(kit.ip(b"\0\0\0\0")), ["ext.san.ip"], id="ip-unspecified"),
        pytest.param(names(kit.ip(b"\xe0\0\0\1")), ["ext.san.ip"], id="ip-multicast"),
        pytest.param(names(kit.other_name("1.2.3.4", der.tlv(der.UTF8_STRING, b"x"))), [], id="csr-E-14-listed"),
        pytest.param(names(kit.other_name("1.2.3.5", der.tlv(12, b"x"))), ["ext.san.othername"], id="csr-E-14"),
        pytest.param(names(kit.other_name("1.2.3.4", der.integer(1))), ["ext.san.othername"], id="other-no-string"),
        pytest.param(names(kit.other_name("1.2.3.4", der.tlv(12, b"\xff"))), ["ext.san.othername"], id="other-utf8"),
        pytest.param(names(kit.other_name("1.2.3.4", der.tlv(12, b"a\0"))), ["ext.san.othername"], id="other-nul"),
        pytest.param(
            names(kit.general_name(0, der.oid("1.2.3.4"), constructed=True)), ["ext.san.othername"], id="other-bare"
        ),
        pytest.param(names(kit.uri("https://acme.example/x?y=%20#z")), [], id="uri"),
        pytest.param(names(kit.uri("https://[::1]:8443/")), [], id="uri-ipv6"),
        pytest.param(names(kit.uri("https://10.0.0.1")), [], id="uri-ipv4"),
        pytest.param(names(kit.uri("javascript:alert(1)")), ["ext.san.uri"], id="csr-E-15"),
        pytest.param(names(kit.uri("file:///etc/passwd")), ["ext.san.uri"], id="csr-E-15-file"),
        pytest.param(names(kit.uri("JavaScript:alert(1)")), ["ext.san.uri"], id="csr-E-15-case"),
        pytest.param(names(kit.uri(" https://a.example")), ["ext.san.uri"], id="uri-blank"),
        pytest.param(names(kit.uri("https://a.example/\r\nx")), ["ext.san.uri"], id="uri-line-break"),
        pytest.param(names(kit.uri("https://a.example/\0")), ["ext.san.uri"], id="uri-nul"),
        pytest.param(names(kit.uri("https://a.example/%zz")), ["ext.san.uri"], id="uri-escape"),
        pytest.param(names(kit.uri("https://user@a.example/")), ["ext.san.uri"], id="uri-user"),
        pytest.param(names(kit.uri("https:///x")), ["ext.san.uri"], id="uri-no-host"),
        pytest.param(names(kit.uri("https:x")), ["ext.san.uri"], id="uri-no-authority"),
        pytest.param(names(kit.uri("https://a.example:99999/")), ["ext.san.uri"], id="uri-port"),
        pytest.param(names(kit.uri("https://[::1/")), ["ext.san.uri"], id="uri-bracket"),
        pytest.param(names(kit.uri("https://münchen.example/")), ["ext.san.uri"], id="uri-utf8"),
        pytest.param(names(kit.uri("acme.example/x")), ["ext.san.uri"], id="uri-no-scheme"),
        pytest.param(names(kit.uri("")), ["ext.san.uri"], id="uri-empty"),
        pytest.param(names(kit.uri("https://a.example/" + "x" * 3000)), ["ext.san.uri"], id="uri-long"),
        pytest.param(names(kit.email("jo.e+x@acme.example")), [], id="email"),
        pytest.param(names(kit.email("jo")), ["ext.san"], id="email-no-host"),
        pytest.param(names(kit.email("Jo <jo@acme.example>")), ["ext.san"], id="email-display-name"),
        pytest.param(names(kit.email("jo@a\0b.example")), ["ext.san"], id="email-nul"),
        pytest.param(names(kit.dns("*.acme.example")), ["ext.san.wildcard"], id="csr-E-09-not-taken"),
    ],
)
def test_other_names_have_their_form(asked: CertificateRequest, expected: list[str]) -> None:
    """Each kind after its own rule, on a client type that takes all of them."""
    assert codes(asked) == expected


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("acme.example", True),
        ("acme.example/support?x=1", True),
        ("acme.example:8443/x", True),
        ("//acme.example", True),
        ("https://acme.example", True),
        ("javascript:alert(1)", False),
        ("javascript:1/alert(1)", False),
        ("mailto:jo@acme.example", False),
        ("/etc/passwd", False),
        ("../x", False),
    ],
)
def test_a_uri_may_lack_its_scheme_where_the_profile_says_so(address: str, *, good: bool) -> None:
    """rulings.md 6; something that has a scheme does not lack it."""
    rules = profile(san={"uri": "optional", "uri_schemes": ["https", ""]})
    assert codes(names(kit.uri(address)), rules) == ([] if good else ["ext.san.uri"])


def test_a_profile_may_narrow_what_is_asked_for() -> None:
    """`request_key_usage` and `request_extended_key_usage`."""
    rules = profile(request_key_usage=["digitalSignature", "keyEncipherment"], request_extended_key_usage=[])
    assert codes(raw(kit.KEY_USAGE, "03020640"), rules) == ["ext.key_usage"]
    assert codes(asking(kit.eku("1.3.6.1.5.5.7.3.2")), rules) == ["ext.eku"]
    assert codes(raw(kit.KEY_USAGE, "030205a0"), rules) == []


def test_names_are_refused_where_the_type_has_none() -> None:
    """One finding, however many names."""
    assert codes(names(*[kit.dns("a.example")] * 50), PLAIN) == ["ext.san"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(raw("1.2.3.4", "0500", critical=True), ["ext.unknown_critical"], id="csr-E-17"),
        pytest.param(raw("1.2.3.4", "0500"), ["ext.unknown"], id="csr-E-18"),
        pytest.param(raw("1.2.3.4", "ff"), ["ext.malformed", "ext.unknown"], id="csr-E-18-malformed"),
        pytest.param(asking(*[kit.san(kit.dns("a.example"))] * 2), ["ext.duplicate"], id="csr-E-19"),
        pytest.param(raw("1.3.6.1.4.1.11129.2.4.2", "0400"), ["ext.not_allowed"], id="csr-E-26-sct"),
        pytest.param(raw("1.3.6.1.4.1.11129.2.4.3", "0500", critical=True), ["ext.not_allowed"], id="csr-E-26-poison"),
        pytest.param(raw("1.3.6.1.5.5.7.1.24", "3003020105"), ["ext.not_allowed"], id="csr-E-26-tls-feature"),
        pytest.param(raw("2.5.29.16", "3000"), ["ext.not_allowed"], id="csr-E-26-period"),
        pytest.param(raw("2.5.29.30", "3000", critical=True), ["ext.not_allowed"], id="name-constraints"),
        pytest.param(raw("1.3.6.1.4.1.311.20.2", "1e020041"), ["ext.not_allowed"], id="microsoft-template"),
        pytest.param(raw("1.3.6.1.5.5.7.1.3", "3000"), ["ext.not_allowed"], id="qc-statements-not-taken"),
        pytest.param(raw(kit.SKI, "0402abcd"), ["(ext.ignored)"], id="csr-E-25-ski"),
        pytest.param(raw(kit.AKI, "30048002abcd"), ["(ext.ignored)"], id="csr-E-25-aki"),
        pytest.param(raw(kit.AKI, "3000", critical=True), ["(ext.ignored)"], id="csr-E-25-aki-critical"),
        pytest.param(
            asking(kit.extension(kit.AIA, der.sequence(der.sequence(der.oid("1.2"), kit.uri("http://x.example"))))),
            ["(ext.ignored)"],
            id="csr-E-25-aia",
        ),
        pytest.param(
            asking(
                kit.extension(
                    kit.CDP, der.sequence(der.sequence(der.context(0, der.context(0, kit.uri("http://x.example/crl")))))
                )
            ),
            ["(ext.ignored)"],
            id="csr-E-25-cdp",
        ),
        pytest.param(
            asking(kit.extension(kit.POLICIES, der.sequence(der.sequence(der.oid("1.2.3"))))),
            ["(ext.ignored)"],
            id="csr-E-25-policies",
        ),
        pytest.param(raw(kit.SKI, "0400"), ["ext.malformed"], id="ski-empty"),
        pytest.param(raw(kit.SKI, "abcd"), ["ext.malformed"], id="ski-raw"),
        pytest.param(raw(kit.SKI, "0402abcd00"), ["ext.malformed"], id="ski-trailing"),
        pytest.param(raw(kit.SKI, "040281ab"), ["(ext.ignored)"], id="ski-any-octets"),
        pytest.param(raw(kit.SKI, "048102abcd"), ["ext.malformed"], id="ski-long-length"),
        pytest.param(raw(kit.AKI, "30048302abcd"), ["ext.malformed"], id="aki-field"),
        pytest.param(raw(kit.AIA, "3000"), ["ext.malformed"], id="aia-empty"),
        pytest.param(raw(kit.CDP, "30023000"), ["ext.malformed"], id="cdp-empty-point"),
        pytest.param(raw(kit.CDP, "3004 3002 a000"), ["ext.malformed"], id="cdp-no-name"),
        pytest.param(raw(kit.CDP, "3006 3004 a002 a000"), ["ext.malformed"], id="cdp-no-names"),
        pytest.param(raw(kit.CDP, "3008 3006 a004 a002 0500"), ["ext.malformed"], id="cdp-null"),
        pytest.param(raw(kit.AKI, "3002 a100"), ["ext.malformed"], id="aki-issuer-alone"),
        pytest.param(raw(kit.AIA, "3008 3006 0601 2a 0101 ff"), ["ext.malformed"], id="aia-no-name"),
        pytest.param(raw(kit.POLICIES, "3007 3005 06012a 0500"), ["ext.malformed"], id="policies-null"),
        pytest.param(raw(kit.POLICIES, "3000"), ["ext.malformed"], id="policies-empty"),
        pytest.param(
            asking(kit.extension(kit.POLICIES, der.sequence(*[der.sequence(der.oid("1.2.3"))] * 2))),
            ["ext.malformed"],
            id="policies-twice",
        ),
        pytest.param(
            asking(kit.extension(kit.AIA, der.sequence(der.sequence(der.oid("1.2"), kit.uri("file:///etc/passwd"))))),
            ["ext.not_allowed"],
            id="aia-dangerous",
        ),
        pytest.param(asking(), ["ext.malformed"], id="nothing-asked"),
        pytest.param(
            asking(der.sequence(der.oid(kit.SKI), der.boolean(False), der.octet_string(b"\4\1a"))),
            ["der.non_canonical", "(ext.ignored)"],
            id="default-spelt-out",
        ),
        pytest.param(asking(der.sequence(der.oid(kit.SKI))), ["ext.malformed"], id="no-value"),
        pytest.param(asking(der.sequence(der.integer(1), der.octet_string(b""))), ["ext.malformed"], id="no-oid"),
        pytest.param(asking(der.octet_string(b"")), ["ext.malformed"], id="no-extension"),
    ],
)
def test_the_list_is_closed(asked: CertificateRequest, expected: list[str]) -> None:
    """What is off the list is refused; what the CA decides is ignored and told, unless it is malformed or dangerous."""
    assert codes(asked) == expected


@pytest.mark.case("csr-E-18")
def test_unknown_extensions_can_be_left_out() -> None:
    """With the switch, and only those that are not critical, unknown and well formed."""
    told = findings(raw("1.2.3.4", "0500"), allow_unknown=True)
    assert [(f.code, f.severity) for f in told] == [("csr.ext.unknown", "warning")]
    for refused in (raw("1.2.3.4", "0500", critical=True), raw("2.5.29.16", "3000"), raw("1.2.3.4", "ff")):
        assert any(f.severity == "error" for f in findings(refused, allow_unknown=True))


REQUEST = kit.extension_request(kit.san(kit.dns("a.example")))
MICROSOFT = kit.extension_request(kit.san(kit.dns("b.example")), oid=kit.MICROSOFT_EXTENSIONS)
PURPOSE = kit.eku("1.3.6.1.5.5.7.3.2")
TWO = der.integer(1), der.integer(2)
PASSWORD = kit.attribute(kit.CHALLENGE_PASSWORD, der.tlv(der.UTF8_STRING, b"canary"))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param([PASSWORD], [], id="csr-E-24"),
        pytest.param([PASSWORD, kit.attribute(kit.UNSTRUCTURED_NAME, der.tlv(22, b"x"))], [], id="csr-E-24-name"),
        pytest.param([PASSWORD] * 2, ["attr.duplicate"], id="csr-E-28"),
        pytest.param([kit.attribute(kit.CHALLENGE_PASSWORD)], ["attr.not_single"], id="password-none"),
        pytest.param([kit.attribute(kit.CHALLENGE_PASSWORD, *TWO)], ["attr.not_single"], id="password-two"),
        pytest.param([kit.attribute("1.2.3.4", der.integer(1))], ["(attr.ignored)"], id="unknown"),
        pytest.param([kit.attribute("1.2.3.4", *TWO)], ["(attr.ignored)"], id="unknown-two-values"),
        pytest.param([kit.attribute("1.2.3.4")], ["attr.not_single", "(attr.ignored)"], id="unknown-none"),
        pytest.param(
            [kit.attribute("1.2.3.4", der.integer(1))] * 2, ["attr.duplicate", "(attr.ignored)"], id="unknown-twice"
        ),
        pytest.param([kit.attribute("1.3.6.1.4.1.311.13.2.1", der.sequence())], ["(attr.ignored)"], id="csr-E-27"),
        pytest.param([kit.attribute("1.3.6.1.4.1.311.13.2.3", der.tlv(22, b"10.0"))], [], id="enrolment-bookkeeping"),
        pytest.param(
            [REQUEST, kit.extension_request(kit.san(kit.dns("evil.example")))],
            ["attr.duplicate", "ext.duplicate"],
            id="csr-E-20",
        ),
        pytest.param([kit.attribute(kit.EXTENSION_REQUEST)], ["attr.not_single"], id="csr-E-21-none"),
        pytest.param(
            [kit.attribute(kit.EXTENSION_REQUEST, der.sequence(PURPOSE), der.sequence(kit.san(kit.dns("a.example"))))],
            ["attr.not_single"],
            id="csr-E-21-two",
        ),
        pytest.param([MICROSOFT, kit.extension_request(PURPOSE)], ["attr.duplicate"], id="csr-E-22"),
        pytest.param([MICROSOFT], [], id="microsoft-alone"),
        pytest.param(
            [kit.extension_request(kit.eku("2.5.29.37.0"), oid=kit.MICROSOFT_EXTENSIONS)],
            ["ext.eku"],
            id="microsoft-judged",
        ),
        pytest.param([kit.attribute(kit.EXTENSION_REQUEST, der.integer(1))], ["ext.malformed"], id="no-sequence"),
    ],
)
def test_attributes_stand_there_once(attributes: Sequence[bytes], expected: list[str]) -> None:
    """What asks for nothing is ignored in silence, the unknown with a warning; nothing is repeated."""
    assert codes(request(None, *attributes)) == expected


@pytest.mark.case("csr-E-24")
def test_values_of_attributes_are_never_told() -> None:
    """R10: not even in a refusal."""
    secret = kit.attribute("1.2.3.4", der.tlv(der.UTF8_STRING, b"canary"))
    told = findings(request(None, PASSWORD, PASSWORD, secret, secret))
    assert told
    assert not any("canary" in finding.text for finding in told)


def test_a_host_in_cn_should_be_among_the_names() -> None:
    """connect.md 9: a warning; no second one where there are no names at all."""

    def asked(common_name: str, *each: bytes) -> CertificateRequest:
        subject = kit.name(*GOOD[:3], ("CN", common_name))
        return request(subject, *([kit.extension_request(kit.san(*each))] if each else []))

    host = kit.dns("api.acme.example")
    assert codes(asked("www.acme.example", host), SERVER) == ["(ext.san.cn)"]
    assert codes(asked("API.acme.example", host), SERVER) == []
    assert codes(asked("*.acme.example", kit.dns("*.acme.example")), SERVER) == []
    assert codes(asked("no host", host), SERVER) == []
    assert codes(asked("www.acme.example"), SERVER) == ["(ext.san.missing)"]


PSD2 = "0.4.0.19495.2"


def psd2(roles: Sequence[tuple[str, str]], name: bytes = b"FCA", identity: bytes = b"GB-FCA") -> bytes:
    each = (der.sequence(der.oid(oid), der.tlv(der.UTF8_STRING, role.encode())) for oid, role in roles)
    parts = (der.sequence(*each), der.tlv(der.UTF8_STRING, name), der.tlv(der.UTF8_STRING, identity))
    return der.sequence(der.oid(PSD2), der.sequence(*parts))


ROLE = ("0.4.0.19495.1.3", "PSP_AI")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([psd2([ROLE])], [], id="psd2"),
        pytest.param([der.sequence(der.oid("0.4.0.1862.1.1")), psd2([ROLE])], [], id="two"),
        pytest.param([psd2([("0.4.0.19495.1.3", "PSP_PI")])], ["ext.malformed"], id="role-disagrees"),
        pytest.param([psd2([])], ["ext.malformed"], id="no-role"),
        pytest.param([psd2([ROLE], b"")], ["ext.malformed"], id="no-name"),
        pytest.param([psd2([ROLE], b"F\0")], ["ext.malformed"], id="nul-in-name"),
        pytest.param([psd2([ROLE], identity=b"FCA")], ["ext.malformed"], id="bad-id"),
        pytest.param([psd2([ROLE])] * 2, ["ext.malformed"], id="twice"),
        pytest.param([der.sequence(der.oid(PSD2))], ["ext.malformed"], id="no-content"),
        pytest.param([der.sequence(der.oid("1.2.3"))], ["ext.not_allowed"], id="unknown-statement"),
        pytest.param([], ["ext.malformed"], id="none"),
    ],
)
def test_qualified_statements_are_looked_at(statements: Sequence[bytes], expected: list[str]) -> None:
    """They are copied, so roles, authority and kind are checked before."""
    asked = asking(kit.extension("1.3.6.1.5.5.7.1.3", der.sequence(*statements)))
    assert codes(asked, profile(qc_statements="required")) == expected


def test_required_statements_are_missed() -> None:
    """Only where the profile says so."""
    assert codes(request(), profile(qc_statements="required")) == ["ext.missing"]
    assert codes(request(), profile(qc_statements="optional")) == []


@pytest.mark.case("csr-E-08")
@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("api.other.example", True),
        ("other.example", True),
        ("OTHER.example", True),
        ("*.other.example", True),
        ("another.example", False),
        ("ours.other.example", False),
        ("api.ours.other.example", False),
        ("theirs.acme.example", True),
        ("x.theirs.acme.example", True),
        ("*.acme.example", True),
        ("api.acme.example", False),
        ("free.example", False),
        ("xn--mnchen-3ya.example", True),
        ("example", False),
    ],
)
def test_hosts_of_others_are_refused(host: str, *, refused: bool) -> None:
    """The most specific registered domain decides; whose it is, is not told; a CN that is a host counts too."""
    facts = replace(
        FACTS,
        domains=("acme.example", "ours.other.example"),
        foreign_domains=("other.example", "theirs.acme.example", "münchen.example."),
    )
    by_name = list(foreign_hosts(names(kit.dns(host)), SERVER, facts))
    by_cn = list(foreign_hosts(request(kit.name(*GOOD[:3], ("CN", host))), SERVER, facts))
    assert [f.code for f in by_name] == (["csr.ext.san"] if refused else [])
    assert [f.pointer for f in by_cn] == (["/subject/CN"] if refused else [])
    assert list(foreign_hosts(names(kit.dns(host)), SERVER, FACTS)) == []


@pytest.mark.case("csr-E-16")
def test_huge_requests_are_judged_at_once() -> None:
    """R9: thousands of names, extensions or attributes end in a bounded list within a second."""
    cases: list[Any] = [
        names(*(kit.dns(f"h{i}.example") for i in range(5000))),
        names(kit.uri("https://a.example/" + "%41" * 100_000)),
        names(kit.dns("a." * 50_000)),
        names(kit.dns("xn--" + "a" * 100_000)),
        names(kit.email("a." * 50_000 + "@b.example")),
        asking(*(kit.extension(f"1.2.3.{i}", b"\5\0") for i in range(3000))),
        asking(*[kit.extension(kit.SKI, b"\4\1a")] * 3000),
        request(None, *(kit.attribute(f"1.2.3.{i}", der.integer(1)) for i in range(3000))),
        asking(kit.extension(kit.AIA, der.sequence(*[der.sequence(der.oid("1.2"), kit.uri("http://x"))] * 5000))),
    ]
    for asked in cases:
        for rules in (CLIENT, SERVER):
            before = time.process_time()
            told = findings(asked, rules)
            assert time.process_time() - before < 1
            assert 0 < len(told) < 200


OIDS = [kit.SAN, kit.KEY_USAGE, kit.BASIC_CONSTRAINTS, kit.EKU, kit.SKI, kit.AKI, kit.AIA, kit.CDP, kit.POLICIES,
        "1.3.6.1.5.5.7.1.3", "1.2.3.4"]  # fmt: skip


@settings(max_examples=300)
@given(oid=st.sampled_from(OIDS), value=st.binary(max_size=60), critical=st.booleans())
def test_no_extension_value_raises(oid: str, value: bytes, *, critical: bool) -> None:
    """Any octets in any known extension; every finding is one line of ASCII."""
    asked = asking(kit.extension(oid, value, critical=critical))
    for rules in (CLIENT, SERVER, profile(qc_statements="required")):
        for finding in findings(asked, rules):
            assert finding.text.isascii()
            assert finding.text.isprintable()


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 15), st.booleans(), st.binary(max_size=30)), max_size=4))
def test_no_name_raises(each: list[tuple[int, bool, bytes]]) -> None:
    """Any octets in any kind of name."""
    asked = names(*(kit.general_name(number, octets, constructed=form) for number, form, octets in each))
    for rules in (CLIENT, SERVER):
        findings(asked, rules)
        list(foreign_hosts(asked, rules, replace(FACTS, foreign_domains=("other.example",))))


@settings(max_examples=100)
@given(octets=st.binary(max_size=80), microsoft=st.booleans())
def test_no_request_value_raises(octets: bytes, *, microsoft: bool) -> None:
    """Any octets in the place of the extensions."""
    oid = kit.MICROSOFT_EXTENSIONS if microsoft else kit.EXTENSION_REQUEST
    value = der.sequence(octets)
    assert findings(request(None, kit.attribute(oid, value))) is not None
