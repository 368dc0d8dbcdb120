"""The shipped types that take certificates of other CAs: whose subject passes (connect.md 6.3, 6.6, 9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from app.pki import profiles
from app.pki.attributes import ATTRIBUTES
from app.pki.external import examine_external, read_external
from app.pki.facts import Facts
from app.pki.request import Leniency

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = Facts("org", "Acme", "Acme Ltd", "BR", "1", "app", "app", "App")
TYPES = profiles.merged(profiles.load(["brasil", "eidas"]))
UNITS = [("OU", "AC Teste"), ("OU", "00000000000000"), ("OU", "videoconferencia")]
SEAL = [("C", "BR"), ("O", "ICP-Brasil"), *UNITS, ("CN", "Acme Ltd")]


def name(*pairs: tuple[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.ObjectIdentifier(ATTRIBUTES[kind]), text) for kind, text in pairs])


def codes(type_: str, *subject: tuple[str, str]) -> list[str]:
    """What the RA says of a certificate with this subject, from a CA that is approved."""
    key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = name(("CN", "Approved CA"))

    def signed(holder: x509.Name, public: ec.EllipticCurvePublicKey) -> bytes:
        builder = x509.CertificateBuilder(issuer, holder, public, 7, NOW - timedelta(1), NOW + timedelta(1))
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

    anchor = signed(issuer, key.public_key())
    findings, certificate = read_external(signed(name(*subject), leaf_key.public_key()))
    assert findings == ()
    assert certificate is not None
    found = examine_external(certificate, TYPES[type_], FACTS, ((anchor,), NOW), Leniency())
    return [finding.code for finding in found]


@pytest.mark.case("csr-G-03")
@pytest.mark.parametrize(
    ("type_", "subject", "expected"),
    [
        pytest.param("brcac_ext", [("C", "BR"), ("UID", "app"), ("CN", "a.example")], [], id="brcac"),
        pytest.param(
            "brcac_ext", [("UID", "app"), ("organizationIdentifier", "OFBBR-org")], [], id="brcac-with-identifier"
        ),
        pytest.param("brcac_ext", [("C", "BR"), ("CN", "a.example")], ["ext_cert.subject"], id="brcac-without-uid"),
        pytest.param("brcac_ext", [("UID", "other")], ["ext_cert.subject"], id="brcac-of-another"),
        pytest.param("brcac_ext", [("UID", "org")], ["ext_cert.subject"], id="brcac-of-the-organisation"),
        pytest.param(
            "brcac_ext",
            [("UID", "app"), ("organizationIdentifier", "OFBBR-other")],
            ["ext_cert.subject"],
            id="brcac-of-another-organisation",
        ),
        pytest.param("brseal_ext", [("UID", "org"), *SEAL], [], id="brseal"),
        pytest.param("brseal_ext", [("UID", "other"), *SEAL], ["ext_cert.subject"], id="brseal-of-another"),
        pytest.param("qwac", [("C", "BE"), ("O", "Any"), *UNITS], [], id="qwac-as-given"),
        pytest.param("qseal", [("C", "BE"), ("UID", "other")], ["ext_cert.subject"], id="qseal-of-another"),
    ],
)
def test_whose_certificate_is_taken(type_: str, subject: list[tuple[str, str]], expected: list[str]) -> None:
    """The UID is the holder's; what else a CA put into the subject stays its own business."""
    assert codes(type_, *subject) == expected
