"""Root, issuing CA and OCSP responders as they are founded, loaded and renewed."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from app.ca import hierarchy, keys
from app.errors import Unavailable
from app.runtime.entropy import SeededEntropy
from tests.authorities import BASE, NOW, ReadyKeys, found, loaded, openssl, pem, plan
from tests.linting import certificate_findings

RSA = {"root_key": "rsa-4096", "issuing_key": "rsa-2048"}
KINDS = pytest.mark.parametrize(
    "kinds", [{}, RSA, {"root_key": "ec-p384", "issuing_key": "rsa-2048"}, {"ocsp_key": "rsa-2048"}], ids=str
)


def value(certificate, oid):
    return certificate.extensions.get_extension_for_oid(oid).value


def test_the_names_say_that_it_is_a_mock():
    """Every CA of the directory says MOCK and DO NOT TRUST, and its CN tells the generation."""
    authority = found()
    for signer, cn in (
        (authority.root, "MOCK Generic trust framework Root CA - G1"),
        (authority.issuing, "MOCK Generic trust framework Issuing CA - G1"),
    ):
        subject = signer.certificate.subject
        assert [subject.get_attributes_for_oid(oid)[0].value for oid in (
            NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME
        )] == ["GB", "MOCK - DO NOT TRUST", "Generic trust framework", cn]  # fmt: skip


@pytest.mark.parametrize("organisation", ["Acme", "A" * 64])
def test_an_ecosystem_cannot_hide_that_it_is_a_mock(organisation):
    """A name of the ecosystem's own gets the warning too, and none is longer than X.509 allows."""
    authority = found(organisation=organisation, title="T" * 100)
    for certificate in (authority.root.certificate, authority.issuing.certificate, authority.responder.certificate):
        text = certificate.subject.rfc4514_string()
        assert "MOCK - DO NOT TRUST" in text
        assert all(len(str(attribute.value)) <= 64 for attribute in certificate.subject)


def test_lifetimes_reach_the_cases_of_2049():
    """The root lives 50 years, the issuing CA 40 (rulings.md 3)."""
    authority = found()
    assert authority.root.not_before == authority.issuing.not_before == NOW
    assert authority.root.not_after == datetime(2076, 1, 1, 12, tzinfo=UTC)
    assert authority.issuing.not_after == datetime(2066, 1, 1, 12, tzinfo=UTC)


def test_an_issuing_ca_never_outlives_its_root():
    """A generation founded late ends with the root."""
    authority = found()
    late = plan(now=NOW + timedelta(days=20 * 365), generation=2)
    second = hierarchy.found_issuing(authority.root, late, SeededEntropy("late"), ReadyKeys())
    certificate = loaded(second.certificate)
    assert certificate.not_valid_after_utc == authority.root.not_after
    assert "Issuing CA - G2" in certificate.subject.rfc4514_string()
    assert second.generation == 2


@KINDS
def test_what_a_ca_may_do(kinds):
    """Both CAs sign certificates and CRLs and nothing else; below the issuing CA there is no other."""
    authority = found(**kinds)
    for signer, path_length in ((authority.root, None), (authority.issuing, 0)):
        certificate = signer.certificate
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value == x509.BasicConstraints(ca=True, path_length=path_length)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert usage.value.key_cert_sign
        assert usage.value.crl_sign
        assert not usage.value.digital_signature
        assert value(certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER) == x509.SubjectKeyIdentifier.from_public_key(
            certificate.public_key()
        )


def test_the_status_of_the_issuing_ca_can_be_looked_up():
    """The issuing CA names the root's CRL and OCSP (rulings.md 2), the root its own CRL, for `-crl_check_all`."""
    authority = found()
    issuing = authority.issuing.certificate
    for certificate in (authority.root.certificate, issuing):
        (point,) = value(certificate, ExtensionOID.CRL_DISTRIBUTION_POINTS)
        assert [name.value for name in point.full_name] == [f"{BASE}/crl/root.crl"]
    (access,) = value(issuing, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    assert access.access_method == x509.AuthorityInformationAccessOID.OCSP
    assert access.access_location.value == f"{BASE}/ocsp"


def test_rsa_cas_sign_cas_with_sha512():
    """Connect.md 7: CA certificates carry SHA-512 signatures where keys are RSA; the responder has SHA-256."""
    authority = found(**RSA)
    assert authority.root.certificate.public_key().key_size == 4096
    for signer in (authority.root, authority.issuing):
        assert isinstance(signer.certificate.signature_hash_algorithm, hashes.SHA512)
    assert isinstance(authority.responder.certificate.signature_hash_algorithm, hashes.SHA256)


@pytest.mark.case("status-O-24")
@KINDS
def test_the_responder_is_delegated_by_the_same_ca(kinds):
    """It has OCSPSigning and no-check, is issued by the CA it answers for, and may only sign."""
    authority = found(**kinds)
    responder = authority.responder.certificate
    responder.verify_directly_issued_by(authority.issuing.certificate)
    assert list(value(responder, ExtensionOID.EXTENDED_KEY_USAGE)) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert value(responder, ExtensionOID.OCSP_NO_CHECK) == x509.OCSPNoCheck()
    assert value(responder, ExtensionOID.KEY_USAGE).digital_signature
    assert not value(responder, ExtensionOID.BASIC_CONSTRAINTS).ca
    assert responder.not_valid_before_utc == NOW


def test_the_same_seed_founds_the_same_hierarchy():
    """With EC keys, a seed and a clock, ids, keys and certificates repeat octet by octet."""
    first, again, other = found(), found(), found("another")
    assert first.founded == again.founded
    assert first.founded["root"].certificate != other.founded["root"].certificate


@KINDS
def test_openssl_and_pkilint_find_nothing(tmp_path, kinds):
    """Every certificate of the hierarchy passes `openssl verify -x509_strict` and pkilint."""
    authority = found(**kinds)
    root, issuing = (authority.founded[role] for role in ("root", "issuing"))
    (tmp_path / "root.pem").write_bytes(pem(root.certificate))
    (tmp_path / "issuing.pem").write_bytes(pem(issuing.certificate))
    for certificate in (root.certificate, issuing.certificate, issuing.ocsp_certificate, root.ocsp_certificate):
        assert certificate_findings(certificate) == []
        (tmp_path / "this.pem").write_bytes(pem(certificate))
        openssl("verify", "-x509_strict", "-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "issuing.pem",
                tmp_path / "this.pem")  # fmt: skip


def test_keys_are_encrypted_at_rest(tmp_path):
    """With a passphrase neither key of a CA can be read without it."""
    authority = found(passphrase=b"secret")
    for made in authority.founded.values():
        for key_pem in (made.key_pem, made.ocsp_key_pem):
            with pytest.raises(Unavailable):
                keys.from_pem(key_pem, None)


def test_a_key_of_another_certificate_is_refused():
    """A CA or responder whose key is not its certificate's is not loaded."""
    one, two = found("one").founded["issuing"], found("two").founded["issuing"]
    with pytest.raises(Unavailable) as refused:
        hierarchy.load_issuer(one.certificate, two.key_pem, None)
    assert refused.value.code == "ca.key"
    signer = hierarchy.load_issuer(one.certificate, one.key_pem, None)
    with pytest.raises(Unavailable) as refused:
        hierarchy.load_responder(signer, one.ocsp_certificate, two.ocsp_key_pem, None)
    assert refused.value.code == "ca.key"


# renewal of responders


def renewed(authority, now):
    made = authority.founded["issuing"]
    certificate = hierarchy.renew_responder(authority.issuing, authority.responder, now, authority.entropy)
    return hierarchy.load_responder(authority.issuing, certificate, made.ocsp_key_pem, None)


@pytest.mark.case("status-O-24")
@pytest.mark.parametrize(
    ("days", "is_due"), [(-1, True), (0, False), (44, False), (46, True), (90, True), (4000, True)]
)
def test_a_responder_is_renewed_well_before_its_end(days, is_due):
    """From half of its life on, and when the clock stands before it; the new one is good at once."""
    authority, now = found(), NOW + timedelta(days=days)
    assert hierarchy.responder_needs_renewal(authority.responder, now) is is_due
    responder = renewed(authority, now)
    assert responder.not_before == now < responder.not_after
    assert responder.serial != authority.responder.serial
    assert responder.spki == authority.responder.spki
    assert not hierarchy.responder_needs_renewal(responder, now)


def test_a_responder_ends_with_its_ca():
    """Near the end of the CA the responder is cut to it, and behind it there is no endless renewing."""
    authority = found()
    near, behind = authority.issuing.not_after - timedelta(days=1), authority.issuing.not_after + timedelta(days=1)
    last = renewed(authority, near)
    assert last.not_after == authority.issuing.not_after
    assert not hierarchy.responder_needs_renewal(last, near + timedelta(hours=23))
    assert not hierarchy.responder_needs_renewal(renewed(authority, behind), behind)


@pytest.mark.parametrize("now", [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_clocks_at_the_ends_of_time_found_a_ca_too(now):
    """No arithmetic breaks where the calendar ends."""
    authority = found(now=now)
    assert authority.root.not_before == now
    assert authority.issuing.not_after <= authority.root.not_after
