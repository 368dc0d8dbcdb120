"""What every issued leaf has (connect.md 6.1), held against cryptography, openssl and pkilint."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509.oid import ExtensionOID

from app.ca import extensions, keys
from app.ca.names import COMMON_NAME, name
from app.runtime.entropy import SystemEntropy
from tests.authorities import BASE, NOW, SUBJECT, found, leaf_plan, loaded, openssl, pem, publication
from tests.linting import certificate_findings

KINDS = pytest.mark.parametrize("kind", ["rsa-2048", "ec-p256", "ec-p384"])


def value(certificate, oid):
    return certificate.extensions.get_extension_for_oid(oid).value


@KINDS
def test_what_every_leaf_has(kind):
    """Version 3, what was planned of subject, key, serial, dates and extensions, and both key ids."""
    authority = found(issuing_key=kind)
    wanted = leaf_plan(authority.entropy)
    leaf = loaded(authority.issuing.issue(wanted, publication()))
    assert leaf.version == x509.Version.v3
    assert leaf.serial_number == wanted.serial
    assert leaf.subject.public_bytes() == SUBJECT
    assert leaf.issuer == authority.issuing.certificate.subject
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (NOW, NOW + timedelta(days=395))
    assert value(leaf, ExtensionOID.SUBJECT_KEY_IDENTIFIER) == x509.SubjectKeyIdentifier.from_public_key(
        leaf.public_key()
    )
    ca_key_id = value(authority.issuing.certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    assert value(leaf, ExtensionOID.AUTHORITY_KEY_IDENTIFIER).key_identifier == ca_key_id.digest
    assert not value(leaf, ExtensionOID.BASIC_CONSTRAINTS).ca
    assert value(leaf, ExtensionOID.KEY_USAGE).key_agreement
    leaf.verify_directly_issued_by(authority.issuing.certificate)


@KINDS
def test_the_signature_of_a_leaf(kind):
    """SHA256withRSA by RSA (connect.md 6.1), ECDSA with the hash of its curve's size by EC."""
    leaf = loaded(found(issuing_key=kind).leaf())
    expected = {"rsa-2048": hashes.SHA256, "ec-p256": hashes.SHA256, "ec-p384": hashes.SHA384}[kind]
    assert isinstance(leaf.signature_hash_algorithm, expected)
    scheme = padding.PKCS1v15 if kind == "rsa-2048" else ec.ECDSA
    assert isinstance(leaf.signature_algorithm_parameters, scheme)


def test_where_the_status_of_a_leaf_is_told():
    """AIA with OCSP alone, one CRL address, both plain http."""
    leaf = loaded(found().leaf())
    (access,) = value(leaf, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    assert access.access_method == x509.AuthorityInformationAccessOID.OCSP
    assert access.access_location == x509.UniformResourceIdentifier(f"{BASE}/ocsp")
    (point,) = value(leaf, ExtensionOID.CRL_DISTRIBUTION_POINTS)
    assert point.full_name == [x509.UniformResourceIdentifier(f"{BASE}/crl/issuer.crl")]
    assert (point.reasons, point.crl_issuer) == (None, None)


@pytest.mark.parametrize(("imitate", "policy"), [(False, "1.3.6.1.4.1.32473.100.1"), (True, "1.3.6.1.4.1.56623.100.1")])
def test_the_policy_says_that_it_is_a_mock(imitate, policy):
    """One policy, the mock's own or on demand the published one, with the address of its text and a warning."""
    leaf = loaded(found().leaf(publication=publication(imitate_policy_oid=imitate)))
    (information,) = value(leaf, ExtensionOID.CERTIFICATE_POLICIES)
    assert information.policy_identifier.dotted_string == policy
    address, notice = information.policy_qualifiers
    assert address == f"{BASE}/repository/policies"
    assert notice.explicit_text.startswith("MOCK - DO NOT TRUST")
    assert len(notice.explicit_text) <= 200


def test_only_what_must_be_critical_is():
    """Extensions that the CA adds are not critical, so that a verifier that does not know them is not stopped."""
    leaf = loaded(found().leaf())
    critical = {e.oid for e in leaf.extensions if e.critical}
    assert critical == {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE}


@pytest.mark.case("reliability-H-01")
def test_the_same_plan_gives_the_same_octets():
    """Same seed, same plan: byte-identical certificates from an EC CA, and from one RSA key as well."""
    assert found().leaf() == found().leaf()
    assert found(issuing_key="rsa-2048").leaf() == found(issuing_key="rsa-2048").leaf()


@pytest.mark.case("reliability-H-01")
def test_the_octets_are_the_same_on_every_machine():
    """A golden hash of a leaf under an EC hierarchy: only who changes what the CA writes changes it."""
    golden = "77e72258f8429f6f3e6e8161934723ff06a73a5d571b1b842ea86933c8a1559d"
    assert hashlib.sha256(found().leaf()).hexdigest() == golden


@KINDS
@pytest.mark.parametrize("leaf_key", ["rsa-2048", "ec-p256"])
def test_openssl_and_pkilint_find_nothing(tmp_path, kind, leaf_key):
    """A leaf passes `openssl verify -x509_strict` with its policy demanded, and pkilint."""
    authority = found(issuing_key=kind)
    changed = {"public_key": keys.spki(keys.generate("ec-p256", SystemEntropy()))} if leaf_key == "ec-p256" else {}
    if changed:
        changed["extensions"] = (extensions.NOT_A_CA, extensions.DIGITAL_SIGNATURE)
    leaf = authority.leaf(**changed)
    assert certificate_findings(leaf) == []
    for file, made in (("root", authority.founded["root"]), ("issuing", authority.founded["issuing"])):
        (tmp_path / f"{file}.pem").write_bytes(pem(made.certificate))
    (tmp_path / "leaf.pem").write_bytes(pem(leaf))
    demanded = ["-policy_check", "-explicit_policy", "-policy", extensions.OWN_POLICY]
    openssl("verify", "-x509_strict", *demanded, "-CAfile", tmp_path / "root.pem", "-untrusted",
            tmp_path / "issuing.pem", tmp_path / "leaf.pem")  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "octets"),
    [
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), b"\x17\x0d491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
    ],
)
def test_dates_cross_2050_with_the_right_types(moment, octets):
    """UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5)."""
    leaf = found().leaf(not_after=moment)
    assert octets in leaf
    assert loaded(leaf).not_valid_after_utc == moment


@pytest.mark.parametrize("serial", [1, 127, 128, 2**63, 2**159 - 1])
def test_serials_of_any_size(serial):
    """A serial is encoded as a positive INTEGER, whatever its top bit."""
    assert loaded(found().leaf(serial=serial)).serial_number == serial


def test_the_subject_is_kept_octet_by_octet():
    """A name of types and letters that no library would choose comes through as it was planned."""
    odd = name((COMMON_NAME, "ünïcode & <signs>"), (COMMON_NAME, "twice"))
    leaf = found().leaf(subject=odd)
    assert odd in leaf
    assert loaded(leaf).subject.public_bytes() == odd
