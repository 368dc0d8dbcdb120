"""Every defect judged by OpenSSL, the JDK, Node and cryptography: refused for its reason; sound ones are accepted."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from app.powers.defects.registry import DEFECTS
from tests.servers import Served
from tests.tools import need

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
HOST = "api.acme.example"
SOUND = "sound"
LISTS = ("issuer", "root", "expired", "revoked", "unknown", "unknown-root")
PATH, ALTERNATIVE = "unable to find valid certification path", "ERR_TLS_CERT_ALTNAME_INVALID"

JDK = {
    "expired": "NotAfter", "not_yet_valid": "NotBefore", "revoked": "KEY_COMPROMISE", "on_hold": "CERTIFICATE_HOLD",
    "wrong_eku": "Extended key usage does not permit", "wrong_ku": "KeyUsage does not allow", "self_signed": PATH,
    "unknown_issuer": PATH, "missing_intermediate": PATH, "same_name_other_key_issuer": "signature check failed",
    "signature_flipped": "signature check failed", "expired_intermediate": "NotAfter",
    "revoked_intermediate": "Root CA", "p192": "EC 192 bit key",
    "unknown_critical_extension": "unrecognized critical extension", "duplicate_extension": "Duplicate extensions",
    "v1": "version 1", "empty_subject": "subject field is empty", "truncated_der": "not enough content",
    "trailing_bytes": "extra data at the end",
}  # fmt: skip
"""What the JDK's TLS client says where it refuses (17; SHA-1 and 1024 bits it takes from CAs that one adds)."""
NODE = {
    "expired": "CERT_HAS_EXPIRED", "not_yet_valid": "CERT_NOT_YET_VALID", "revoked": "CERT_REVOKED",
    "on_hold": "CERT_REVOKED", "wrong_eku": "INVALID_PURPOSE", "any_eku": "INVALID_PURPOSE",
    "wrong_ku": "INVALID_PURPOSE", "self_signed": "UNABLE_TO_GET_CRL", "unknown_issuer": "SELF_SIGNED_CERT_IN_CHAIN",
    "same_name_other_key_issuer": "CERT_SIGNATURE_FAILURE", "expired_intermediate": "CERT_HAS_EXPIRED",
    "revoked_intermediate": "CERT_REVOKED", "missing_intermediate": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "no_san": ALTERNATIVE, "weak_rsa_1024": "UNSPECIFIED", "p192": "HANDSHAKE_FAILURE", "sha1_signature": "UNSPECIFIED",
    "unknown_critical_extension": "UNSPECIFIED", "duplicate_extension": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "no_cdp": "UNABLE_TO_GET_CRL", "dead_crl_url": "UNABLE_TO_GET_CRL", "truncated_der": "SERVER",
    "trailing_bytes": "SERVER", "signature_flipped": "CERT_SIGNATURE_FAILURE",
}  # fmt: skip
"""What a TLS client of Node says, at security level 2 with the CRLs; it has no word for what is UNSPECIFIED."""
LIBRARY = {
    "expired": "not valid at validation time", "not_yet_valid": "not valid at validation time",
    "wrong_eku": "required EKU", "any_eku": "required EKU", "ca_true": "must not be asserted in an EE",
    "self_signed": "2.5.29.35", "unknown_issuer": "candidates exhausted", "no_san": "no subjectAltName",
    "same_name_other_key_issuer": "signature does not match", "signature_flipped": "signature does not match",
    "expired_intermediate": "not valid at validation time", "missing_intermediate": "candidates exhausted",
    "sha1_signature": "Forbidden signature algorithm", "negative_serial": "cannot be negative",
    "long_serial": "between 1 and 20 octets", "unknown_critical_extension": "unaccounted-for critical",
    "duplicate_extension": "duplicate extension", "v1": "X509v3", "empty_subject": "subject is empty",
    "truncated_der": "ShortData", "ber_not_der": "InvalidLength", "trailing_bytes": "ExtraData",
}  # fmt: skip
"""What cryptography's verifier says; of status it knows nothing."""


@dataclass
class Judged:
    """What was made, in a folder each, and what those say that were asked about all at once."""

    folder: Path
    at: int
    sayings: dict[str, dict[str, str]] = field(default_factory=dict)

    def file(self, name: str, which: str) -> Path:
        return self.folder / name / f"{which}.pem"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """A server with RSA keys, as by default; one JVM and one Node for all."""
    folder = tmp_path_factory.mktemp("defects")
    with Served(folder / "data", {}, "--seed", "none") as server, httpx.Client(timeout=60) as http:
        software = server.application()
        for name in (SOUND, *DEFECTS):
            owner = {"organisation": "test", "type": "rtstransport_rs"}
            if name == "wrong_software":
                owner = {"software": software, "type": "rtstransport"}
            body = {**owner, "host": HOST} | ({} if name == SOUND else {"defect": name})
            _keep(folder / name, http.post(f"{server.control}/_mock/certificates", json=body).json())
        served = [http.get(f"{server.http}/crl/{name}.crl.pem") for name in LISTS]
        (folder / "crls.pem").write_text("".join(each.text for each in served if each.status_code == 200))
        (folder / "root.pem").write_text((folder / SOUND / "trust_anchor.pem").read_text())
        found = Judged(folder, int(datetime.now(UTC).timestamp()))
        cases = [str(folder / name) for name in (SOUND, *DEFECTS)]
        java = [need("java"), str(HERE / "Judge.java"), str(folder / "root.pem"), *cases]
        node = [
            need("node"),
            str(HERE / "node" / "judge.mjs"),
            HOST,
            str(folder / "root.pem"),
            str(folder / "crls.pem"),
        ]
        found.sayings = {"jdk": _said(java), "node": _said([*node, *cases])}
        yield found


def _keep(folder: Path, made: Mapping[str, str]) -> None:
    folder.mkdir()
    for which in ("certificate", "chain", "full_chain", "key", "trust_anchor"):
        (folder / f"{which}.pem").write_text(made[which])


def _said(command: list[str]) -> dict[str, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())


def openssl(judged: Judged, name: str, options: str) -> str:
    """What `openssl verify` says; "" = accepted."""
    command = [need("openssl"), "verify", "-CAfile", judged.folder / "root.pem", "-CRLfile", judged.folder / "crls.pem"]
    if judged.file(name, "chain").stat().st_size:
        command += ["-untrusted", judged.file(name, "chain")]
    command += [*options.split(), judged.file(name, "certificate")]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def library(judged: Judged, name: str) -> str:
    """What cryptography's verifier says; "" = accepted."""
    anchor = x509.load_pem_x509_certificate((judged.folder / "root.pem").read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # serials that are not positive are what is asked about
        try:
            leaf = x509.load_pem_x509_certificate(judged.file(name, "certificate").read_bytes())
            chain = judged.file(name, "chain").read_bytes()
            above = x509.load_pem_x509_certificates(chain) if chain else []
            policy = PolicyBuilder().store(Store([anchor])).time(datetime.now(UTC))
            policy.build_server_verifier(x509.DNSName(HOST)).verify(leaf, above)
        except (ValueError, VerificationError) as refused:
            return str(refused)
    return ""


EACH = [pytest.param(name, id=f"control-F-31-{name}") for name in DEFECTS]


@pytest.mark.parametrize("name", EACH)
def test_openssl(judged: Judged, name: str) -> None:
    """With the options of the table it says what the table says; without a word there it accepts all it can check."""
    defect = DEFECTS[name]
    if name == "revoked_in_future" or defect.openssl is None:
        assert openssl(judged, name, f"-x509_strict -crl_check_all -auth_level 1 -attime {judged.at}") == ""
        return
    assert (defect.openssl_says or defect.reason) in openssl(judged, name, defect.openssl)
    assert openssl(judged, SOUND, defect.openssl) == ""


@pytest.mark.parametrize("name", EACH)
def test_the_jdk(judged: Judged, name: str) -> None:
    """Its TLS client, with OCSP and CRLs over the network."""
    assert judged.sayings["jdk"][SOUND] == "GOOD"
    assert JDK.get(name, "GOOD") in judged.sayings["jdk"][name]


@pytest.mark.parametrize("name", EACH)
def test_node(judged: Judged, name: str) -> None:
    """Its TLS client, with the CRLs."""
    assert judged.sayings["node"][SOUND] == "GOOD"
    assert NODE.get(name, "GOOD") in judged.sayings["node"][name]


@pytest.mark.parametrize("name", EACH)
def test_cryptography(judged: Judged, name: str) -> None:
    """Its verifier for servers."""
    assert library(judged, SOUND) == ""
    said = library(judged, name)
    assert (LIBRARY[name] in said) if name in LIBRARY else said == ""
