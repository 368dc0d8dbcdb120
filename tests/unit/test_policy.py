"""What `ra_mode` makes of findings, and a request held against the directory."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from app.errors import Finding
from app.pki.examination import examine
from app.pki.policy import SOFTENED, judge, settle
from app.pki.request import Leniency
from tests.api import csr_kit as kit
from tests.unit.pki_profiles import FACTS, GOOD, ORGANISATION, profile, request, subject_rules

LENIENT, DEFAULT, STRICT = Leniency("lenient"), Leniency(), Leniency("strict")
OTHER = kit.name(("C", "DE"), ("O", "Other Ltd"), ("OU", "other"), ("CN", "other"))
MISMATCHES = ["csr.subject.country", "csr.subject.org_name_mismatch", "csr.subject.org_mismatch",
              "csr.subject.software_mismatch"]  # fmt: skip


def errors(subject: bytes, leniency: Leniency) -> list[str]:
    """Codes that refuse, of both halves of the judgement."""
    rules, asked = profile(), kit.pem(kit.csr(subject))
    examination = examine(asked, rules, leniency)
    assert examination.request is not None
    found = (*examination.findings, *judge(examination.request, rules, FACTS, leniency))
    return [finding.code for finding in found if finding.severity == "error"]


def test_lenient_lets_mismatches_pass_and_tells_them() -> None:
    """connect.md 9: every one of them is still reported."""
    assert errors(OTHER, DEFAULT) == MISMATCHES
    assert errors(OTHER, LENIENT) == []
    told = judge(request(OTHER), profile(), FACTS, LENIENT)
    assert [finding.code for finding in told] == MISMATCHES
    assert {finding.severity for finding in told} == {"warning"}


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (kit.name(("C", "GBR"), *GOOD[1:]), "csr.subject.country"),
        (kit.name(("C", "GB"), ("O", "\u0410cme Ltd"), *GOOD[2:]), "csr.subject.confusable"),
        (kit.name(("C", "GB"), ("O", "{{7*7}}"), *GOOD[2:]), "csr.subject.charset"),
        (kit.name(("C", "GB"), ("O", "Acme Ltd\0"), *GOOD[2:]), "csr.subject.control_char"),
        (kit.name(*GOOD[:3]), "csr.subject.missing"),
        (kit.name(*GOOD, GOOD[3]), "csr.subject.duplicate_attribute"),
        (kit.name(*GOOD, ("DC", "x")), "csr.subject.unexpected_attribute"),
        (kit.name(*GOOD[:3], ("CN", "x" * 65)), "csr.subject.too_long"),
    ],
)
def test_lenient_keeps_what_is_malformed_or_dangerous(subject: bytes, code: str) -> None:
    """Leniency is for mismatches with the directory alone."""
    assert code in errors(subject, LENIENT)


def test_constants_of_a_profile_are_not_softened() -> None:
    """They are no mismatch with the directory, though the code is the same."""
    rules = profile(subject=subject_rules(C={"equals": ["AE"]}))
    examination = examine(kit.pem(kit.csr(kit.name(*GOOD))), rules, LENIENT)
    assert [(f.code, f.severity) for f in examination.findings] == [("csr.subject.country", "error")]


def test_a_foreign_host_is_refused_in_every_mode() -> None:
    """It is somebody else's, not only another text (csr E-08)."""
    asked = request(kit.name(*GOOD), kit.extension_request(kit.san(kit.dns("api.other.example"))))
    facts = replace(FACTS, foreign_domains=("other.example",))
    for leniency in (LENIENT, DEFAULT, STRICT):
        told = judge(asked, profile(san={"dns": "optional"}), facts, leniency)
        assert [(finding.code, finding.severity) for finding in told] == [("csr.ext.san", "error")]


@pytest.mark.parametrize("mode", ["lenient", "default"])
def test_warnings_stay_warnings(mode: Literal["lenient", "default"]) -> None:
    """Only strict turns them into refusals."""
    warning = Finding("csr.key.reused", "known", severity="warning")
    assert settle((warning,), Leniency(mode)) == (warning,)


def test_strict_refuses_what_is_only_a_warning_elsewhere() -> None:
    """As csr B-16 and ruling 8 ask for."""
    warning = Finding("csr.key.reused", "known", severity="warning")
    assert [finding.severity for finding in settle((warning,), STRICT)] == ["error"]


def test_findings_keep_their_order_and_stand_there_once() -> None:
    """Two rules may see the same fault."""
    first, second = Finding("a", "x"), Finding("b", "y")
    assert settle((first, second, first), DEFAULT) == (first, second)


def test_softened_codes_are_mismatches_alone() -> None:
    """No code of a shape, a character or an extension is among them."""
    assert {code.rpartition(".")[2] for code in SOFTENED} == {
        "org_mismatch", "org_name_mismatch", "software_mismatch", "org_identifier", "country", "value",
    }  # fmt: skip


@pytest.mark.case("csr-D-31")
def test_all_faults_are_told_at_once() -> None:
    """A small RSA key, a wrong OU and CA:TRUE: three codes, in one answer."""
    rules = profile(key={"rsa": [2048]})
    subject = kit.name(*GOOD[:2], ("OU", "other"), GOOD[3])
    ca = kit.extension(kit.BASIC_CONSTRAINTS, bytes.fromhex("30030101ff"))
    examination = examine(kit.pem(kit.csr(subject, ca, key=kit.rsa_key("1024"))), rules, DEFAULT)
    assert examination.request is not None
    found = [*examination.findings, *judge(examination.request, rules, FACTS, DEFAULT)]
    assert [f.code for f in found] == ["csr.key.rsa.too_small", "csr.ext.ca", "csr.subject.org_mismatch"]
    assert ORGANISATION in found[-1].text
