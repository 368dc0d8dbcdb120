"""Subjects (csr-cases.md, group D), through the door."""

from __future__ import annotations

import base64
import logging
import time
import unicodedata
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from app.pki import der
from app.pki.names import parse_name
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor
from tests.doors import APPLICATION, ORGANISATION

NFC, NFD = (unicodedata.normalize(form, "Zoë Bank Ltd") for form in ("NFC", "NFD"))


@pytest.fixture
def named(sandbox: Any, ask: Any) -> Any:
    """A door for an organisation of this legal name, with an application: `named("Acme, Inc.")`."""

    def make(legal_name: str, organisation_id: str = "named", **changed: Any) -> CsrDoor:
        body = ORGANISATION | {"OrganisationId": organisation_id, "LegalEntityName": legal_name} | changed
        assert ask("POST", "/organisations", json=body).status_code == 201
        made = ask("POST", f"/organisations/{organisation_id}/softwarestatements", json=APPLICATION)
        return CsrDoor(sandbox, ask, organisation_id, made.json()["SoftwareStatementId"])

    return make


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        pytest.param({"O": None}, ["missing"], id="csr-D-02"),
        pytest.param({"C": None, "OU": None, "CN": None}, ["missing"] * 3, id="csr-D-02-three"),
        pytest.param({"CN": "33333333-3333-4333-8333-333333333333"}, ["software_mismatch"], id="csr-D-03-unknown"),
        pytest.param({"OU": "nobody"}, ["org_mismatch"], id="csr-D-05-unknown"),
        pytest.param({"CN": "x" * 65}, ["too_long", "software_mismatch"], id="csr-D-10"),
        pytest.param({"CN": ""}, ["empty_value"], id="csr-D-12"),
        pytest.param({"CN": "   "}, ["empty_value"], id="csr-D-12-blank"),
        pytest.param({"C": "GBR"}, ["country"], id="csr-D-13"),
        pytest.param({"C": "gb"}, ["country"], id="csr-D-14"),
        pytest.param({"C": "DE"}, ["country"], id="another-country"),
        pytest.param({"C": ("GB", der.UTF8_STRING)}, ["string_type"], id="csr-D-15"),
        pytest.param({"O": ("Acme@Bank", der.PRINTABLE_STRING)}, ["string_type", "org_name_mismatch"], id="csr-D-16"),
        pytest.param({"O": (b"\xff\xfe", der.UTF8_STRING)}, ["bad_utf8"], id="csr-D-17"),
        pytest.param(
            {"O": (b"Acme B\xe4nk Ltd", der.TELETEX_STRING)}, ["string_type", "org_name_mismatch"], id="csr-D-18"
        ),
        pytest.param({"O": (b"\0A\0", kit.BMP_STRING)}, ["string_type"], id="csr-D-19"),
        pytest.param({"CN": (b"\x01", der.INTEGER)}, ["string_type"], id="csr-D-20"),
        pytest.param({"O": "Acme\0Bank Ltd"}, ["control_char", "org_name_mismatch"], id="csr-D-21"),
        pytest.param({"O": "Acme\r\nBank Ltd"}, ["control_char", "org_name_mismatch"], id="csr-D-22"),
        pytest.param({"O": "Acme Bank\u202e Ltd"}, ["confusable"], id="csr-D-23"),
        pytest.param({"O": "Acme B\u0430nk Ltd"}, ["confusable"], id="csr-D-24"),
        pytest.param({"O": "<script>alert(1)</script>"}, ["charset", "org_name_mismatch"], id="csr-D-26-script"),
        pytest.param({"O": "{{7*7}}"}, ["charset", "org_name_mismatch"], id="csr-D-26-template"),
        pytest.param({"O": "=cmd()"}, ["charset", "org_name_mismatch"], id="csr-D-26-formula"),
        pytest.param({"O": "../../x"}, ["charset", "org_name_mismatch"], id="csr-D-26-path"),
        pytest.param({"emailAddress": ("a@b.example", der.IA5_STRING)}, ["unexpected_attribute"], id="csr-D-28-mail"),
        pytest.param({"DC": ("example", der.IA5_STRING)}, ["unexpected_attribute"], id="csr-D-28-dc"),
        pytest.param({"title": "Dr"}, ["unexpected_attribute"], id="csr-D-28-title"),
        pytest.param({"1.2.3.4": "x"}, ["unexpected_attribute"], id="csr-D-28-unknown"),
    ],
)
def test_faults_of_a_subject_have_their_codes(csr: CsrDoor, changed: dict[str, Any], codes: list[str]) -> None:
    """One thing wrong with an otherwise good request."""
    body = kit.pem(csr.csr(subject=csr.name(**changed)))
    csr.refused(body, *(f"csr.subject.{code}" for code in codes))


@pytest.mark.case("csr-D-01")
def test_an_empty_subject_is_refused(csr: CsrDoor) -> None:
    """`30 00`: what should stand there is named."""
    answer = csr.refused(kit.pem(csr.csr(subject=der.sequence())), "csr.subject.empty")
    assert "C, O, OU, CN" in answer.text


@pytest.mark.case("csr-D-03", "csr-D-05")
def test_foreign_ids_are_told_like_unknown_ones(csr: CsrDoor, other: tuple[str, str]) -> None:
    """Whether there is such an organisation or application does not show."""
    unknown = "nobody", "33333333-3333-4333-8333-333333333333"
    texts = []
    for organisation, application in (other, unknown):
        body = kit.pem(csr.csr(subject=csr.name(OU=organisation, CN=application)))
        answer = csr.refused(body, "csr.subject.org_mismatch", "csr.subject.software_mismatch")
        texts.append(answer.text.replace(application, "?").replace(f"found {organisation}", "found ?"))
    assert texts[0] == texts[1]


@pytest.mark.case("csr-D-04")
def test_another_application_of_ones_own_is_another(csr: CsrDoor) -> None:
    """CN is that of the path."""
    made = csr.ask("POST", f"/organisations/{csr.organisation_id}/softwarestatements", json=APPLICATION)
    subject = csr.name(CN=made.json()["SoftwareStatementId"])
    csr.refused(kit.pem(csr.csr(subject=subject)), "csr.subject.software_mismatch")


@pytest.mark.case("csr-D-07")
@pytest.mark.parametrize("position", [0, 4])
def test_an_attribute_stands_there_once(csr: CsrDoor, position: int) -> None:
    """The other value may stand before or behind the right one."""
    pairs = csr.pairs()
    pairs.insert(position, ("CN", "evil"))
    body = kit.pem(csr.csr(subject=kit.name(*pairs)))
    answer = csr.post(body)
    assert answer.status_code == 400
    assert set(kit.codes_of(answer)) == {"csr.subject.duplicate_attribute", "csr.subject.software_mismatch"}


@pytest.mark.case("csr-D-08")
def test_attributes_have_an_rdn_each(csr: CsrDoor) -> None:
    """CN and OU in one."""
    country, name, unit, common = csr.pairs()
    subject = kit.rdns([country], [name], [unit, common])
    csr.refused(kit.pem(csr.csr(subject=subject)), "csr.subject.multivalued_rdn")


@pytest.mark.case("csr-D-09")
def test_the_order_is_free_and_kept(csr: CsrDoor) -> None:
    """O, C, CN, OU: so it stands in the certificate."""
    pairs = {pair[0]: pair for pair in csr.pairs()}
    subject = kit.name(*(pairs[name] for name in ("O", "C", "CN", "OU")))
    assert csr.issued(kit.pem(csr.csr(subject=subject))).subject.public_bytes() == subject


@pytest.mark.case("csr-D-11")
def test_a_huge_value_is_refused_by_size_and_shown_short(csr: CsrDoor) -> None:
    """A megabyte is over the limit of bodies; what is below it is told in few words."""
    assert csr.post(kit.pem(csr.csr(subject=csr.name(CN="x" * 1_000_000)))).status_code == 413
    before = time.process_time()
    body = kit.pem(csr.csr(subject=csr.name(CN="x" * 11_000)))
    answer = csr.refused(body, "csr.subject.too_long", "csr.subject.software_mismatch")
    assert len(answer.text) < 1500
    assert time.process_time() - before < 1


@pytest.mark.case("csr-D-22")
def test_a_line_break_stays_out_of_answer_and_log(csr: CsrDoor, caplog: Any) -> None:
    """Header, text and log line hold no real one."""
    with caplog.at_level(logging.DEBUG):
        answer = csr.post(kit.pem(csr.csr(subject=csr.name(CN="evil\r\nSet-Cookie: x"))))
    assert "control_char" in answer.headers["x-mock-reason"]
    assert not any("\n" in text or "\r" in text for text in answer.json()["errors"])
    assert not any("evil\r" in record.getMessage() for record in caplog.records)


@pytest.mark.case("csr-D-24")
def test_a_look_alike_letter_is_told_by_its_code_point(csr: CsrDoor) -> None:
    """Nobody sees it."""
    body = kit.pem(csr.csr(subject=csr.name(O="Acme B\u0430nk Ltd")))
    answer = csr.refused(body, "csr.subject.confusable")
    assert "U+0430 (CYRILLIC SMALL LETTER A)" in answer.json()["errors"][0]


@pytest.mark.case("csr-D-25")
@pytest.mark.parametrize(("stored", "sent"), [(NFC, NFD), (NFD, NFC), (NFD, NFD)])
def test_normal_forms_are_one_name(named: Any, stored: str, sent: str) -> None:
    """Issued as NFC, whatever was stored or sent."""
    door = named(stored)
    subject = parse_name(door.issued(kit.pem(door.csr(subject=door.name(O=sent)))).subject.public_bytes())
    assert [attribute.text for attribute in subject.attributes if attribute.name == "O"] == [NFC]


@pytest.mark.case("csr-D-27")
def test_sixty_units_are_too_many(csr: CsrDoor) -> None:
    """Told by their number; the list of findings stays short."""
    units = [("OU", csr.organisation_id)] * 59
    subject = kit.name(*csr.pairs(), *units)
    codes = ("csr.subject.too_many", "csr.subject.duplicate_attribute")
    csr.refused(kit.pem(csr.csr(subject=subject)), *codes)


@pytest.mark.case("csr-D-29")
@pytest.mark.parametrize(
    ("legal_name", "text"),
    [
        ('Acme, "A" + B; Ltd', r"O=Acme\, \"A\" \+ B\; Ltd"),
        ("#1 Bank", r"O=\#1 Bank"),
        ("Bank 🏦 Ltd", "O=Bank 🏦 Ltd"),
        ("back\\slash / slash = equal", r"O=back\\slash / slash = equal"),
        ("O'Neill & Söhne", "O=O'Neill & Söhne"),
    ],
)
def test_odd_but_right_names_pass(named: Any, legal_name: str, text: str) -> None:
    """The text of the subject is escaped after RFC 4514."""
    door = named(legal_name)
    answer = door.post(kit.pem(door.csr(subject=door.name(O=legal_name))))
    assert answer.status_code == 201, answer.text
    with door.sandbox.store.read() as uow:
        (row,) = uow.certificates.key_uses(_fingerprint())
    assert text in (row.subject_dn or "").replace(r"\,", "\0").replace(",", "\n").replace("\0", r"\,").splitlines()


def _fingerprint() -> bytes:
    return sha256(kit.spki(kit.ec_key())).digest()


@pytest.mark.case("csr-D-30")
def test_names_of_64_characters_pass_and_longer_ones_are_cut_with_a_warning(named: Any) -> None:
    """Documented in docs/fidelity.md; never a silent cut."""
    exact = named("x" * 64, "exact")
    exact.issued(kit.pem(exact.csr(subject=exact.name(O="x" * 64))))
    longer = named("y" * 80, "longer")
    key = kit.ec_key("longer")
    codes = ("csr.subject.too_long", "csr.subject.org_name_mismatch")
    longer.refused(kit.pem(longer.csr(subject=longer.name(O="y" * 80), key=key)), *codes)
    longer.issued(kit.pem(longer.csr(subject=longer.name(O="y" * 64), key=key)), "csr.subject.too_long")


@pytest.mark.case("csr-D-31")
def test_all_faults_are_told_at_once(csr: CsrDoor) -> None:
    """Small key, wrong unit, CA:TRUE."""
    ca = kit.extension(kit.BASIC_CONSTRAINTS, bytes.fromhex("30030101ff"), critical=True)
    body = kit.pem(csr.csr(ca, subject=csr.name(OU="other"), key=kit.rsa_key("1024")))
    csr.refused(body, "csr.key.rsa.too_small", "csr.ext.ca", "csr.subject.org_mismatch")


@pytest.mark.parametrize("country", ["United Kingdom", "GBR", "gb", "Great Britain"])
def test_a_country_by_name_is_mapped(named: Any, country: str) -> None:
    """rulings.md 15."""
    door = named("Acme Bank Ltd", CountryOfRegistration=country)
    door.issued(kit.pem(door.csr()))


def test_a_country_that_is_none_lets_any_code_pass(named: Any) -> None:
    """With a warning (rulings.md 15)."""
    door = named("Acme Bank Ltd", CountryOfRegistration="Atlantis")
    door.issued(kit.pem(door.csr(subject=door.name(C="FR"))), "csr.subject.country")
    door.refused(kit.pem(door.csr(subject=door.name(C="XX"))), "csr.subject.country")


class TestBrasil:
    """The types with organizationIdentifier, TeletexString and several OU in one RDN (connect.md 6.3)."""

    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"ecosystems": ("generic", "brasil")}

    @pytest.fixture
    def brcac(self, csr: CsrDoor) -> CsrDoor:
        body = ORGANISATION | {"LegalEntityName": "Banco São Ltda", "CountryOfRegistration": "BR"}
        assert csr.ask("PUT", f"/organisations/{csr.organisation_id}", json=body).status_code == 200
        return replace(csr, type="brcac_2022")

    def pairs(self, door: CsrDoor, **changed: Any) -> bytes:
        right: dict[str, Any] = {
            "businessCategory": "Private Organization",
            "jurisdictionCountryName": "BR",
            "serialNumber": "01234567",
            "C": "BR",
            "O": ("Banco São Ltda".encode("latin-1"), der.TELETEX_STRING),
            "ST": "SP",
            "L": "Sao Paulo",
            "organizationIdentifier": f"OFBBR-{door.organisation_id}",
            "UID": door.software_statement_id,
            "CN": "api.acme.example",
        }
        values = [(name, value) for name, value in (right | changed).items() if value is not None]
        return kit.name(*((name, *(value if isinstance(value, tuple) else (value,))) for name, value in values))

    @pytest.mark.case("csr-D-06")
    @pytest.mark.parametrize(
        ("changed", "codes"),
        [
            ({"organizationIdentifier": "OFBBR-other"}, ["org_identifier"]),
            ({"organizationIdentifier": "acme"}, ["org_identifier"]),
            ({"organizationIdentifier": None}, ["missing"]),
            ({"serialNumber": "99"}, ["value"]),
            ({"UID": "other"}, ["software_mismatch"]),
            ({"businessCategory": "Bank"}, ["value"]),
            ({"jurisdictionCountryName": "GB"}, ["country"]),
            ({"L": "Mosc\u043ew"}, ["confusable"]),
            ({"ST": "<b>"}, ["charset"]),
            ({"CN": "*"}, ["value"]),
        ],
    )
    def test_each_attribute_has_its_code(self, brcac: CsrDoor, changed: dict[str, Any], codes: list[str]) -> None:
        """One thing wrong with a good BRCAC."""
        host = kit.san(kit.dns("api.acme.example"))
        body = kit.pem(brcac.csr(host, subject=self.pairs(brcac, **changed), key=kit.rsa_key()))
        brcac.refused(body, *(f"csr.subject.{code}" for code in codes))

    def test_teletex_strings_pass_and_keep_their_octets(self, brcac: CsrDoor) -> None:
        """rulings.md 7: `cryptography` could not even read this subject."""
        subject = self.pairs(brcac)
        answer = brcac.post(
            kit.pem(brcac.csr(kit.san(kit.dns("api.acme.example")), subject=subject, key=kit.rsa_key()))
        )
        assert answer.status_code == 201, answer.text
        assert subject in _der(answer)

    @pytest.mark.case("csr-D-08")
    def test_a_seal_may_have_its_units_in_one_rdn(self, brcac: CsrDoor) -> None:
        """As an issued one had; the request's form is kept."""
        seal = replace(brcac, software_statement_id=None, type="brseal")
        units = [("OU", "AC Teste"), ("OU", "00000000000000"), ("OU", "videoconferencia")]
        subject = kit.rdns(
            [("UID", seal.organisation_id)], [("C", "BR")], [("O", "ICP-Brasil")], units, [("CN", "Banco São Ltda")]
        )
        answer = seal.post(kit.pem(seal.csr(subject=subject, key=kit.rsa_key())))
        assert answer.status_code == 201, answer.text
        assert subject in _der(answer)


def _der(answer: Any) -> bytes:
    return base64.b64decode(answer.json()["x5c"][0])


class TestLenient:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"ra_mode": "lenient"}

    def test_mismatches_pass_and_are_told(self, csr: CsrDoor) -> None:
        """connect.md 9: in the header; what misleads the eye stays refused."""
        subject = csr.name(C="DE", O="Other Ltd", OU="other", CN="other")
        answer = csr.post(kit.pem(csr.csr(subject=subject)))
        assert answer.status_code == 201, answer.text
        told = answer.headers["x-mock-warnings"]
        for code in ("country", "org_name_mismatch", "org_mismatch", "software_mismatch"):
            assert f"csr.subject.{code}" in told
        csr.refused(kit.pem(csr.csr(subject=csr.name(O="Acme B\u0430nk Ltd"))), "csr.subject.confusable")
        csr.refused(kit.pem(csr.csr(subject=csr.name(O=None))), "csr.subject.missing")
