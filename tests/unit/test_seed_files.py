"""Reading seed files: what is good, and how the bad is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.directory import seed
from app.errors import Invalid

GOOD = """
[[organisation]]
OrganisationId = "acme"
OrganisationName = "Acme"
LegalEntityName = "Acme Ltd"
CountryOfRegistration = "GB"
CompanyRegister = "Companies House"
RegistrationNumber = "12345678"
AddressLine1 = "1 High Street"
City = "London"
Postcode = "N1 1AA"
Country = "GB"
Domains = ["acme.example"]
Roles = [{ AuthorisationDomain = "Open Banking", Role = "PAGTO" }]

  [[organisation.certificate]]
  name = "acme-server"
  type = "rtstransport_rs"
  key = "generate"
  key_kind = "ec-p256"
  host = ["api.acme.example"]

  [[organisation.application]]
  SoftwareStatementId = "11111111-1111-4111-8111-111111111111"
  ClientName = "Acme App"
  LogoUri = "https://acme.example/logo.svg"
  RedirectUri = ["https://acme.example/callback"]
  Roles = [{ AuthorisationDomain = "Open Banking", Role = "PAGTO" }]

    [[organisation.application.certificate]]
    name = "acme-client"
    type = "rtstransport"
    key = "generate"
    key_kind = "ec-p256"
"""


def write(folder: Path, *changes: tuple[str, str], text: str = GOOD) -> Path:
    """The good seed with these replacements; each must have something to replace."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "seed.toml"
    file.write_text(text)
    return file


def told(file: Path | str) -> str:
    """Everything that is said against a seed."""
    with pytest.raises(Invalid) as caught:
        seed.load(file)
    assert caught.value.code == "seed.invalid"
    assert caught.value.findings
    return "\n".join(finding.text for finding in caught.value.findings)


def test_the_demo_seed_is_good_and_its_ids_are_stable() -> None:
    """Scripts and pages name these ids."""
    loaded = seed.load("demo")
    assert [o.OrganisationId for o in loaded.organisation] == [
        "f1725bc6-4559-4231-ab01-961bb02e8e2d",
        "05eeb40b-df4d-47e0-8691-80ec3ecfa91b",
        "c17e84f7-0cd1-4aa9-b2e5-a39263111298",
    ]
    assert {o.CountryOfRegistration for o in loaded.organisation} == {"GB", "BR", "AE"}
    assert all(o.application and o.Roles and o.application[0].Roles for o in loaded.organisation)


def test_none_is_an_empty_seed() -> None:
    """A directory may start with nothing in it."""
    assert seed.load("none").organisation == ()


def test_a_seed_file_is_read_with_all_its_tables(tmp_path: Path) -> None:
    """Organisation, role, domain, application and both kinds of certificates."""
    (organisation,) = seed.load(write(tmp_path)).organisation
    assert organisation.Domains == ("acme.example",)
    assert organisation.Roles[0].Role == "PAGTO"
    assert organisation.certificate[0].host == ("api.acme.example",)
    assert organisation.application[0].certificate[0].name == "acme-client"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            [('OrganisationName = "Acme"\n', "")], "[[organisation]] 1: OrganisationName must be given", id="missing"
        ),
        pytest.param(
            [('OrganisationName = "Acme"', 'OrganisationNam = "Acme"')],
            "OrganisationNam is no field of this table",
            id="misspelt",
        ),
        pytest.param(
            [('ClientName = "Acme App"', 'ClientName = "Acme <App>"')],
            "[[organisation]] 1 (Acme), [[organisation.application]] 1 (Acme <App>): ClientName must not hold < or >",
            id="angle-brackets",
        ),
        pytest.param(
            [('City = "London"', 'City = "L"')], "City must have at least 2 characters, found 'L'", id="too-short"
        ),
        pytest.param(
            [("https://acme.example/callback", "ftp://acme.example")], "RedirectUri[0] must match", id="redirect"
        ),
        pytest.param(
            [('Country = "GB"\nDomains', 'Country = "GB"\nStatus = "active"\nDomains')],
            "Status must be 'Active', 'Pending' or 'Withdrawn', found 'active'",
            id="status",
        ),
        pytest.param(
            [('key = "generate"\nkey_kind = "ec-p256"\nhost', "host")],
            "[[organisation.certificate]] 1 (acme-server): either key",
            id="no-key",
        ),
        pytest.param(
            [('name = "acme-client"', 'name = "acme-server"')],
            "certificate name acme-server stands there twice",
            id="twice",
        ),
        pytest.param([('name = "acme-client"', 'name = "../../etc/key"')], "name must match", id="path-in-name"),
        pytest.param(
            [('OrganisationId = "acme"', "OrganisationId = 7")],
            "OrganisationId must be a valid string, found 7",
            id="number",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_table_and_field(
    tmp_path: Path, changes: list[tuple[str, str]], expected: str
) -> None:
    """The text says where, which field, what was expected and what stands there."""
    text = GOOD.replace("  [[organisation.certificate]]\n  ", "[[organisation.certificate]]\n").replace(
        "\n  key", "\nkey"
    )
    text = text.replace("\n  host", "\nhost").replace("\n  type", "\ntype").replace("\n    name", "\nname")
    file = write(tmp_path, *changes, text=text)
    said = told(file)
    assert str(file) in said
    assert expected in said


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one fault a run."""
    file = write(
        tmp_path, ('City = "London"\n', ""), ('Postcode = "N1 1AA"\n', ""), ("https://acme.example/logo.svg", "x")
    )
    said = told(file)
    assert all(field in said for field in ("City", "Postcode", "LogoUri"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"[[organisation", "is not TOML", id="toml"),
        pytest.param(b"a = '\xff'", "is not UTF-8", id="encoding"),
        pytest.param(b"organisation = 3", "organisation must be a list, found 3", id="not-a-table"),
        pytest.param(b"organisations = []", "organisations is no field", id="unknown-table"),
    ],
)
def test_a_file_that_is_no_seed_is_told_so(tmp_path: Path, content: bytes, expected: str) -> None:
    """Also what is no TOML at all has a text that names the file."""
    file = tmp_path / "seed.toml"
    file.write_bytes(content)
    assert expected in told(file)


def test_an_absent_file_is_told_with_what_would_do(tmp_path: Path) -> None:
    """The text lists the shipped names, since a misspelt one looks like a path."""
    said = told(tmp_path / "absent.toml")
    assert "No such file" in said
    assert "brasil, demo, uae, uk-basic, none" in said
