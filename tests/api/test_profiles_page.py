"""docs/profiles.md tells the truth: its tables, and its example, which is loaded and used as the page says."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from app.errors import Forbidden, Invalid, Rejected
from app.pki import profiles
from app.pki.commands import openssl_command, openssl_config
from app.ra.standing import Owner
from app.sandbox import Sandbox
from tests.directories import ORGANISATION, issue, open_directory
from tests.participants import add_application, add_organisation
from tests.tools import need
from tools import profiles_page

PAGE = profiles_page.PAGE.read_text()
EXAMPLE = PAGE.split("```toml\n")[1].split("```")[0]
KEY = Path(__file__).resolve().parents[1] / "keys" / "rsa-3072.pem"
PAYER = ({"AuthorisationDomain": "Acme", "Role": "PAYER", "Status": "Active"},)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """acme.toml as the page has it."""
    file = tmp_path / "acme.toml"
    file.write_text(EXAMPLE)
    return file


def csr(folder: Path, sandbox: Sandbox, type_: str, software: str | None) -> bytes:
    """What the printed command makes, on a key that is there already."""
    need("openssl")
    with sandbox.store.read() as uow:
        organisation = uow.organisations.get(ORGANISATION)
        owner = Owner(organisation, uow.applications.get(ORGANISATION, software) if software else None)
    profile, facts = sandbox.profiles[type_], owner.facts({})
    words = shlex.split(openssl_command(profile, facts, from_file=True))
    (folder / words[-1]).write_text(openssl_config(profile, facts))
    command = ["openssl", "req", "-new", "-key", str(KEY), "-utf8", "-config", words[-1]]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout


def test_the_tables_are_those_of_models_and_files() -> None:
    """docs/profiles.md is what tools/profiles_page.py makes of it: every word, every type."""
    assert profiles_page.page(PAGE) == PAGE


def test_every_word_is_explained() -> None:
    """No field of a model is without its row."""
    for model in profiles_page.MODELS.values():
        assert [name for name in model.model_fields if f"| `{name}` |" not in PAGE] == []


def test_a_type_of_ones_own_is_loaded_and_issued(tmp_path: Path, file: Path) -> None:
    """The whole example: CSR by the printed command, certificate as the file says, and no Python anywhere."""
    sandbox = open_directory(tmp_path / "data", profile_files=(file,))
    add_organisation(sandbox, country_of_registration="NZ")
    software = add_application(sandbox, roles=PAYER)
    issued = issue(sandbox, ORGANISATION, software, "acmetransport", csr(tmp_path, sandbox, "acmetransport", software))
    leaf = x509.load_der_x509_certificate(issued.certificate.der or b"")
    (identifier,) = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    assert identifier.value == f"ACME-{ORGANISATION}"
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 90
    assert (issued.certificate.use, issued.certificate.jwks) == ("enc", "transport")
    assert issued.warnings == ()
    seal = issue(sandbox, ORGANISATION, None, "acmeseal", csr(tmp_path, sandbox, "acmeseal", None))
    usage = x509.load_der_x509_certificate(seal.certificate.der or b"").extensions.get_extension_for_class(
        x509.KeyUsage
    )
    assert (usage.critical, usage.value.digital_signature, usage.value.content_commitment) == (True, True, True)
    sandbox.close()


def test_the_rules_of_the_example_refuse(tmp_path: Path, file: Path) -> None:
    """Without the role nothing is issued; another's subject is told with what was expected."""
    sandbox = open_directory(tmp_path / "data", profile_files=(file,))
    add_organisation(sandbox)
    without, payer = add_application(sandbox), add_application(sandbox, roles=PAYER)
    request = csr(tmp_path, sandbox, "acmetransport", payer)
    with pytest.raises(Forbidden) as caught:
        issue(sandbox, ORGANISATION, without, "acmetransport", request)
    assert caught.value.code == "role.missing"
    add_organisation(sandbox, "other")
    other = add_application(sandbox, "other", roles=PAYER)
    with pytest.raises(Rejected) as rejected:
        issue(sandbox, "other", other, "acmetransport", request)
    (finding,) = (f for f in rejected.value.findings if f.code == "csr.subject.org_identifier")
    assert (finding.expected, finding.got) == ("ACME-other", f"ACME-{ORGANISATION}")
    sandbox.close()


def test_settings_change_the_types_of_a_directory(tmp_path: Path) -> None:
    """`when`: the settings of connect.md 6.2 reach what is issued."""
    sandbox = open_directory(tmp_path / "data", transport_client_auth=True, signing_non_repudiation=True)
    assert sandbox.profiles["rtstransport"].extended_key_usage == ("clientAuth",)
    assert sandbox.profiles["rtssigning"].key_usage == ("digitalSignature", "nonRepudiation")
    sandbox.close()


def test_the_fault_on_the_page_is_the_one_that_is_told(file: Path) -> None:
    """Word for word, the list of attributes apart."""
    file.write_text(EXAMPLE.replace('"O", equals', '"Organisation", equals'))
    with pytest.raises(Invalid) as caught:
        profiles.load([], [file])
    shown = next(line for line in PAGE.splitlines() if line.startswith("acme.toml: "))
    begins, ends = shown.split("...")
    assert str(caught.value).startswith(f"{file.parent}/{begins}")
    assert str(caught.value).endswith(ends.lstrip(","))
