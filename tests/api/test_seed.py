"""Seeds put into a real directory, by its use cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from app.directory import seed
from app.directory.certificates import CertificateQuery, Certificates
from app.errors import Invalid
from app.ra.revocation import Amendment, Reference
from app.sandbox import Sandbox
from app.seeding.apply import SeedReport, apply
from app.seeding.certificates import SEEDER
from tests.directories import open_directory
from tests.participants import good_csr
from tests.unit.test_seed_files import GOOD, write

SOFTWARE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    directory = open_directory(tmp_path / "data")
    yield directory
    directory.close()


def applied(sandbox: Sandbox, tmp_path: Path, *changes: tuple[str, str]) -> SeedReport:
    return apply(sandbox, seed.load(write(tmp_path, *changes)))


def test_a_seed_is_in_the_directory_as_it_was_written(sandbox: Sandbox, tmp_path: Path) -> None:
    """Organisation with role claims and domains, application under its own id with its roles."""
    report = applied(sandbox, tmp_path)
    assert [made.split(" ")[0] for made in report.made] == ["organisation", "certificate", "application", "certificate"]
    organisation = sandbox.organisations.read("acme")
    assert organisation.details["AddressLine1"] == "1 High Street"
    assert [(role["domain"], role["role"], role["status"]) for role in organisation.roles] == [
        ("Open Banking", "PAGTO", "Active")
    ]
    application = sandbox.applications.read("acme", SOFTWARE)
    assert application.client_id == SOFTWARE
    assert application.roles[0]["Role"] == "PAGTO"
    with sandbox.store.read() as uow:
        assert uow.organisations.domains() == {"acme.example": "acme"}


def test_generated_keys_belong_to_their_certificates_and_to_nobody_else(sandbox: Sandbox, tmp_path: Path) -> None:
    """Three owner-only files for each; the chain ends with the issuing CA."""
    report = applied(sandbox, tmp_path)
    folder = sandbox.settings.data / "seed"
    assert {file.name for file in report.files} == {
        f"{name}.{ending}" for name in ("acme-server", "acme-client") for ending in ("key", "pem", "chain.pem")
    }
    for file in report.files:
        assert file.stat().st_mode & 0o077 == 0
    for name in ("acme-server", "acme-client"):
        key = load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        leaf, issuing = x509.load_pem_x509_certificates((folder / f"{name}.chain.pem").read_bytes())
        public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert leaf.public_key().public_bytes(*public) == key.public_key().public_bytes(*public)
        leaf.verify_directly_issued_by(issuing)


def test_applying_again_makes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """The same seed at every start; a revoked certificate of it stays revoked."""
    first = applied(sandbox, tmp_path)
    held = certificates(sandbox, SOFTWARE)
    reference = Reference("acme", SOFTWARE, "rtstransport", held[0])
    sandbox.revocations.amend(SEEDER, reference, Amendment(revoke_reason="superseded"))
    again = applied(sandbox, tmp_path)
    assert again.made == []
    assert again.files == []
    assert again.kept == first.made
    assert certificates(sandbox, SOFTWARE) == held


def certificates(sandbox: Sandbox, software: str | None) -> list[str]:
    listed = Certificates(sandbox.store).list(CertificateQuery("acme", software)).items
    return [held.certificate.kid for held in listed if held.certificate.software_statement_id == software]


def test_a_half_applied_seed_is_finished_on_the_same_key(sandbox: Sandbox, tmp_path: Path) -> None:
    """Killed between key and certificate: the key that is there gets the certificate."""
    folder = sandbox.settings.data / "seed"
    other = open_directory(tmp_path / "other")
    applied(other, tmp_path)
    other.close()
    folder.mkdir(mode=0o700)
    key = (tmp_path / "other" / "seed" / "acme-client.key").read_bytes()
    (folder / "acme-client.key").write_bytes(key)
    applied(sandbox, tmp_path)
    assert (folder / "acme-client.key").read_bytes() == key


def test_a_csr_of_the_users_own_is_uploaded(sandbox: Sandbox, tmp_path: Path) -> None:
    """The path is relative to the seed file, and no key is written."""
    (tmp_path / "mine.csr").write_bytes(good_csr(SOFTWARE, "acme"))
    client = '    name = "acme-client"\n    type = "rtstransport"\n    key = "generate"\n    key_kind = "ec-p256"\n'
    own = '    name = "acme-client"\n    type = "rtstransport"\n    csr = "mine.csr"\n'
    report = applied(sandbox, tmp_path, (client, own))
    assert {file.name.split(".")[0] for file in report.files} == {"acme-server"}
    assert len(certificates(sandbox, SOFTWARE)) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([('type = "rtstransport"', 'type = "rtsnonsense"')], "rtsnonsense", id="type"),
        pytest.param([('host = ["api.acme.example"]', 'host = ["*.example"]')], "csr.ext.san.wildcard", id="host"),
        pytest.param(
            [
                (
                    '    Roles = [{ AuthorisationDomain = "Open Banking", Role = "PAGTO" }]\n\n    [[',
                    '    Roles = [{ AuthorisationDomain = "Open Banking", Role = "DADOS" }]\n\n    [[',
                )
            ],
            "role.missing",
            id="role",
        ),
        pytest.param(
            [('    key = "generate"\n    key_kind = "ec-p256"\n', '    csr = "absent.csr"\n')],
            "No such file",
            id="file",
        ),
    ],
)
def test_what_the_directory_refuses_is_told_with_its_entry(
    sandbox: Sandbox, tmp_path: Path, changes: list[tuple[str, str]], expected: str
) -> None:
    """The refusal of the use case, and which entry of which file it was about."""
    changes = [(old.replace("    Roles", "  Roles"), new.replace("    Roles", "  Roles")) for old, new in changes]
    with pytest.raises(Invalid) as caught:
        applied(sandbox, tmp_path, *changes)
    said = "\n".join(finding.text for finding in caught.value.findings)
    assert caught.value.code == "seed.invalid"
    assert "seed.toml" in said
    assert expected in said


@pytest.mark.parametrize("ecosystem", ["generic", "brasil", "uae", "uk", "eidas"])
def test_the_demo_seed_fits_every_ecosystem(tmp_path: Path, ecosystem: str) -> None:
    """It has no certificates, so that a start is quick and any types may be loaded."""
    directory = open_directory(tmp_path / "data", ecosystems=(ecosystem,))
    report = apply(directory, seed.load("demo"))
    directory.close()
    assert [label.split(" ")[0] for label in report.made].count("organisation") == 3
    assert [label.split(" ")[0] for label in report.made].count("application") == 4
    assert report.files == []


def test_the_good_seed_of_these_tests_is_the_one_of_the_page() -> None:
    """docs/cli.md shows a seed that works."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text()
    shown = page.split("```toml\n")[1].split("```")[0]
    for line in GOOD.strip().splitlines():
        assert not line.strip() or line.split("#")[0].strip() in shown
