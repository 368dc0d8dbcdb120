"""One chain before several verifiers: where they differ stands, explained, in docs/verifiers.md (H-04)."""

from __future__ import annotations

import re
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from app.powers.defects.registry import DEFECTS
from app.powers.judging import Verifier
from app.sandbox import Sandbox
from app.store.records import Certificate
from tests.directories import NOW, ORGANISATION, issue, open_directory
from tests.e2e.test_defects import JDK, LIBRARY, NODE
from tests.participants import add_organisation, good_csr
from tests.tools import need

pytestmark = pytest.mark.case("reliability-H-04")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "verifiers.md"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
HOST = "api.acme.example"
FLIPS = 60


def who_takes(name: str) -> str:
    """Those who accept a defect, as tests/e2e/test_defects.py has heard them."""
    defect = DEFECTS[name]
    refuses = {
        "OpenSSL": defect.openssl is not None and name != "revoked_in_future",
        "JDK": name in JDK,
        "Node": name in NODE,
        "cryptography": name in LIBRARY,
    }
    return ", ".join(judge for judge, is_refused in refuses.items() if not is_refused)


def test_every_difference_is_explained() -> None:
    """The page names who takes what, and why; no defect is missing, and none is there that all refuse."""
    told = {name: takers.strip() for name, takers, _why in ROW.findall(PAGE.read_text())}
    assert told == {name: takers for name in DEFECTS if (takers := who_takes(name))}
    assert all(len(why.strip()) > 5 for _name, _takers, why in ROW.findall(PAGE.read_text()))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    opened = open_directory(tmp_path_factory.mktemp("judged") / "data")
    add_organisation(opened, details={"Domains": ["acme.example"]})
    return opened


@pytest.fixture(scope="module")
def sound(sandbox: Sandbox) -> Certificate:
    return issue(sandbox, ORGANISATION, None, "rtstransport_rs", _server_csr()).certificate


def _server_csr() -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    plain = x509.load_pem_x509_csr(good_csr(None))
    builder = x509.CertificateSigningRequestBuilder().subject_name(plain.subject)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)


def ours(sandbox: Sandbox, record: Certificate) -> bool:
    """Whether our verifier takes it."""
    verifier = Verifier(sandbox.store, sandbox.issuers, sandbox.profiles, sandbox.clock)
    return verifier.findings(record, sandbox.issuers.bundle_pem().decode(), HOST) == ()


def openssl(folder: Path, sandbox: Sandbox, der: bytes) -> bool:
    (folder / "leaf.der").write_bytes(der)
    (folder / "root.pem").write_bytes(sandbox.issuers.root_pem())
    (folder / "bundle.pem").write_bytes(sandbox.issuers.bundle_pem())
    command = [need("openssl"), "verify", "-x509_strict", "-attime", str(int(NOW.timestamp()) + 60)]
    command += ["-CAfile", str(folder / "root.pem"), "-untrusted", str(folder / "bundle.pem")]
    done = subprocess.run([*command, str(folder / "leaf.der")], capture_output=True, check=False, timeout=30)
    return done.returncode == 0


def library(sandbox: Sandbox, der: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged serials and dates are what is asked about
        try:
            anchor = x509.load_pem_x509_certificate(sandbox.issuers.root_pem())
            above = x509.load_pem_x509_certificates(sandbox.issuers.bundle_pem())
            policy = PolicyBuilder().store(Store([anchor])).time(sandbox.clock.now())
            policy.build_server_verifier(x509.DNSName(HOST)).verify(x509.load_der_x509_certificate(der), above)
        except (ValueError, VerificationError, x509.UnsupportedGeneralNameType, x509.InvalidVersion):
            return False
    return True


def test_all_take_a_sound_one(sandbox: Sandbox, sound: Certificate, tmp_path: Path) -> None:
    """So that their refusals mean something."""
    assert sound.der is not None
    assert (ours(sandbox, sound), openssl(tmp_path, sandbox, sound.der), library(sandbox, sound.der)) == (True,) * 3


@pytest.mark.slow
def test_none_takes_a_damaged_one(sandbox: Sandbox, sound: Certificate, tmp_path: Path) -> None:
    """One bit anywhere: our verifier, OpenSSL and cryptography refuse alike, but for what docs/verifiers.md tells."""
    der, chance = sound.der or b"", Random(20260601)
    unused = len(der) - len(x509.load_der_x509_certificate(der).signature) - 1
    for turn in range(FLIPS):
        position, bit = (unused, 0) if turn == 0 else (chance.randrange(len(der)), chance.randrange(8))
        damaged = der[:position] + bytes([der[position] ^ (1 << bit)]) + der[position + 1 :]
        taken = {
            "ours": ours(sandbox, replace(sound, der=damaged)),
            "OpenSSL": openssl(tmp_path, sandbox, damaged),
            "cryptography": position != unused and library(sandbox, damaged),
        }
        assert taken == dict.fromkeys(taken, False), (position, bit)
