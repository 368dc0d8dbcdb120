"""The printed openssl commands, run by real shells with the real openssl, and judged by the RA's own rules."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from app.errors import Finding, Invalid
from app.pki import profiles
from app.pki.attributes import ATTRIBUTES
from app.pki.commands import Shell, openssl_command, openssl_config
from app.pki.csr_plan import plan_csr
from app.pki.examination import examine
from app.pki.facts import Facts
from app.pki.names import parse_name
from app.pki.openssl_config import OPENSSL_NAMES, escaped
from app.pki.policy import judge
from app.pki.profiles import CertificateProfile
from app.pki.request import Leniency
from tests.tools import need

KEY = Path(__file__).resolve().parents[1] / "keys" / "rsa-2048-a.pem"
ORGANISATION, APPLICATION = "05eeb40b-df4d-47e0-8691-80ec3ecfa91b", "3481d71c-f7df-4b4a-b0a9-c87446924a41"
FACTS = Facts(
    organisation_id=ORGANISATION,
    organisation_name="Acme",
    legal_name="Acme Ltd",
    country="BR",
    registration_number="11222333000181",
    application_id=APPLICATION,
    client_id=APPLICATION,
    client_name="Acme App",
)
GENERIC = profiles.merged(profiles.load(["generic"]))
BRASIL = profiles.merged(profiles.load(["brasil"]))
ISSUED = [
    pytest.param(profile, id=f"{name}-{profile.type}")
    for name in profiles.shipped()
    for profile in profiles.load([name])[0].profile
    if profile.input == "csr"
]
NASTY = "A/b + \"C\", 'd' = #e \\ $HOME `id`; $(id) é"
LEGAL_NAMES = [
    "Slash/and\\backslash\\",
    'Plus + Equals = "Quotes"',
    "O'Reilly, Sons & Co.; #1 | 100%",
    "# begins with a hash",
    "$HOME ${HOME} $(id) `id` !!",
    r"C:\new\r\table",
    "-subj",
    "@names",
    "{application.id} {host}",
    "Ipê Instituição de Pagamento S.A.",
    "Банк Юг",
    "Ελλάδα",
    "東京銀行 𠮷",
    "x" * 64,
    "Exactly one blank is cut off when this name is short enough for an O" + "x" * 40,
]


def of(profile: CertificateProfile, facts: Facts) -> Facts:
    """At organisation level nothing is known of an application."""
    if profile.level == "application":
        return facts
    return replace(facts, application_id=None, client_id=None, client_name=None)


def made(folder: Path, profile: CertificateProfile, facts: Facts, command: str, host: str | None = None) -> bytes:
    """Run the command as it is by `sh`, its configuration file beside it; the CSR that it wrote."""
    need("openssl")
    file = re.search(r"-config \./(\S+)", command)
    if file:
        (folder / file[1]).write_text(openssl_config(profile, facts, host), encoding="utf-8")
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (csr,) = folder.glob("*.csr")
    assert csr.with_suffix(".key").is_file()
    return csr.read_bytes()


def run_quickly(folder: Path, profile: CertificateProfile, facts: Facts, *, from_file: bool = False) -> bytes:
    """The same with a key that is there already, since making one takes time."""
    command = openssl_command(profile, facts, from_file=from_file)
    words = shlex.split(command)
    at = words.index("-newkey")
    words[at : at + 2] = ["-key", str(KEY)]
    keyout = words.index("-keyout")
    (folder / words[keyout + 1]).write_bytes(KEY.read_bytes())
    del words[keyout : keyout + 2]
    return made(folder, profile, facts, shlex.join(words))


def findings(csr: bytes, profile: CertificateProfile, facts: Facts) -> tuple[Finding, ...]:
    """All that the RA would say of it, short of what the store knows."""
    examination = examine(csr, profile, Leniency())
    assert examination.request is not None
    return (*examination.findings, *judge(examination.request, profile, facts, Leniency()))


def subject(csr: bytes) -> list[tuple[str, str | None]]:
    name = parse_name(examine(csr, GENERIC["rtstransport"], Leniency()).request.subject_der)  # type: ignore[union-attr]
    return [(attribute.name, attribute.text) for attribute in name.attributes]


# run


@pytest.mark.parametrize("profile", ISSUED)
def test_the_printed_command_makes_a_request_without_findings(tmp_path: Path, profile: CertificateProfile) -> None:
    """As printed, for each shipped type, with a legal name that every layer of quoting could spoil."""
    facts = of(profile, replace(FACTS, legal_name=NASTY, organisation_name=NASTY, client_name="Ipê Pay / 'App' & Co."))
    csr = made(tmp_path, profile, facts, openssl_command(profile, facts))
    assert findings(csr, profile, facts) == ()


@pytest.mark.parametrize("profile", ISSUED)
def test_the_configuration_makes_one_too(tmp_path: Path, profile: CertificateProfile) -> None:
    """Also where the type's own way is -subj; the CSR asks for the usages of the profile."""
    facts = of(profile, replace(FACTS, legal_name=NASTY))
    csr = run_quickly(tmp_path, profile, facts, from_file=True)
    assert findings(csr, profile, facts) == ()
    text = subprocess.run(
        ["openssl", "req", "-noout", "-text"], input=csr, capture_output=True, check=True
    ).stdout.decode()
    assert "CA:FALSE" in text
    assert "Key Usage: critical" in text


@pytest.mark.parametrize("from_file", [False, True], ids=["subj", "config"])
@pytest.mark.parametrize("legal_name", LEGAL_NAMES)
def test_legal_names_arrive_as_they_are(tmp_path: Path, legal_name: str, *, from_file: bool) -> None:
    """Through -subj, shell and configuration; only a name of more than 64 characters is cut, with a warning."""
    profile, facts = GENERIC["rtstransport"], replace(FACTS, legal_name=legal_name)
    csr = run_quickly(tmp_path, profile, facts, from_file=from_file)
    assert dict(subject(csr))["O"] == legal_name[:64].rstrip()
    said = [(finding.code, finding.severity) for finding in findings(csr, profile, facts)]
    assert said == ([("csr.subject.too_long", "warning")] if len(legal_name) > 64 else [])


@pytest.mark.parametrize("legal_name", LEGAL_NAMES)
def test_legal_names_arrive_in_the_types_of_brasil(tmp_path: Path, legal_name: str) -> None:
    """`nombstr` where Latin-1 holds the name, else utf8only."""
    profile, facts = BRASIL["brcac"], replace(FACTS, legal_name=legal_name)
    csr = run_quickly(tmp_path, profile, facts)
    assert [f.code for f in findings(csr, profile, facts) if f.severity == "error"] == []
    assert dict(subject(csr))["O"] == legal_name[:64].rstrip()
    latin = all(ord(character) < 256 for character in legal_name)
    assert f"string_mask = {'nombstr' if latin else 'utf8only'}" in openssl_config(profile, facts)


def test_every_ascii_character_survives(tmp_path: Path) -> None:
    """In both forms; angle brackets apart, which no name of the directory holds."""
    characters = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in "<>"]
    for number, form in enumerate((False, True)):
        for half in (characters[:46], characters[46:]):
            folder = tmp_path / f"{number}{ord(half[0])}"
            folder.mkdir()
            facts = replace(FACTS, legal_name="".join(half))
            csr = run_quickly(folder, GENERIC["rtstransport"], facts, from_file=form)
            assert dict(subject(csr))["O"] == "".join(half)


@pytest.mark.parametrize("attribute", sorted(ATTRIBUTES))
def test_openssl_knows_every_attribute_by_the_name_that_is_printed(tmp_path: Path, attribute: str) -> None:
    """So no configuration needs a section of object identifiers, which OpenSSL 3 refuses for those it knows."""
    need("openssl")
    value = "GB" if attribute in ("C", "jurisdictionCountryName") else "x"
    command = [
        "openssl",
        "req",
        "-new",
        "-key",
        str(KEY),
        "-subj",
        f"/{OPENSSL_NAMES.get(attribute, attribute)}={value}",
    ]
    csr = subprocess.run(command, capture_output=True, check=True).stdout
    assert subject(csr) == [(attribute, value)]


@pytest.mark.parametrize(
    ("key", "begins"),
    [
        ({"rsa": (3072,)}, "openssl req -new -newkey rsa:3072 -nodes"),
        ({"rsa": (), "ec": ("P-384",)}, "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes"),
        ({"rsa": (), "okp": ("Ed25519",)}, "openssl req -new -newkey ed25519 -nodes"),
    ],
)
@pytest.mark.parametrize("from_file", [False, True], ids=["subj", "config"])
def test_the_key_is_the_first_that_the_type_takes(
    tmp_path: Path, key: dict[str, tuple[object, ...]], begins: str, *, from_file: bool
) -> None:
    """RSA, else EC by curve, else Ed25519."""
    profile = CertificateProfile.model_validate(GENERIC["rtssigning"].model_dump() | {"key": key})
    command = openssl_command(profile, FACTS, from_file=from_file)
    assert command.startswith(begins)
    if "ec" in key or "okp" in key:
        assert x509.load_pem_x509_csr(made(tmp_path, profile, FACTS, command)).is_signature_valid


# what is asked for


def test_a_host_is_the_alternative_name(tmp_path: Path) -> None:
    """connect.md 8: -addext for server types; BRCAC's CN and name in its file."""
    profile, facts = GENERIC["rtstransport_rs"], of(GENERIC["rtstransport_rs"], FACTS)
    command = openssl_command(profile, facts, host="api.acme.example")
    assert command.endswith("-addext subjectAltName=DNS:api.acme.example")
    text = openssl_config(BRASIL["brcac"], FACTS, "pay.acme.example")
    assert "CN = pay.acme.example" in text
    assert "DNS.1 = pay.acme.example" in text


def test_without_a_host_one_under_the_own_domain_is_proposed() -> None:
    """Or one that is nobody's (RFC 2606); a client type then asks for no name at all."""
    profile = GENERIC["rtstransport_rs"]
    assert "DNS:api.example.com" in openssl_command(profile, FACTS)
    assert "DNS:api.acme.example" in openssl_command(profile, replace(FACTS, domains=("acme.example",)))
    assert "-addext" not in openssl_command(GENERIC["rtstransport"], FACTS)
    assert "DNS:a.example" in openssl_command(GENERIC["rtstransport"], FACTS, host="a.example")
    assert "-addext" not in openssl_command(GENERIC["rtssigning_rs"], FACTS, host="a.example")


def test_a_host_cannot_break_out_of_the_command(tmp_path: Path) -> None:
    """A comma parts names in -addext, so it goes through the file; the RA then refuses the name."""
    profile, facts = GENERIC["rtstransport_rs"], of(GENERIC["rtstransport_rs"], FACTS)
    host = "a.example,DNS:$(touch pwned)"
    csr = made(tmp_path, profile, facts, openssl_command(profile, facts, host=host), host)
    san = x509.load_pem_x509_csr(csr).extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert [name.value for name in san] == [host]  # type: ignore[attr-defined]
    assert not (tmp_path / "pwned").exists()
    assert [f.code for f in findings(csr, profile, facts)] == ["csr.ext.san"]


def test_a_country_that_is_none_is_some_code(tmp_path: Path) -> None:
    """rulings.md 15: any valid code passes, with a warning."""
    profile, facts = GENERIC["rtstransport"], replace(FACTS, country="Atlantis")
    csr = run_quickly(tmp_path, profile, facts)
    assert [(f.code, f.severity) for f in findings(csr, profile, facts)] == [("csr.subject.country", "warning")]


def test_brseal_has_three_units_and_four_other_names(tmp_path: Path) -> None:
    """connect.md 6.3."""
    profile, facts = BRASIL["brseal"], of(BRASIL["brseal"], FACTS)
    csr = run_quickly(tmp_path, profile, facts)
    assert [name for name, _ in subject(csr)] == ["UID", "C", "O", "OU", "OU", "OU", "CN"]
    san = x509.load_pem_x509_csr(csr).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    oids = [name.type_id.dotted_string for name in san.get_values_for_type(x509.OtherName)]
    assert oids == [f"2.16.76.1.3.{number}" for number in (2, 3, 4, 7)]


def test_an_other_name_that_is_not_printable_is_utf8(tmp_path: Path) -> None:
    """A registration number may be any text."""
    profile, facts = BRASIL["brseal"], replace(of(BRASIL["brseal"], FACTS), registration_number="Nº 1 & 2")
    csr = run_quickly(tmp_path, profile, facts)
    assert findings(csr, profile, facts) == ()
    assert "Nº 1 & 2".encode() in x509.load_pem_x509_csr(csr).tbs_certrequest_bytes


def test_the_old_layout_of_brcac_is_taken_by_brcac_alone(tmp_path: Path) -> None:
    """Errata X5: OU instead of organizationIdentifier; one of them must be there."""
    need("openssl")
    text = openssl_config(BRASIL["brcac"], FACTS)
    old = text.replace(f"organizationIdentifier = OFBBR-{ORGANISATION}", f"OU = {ORGANISATION}")
    neither = text.replace(f"organizationIdentifier = OFBBR-{ORGANISATION}\n", "")
    said = {}
    for layout, content in (("new", text), ("old", old), ("neither", neither)):
        (tmp_path / "layout.cnf").write_text(content)
        command = ["openssl", "req", "-new", "-key", str(KEY), "-utf8", "-config", "layout.cnf"]
        csr = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
        for type_ in ("brcac", "brcac_2022"):
            said[layout, type_] = sorted({f.code for f in findings(csr, BRASIL[type_], FACTS)})
    assert said["new", "brcac"] == said["new", "brcac_2022"] == said["old", "brcac"] == []
    assert said["old", "brcac_2022"] == ["csr.subject.missing", "csr.subject.unexpected_attribute"]
    assert said["neither", "brcac"] == said["neither", "brcac_2022"] == ["csr.subject.missing"]


def test_psd2_statements_stand_in_the_configuration(tmp_path: Path) -> None:
    """connect.md 6.5: the role PSP_AI, name and id of the authority, as ETSI TS 119 495 has them."""
    profile = profiles.merged(profiles.load(["uk"]))["obwac"]
    csr = x509.load_pem_x509_csr(run_quickly(tmp_path, profile, FACTS))
    statements = csr.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")).value.public_bytes()
    assert all(part in statements for part in (b"PSP_AI", b"Financial Conduct Authority", b"GB-FCA"))


def test_the_legacy_command_of_the_uk_is_as_it_was_published() -> None:
    """connect.md 8: /ST=/L= with nothing in them; the file leaves out what would stop openssl."""
    profile = profiles.merged(profiles.load(["uk"]))["obtransport"]
    subj = f"-subj /C=GB/ST=/L=/O=OpenBanking/OU={ORGANISATION}/CN={APPLICATION} -sha256"
    assert subj in openssl_command(profile, FACTS)
    assert "ST =" not in openssl_config(profile, FACTS)


# forms


def test_files_are_named_as_the_contract_names_them() -> None:
    """connect.md 8: <ssid>-<type> for -subj, the type for a downloaded file; nothing that a path could read."""
    assert f"-out {APPLICATION}-rtstransport.csr -keyout {APPLICATION}-rtstransport.key" in openssl_command(
        GENERIC["rtstransport"], FACTS
    )
    assert "-out brcac.csr -keyout brcac.key -utf8 -config ./brcac.cnf" in openssl_command(BRASIL["brcac"], FACTS)
    odd = replace(of(GENERIC["rtssigning_rs"], FACTS), organisation_id="-../a b;$(x)")
    assert "-out a-b---x--rtssigning_rs.csr " in openssl_command(GENERIC["rtssigning_rs"], odd)


@pytest.mark.parametrize(
    ("type_", "says"),
    [("sigkey", "openssl pkey -in sigkey.key -pubout"), ("brcac_ext", "takes a certificate of another CA")],
)
def test_types_without_a_csr_say_what_they_take(type_: str, says: str) -> None:
    """With the commands that make it, where there are some."""
    with pytest.raises(Invalid, match=re.escape(says)) as caught:
        openssl_command(BRASIL[type_], FACTS)
    assert caught.value.code == "profile.no_csr"


def powershell_words(line: str) -> list[str]:
    """The words of a line as PowerShell reads it: single quotes, doubled inside; nothing else is special here."""
    found = re.findall(r"'((?:[^']|'')*)'|(\S+)", line)
    return [quoted.replace("''", "'") if quoted else plain for quoted, plain in found]


def windows_words(line: str) -> list[str]:
    """As the C runtime of a Windows program parts its command line: double quotes, without quotes inside."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]


@pytest.mark.parametrize(("shell", "words"), [("powershell", powershell_words), ("cmd", windows_words)])
@pytest.mark.parametrize("legal_name", [*LEGAL_NAMES, "Acme Ltd", "O'Neill / Sons + 1", "a & b | c ^ d"])
def test_windows_gets_the_same_words_or_the_file(shell: Shell, words: object, legal_name: str) -> None:
    """What its shells or programs could spoil goes through the configuration file, the rest is quoted their way."""
    facts = replace(FACTS, legal_name=legal_name)
    line = openssl_command(GENERIC["rtstransport"], facts, kind=shell)
    if '"' in legal_name or "%" in legal_name or not legal_name.isascii():
        assert line.endswith("-utf8 -config ./" + f"{APPLICATION}-rtstransport.cnf")
    else:
        assert words(line) == shlex.split(openssl_command(GENERIC["rtstransport"], facts))  # type: ignore[operator]


def test_a_final_backslash_goes_through_the_file_on_windows() -> None:
    """It would escape the closing quote."""
    profile = CertificateProfile.model_validate(
        GENERIC["rtstransport"].model_dump()
        | {"subject": [{"attribute": "O", "equals": ["{organisation.legal_name}"]}]}
    )
    facts = replace(FACTS, legal_name="ends with \\")
    assert "-config" in openssl_command(profile, facts, kind="cmd")
    assert "-config" not in openssl_command(profile, facts)


def test_optional_attributes_are_left_to_the_user() -> None:
    """The plan fills what must be there, and nothing else."""
    plan = plan_csr(GENERIC["rtstransport_rs"], of(GENERIC["rtstransport_rs"], FACTS), None)
    assert [pair.kind for pair in plan.subject] == ["C", "O", "OU"]


def test_escaping_for_the_file_touches_only_what_is_special() -> None:
    """Names stay readable."""
    assert escaped("Acme & Sons, Ltd. (UK) é") == "Acme & Sons, Ltd. (UK) é"
    assert escaped('$ # " \\') == '\\$ \\# \\" \\\\'
