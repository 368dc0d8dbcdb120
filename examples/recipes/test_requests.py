"""Certificate requests that are refused, and what to change."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.client import Refused


def csr(application, *, bits=2048, **changed):
    names = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME}
    names["CN"] = NameOID.COMMON_NAME
    right = {"C": "GB", "O": "Acme Ltd", "OU": application.organisation.id, "CN": application.id} | changed
    subject = x509.Name([x509.NameAttribute(names[name], value) for name, value in right.items()])
    key = rsa.generate_private_key(65537, bits)
    return x509.CertificateSigningRequestBuilder(subject).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_csr_refusals_are_explained(application):
    """Every finding at once, each with a code to count on and what to change."""
    with pytest.raises(Refused) as refusal:
        application.upload("rtstransport", csr(application, bits=1024, CN="another application", O="Acme Limited"))
    wrong = {"csr.key.rsa.too_small", "csr.subject.software_mismatch", "csr.subject.org_name_mismatch"}
    assert wrong <= refusal.value.codes
    assert all(finding.fix for finding in refusal.value.findings)


def test_dry_run_before_the_real_request(application):
    """`check` finds what the real request would, and stores nothing."""
    assert not application.check("rtstransport", csr(application, CN="another application"))["would_issue"]
    assert application.check("rtstransport", csr(application))["would_issue"]
    assert application.key_set("transport.jwks")["keys"] == []
