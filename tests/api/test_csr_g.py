"""Bare keys and certificates of other CAs (csr-cases.md, group G), through the door."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from app.pki import der
from app.pki.attributes import ATTRIBUTES
from app.pki.pem import UPLOAD_PREFIX
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor
from tests.doors import NOW

CA_KEY = kit.ec_key("external CA")
CA_NAME = "Approved CA"


def certificate(
    common_name: str = CA_NAME, *, signer: ec.EllipticCurvePrivateKey = CA_KEY, is_ca: bool = False,
    dates: tuple[datetime, datetime] | None = None, key: Any = None, **subject: str,
) -> x509.Certificate:  # fmt: skip
    """Of the approved CA, unless another key signs it; the subject by attribute names."""
    start, end = dates or (NOW - timedelta(days=1), NOW + timedelta(days=300))
    holder = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(ATTRIBUTES[n]), v) for n, v in subject.items()])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    public = (key or kit.ec_key("external leaf")).public_key()
    builder = x509.CertificateBuilder(issuer, holder, public, 77, start, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    return builder.sign(signer, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "approved.pem"
    file.write_bytes(pem(certificate(is_ca=True, CN=CA_NAME, key=CA_KEY)))
    return {"ecosystems": ("brasil", "eidas", "generic"), "external_ca_files": (file,)}


@pytest.fixture
def external(csr: CsrDoor) -> CsrDoor:
    """Uploads of BRCAC certificates of another CA, for the application."""
    return replace(csr, type="brcac_ext")


@pytest.fixture
def subject(external: CsrDoor) -> dict[str, str]:
    assert external.software_statement_id
    return {"C": "BR", "O": "Acme", "UID": external.software_statement_id, "CN": "api.acme.example"}


def test_a_good_external_certificate_is_registered(external: CsrDoor, subject: dict[str, str]) -> None:
    """It comes back as it is, with its own dates."""
    body = pem(certificate(**subject))
    assert external.issued(body).public_bytes(Encoding.PEM) == body
    assert external.post(body).status_code == 409


@pytest.mark.case("csr-G-01")
@pytest.mark.parametrize("type_", ["brcac_ext", "brseal_ext", "qwac", "qseal"])
def test_a_request_where_a_certificate_is_wanted(csr: CsrDoor, server_csr: CsrDoor, type_: str) -> None:
    """The text that clients of the real directory know."""
    door = replace(csr if type_ == "brcac_ext" else server_csr, type=type_)
    answer = door.refused(kit.pem(csr.csr()), "csr.pem.label")
    assert UPLOAD_PREFIX in answer.text
    assert "this type wants an existing certificate" in answer.text


@pytest.mark.case("csr-G-02")
def test_the_ca_must_be_on_the_list(external: CsrDoor, subject: dict[str, str]) -> None:
    """By key and not by name alone; a certificate that signs itself is on no list."""
    stranger = kit.ec_key("stranger")
    for made in (
        certificate("Other CA", signer=stranger, **subject),
        certificate(CA_NAME, signer=stranger, **subject),
        certificate("Other CA", **subject),
    ):
        external.refused(pem(made), "ext_cert.issuer")


@pytest.mark.case("csr-G-03")
@pytest.mark.parametrize("uid", ["other", "acme", "33333333-3333-4333-8333-333333333333", ""])
def test_the_uid_must_be_the_holders(external: CsrDoor, subject: dict[str, str], uid: str) -> None:
    """Another statement's, the organisation's instead of it, nobody's, none."""
    changed = {name: value for name, value in (subject | {"UID": uid}).items() if value}
    external.refused(pem(certificate(**changed)), "ext_cert.subject")


@pytest.mark.case("csr-G-03")
def test_a_foreign_uid_is_refused_without_rules_too(server_csr: CsrDoor) -> None:
    """`qwac` has no subject in its profile."""
    qwac = replace(server_csr, type="qwac")
    qwac.refused(pem(certificate(O="Acme", UID="other")), "ext_cert.subject")
    qwac.issued(pem(certificate(O="Acme", UID="acme")))
    qwac.issued(pem(certificate(O="Whatever", CN="api.acme.example", key=kit.ec_key("second"))))


@pytest.mark.case("csr-G-04")
@pytest.mark.parametrize(
    "dates",
    [
        (NOW - timedelta(days=9), NOW - timedelta(seconds=1)),
        (NOW + timedelta(seconds=1), NOW + timedelta(days=9)),
    ],
)
def test_it_must_be_in_date_at_the_sandboxs_clock(external: CsrDoor, subject: dict[str, str], dates: Any) -> None:
    """Whatever the host's clock says."""
    external.refused(pem(certificate(dates=dates, **subject)), "ext_cert.expired")


@pytest.mark.case("csr-G-04")
def test_a_revoked_one_stays_revoked(external: CsrDoor, subject: dict[str, str]) -> None:
    """Revoked here, and sent again."""
    body = pem(certificate(**subject))
    kid = external.post(body).json()["kid"]
    answer = external.ask("PUT", f"{external.path}/{kid}", json={"RevokeReason": "keycompromise"})
    assert answer.status_code == 200
    external.refused(body, "csr.key.compromised")


@pytest.mark.case("csr-G-04")
def test_one_that_has_run_out_is_refused(external: CsrDoor, subject: dict[str, str], clock: Any, client: Any) -> None:
    """When the sandbox's clock has moved on."""
    clock.set(NOW + timedelta(days=301))
    later = replace(external, ask=client())
    later.refused(pem(certificate(**subject)), "ext_cert.expired")


def test_the_certificate_of_a_ca_is_refused(external: CsrDoor, subject: dict[str, str]) -> None:
    """Even of an approved one."""
    external.refused(pem(certificate(is_ca=True, **subject)), "csr.ext.ca")


@pytest.mark.parametrize("type_", ["sigkey", "enckey"])
@pytest.mark.parametrize(
    ("spki", "code"),
    [
        pytest.param(kit.spki(kit.rsa_key("1024")), "csr.key.rsa.too_small", id="csr-G-05-C-02"),
        pytest.param(kit.spki(kit.rsa_key("2047")), "csr.key.rsa.bits", id="csr-G-05-C-03"),
        pytest.param(kit.spki(kit.rsa_key("2048-e3")), "csr.key.rsa.exponent", id="csr-G-05-C-10"),
        pytest.param(kit.rsa_spki(kit.odd_numbers("close")[0]), "csr.key.rsa.fermat", id="csr-G-05-C-15"),
        pytest.param(kit.rsa_spki(kit.odd_numbers("roca")[0]), "csr.key.rsa.roca", id="csr-G-05-C-16"),
        pytest.param(kit.rsa_spki(kit.odd_numbers("rfc7515")[0]), "csr.key.known_compromised", id="csr-G-05-C-17"),
        pytest.param(kit.spki(kit.ec_key("k1", ec.SECP256K1)), "csr.key.ec.curve", id="csr-G-05-C-19"),
        pytest.param(kit.ec_spki(b"\x04" + b"\1" * 64), "csr.key.malformed", id="csr-G-05-C-22"),
    ],
)
def test_bare_keys_are_judged_like_others(csr: CsrDoor, type_: str, spki: bytes, code: str) -> None:
    """Same codes as in a request."""
    replace(csr, type=type_).refused(kit.pem(spki, "PUBLIC KEY"), code)


@pytest.mark.case("csr-G-06")
@pytest.mark.parametrize("type_", ["sigkey", "enckey"])
def test_a_request_where_a_key_is_wanted(csr: CsrDoor, type_: str) -> None:
    """The advice is how to take the key out of it."""
    answer = replace(csr, type=type_).refused(kit.pem(csr.csr()), "csr.pem.label")
    assert "openssl req" in answer.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(kit.pem(der.sequence(der.integer(3), der.integer(3)), "PUBLIC KEY"), "csr.pem.label", id="pkcs1"),
        pytest.param(kit.pem(kit.spki(kit.ec_key()), "RSA PUBLIC KEY"), "csr.pem.label", id="label"),
        pytest.param(kit.pem(kit.spki(kit.ec_key()) + b"\0", "PUBLIC KEY"), "csr.der.trailing", id="trailing"),
        pytest.param(kit.pem(b"\x30\x00", "PUBLIC KEY"), "csr.key.malformed", id="empty"),
        pytest.param(kit.pem(b"\x05\x00", "PUBLIC KEY"), "csr.not_asn1", id="null"),
    ],
)
def test_what_is_no_bare_key_is_named(csr: CsrDoor, body: bytes, code: str) -> None:
    """One SubjectPublicKeyInfo in one block."""
    replace(csr, type="sigkey").refused(body, code)


def test_a_key_is_registered_once_for_a_type(csr: CsrDoor) -> None:
    """connect.md 9: the same key again is 409; another type of the same owner may have it, with a warning."""
    body = kit.pem(kit.spki(kit.ec_key()), "PUBLIC KEY")
    signing, encrypting = replace(csr, type="sigkey"), replace(csr, type="enckey")
    assert signing.post(body).status_code == 201
    assert signing.post(body).status_code == 409
    answer = encrypting.post(body)
    assert answer.status_code == 201
    assert "csr.key.reused" in answer.headers["x-mock-warnings"]


@pytest.mark.case("csr-G-07")
def test_a_chain_is_refused(external: CsrDoor, subject: dict[str, str]) -> None:
    """Documented: one certificate in one call."""
    authority = certificate(is_ca=True, CN=CA_NAME, key=CA_KEY)
    external.refused(pem(certificate(**subject), authority, authority), "csr.pem.multiple")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(kit.pem(b"\x30\x00", "CERTIFICATE"), id="empty"),
        pytest.param(kit.pem(der.sequence(*[der.sequence()] * 2, der.bit_string(b"")), "CERTIFICATE"), id="hollow"),
        pytest.param(kit.pem(kit.csr(kit.name(("CN", "x"))), "CERTIFICATE"), id="request-in-disguise"),
        pytest.param(kit.pem(certificate(CN="x").public_bytes(Encoding.DER)[:-9], "CERTIFICATE"), id="cut"),
    ],
)
def test_what_is_no_certificate_is_refused(external: CsrDoor, body: bytes) -> None:
    """Never 500, and the known text in front."""
    answer = external.post(body)
    assert answer.status_code == 400
    assert all(UPLOAD_PREFIX in text for text in answer.json()["errors"])
