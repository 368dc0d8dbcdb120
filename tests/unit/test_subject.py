"""The subject of a request against profile and directory."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Finding
from app.pki import der
from app.pki.facts import Facts
from app.pki.subject import against_directory, shape
from tests.api import csr_kit as kit
from tests.unit.pki_profiles import APPLICATION, FACTS, GOOD, ORGANISATION, profile, request, subject_rules

FREE = profile(subject=subject_rules({"attribute": "L", "required": False, "example": ["x"]}))
"""With an attribute that the profile leaves to the applicant."""
PATTERN = profile(
    subject=subject_rules({"attribute": "businessCategory", "pattern": "Private|Public", "example": ["Private"]})
)


def findings(subject: bytes, rules: Any = None, facts: Facts = FACTS) -> list[Finding]:
    """All of them, as the RA puts them together."""
    holder = request(subject)
    rules = rules or profile()
    return [*shape(holder, rules), *against_directory(holder, rules, facts)]


def codes(subject: bytes, rules: Any = None, facts: Facts = FACTS) -> list[str]:
    return [finding.code.removeprefix("csr.subject.") for finding in findings(subject, rules, facts)]


def changed(**values: Any) -> bytes:
    """The good subject with some values replaced (a text, or octets and tag) or left out (None)."""
    pairs = [(name, *_value(values.pop(name, old))) for name, old in GOOD if values.get(name, old) is not None]
    return kit.name(*pairs, *((name, *_value(value)) for name, value in values.items() if value is not None))


def _value(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def test_a_good_subject_has_no_findings() -> None:
    """Nor in another order (csr D-09)."""
    assert findings(kit.name(*GOOD)) == []
    assert findings(kit.name(*reversed(GOOD))) == []


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param(der.sequence(), ["empty"], id="csr-D-01"),
        pytest.param(changed(O=None), ["missing"], id="csr-D-02"),
        pytest.param(changed(C=None, O=None, OU=None), ["missing"] * 3, id="missing-three"),
        pytest.param(changed(CN="33333333-3333-4333-8333-333333333333"), ["software_mismatch"], id="csr-D-03"),
        pytest.param(changed(CN=APPLICATION + " "), ["software_mismatch"], id="trailing-blank"),
        pytest.param(changed(OU="other"), ["org_mismatch"], id="csr-D-05"),
        pytest.param(changed(O="Acme Limited"), ["org_name_mismatch"], id="other-name"),
        pytest.param(changed(O="ACME LTD"), ["org_name_mismatch"], id="other-case"),
        pytest.param(changed(C="DE"), ["country"], id="other-country"),
        pytest.param(kit.name(*GOOD, ("CN", "evil")), ["duplicate_attribute", "software_mismatch"], id="csr-D-07"),
        pytest.param(kit.name(*GOOD, GOOD[3]), ["duplicate_attribute"], id="csr-D-07-same"),
        pytest.param(kit.rdns(GOOD[:2], GOOD[2:]), ["multivalued_rdn"], id="csr-D-08"),
        pytest.param(changed(CN="x" * 65), ["too_long", "software_mismatch"], id="csr-D-10"),
        pytest.param(changed(CN=""), ["empty_value"], id="csr-D-12"),
        pytest.param(changed(CN="  \t"), ["empty_value"], id="csr-D-12-blank"),
        pytest.param(changed(CN="\u3164\u00a0"), ["empty_value"], id="csr-D-12-unseen-blank"),
        pytest.param(changed(C="GBR"), ["country"], id="csr-D-13"),
        pytest.param(changed(C="gb"), ["country"], id="csr-D-14"),
        pytest.param(changed(C="UK"), ["country"], id="csr-D-14-uk"),
        pytest.param(changed(C=("GB", der.UTF8_STRING)), ["string_type"], id="csr-D-15"),
        pytest.param(changed(CN=(APPLICATION, der.IA5_STRING)), ["string_type"], id="ia5"),
        pytest.param(changed(OU=(ORGANISATION, der.PRINTABLE_STRING)), [], id="printable"),
        pytest.param(
            changed(O=("Acme@Ltd", der.PRINTABLE_STRING)), ["string_type", "org_name_mismatch"], id="csr-D-16"
        ),
        pytest.param(changed(O=(b"\xff\xfe", der.UTF8_STRING)), ["bad_utf8"], id="csr-D-17"),
        pytest.param(changed(O=("Acme Ltd", der.TELETEX_STRING)), ["string_type"], id="csr-D-18"),
        pytest.param(changed(O=(b"\x00A\x00", kit.BMP_STRING)), ["string_type"], id="csr-D-19"),
        pytest.param(changed(O=("Acme Ltd".encode("utf-16-be"), kit.BMP_STRING)), ["string_type"], id="csr-D-19-even"),
        pytest.param(changed(CN=(b"\x01", der.INTEGER)), ["string_type"], id="csr-D-20"),
        pytest.param(changed(CN=APPLICATION + "\0"), ["control_char"], id="csr-D-21"),
        pytest.param(changed(CN="a\r\nb"), ["control_char", "software_mismatch"], id="csr-D-22"),
        pytest.param(changed(O="Acme\u2028Ltd"), ["control_char", "org_name_mismatch"], id="line-separator"),
        pytest.param(changed(O="Acme Ltd\ue000"), ["control_char"], id="private-use"),
        pytest.param(changed(O="Acme Ltd\U000e0fff"), ["control_char"], id="unassigned"),
        pytest.param(changed(O="Acme \u202eLtd"), ["confusable"], id="csr-D-23"),
        pytest.param(changed(O="Ac\u200bme Ltd"), ["confusable"], id="csr-D-23-zero-width"),
        pytest.param(changed(O="\u0410cme Ltd"), ["confusable"], id="csr-D-24"),
        pytest.param(changed(O="Acme\u00a0Ltd"), ["confusable"], id="csr-D-24-blank"),
        pytest.param(changed(O="\uff21cme Ltd"), ["confusable"], id="csr-D-24-full-width"),
        pytest.param(changed(O="Acm\u0436e Ltd"), ["confusable", "org_name_mismatch"], id="csr-D-24-other-letter"),
        pytest.param(changed(O="Банк"), ["org_name_mismatch"], id="other-script"),
        pytest.param(changed(O="<script>alert(1)</script>"), ["charset", "org_name_mismatch"], id="csr-D-26-script"),
        pytest.param(changed(O="{{7*7}}"), ["charset", "org_name_mismatch"], id="csr-D-26-template"),
        pytest.param(changed(O="=cmd()"), ["charset", "org_name_mismatch"], id="csr-D-26-formula"),
        pytest.param(changed(CN="../../x"), ["charset", "software_mismatch"], id="csr-D-26-path"),
        pytest.param(changed(O="${jndi:x}"), ["charset", "org_name_mismatch"], id="csr-D-26-lookup"),
        pytest.param(changed(OU=None, emailAddress="a@b"), ["unexpected_attribute", "missing"], id="csr-D-28"),
        pytest.param(changed(DC="x", title="y"), ["unexpected_attribute"] * 2, id="csr-D-28-two"),
        pytest.param(changed(**{"1.2.3.4": "x"}), ["unexpected_attribute"], id="csr-D-28-unknown"),
        pytest.param(der.sequence(der.set_of([])), ["malformed"], id="empty-rdn"),
    ],
)
def test_faults_have_their_codes(subject: bytes, expected: list[str]) -> None:
    """Every one of them, in the order of the subject, and each once."""
    assert codes(subject) == expected


@pytest.mark.case("csr-D-27")
def test_too_many_attributes_are_told_in_few_words() -> None:
    """Sixty OU: one finding for their number, one for the repetition, a bounded number of mismatches."""
    found = codes(kit.name(*GOOD, *(("OU", f"x{i}") for i in range(60))))
    assert found[:1] == ["too_many"]
    assert found.count("duplicate_attribute") == 1
    assert len(found) < 40


@pytest.mark.case("csr-D-03", "csr-D-05")
def test_texts_do_not_depend_on_whose_id_it_is() -> None:
    """Nothing but the value that was sent differs, since nothing else is asked."""
    texts = [findings(changed(OU=value, CN=value)) for value in ("other", "nobody")]
    assert [[f.text.replace("other", "nobody") for f in each] for each in texts] == [[f.text for f in texts[1]]] * 2


@pytest.mark.case("csr-D-25")
def test_normal_forms_are_one_text() -> None:
    """Directory and request may each have another one."""
    composed, parted = unicodedata.normalize("NFC", "Zoë Ltd"), unicodedata.normalize("NFD", "Zoë Ltd")
    for stored, sent in ((composed, parted), (parted, composed), (parted, parted)):
        assert codes(changed(O=sent), facts=replace(FACTS, legal_name=stored)) == []


@pytest.mark.case("csr-D-29")
@pytest.mark.parametrize(
    "name", ["Acme, Inc.", 'The "A"', "A+B", "#1", "=1", "-x", "{a}", "🏦 Bank", "O'Neill", "50%20", "a/../b", "Банк a"]
)
def test_a_right_name_may_be_odd(name: str) -> None:
    """What is right is right, whatever signs the name has."""
    assert codes(changed(O=name), facts=replace(FACTS, legal_name=name)) == []


@pytest.mark.case("csr-D-30")
def test_a_name_that_is_too_long_is_cut_and_told() -> None:
    """Exactly 64 characters pass; of a longer name the first 64, with a warning; never the whole."""
    exact, longer = "x" * 64, "y" * 63 + " z and more"
    assert codes(changed(O=exact), facts=replace(FACTS, legal_name=exact)) == []
    (warning,) = findings(changed(O="y" * 63), facts=replace(FACTS, legal_name=longer))
    assert (warning.code, warning.severity) == ("csr.subject.too_long", "warning")
    found = codes(changed(O=longer), facts=replace(FACTS, legal_name=longer))
    assert found[0] == "too_long"


def test_a_country_that_is_none_lets_any_code_pass() -> None:
    """rulings.md 15: with a warning; what is no code stays refused."""
    unknown = replace(FACTS, country="Atlantis")
    (warning,) = findings(changed(C="DE"), facts=unknown)
    assert (warning.code, warning.severity) == ("csr.subject.country", "warning")
    (refusal,) = findings(changed(C="XX"), facts=unknown)
    assert refusal.severity == "error"


def test_findings_tell_what_to_do() -> None:
    """Pointer, expected, found and advice; odd characters by their code point, long values cut."""
    (finding,) = findings(changed(O="\u0410cme Ltd"))
    assert finding.pointer == "/subject/O"
    assert "U+0410 (CYRILLIC CAPITAL LETTER A)" in finding.detail
    assert finding.got == "<U+0410>cme Ltd"
    finding = findings(changed(CN="x" * 5000))[0]
    assert finding.got == "5000 characters"
    assert all(len(f.text) < 400 for f in findings(changed(CN="x" * 5000)))
    assert findings(changed(OU="other"))[0].expected == ORGANISATION


@pytest.mark.case("csr-D-06")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("OFBBR-" + ORGANISATION, [], id="right"),
        pytest.param("OFBBR-other", ["org_identifier"], id="other"),
        pytest.param(ORGANISATION, ["org_identifier"], id="without-prefix"),
    ],
)
def test_the_organisation_identifier_has_its_prefix(value: str, expected: list[str]) -> None:
    """Where the profile asks for one."""
    rules = profile(
        subject=subject_rules({"attribute": "organizationIdentifier", "equals": ["OFBBR-{organisation.id}"]})
    )
    assert codes(changed(organizationIdentifier=value), rules) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Private", []),
        ("private", ["value"]),
        ("Private Public", ["value"]),
        ("Private\n", ["control_char"]),
        ("=Private", ["charset"]),
    ],
)
def test_a_pattern_is_for_the_whole_value(value: str, expected: list[str]) -> None:
    """And shows without the directory."""
    holder = request(changed(businessCategory=value))
    assert [f.code.removeprefix("csr.subject.") for f in shape(holder, PATTERN)] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("St. John's (Newfoundland)", []),
        ("São Paulo", []),
        ("Москва", []),
        ("Ελλάδα", []),
        ("Mosc\u043ew", ["confusable"]),
        ("<b>x</b>", ["charset"]),
        ("=1+1", ["charset"]),
        ("@SUM(A1)", ["charset"]),
        ("x/../../etc", ["charset"]),
        ("..", ["charset"]),
        ("%3Cscript%3E", ["charset"]),
        ("&lt;b&gt;", ["charset"]),
        ("`id`", ["charset"]),
        ("$(id)", ["charset"]),
    ],
)
def test_free_values_must_look_like_names(value: str, expected: list[str]) -> None:
    """Where neither directory nor pattern decides, markup, formulas and mixed scripts are refused."""
    assert codes(changed(L=value), FREE) == expected


def test_constants_are_the_profiles_own() -> None:
    """They show without the directory, under the code that the profile names."""
    rules = profile(
        subject=subject_rules(C={"equals": ["AE"]}, O={"equals": ["Trust"], "code": "csr.subject.org_name_mismatch"})
    )
    found = list(shape(request(changed()), rules))
    assert [f.code for f in found] == ["csr.subject.country", "csr.subject.org_name_mismatch"]
    assert found[0].expected == "AE"
    assert codes(changed(C="AE", O="Trust"), rules) == []


def test_several_of_one_kind_share_an_rdn_where_the_profile_says_so() -> None:
    """As in an issued BRSEAL (connect.md 6.3)."""
    rules = profile(
        subject=(
            {"attribute": "UID", "equals": ["{organisation.id}"]},
            {"attribute": "OU", "occurs": 3, "example": ["x"]},
        ),
        multivalued_rdn=True,
    )
    parts = [("OU", "a"), ("OU", "b"), ("OU", "c")]
    assert codes(kit.rdns([("UID", ORGANISATION)], parts), rules) == []
    assert codes(kit.rdns([("UID", ORGANISATION)], [*parts, ("OU", "d")]), rules) == ["duplicate_attribute"]


def test_one_of_a_group_must_stand_there() -> None:
    """`at_least_one` of the profile."""
    optional = {"required": False, "example": ["x"]}
    rules = profile(
        subject=subject_rules({"attribute": "L", **optional}, {"attribute": "ST", **optional}),
        at_least_one=[["L", "ST"]],
    )
    assert codes(changed(), rules) == ["missing"]
    assert codes(changed(ST="London"), rules) == []


def test_teletex_is_latin_1_where_the_profile_says_so() -> None:
    """rulings.md 7; elsewhere D-18 holds."""
    facts, sent = replace(FACTS, legal_name="São Ltd"), changed(O=("São Ltd".encode("latin-1"), der.TELETEX_STRING))
    assert codes(sent, profile(teletex=True), facts) == []
    assert codes(sent, profile(), facts) == ["string_type"]


@pytest.mark.case("csr-D-11")
def test_huge_subjects_are_judged_at_once() -> None:
    """R9: a megabyte of CN, tens of thousands of attributes, patterns on long values."""
    subjects = [
        changed(CN="x" * 1_000_000),
        changed(O="é" * 500_000),
        kit.name(*GOOD, *(("OU", "x"),) * 20_000),
        kit.rdns([("OU", f"{i:05}") for i in range(20_000)]),
        changed(businessCategory="Private" * 100_000),
    ]
    for subject in subjects:
        before = time.process_time()
        assert findings(subject, PATTERN)
        assert time.process_time() - before < 1


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_no_octets_raise(octets: bytes) -> None:
    """Whatever stands for the subject, there are findings and no exception."""
    assert findings(octets)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["C", "O", "OU", "CN", "L"]), st.integers(1, 40), st.text(max_size=70)), max_size=6
    )
)
def test_no_values_raise(values: list[tuple[str, int, str]]) -> None:
    """Attributes of any string type and text; every finding can be shown on one line, in letters that all can read."""
    pairs = [(name, text.encode("utf-8", "surrogatepass"), tag) for name, tag, text in values]
    for finding in findings(kit.name(*pairs), FREE):
        assert finding.text.isprintable()
        assert all(c.isascii() or unicodedata.name(c).startswith("LATIN ") for c in finding.text)


@given(st.text(min_size=1, max_size=64).filter(lambda text: bool(text.strip())))
def test_only_the_right_name_passes(text: str) -> None:
    """Policy law: a name that is not the directory's in normal form C is never without a finding."""
    text = text.encode("utf-8", "ignore").decode()
    if unicodedata.normalize("NFC", text) != FACTS.legal_name:
        assert codes(changed(O=text))
