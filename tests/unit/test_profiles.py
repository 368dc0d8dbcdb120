"""Certificate types: what the shipped files say, how files are found and merged, and how faults are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.errors import Invalid
from app.pki import profiles
from app.pki.profiles import SWITCHES, CertificateProfile, Ecosystem
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ECOSYSTEMS = ("generic", "brasil", "eidas", "uae", "uk")
TYPES = {(name, p.type): p for name in ECOSYSTEMS for p in profiles.load([name])[0].profile}
EVERY = [pytest.param(profile, id=f"{name}-{type_}") for (name, type_), profile in TYPES.items()]

OWN = """
name = "acme"
aliases = ["acme-test"]
title = "Acme Finance"

[[profile]]
type = "acmetransport"
label = "Acme Transport"
meaning = "Proves who it is"
level = "application"
purpose = "transport"
use = "enc"
jwks = "transport"
subject = [
  { attribute = "O", equals = ["{organisation.legal_name}"] },
  { attribute = "CN", equals = ["{application.id}"] },
]
key_usage = ["digitalSignature"]
"""


def own(folder: Path, *changes: tuple[str, str], name: str = "acme.toml") -> Path:
    """The file above with these replacements; each must have something to replace."""
    text = OWN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / name
    file.write_text(text)
    return file


def refused(folder: Path, *changes: tuple[str, str]) -> Invalid:
    with pytest.raises(Invalid) as caught:
        profiles.load([], [own(folder, *changes)])
    return caught.value


# the shipped files


def test_the_shipped_ecosystems_begin_with_the_generic_one() -> None:
    """The order in which lists show them."""
    assert profiles.shipped() == ECOSYSTEMS


DS, NR, KE, DE, KA = "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement"
SAMPLE = {DS, KE, DE, KA}
SERVER = {"serverAuth", "clientAuth"}

CONTRACT = {
    ("generic", "rtstransport"): ("application", "csr", SAMPLE, set(), "enc", "transport"),
    ("generic", "rtssigning"): ("application", "csr", SAMPLE, set(), "sig", "application"),
    ("generic", "rtsencryption"): ("application", "csr", {KE, DE}, set(), "enc", "application"),
    ("generic", "sigkey"): ("application", "public_key", set(), set(), "sig", "application"),
    ("generic", "enckey"): ("application", "public_key", set(), set(), "enc", "application"),
    ("generic", "rtstransport_rs"): ("organisation", "csr", {DS, KE}, SERVER, "enc", "transport"),
    ("generic", "rtssigning_rs"): ("organisation", "csr", {DS, NR}, set(), "sig", "application"),
    ("generic", "rtsencryption_rs"): ("organisation", "csr", {KE, DE}, set(), "enc", "application"),
    ("brasil", "brcac"): ("application", "csr", {DS, KE}, {"clientAuth"}, "enc", "transport"),
    ("brasil", "brcac_2022"): ("application", "csr", {DS, KE}, {"clientAuth"}, "enc", "transport"),
    ("brasil", "brseal"): ("organisation", "csr", {DS, NR}, set(), "sig", "application"),
    ("brasil", "brcac_ext"): ("application", "certificate", set(), set(), "enc", "transport"),
    ("brasil", "brseal_ext"): ("organisation", "certificate", set(), set(), "sig", "application"),
    ("brasil", "rtssigning"): ("application", "csr", SAMPLE, set(), "sig", "application"),
    ("brasil", "sigkey"): ("application", "public_key", set(), set(), "sig", "application"),
    ("brasil", "enckey"): ("application", "public_key", set(), set(), "enc", "application"),
    ("uae", "opf_uae_client_transport"): ("application", "csr", SAMPLE, set(), "enc", "transport"),
    ("uae", "opf_uae_client_signing"): ("application", "csr", SAMPLE, set(), "sig", "application"),
    ("uae", "opf_uae_client_encryption"): ("application", "csr", {KE, DE}, set(), "enc", "application"),
    ("uae", "opf_uae_server_transport"): ("organisation", "csr", {DS, KE}, SERVER, "enc", "transport"),
    ("uae", "opf_uae_server_signing"): ("organisation", "csr", {DS, NR}, set(), "sig", "application"),
    ("uae", "opf_uae_server_encryption"): ("organisation", "csr", {KE, DE}, set(), "enc", "application"),
    ("uae", "opf_uae_server_enckey"): ("organisation", "public_key", set(), set(), "enc", "application"),
    ("uk", "rtstransport"): ("application", "csr", SAMPLE, set(), "enc", "transport"),
    ("uk", "rtssigning"): ("application", "csr", SAMPLE, set(), "sig", "application"),
    ("uk", "obtransport"): ("application", "csr", SAMPLE, set(), "enc", "transport"),
    ("uk", "obsigning"): ("application", "csr", SAMPLE, set(), "sig", "application"),
    ("uk", "obwac"): ("application", "csr", {DS, KE}, SERVER, "enc", "transport"),
    ("uk", "obseal"): ("application", "csr", {DS, NR}, set(), "sig", "application"),
    ("eidas", "qwac"): ("organisation", "certificate", set(), set(), "enc", "transport"),
    ("eidas", "qseal"): ("organisation", "certificate", set(), set(), "sig", "application"),
    ("eidas", "rtswac"): ("organisation", "csr", {DS, KE}, SERVER, "enc", "transport"),
    ("eidas", "rtsseal"): ("organisation", "csr", {DS, NR}, set(), "sig", "application"),
    ("eidas", "WRPAC"): ("application", "csr", {DS}, set(), "sig", "application"),
}
"""connect.md 6.2 to 6.6: level, input, key usage, extended key usage, use (5.4), key set."""


def test_the_shipped_types_are_those_of_the_contract() -> None:
    """Nothing is missing, nothing is there twice, and each is as the tables of chapter 6 have it."""
    assert {key: _row(profile) for key, profile in TYPES.items()} == CONTRACT


def _row(p: CertificateProfile) -> tuple[object, ...]:
    return p.level, p.input, set(p.key_usage), set(p.extended_key_usage), p.use, p.jwks


SUBJECTS = {
    ("generic", "rtstransport"): "C O OU CN",
    ("generic", "rtssigning"): "C O OU CN",
    ("generic", "rtsencryption"): "C O OU CN",
    ("generic", "rtstransport_rs"): "C O OU [CN]",
    ("generic", "rtssigning_rs"): "C O OU [CN]",
    ("generic", "rtsencryption_rs"): "C O OU [CN]",
    (
        "brasil",
        "brcac",
    ): "businessCategory jurisdictionCountryName serialNumber C O ST L [organizationIdentifier] UID CN [OU]",
    ("brasil", "brcac_2022"): (
        "businessCategory jurisdictionCountryName serialNumber C O ST L organizationIdentifier UID CN"
    ),
    ("brasil", "brseal"): "UID C O OU CN",
    ("brasil", "rtssigning"): "C O OU CN",
    ("uae", "opf_uae_client_transport"): "C O OU CN",
    ("uae", "opf_uae_client_signing"): "C O OU CN",
    ("uae", "opf_uae_client_encryption"): "C O OU CN",
    ("uae", "opf_uae_server_transport"): "C O OU [CN]",
    ("uae", "opf_uae_server_signing"): "C O OU [CN]",
    ("uae", "opf_uae_server_encryption"): "C O OU [CN]",
    ("uk", "rtstransport"): "C O OU CN",
    ("uk", "rtssigning"): "C O OU CN",
    ("uk", "obtransport"): "C [ST] [L] O OU CN",
    ("uk", "obsigning"): "C [ST] [L] O OU CN",
    ("uk", "obwac"): "C O organizationIdentifier OU CN",
    ("uk", "obseal"): "C O organizationIdentifier OU CN",
    ("eidas", "rtswac"): "C O OU [CN] [organizationIdentifier]",
    ("eidas", "rtsseal"): "C O OU [CN] [organizationIdentifier]",
    ("eidas", "WRPAC"): "C O organizationIdentifier [OU] CN",
}


def test_the_subjects_of_issued_types_are_those_of_the_contract() -> None:
    """Attributes in their order, optional ones in brackets."""
    said = {
        key: " ".join(rule.attribute if rule.required else f"[{rule.attribute}]" for rule in profile.subject)
        for key, profile in TYPES.items()
        if profile.input == "csr"
    }
    assert said == SUBJECTS


@pytest.mark.parametrize(
    ("ecosystem", "type_", "attribute", "equals"),
    [
        ("generic", "rtstransport", "CN", ("{application.id}", "{application.client_id}")),
        ("generic", "rtstransport", "C", ("{organisation.country}",)),
        ("brasil", "brcac", "UID", ("{application.id}",)),
        ("brasil", "brcac", "organizationIdentifier", ("OFBBR-{organisation.id}",)),
        ("brasil", "brcac", "serialNumber", ("{organisation.registration_number}",)),
        ("brasil", "brcac", "C", ("BR",)),
        ("brasil", "brseal", "O", ("ICP-Brasil",)),
        ("brasil", "brseal", "UID", ("{organisation.id}",)),
        ("uae", "opf_uae_client_signing", "C", ("AE",)),
        ("uae", "opf_uae_server_signing", "C", ("AE",)),
        ("uk", "rtssigning", "O", ("OPDA Sandbox Trust Framework",)),
        ("uk", "obsigning", "O", ("OpenBanking",)),
        ("eidas", "WRPAC", "CN", ()),
    ],
)
def test_values_are_those_of_the_contract(ecosystem: str, type_: str, attribute: str, equals: tuple[str, ...]) -> None:
    """What the directory or the ecosystem decides; WRPAC's CN is free (rulings.md 6)."""
    (rule,) = (r for r in TYPES[ecosystem, type_].subject if r.attribute == attribute)
    assert rule.equals == equals


@pytest.mark.parametrize("profile", EVERY)
def test_every_issued_leaf_lives_395_days_and_bare_keys_do_not_expire(profile: CertificateProfile) -> None:
    """connect.md 6.1 and 5.3; external certificates are dated by their CA."""
    assert profile.validity_days == (395 if profile.input == "csr" else None)


@pytest.mark.parametrize(
    ("ecosystem", "rsa", "ec"),
    [("generic", (2048, 3072, 4096), ("P-256",)), ("brasil", (2048,), ()), ("uae", (2048, 3072, 4096), ("P-256",))],
)
def test_keys_are_as_chapter_6_says(ecosystem: str, rsa: tuple[int, ...], ec: tuple[str, ...]) -> None:
    """Brazil has RSA 2048 alone; elsewhere larger RSA and ECDSA pass (connect.md 6.1)."""
    kinds = {(p.key.rsa, p.key.ec) for (name, _), p in TYPES.items() if name == ecosystem and p.input != "certificate"}
    assert kinds == {(rsa, ec)}


def test_server_types_want_dns_names_and_only_wildcards_that_are_said() -> None:
    """connect.md 6.2, 6.4: a DNS name is due wherever serverAuth is given to an organisation."""
    for profile in TYPES.values():
        if profile.level == "organisation" and "serverAuth" in profile.extended_key_usage:
            assert (profile.san.dns, profile.san.agree_with_cn) == ("required", True)


def test_nombstr_types_take_teletex() -> None:
    """rulings.md 7: Brazil and WRPAC."""
    assert {type_ for (_, type_), p in TYPES.items() if p.teletex} == {"brcac", "brcac_2022", "brseal", "WRPAC"}
    assert all(p.teletex == (p.string_mask == "nombstr") for p in TYPES.values())


@pytest.mark.parametrize("profile", EVERY)
def test_codes_of_the_files_stand_on_the_page(profile: CertificateProfile) -> None:
    """docs/errors.md knows what a rule may answer with."""
    page = (ROOT / "docs" / "errors.md").read_text()
    assert all(f"`{rule.code}`" in page for rule in profile.subject if rule.code)


@pytest.mark.parametrize(
    ("pattern_of", "good", "bad"),
    [
        (
            ("eidas", "WRPAC", "organizationIdentifier"),
            ["VATBR-11222333000181", "NTRGB-1"],
            ["OFBBR-1", "VAT-1", "VATBR-"],
        ),
        (("uk", "obwac", "organizationIdentifier"), ["PSDGB-FCA-123456"], ["PSDGB-123456", "PSDGB-FCA-", "123456"]),
        (("brasil", "brcac", "businessCategory"), ["Business Entity"], ["Private", "Business Entity Ltd"]),
        (("brasil", "brcac", "CN"), ["pay.ipe.example", "*.ipe.example"], ["ipe", "a b.example", "*"]),
    ],
)
def test_patterns(pattern_of: tuple[str, str, str], good: list[str], bad: list[str]) -> None:
    """A pattern is for the whole value."""
    ecosystem, type_, attribute = pattern_of
    (pattern,) = (r.pattern for r in TYPES[ecosystem, type_].subject if r.attribute == attribute)
    assert pattern
    assert all(re.fullmatch(pattern, value) for value in good)
    assert not any(re.fullmatch(pattern, value) for value in bad)


# finding and merging


@pytest.mark.parametrize(("name", "found"), [("brazil", "brasil"), ("pdtf", "uk"), ("uae", "uae"), ("wallet", "eidas")])
def test_an_ecosystem_is_found_by_name_and_alias(name: str, found: str) -> None:
    """`--ecosystem brazil` is Brasil."""
    assert [e.name for e in profiles.load([name])] == [found]


def test_names_give_the_order_and_count_once() -> None:
    """The first names the CA; an alias is no second ecosystem."""
    assert [e.name for e in profiles.load(["uk", "generic", "pdtf", "uk"])] == ["uk", "generic"]


def test_a_file_is_loaded_behind_the_names_or_where_it_is_named(tmp_path: Path) -> None:
    """So `profile_files` alone adds types, and the name may come first to name the CA."""
    file = own(tmp_path)
    assert [e.name for e in profiles.load(["generic"], [file])] == ["generic", "acme"]
    assert [e.name for e in profiles.load(["acme-test", "generic"], [file])] == ["acme", "generic"]


def test_a_file_goes_before_a_shipped_ecosystem_of_its_name(tmp_path: Path) -> None:
    """To change one, copy it."""
    file = own(tmp_path, ('name = "acme"', 'name = "generic"'))
    (ecosystem,) = profiles.load(["generic"], [file])
    assert list(ecosystem.profiles) == ["acmetransport"]


def test_of_two_types_of_one_name_the_later_counts() -> None:
    """PDTF's transport behind the generic one, and the other way round."""

    def organisation(names: list[str]) -> str:
        types = profiles.merged(profiles.load(names))
        return next(rule.equals[0] for rule in types["rtstransport"].subject if rule.attribute == "O")

    assert organisation(["generic", "uk"]) == "OPDA Sandbox Trust Framework"
    assert organisation(["uk", "generic"]) == "{organisation.legal_name}"


def test_unknown_names_are_told_with_the_known_ones(tmp_path: Path) -> None:
    """Those of files too."""
    with pytest.raises(Invalid) as caught:
        profiles.load(["generic", "atlantis"], [own(tmp_path)])
    assert caught.value.code == "profile.unknown"
    assert all(name in str(caught.value) for name in ("atlantis", *ECOSYSTEMS, "acme"))


def test_no_ecosystem_at_all_is_refused() -> None:
    """There would be no type and no name for the CA."""
    with pytest.raises(Invalid, match="no ecosystem is named"):
        profiles.load([])


# settings that change types


def test_switches_are_settings() -> None:
    """Each `when` names a setting that is on or off."""
    assert {Settings.model_fields[name].annotation for name in SWITCHES} == {bool}


def test_client_auth_by_setting() -> None:
    """connect.md 6.2: clientAuth in generic transport certificates is a setting, off by default."""
    generic = profiles.load(["generic"])
    assert profiles.merged(generic)["rtstransport"].extended_key_usage == ()
    on = profiles.merged(generic, ["transport_client_auth"])
    assert on["rtstransport"].extended_key_usage == ("clientAuth",)
    assert on["rtssigning"].extended_key_usage == on["rtsencryption"].extended_key_usage == ()


def test_signing_usages_by_setting() -> None:
    """connect.md 6.2: digitalSignature and nonRepudiation instead of the sample of 2021."""
    types = profiles.merged(profiles.load(["generic", "uae"]), ["signing_non_repudiation"])
    assert types["rtssigning"].key_usage == types["opf_uae_client_signing"].key_usage == (DS, NR)
    assert set(types["rtstransport"].key_usage) == SAMPLE


# files of the user's


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """Defaults are filled in."""
    ecosystem: Ecosystem = profiles.load([], [own(tmp_path)])[0]
    profile = ecosystem.profiles["acmetransport"]
    assert (ecosystem.country, ecosystem.ca_organisation) == ("GB", "MOCK - DO NOT TRUST")
    assert (profile.validity_days, profile.input, profile.key.rsa) == (395, "csr", (2048, 3072, 4096))


def test_like_takes_over_what_is_not_said(tmp_path: Path) -> None:
    """From an earlier type of the file or from a shipped one; names are its own."""
    like = """
[[profile]]
like = "{of}"
type = "second"
label = "Second"
meaning = "Another"
validity_days = 30
subject_changes = [{{ attribute = "CN", equals = ["x"] }}, {{ attribute = "L", example = "London" }}]
"""
    file = own(tmp_path)
    for of, attributes in (("acmetransport", ["O", "CN", "L"]), ("uk:obtransport", ["C", "ST", "L", "O", "OU", "CN"])):
        file.write_text(OWN + like.format(of=of))
        second = profiles.load([], [file])[0].profiles["second"]
        assert [rule.attribute for rule in second.subject] == attributes
        assert next(r for r in second.subject if r.attribute == "CN").equals == ("x",)
        assert (second.validity_days, second.use) == (30, "enc")


SUBJECT_CN = '{ attribute = "CN", equals = ["{application.id}"] }'
USAGE = 'key_usage = ["digitalSignature"]'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('level = "application"', "", "type acmetransport: level must be given", id="missing"),
        pytest.param(USAGE, f"{USAGE}\ncolour = 1", "type acmetransport: colour is no word", id="unknown-word"),
        pytest.param(
            'level = "application"', 'level = "person"', "must be 'application' or 'organisation'", id="level"
        ),
        pytest.param("{application.id}", "{application.colour}", "knows no {application.colour}", id="template"),
        pytest.param("{application.id}", "{application.id", "brace", id="brace"),
        pytest.param("{application.id}", "{host}", "knows no {host}", id="host-in-equals"),
        pytest.param('"CN", equals', '"XX", equals', "subject[1].attribute must be one of CN, ", id="attribute"),
        pytest.param('equals = ["{application.id}"]', 'pattern = "("', "no regular expression", id="regex"),
        pytest.param('equals = ["{application.id}"]', 'pattern = "a+"', "needs an example for CN", id="no-example"),
        pytest.param('"CN", equals', '"O", equals', "has two rules for O", id="attribute-twice"),
        pytest.param(SUBJECT_CN, f'{SUBJECT_CN[:-2]}, code = "csr.x" }}', "subject[1].code must match", id="code"),
        pytest.param("digitalSignature", "signing", "key_usage[0] must be one of digitalSignature", id="key-usage"),
        pytest.param("digitalSignature", "keyCertSign", "found 'keyCertSign'", id="ca-usage"),
        pytest.param(USAGE, 'key_usage = ["keyAgreement"]', "needs digitalSignature", id="transport-usage"),
        pytest.param(USAGE, "", "needs key_usage", id="no-usage"),
        pytest.param(
            USAGE, f'{USAGE}\nextended_key_usage = ["ocsp"]', "must be one of clientAuth, serverAuth", id="eku"
        ),
        pytest.param(
            USAGE, f'{USAGE}\nextended_key_usage = ["serverAuth"]', "san.dns must be", id="server-without-san"
        ),
        pytest.param(USAGE, f'{USAGE}\nkey = {{ ec = ["P-512"] }}', "key.ec[0] must be one of P-256", id="curve"),
        pytest.param(USAGE, f"{USAGE}\nkey = {{ rsa = [512] }}", "key.rsa[0]", id="rsa"),
        pytest.param(USAGE, f"{USAGE}\nkey = {{ rsa = [] }}", "one kind of key", id="no-key"),
        pytest.param(USAGE, f'{USAGE}\nsan = {{ dns = "maybe" }}', "san.dns must be 'forbidden'", id="presence"),
        pytest.param(USAGE, f'{USAGE}\nsan = {{ other_names = ["1.x"] }}', "san.other_names[0]", id="oid"),
        pytest.param(USAGE, f'{USAGE}\nsan = {{ example = ["x"] }}', "san.example[0]", id="san-example"),
        pytest.param(USAGE, f'{USAGE}\nsan = {{ uri = "required" }}', "needs a san.example", id="uri-without-example"),
        pytest.param(
            OWN,
            OWN.replace('"CN", equals', '"L", equals') + "san = { agree_with_cn = true }\n",
            "needs a CN",
            id="no-cn",
        ),
        pytest.param(USAGE, f'{USAGE}\nstring_mask = "nombstr"', "needs teletex", id="nombstr"),
        pytest.param(USAGE, f'{USAGE}\nat_least_one = [["CN"]]', "optional attributes", id="at-least-one"),
        pytest.param(
            USAGE, f'{USAGE}\nrequest_key_usage = ["keyAgreement"]', "must hold all of key_usage", id="request"
        ),
        pytest.param(
            'level = "application"', 'level = "organisation"', "no template may name an application", id="owner"
        ),
        pytest.param('use = "enc"', 'use = "enc"\ninput = "public_key"', "is not issued, so ", id="bare-key"),
        pytest.param('type = "acmetransport"', 'type = "kid"', "cannot be named kid", id="kid"),
        pytest.param('type = "acmetransport"', 'type = "a b"', "type a b: type must match", id="type-name"),
        pytest.param(USAGE, f"{USAGE}\nvalidity_days = 0", "validity_days must be greater", id="validity"),
        pytest.param(OWN, OWN + OWN[OWN.index("[[") :], "acmetransport stands there twice", id="type-twice"),
        pytest.param('title = "Acme Finance"', 'title = ""', "title", id="title"),
        pytest.param(OWN, OWN[: OWN.index("[[")], "profile must be given", id="no-types"),
        pytest.param('name = "acme"', "name = acme", "is not TOML", id="toml"),
        pytest.param(USAGE, f'{USAGE}\nlike = "nothing"', "like must name an earlier type", id="like"),
        pytest.param(USAGE, f"{USAGE}\nwhen = [{{ setting = 'ra_mode' }}]", "when[0].setting must be", id="when"),
        pytest.param(USAGE, f"{USAGE}\nqc_example = 1", "qc_example must be a table", id="table"),
        pytest.param("subject = [\n  {", "subject = 1\nother = [\n  {", "subject must be a list", id="list"),
    ],
)
def test_a_fault_is_told_by_file_type_field_and_what_was_expected(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Code `profile.invalid`, and the file's name first."""
    fault = refused(tmp_path, (old, new))
    assert fault.code == "profile.invalid"
    assert said in fault.reason
    assert fault.findings
    assert all(f.detail.startswith(f"{tmp_path / 'acme.toml'}: ") for f in fault.findings)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """With a pointer each."""
    fault = refused(tmp_path, ('use = "enc"', 'use = "both"'), ('jwks = "transport"', ""), ('"O"', '"Q"'))
    assert [f.pointer for f in fault.findings] == [
        "/profile/0/use",
        "/profile/0/jwks",
        "/profile/0/subject/0/attribute",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "No such file", id="absent"),
        pytest.param(b"\xff\xfe", "not UTF-8", id="octets"),
        pytest.param(b"#" * (profiles.LARGEST + 1), "is larger than", id="huge"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    """Never a traceback."""
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid, match=said) as caught:
        profiles.load(["generic"], [file])
    assert str(file) in str(caught.value)
