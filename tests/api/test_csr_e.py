"""Requested extensions and attributes (csr-cases.md, group E), through the door."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from app.pki import der
from app.store.organisations import DOMAINS
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor
from tests.doors import ORGANISATION

CANARY = "canary-41d3"
HOST = kit.dns("api.acme.example")


def raw(oid: str, value: str, *, critical: bool = False) -> bytes:
    return kit.extension(oid, bytes.fromhex(value), critical=critical)


def eku(number: int) -> bytes:
    return kit.eku(f"1.3.6.1.5.5.7.3.{number}")


@pytest.mark.parametrize(
    ("extension", "codes"),
    [
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "30030101ff"), ["ca"], id="csr-E-01"),
        pytest.param(raw(kit.BASIC_CONSTRAINTS, "30030101ff", critical=True), ["ca"], id="csr-E-01-critical"),
        pytest.param(kit.key_usage(0x04, 2), ["key_usage"], id="csr-E-02-sign"),
        pytest.param(kit.key_usage(0x02, 1), ["key_usage"], id="csr-E-02-crl"),
        pytest.param(kit.key_usage(0xA6, 1, critical=False), ["key_usage"], id="csr-E-02-mixed"),
        pytest.param(eku(9), ["eku"], id="csr-E-03-ocsp"),
        pytest.param(eku(3), ["eku"], id="csr-E-03-code"),
        pytest.param(eku(8), ["eku"], id="csr-E-03-time"),
        pytest.param(kit.eku("2.5.29.37.0"), ["eku"], id="csr-E-04"),
        pytest.param(eku(1), ["eku"], id="csr-E-05"),
        pytest.param(kit.eku(), ["malformed"], id="csr-E-06"),
        pytest.param(raw(kit.KEY_USAGE, "030100"), ["malformed"], id="csr-E-06-no-bits"),
        pytest.param(kit.san(kit.dns("*")), ["san.wildcard"], id="csr-E-09-star"),
        pytest.param(kit.san(kit.dns("*.com")), ["san.wildcard"], id="csr-E-09-top"),
        pytest.param(kit.san(kit.dns("f*o.example.com")), ["san.wildcard"], id="csr-E-09-inside"),
        pytest.param(kit.san(kit.dns("good.example\0.evil.example")), ["san"], id="csr-E-10"),
        pytest.param(kit.san(kit.dns("")), ["san"], id="csr-E-11"),
        pytest.param(kit.san(kit.dns("münchen.example")), ["san"], id="csr-E-12"),
        pytest.param(kit.san(kit.ip(b"\1\2\3\4\5")), ["san.ip"], id="csr-E-13"),
        pytest.param(kit.san(kit.other_name("1.2.3.4", der.tlv(12, b"x"))), ["san.othername"], id="csr-E-14"),
        pytest.param(kit.san(kit.uri("javascript:alert(1)")), ["san.uri"], id="csr-E-15"),
        pytest.param(kit.san(kit.uri("file:///etc/passwd")), ["san.uri"], id="csr-E-15-file"),
        pytest.param(kit.san(kit.general_name(4, kit.name(("CN", "x")), constructed=True)), ["san"], id="dir-name"),
        pytest.param(raw("1.2.3.4", "0500", critical=True), ["unknown_critical"], id="csr-E-17"),
        pytest.param(raw("1.2.3.4", "0500"), ["unknown"], id="csr-E-18"),
        pytest.param(raw(kit.SAN, "3003820961"), ["malformed"], id="csr-E-23"),
        pytest.param(raw(kit.SAN, "3000"), ["malformed"], id="csr-E-23-empty"),
        pytest.param(raw("1.3.6.1.4.1.11129.2.4.2", "0400"), ["not_allowed"], id="csr-E-26-sct"),
        pytest.param(raw("1.3.6.1.4.1.11129.2.4.3", "0500", critical=True), ["not_allowed"], id="csr-E-26-poison"),
        pytest.param(raw("1.3.6.1.5.5.7.1.24", "3003020105"), ["not_allowed"], id="csr-E-26-tls-feature"),
        pytest.param(raw("2.5.29.16", "3000"), ["not_allowed"], id="csr-E-26-period"),
        pytest.param(raw("2.5.29.30", "3000", critical=True), ["not_allowed"], id="name-constraints"),
        pytest.param(raw(kit.SKI, "0400"), ["malformed"], id="csr-E-25-malformed"),
    ],
)
def test_what_is_asked_for_too_much_is_refused(csr: CsrDoor, extension: bytes, codes: list[str]) -> None:
    """One extension in an otherwise good request for a client certificate."""
    csr.refused(kit.pem(csr.csr(extension)), *(f"csr.ext.{code}" for code in codes))


@pytest.mark.case("csr-E-07")
def test_a_server_without_a_name_is_told(server_csr: CsrDoor) -> None:
    """rulings.md 8: issued with a warning."""
    leaf = server_csr.issued(kit.pem(server_csr.csr()), "csr.ext.san.missing")
    assert not any(extension.oid == ExtensionOID.SUBJECT_ALTERNATIVE_NAME for extension in leaf.extensions)


class TestStrict:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"ra_mode": "strict"}

    @pytest.mark.case("csr-E-07")
    def test_a_server_without_a_name_is_refused(self, server_csr: CsrDoor) -> None:
        """`ra_mode=strict`."""
        server_csr.refused(kit.pem(server_csr.csr()), "csr.ext.san.missing")
        server_csr.issued(kit.pem(server_csr.csr(kit.san(HOST))))


@pytest.mark.case("csr-E-08")
def test_hosts_under_domains_of_others_are_refused(server_csr: CsrDoor, csr: CsrDoor) -> None:
    """Where domains are registered; nobody is named."""
    body = ORGANISATION | {"OrganisationId": "victim", "LegalEntityName": "Victim Ltd"}
    assert csr.ask("POST", "/organisations", json=body).status_code == 201
    _register(server_csr, victim="victim.example", acme="acme.example")
    for host in ("victim.example", "api.victim.example", "*.victim.example", "API.VICTIM.EXAMPLE"):
        answer = server_csr.refused(kit.pem(server_csr.csr(kit.san(HOST, kit.dns(host)))), "csr.ext.san")
        assert "Victim" not in answer.text
    csr.refused(kit.pem(csr.csr(kit.san(kit.dns("api.victim.example")))), "csr.ext.san")
    named = server_csr.name(CN="api.victim.example")
    assert "csr.ext.san" in kit.codes_of(server_csr.post(kit.pem(server_csr.csr(subject=named))))
    server_csr.issued(kit.pem(server_csr.csr(kit.san(HOST, kit.dns("free.example")))))


def _register(door: CsrDoor, **domains: str) -> None:
    """Registered domains of organisations, as a seed gives them."""
    with door.sandbox.store.write() as uow:
        for organisation_id, domain in domains.items():
            organisation = uow.organisations.find(organisation_id)
            assert organisation is not None
            details = dict(organisation.details) | {DOMAINS: [domain]}
            uow.organisations.replace(replace(organisation, details=details, revision=organisation.revision + 1))


@pytest.mark.case("csr-E-16")
@pytest.mark.parametrize("number", [101, 700])
def test_too_many_names_are_refused_at_once(server_csr: CsrDoor, number: int) -> None:
    """rulings.md 21: 700 fit into a block."""
    before = time.process_time()
    names = [kit.dns(f"h{i}.example") for i in range(number)]
    server_csr.refused(kit.pem(server_csr.csr(kit.san(*names))), "csr.ext.san.too_many")
    assert time.process_time() - before < 1


@pytest.mark.case("csr-E-16")
def test_a_hundred_names_pass(server_csr: CsrDoor) -> None:
    """All of them are in the certificate."""
    names = [kit.dns(f"h{i}.example") for i in range(100)]
    leaf = server_csr.issued(kit.pem(server_csr.csr(kit.san(*names))))
    assert len(_names(leaf)) == 100


def _names(leaf: x509.Certificate) -> list[Any]:
    return list(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


class TestUnknownAllowed:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"allow_unknown_extensions": True}

    @pytest.mark.case("csr-E-18")
    def test_unknown_extensions_are_left_out(self, csr: CsrDoor) -> None:
        """Reported; critical ones and known ones off the list stay refused."""
        leaf = csr.issued(kit.pem(csr.csr(raw("1.2.3.4", "0500"))), "csr.ext.unknown")
        assert not any(extension.oid.dotted_string == "1.2.3.4" for extension in leaf.extensions)
        csr.refused(kit.pem(csr.csr(raw("1.2.3.4", "0500", critical=True))), "csr.ext.unknown_critical")
        csr.refused(kit.pem(csr.csr(raw("2.5.29.16", "3000"))), "csr.ext.not_allowed")


EVIL = kit.san(kit.dns("evil.example"))
PASSWORD = kit.attribute(kit.CHALLENGE_PASSWORD, der.tlv(der.UTF8_STRING, CANARY.encode()))


@pytest.mark.parametrize(
    ("attributes", "codes"),
    [
        pytest.param([kit.extension_request(EVIL, EVIL)], ["ext.duplicate"], id="csr-E-19"),
        pytest.param(
            [kit.extension_request(kit.san(HOST)), kit.extension_request(EVIL)],
            ["attr.duplicate", "ext.duplicate"],
            id="csr-E-20",
        ),
        pytest.param(
            [kit.attribute(kit.EXTENSION_REQUEST, der.sequence(kit.san(HOST)), der.sequence(eku(2)))],
            ["attr.not_single"],
            id="csr-E-21-two",
        ),
        pytest.param([kit.attribute(kit.EXTENSION_REQUEST)], ["attr.not_single"], id="csr-E-21-none"),
        pytest.param(
            [kit.extension_request(eku(2), oid=kit.MICROSOFT_EXTENSIONS), kit.extension_request(kit.san(HOST))],
            ["attr.duplicate"],
            id="csr-E-22",
        ),
        pytest.param([PASSWORD, PASSWORD], ["attr.duplicate"], id="csr-E-28"),
    ],
)
def test_nothing_is_asked_twice(csr: CsrDoor, attributes: list[bytes], codes: list[str]) -> None:
    """Parsers see the first, the last or either: here none counts."""
    csr.refused(kit.pem(csr.csr(attributes=attributes)), *(f"csr.{code}" for code in codes))


@pytest.mark.case("csr-E-24")
def test_a_password_is_kept_nowhere(csr: CsrDoor, caplog: Any) -> None:
    """Not in store, log, journal or answer; nor when the request is refused."""
    with caplog.at_level(logging.DEBUG):
        csr.issued(kit.pem(csr.csr(attributes=[PASSWORD])))
        answer = csr.refused(kit.pem(csr.csr(attributes=[PASSWORD, PASSWORD])), "csr.attr.duplicate")
    assert CANARY not in answer.text
    assert CANARY not in caplog.text
    csr.sandbox.journal.flush()
    folder = Path(csr.sandbox.settings.data)
    assert not any(CANARY.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


OF_CA = [
    raw(kit.SKI, "0402abcd"),
    raw(kit.AKI, "30048002abcd"),
    kit.extension(kit.AIA, der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.48.1"), kit.uri("http://evil.example")))),
    kit.extension(kit.CDP, der.sequence(der.sequence(der.context(0, der.context(0, kit.uri("http://evil.example")))))),
    kit.extension(kit.POLICIES, der.sequence(der.sequence(der.oid("1.2.3.4")))),
]


@pytest.mark.case("csr-E-25")
def test_what_the_ca_decides_is_ignored_and_told(csr: CsrDoor) -> None:
    """The certificate has the CA's own values."""
    leaf = csr.issued(kit.pem(csr.csr(*OF_CA)), *["csr.ext.ignored"] * 5)
    ids = [leaf.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid)) for oid in
           (kit.SKI, kit.AKI, kit.AIA, kit.CDP, kit.POLICIES)]  # fmt: skip
    assert not any(b"evil" in extension.value.public_bytes() for extension in ids)
    assert ids[0].value.public_bytes() != bytes.fromhex("0402abcd")
    assert "1.2.3.4" not in [policy.policy_identifier.dotted_string for policy in ids[4].value]


@pytest.mark.case("csr-E-27")
def test_a_requested_validity_is_not_followed(csr: CsrDoor) -> None:
    """Microsoft's enrolment pair, 30 years: the type's 395 days, and a warning."""
    pair = (der.tlv(kit.BMP_STRING, text.encode("utf-16-be")) for text in ("ValidityPeriodUnits", "30"))
    attribute = kit.attribute("1.3.6.1.4.1.311.13.2.1", der.sequence(*pair))
    leaf = csr.issued(kit.pem(csr.csr(attributes=[attribute])), "csr.attr.ignored")
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 395


@pytest.mark.case("csr-E-29")
def test_criticality_is_the_profiles(csr: CsrDoor) -> None:
    """Names called critical, usages called not."""
    asked = [
        kit.san(HOST, critical=True),
        kit.key_usage(0x80, 7, critical=False),
        kit.extension(kit.BASIC_CONSTRAINTS, der.sequence()),
    ]
    leaf = csr.issued(kit.pem(csr.csr(*asked)))
    critical = {extension.oid.dotted_string: extension.critical for extension in leaf.extensions}
    assert (critical[kit.SAN], critical[kit.KEY_USAGE], critical[kit.BASIC_CONSTRAINTS]) == (False, True, True)


def test_names_of_every_kind_are_copied(csr: CsrDoor) -> None:
    """As in the request, once each."""
    names = [HOST, kit.uri("https://acme.example/x"), kit.ip(b"\x0a\0\0\1"), kit.email("ops@acme.example"), HOST]
    leaf = csr.issued(kit.pem(csr.csr(kit.san(*names))), "csr.ext.ignored")
    values = [str(name.value) for name in _names(leaf)]
    assert values == ["api.acme.example", "https://acme.example/x", "10.0.0.1", "ops@acme.example"]


def test_a_request_of_microsofts_way_alone_is_read(csr: CsrDoor) -> None:
    """Its names are judged and copied like any others."""
    good = [kit.extension_request(kit.san(HOST), oid=kit.MICROSOFT_EXTENSIONS)]
    assert len(_names(csr.issued(kit.pem(csr.csr(attributes=good))))) == 1
    bad = [kit.extension_request(eku(9), oid=kit.MICROSOFT_EXTENSIONS)]
    csr.refused(kit.pem(csr.csr(attributes=bad)), "csr.ext.eku")


class TestListedOtherNames:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"ecosystems": ("generic", "brasil"), "ra_mode": "lenient"}

    @pytest.mark.case("csr-E-14")
    def test_a_listed_type_is_copied(self, server_csr: CsrDoor) -> None:
        """otherName 2.16.76.1.3.3 of a BRSEAL."""
        seal = replace(server_csr, type="brseal")
        body = ORGANISATION | {"CountryOfRegistration": "BR"}
        assert seal.ask("PUT", f"/organisations/{seal.organisation_id}", json=body).status_code == 200
        units = [("OU", "AC Teste"), ("OU", "00000000000000"), ("OU", "videoconferencia")]
        subject = kit.name(
            ("UID", seal.organisation_id), ("C", "BR"), ("O", "ICP-Brasil"), *units, ("CN", "Acme Bank Ltd")
        )
        value = kit.other_name("2.16.76.1.3.3", der.octet_string(b"01234567000189"))
        leaf = seal.issued(kit.pem(seal.csr(kit.san(value), subject=subject, key=kit.rsa_key())))
        (name,) = _names(leaf)
        assert name.type_id.dotted_string == "2.16.76.1.3.3"
        other = kit.other_name("2.16.76.1.3.9", der.octet_string(b"x"))
        seal.refused(
            kit.pem(seal.csr(kit.san(other), subject=subject, key=kit.rsa_key("2048-b"))), "csr.ext.san.othername"
        )
