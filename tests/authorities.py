"""A root, an issuing CA and its responder, without store or directory; and openssl to judge what they sign."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from app.ca import extensions, hierarchy, keys
from app.ca.hierarchy import FoundedIssuer, HierarchyPlan
from app.ca.issuer import CertificateIssuer, CertificatePlan, Publication
from app.ca.keys import KeyPool
from app.ca.names import COMMON_NAME, COUNTRY, ORGANISATION, name
from app.ca.ocsp import Responder
from app.pki import der
from app.runtime.entropy import Entropy, SeededEntropy, new_serial
from tests.tools import need

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEYS = Path(__file__).parent / "keys"
BASE = "http://directory.example"
SUBJECT = name((COUNTRY, "GB"), (ORGANISATION, "Acme Ltd"), (COMMON_NAME, "acme-app"))


def publication(crl: str = "issuer.crl", **changed: Any) -> Publication:
    values: dict[str, Any] = {
        "crl": (f"{BASE}/crl/{crl}",),
        "ocsp": f"{BASE}/ocsp",
        "cps": f"{BASE}/repository/policies",
    }
    return Publication(**values | changed)


def plan(**changed: Any) -> HierarchyPlan:
    values: dict[str, Any] = {
        "country": "GB",
        "organisation": "MOCK - DO NOT TRUST",
        "title": "Generic trust framework",
        "generation": 1,
        "root_key": "ec-p256",
        "issuing_key": "ec-p256",
        "ocsp_key": "ec-p256",
        "passphrase": None,
        "now": NOW,
        "root_publication": publication("root.crl"),
    }
    return HierarchyPlan(**values | changed)


@dataclass(frozen=True)
class Authority:
    """One hierarchy: both CAs, ready to sign, and the responder of the issuing one."""

    root: CertificateIssuer
    issuing: CertificateIssuer
    responder: Responder
    founded: Mapping[str, FoundedIssuer]
    entropy: Entropy

    def leaf(self, **changed: Any) -> bytes:
        """A certificate of the issuing CA, DER; `publication` and every field of the plan can be another."""
        published = changed.pop("publication", publication())
        return self.issuing.issue(leaf_plan(self.entropy, **changed), published)


def leaf_plan(entropy: Entropy, **changed: Any) -> CertificatePlan:
    values: dict[str, Any] = {
        "subject": SUBJECT,
        "public_key": keys.spki(keys.from_pem((KEYS / "rsa-2048-a.pem").read_bytes(), None)),
        "serial": new_serial(entropy),
        "not_before": NOW,
        "not_after": NOW + timedelta(days=395),
        "extensions": (
            extensions.NOT_A_CA,
            der.extension(extensions.KEY_USAGE, der.bit_string(b"\xb8", 3), critical=True),
        ),
    }
    return CertificatePlan(**values | changed)


class ReadyKeys(KeyPool):
    """RSA keys from the files beside the tests, in turn: making them would take most of a test's time."""

    def __init__(self) -> None:
        super().__init__()
        self._files = {"rsa-2048": ["rsa-2048-a", "rsa-2048-b", "rsa-2048-c"], "rsa-4096": ["rsa-4096"]}

    def take(self, kind: Any, entropy: Entropy) -> keys.PrivateKey:
        if not self._files.get(kind):
            return super().take(kind, entropy)
        return keys.from_pem((KEYS / f"{self._files[kind].pop(0)}.pem").read_bytes(), None)


def found(seed: str = "authority", **changed: Any) -> Authority:
    """Found and load a hierarchy; the same seed and plan give the same one."""
    entropy, pool, wanted = SeededEntropy(seed), ReadyKeys(), plan(**changed)
    root = hierarchy.found_root(wanted, entropy, pool)
    root_signer = hierarchy.load_issuer(root.certificate, root.key_pem, wanted.passphrase)
    issuing = hierarchy.found_issuing(root_signer, wanted, entropy, pool)
    signer = hierarchy.load_issuer(issuing.certificate, issuing.key_pem, wanted.passphrase)
    responder = hierarchy.load_responder(signer, issuing.ocsp_certificate, issuing.ocsp_key_pem, wanted.passphrase)
    return Authority(root_signer, signer, responder, {"root": root, "issuing": issuing}, entropy)


def pem(certificate: bytes) -> bytes:
    return ssl.DER_cert_to_PEM_cert(certificate).encode()


def loaded(certificate: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate)


def openssl(*arguments: str | Path, at: datetime = NOW, **options: Any) -> str:
    """What openssl says, its clock at `at` where the command has one; a failure fails the test with its text."""
    command = [need("openssl"), *map(str, arguments)]
    if arguments[0] in ("verify", "ocsp"):
        command[2:2] = ["-attime", str(int(at.timestamp()) + 1)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr
