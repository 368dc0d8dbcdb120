"""Certificates and keys at the REST door: submission, the object member for member, lists (connect.md 5)."""

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.authorities import KEYS
from tests.doors import NOW, unchanged
from tests.participants import good_csr

LEGAL_NAME = "Acme Bank Ltd"
PEM = {"content-type": "application/x-pem-file"}
KEYSTORE = "https://127.0.0.1:8443/keystore"


def b64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def number(value, size):
    return b64url(value.to_bytes(size))


def csr_of(owner, key=None):
    return good_csr(owner[1] if len(owner) > 1 else None, owner[0], key, LEGAL_NAME)


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


# the object


def expected_document(made, folder, key_set):
    """The members that follow from the certificate itself."""
    der = base64.b64decode(made["x5c"][0])
    sha256 = b64url(hashlib.sha256(der).digest())
    return {
        "x5c": [base64.b64encode(der).decode()],
        "x5t": b64url(hashlib.sha1(der).digest()),
        "x5thashS256": sha256,
        "kid": sha256,
        "x5u": f"{KEYSTORE}/{folder}/{sha256}.pem",
        "SignedCertPath": f"{KEYSTORE}/{folder}/{sha256}.pem",
        ("JwkPath" if "/" in folder else "OrgJwkPath"): f"{KEYSTORE}/{folder}/{key_set}.jwks",
    }


def test_an_issued_certificate_member_for_member(submit, application):
    """201 `application/jwk+json`: the schema of connect.md 5.3 and nothing else, on an RSA key."""
    key = load_pem_private_key((KEYS / "rsa-2048-a.pem").read_bytes(), None)
    answer = submit("rtstransport", csr_of(application, key))
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/jwk+json")
    assert "location" not in answer.headers
    made, numbers = answer.json(), key.public_key().public_numbers()
    assert made == expected_document(made, "/".join(application), "transport") | {
        "OrganisationId": application[0],
        "SoftwareStatementIds": [application[1]],
        "ClientName": "Acme App",
        "Status": "Active",
        "ValidFromDateTime": "2026-06-01T12:00:00.000Z",
        "ExpiryDateTime": "2027-07-01T12:00:00.000Z",
        "kty": "RSA",
        "n": number(numbers.n, 256),
        "e": "AQAB",
        "keyType": "rtstransport",
        "use": "enc",
    }
    leaf = x509.load_der_x509_certificate(base64.b64decode(made["x5c"][0]))
    assert leaf.public_key().public_numbers() == numbers
    assert leaf.not_valid_before_utc == NOW
    assert leaf.not_valid_after_utc == NOW + timedelta(days=395)


def test_a_signing_certificate_on_an_elliptic_key(submit, application):
    """`use` is sig, the key set is the application's, and the key has crv, x and y."""
    key = new_key()
    made = submit("rtssigning", csr_of(application, key)).json()
    numbers = key.public_key().public_numbers()
    assert (made["use"], made["kty"], made["crv"]) == ("sig", "EC", "P-256")
    assert (made["x"], made["y"]) == (number(numbers.x, 32), number(numbers.y, 32))
    assert made["JwkPath"].endswith("/application.jwks")
    assert not {"n", "e", "alg", "key_ops", "RevokeReason", "RevokedDateTime", "Description", "OrgJwkPath"} & set(made)


def test_a_certificate_of_the_organisation(ask, application, organisation_path):
    """All applications of the organisation, deleted ones too; OrgJwkPath, no JwkPath, no ClientName."""
    second = ask(
        "POST",
        f"{organisation_path}/softwarestatements",
        json={"ClientName": "B", "LogoUri": "https://a.example/l.png", "RedirectUri": []},
    ).json()["SoftwareStatementId"]
    ask("DELETE", f"{organisation_path}/softwarestatements/{second}")
    answer = ask(
        "POST", f"{organisation_path}/certificates/rtssigning_rs", content=csr_of(application[:1]), headers=PEM
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    expected = expected_document(made, application[0], "application") | {
        "OrganisationId": application[0],
        "SoftwareStatementIds": [application[1], second],
        "Status": "Active",
        "ValidFromDateTime": "2026-06-01T12:00:00.000Z",
        "ExpiryDateTime": "2027-07-01T12:00:00.000Z",
        "keyType": "rtssigning_rs",
        "use": "sig",
    }
    assert {name: made[name] for name in expected} == expected
    assert set(made) - set(expected) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize(("type_", "use"), [("sigkey", "sig"), ("enckey", "enc")])
def test_a_bare_key_member_for_member(submit, application, type_, use):
    """No certificate, so none of its members; the kid is the RFC 7638 thumbprint; not bounded in time."""
    key = new_key()
    numbers = key.public_key().public_numbers()
    answer = submit(type_, public_pem(key))
    assert answer.status_code == 201, answer.text
    x, y = number(numbers.x, 32), number(numbers.y, 32)
    thumbprint = hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest()
    assert answer.json() == {
        "OrganisationId": application[0],
        "SoftwareStatementIds": [application[1]],
        "ClientName": "Acme App",
        "Status": "Active",
        "kty": "EC",
        "crv": "P-256",
        "x": x,
        "y": y,
        "keyType": type_,
        "kid": b64url(thumbprint),
        "use": use,
        "JwkPath": f"{KEYSTORE}/{'/'.join(application)}/application.jwks",
    }


def test_the_same_bare_key_again_is_409(submit, application, sandbox):
    """A twin of an active key is a conflict without a body (connect.md 9); as another type it is none."""
    key = new_key()
    assert submit("sigkey", public_pem(key)).status_code == 201
    with unchanged(sandbox):
        twin = submit("sigkey", public_pem(key))
    assert (twin.status_code, twin.content) == (409, b"")
    assert "unique.conflict" in twin.headers["x-mock-reason"]


class TestBareKid:
    @pytest.fixture
    def options(self):
        return {"bare_key_kid": "spki_sha256"}

    def test_the_kid_may_be_of_the_spki(self, submit):
        """`bare_key_kid`."""
        key = new_key()
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert submit("sigkey", public_pem(key)).json()["kid"] == b64url(hashlib.sha256(spki).digest())


class TestServerKeys:
    @pytest.fixture
    def options(self):
        return {"ecosystems": ("generic", "uae")}

    def test_a_bare_key_of_the_organisation(self, ask, application, organisation_path):
        """Neither JwkPath nor OrgJwkPath nor ClientName."""
        key = new_key()
        url = f"{organisation_path}/certificates/opf_uae_server_enckey"
        answer = ask("POST", url, content=public_pem(key), headers=PEM)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert set(made) == {
            "OrganisationId", "SoftwareStatementIds", "Status", "kty", "crv", "x", "y", "keyType", "kid", "use"
        }  # fmt: skip
        assert made["SoftwareStatementIds"] == [application[1]]


class TestExternal:
    """A certificate of another CA, stored as given."""

    @pytest.fixture
    def authority(self, tmp_path):
        key = new_key()
        name = x509.Name.from_rfc4514_string("CN=Approved CA")
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(9), NOW + timedelta(999))
        anchor = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        file = tmp_path / "approved.pem"
        file.write_bytes(anchor.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))

        def sign(**changed):
            dates = {"not_valid_before": NOW - timedelta(days=1), "not_valid_after": NOW + timedelta(days=9)} | changed
            subject = x509.Name.from_rfc4514_string("CN=seal,O=Acme Bank Ltd,C=GB")
            leaf = x509.CertificateBuilder(name, subject, new_key().public_key(), 7, **dates)
            return leaf.sign(key, hashes.SHA256())

        sign.file = file
        return sign

    @pytest.fixture
    def options(self, authority):
        return {"ecosystems": ("generic", "eidas"), "external_ca_files": (authority.file,)}

    def test_it_is_told_as_it_is(self, ask, application, organisation_path, authority):
        """Its own dates and thumbprints; leaf alone in x5c; Inactive when it expires."""
        leaf = authority()
        body = leaf.public_bytes(Encoding.PEM)
        answer = ask("POST", f"{organisation_path}/certificates/qseal", content=body, headers=PEM)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert base64.b64decode(made["x5c"][0]) == leaf.public_bytes(Encoding.DER)
        expected = expected_document(made, application[0], "application")
        assert {name: made[name] for name in expected} == expected
        assert (made["ValidFromDateTime"], made["ExpiryDateTime"]) == (
            "2026-05-31T12:00:00.000Z",
            "2026-06-10T12:00:00.000Z",
        )
        assert (made["keyType"], made["use"], made["Status"]) == ("qseal", "sig", "Active")
        assert ask("POST", f"{organisation_path}/certificates/qseal", content=body, headers=PEM).status_code == 409

    def test_it_expires(self, ask, client, organisation_path, authority, clock):
        """Its end makes it Inactive, without a revocation."""
        body = authority().public_bytes(Encoding.PEM)
        kid = ask("POST", f"{organisation_path}/certificates/qseal", content=body, headers=PEM).json()["kid"]
        clock.advance(timedelta(days=10))
        read = client()("GET", f"{organisation_path}/certificates/kid/{kid}").json()
        assert read["Status"] == "Inactive"
        assert "RevokedDateTime" not in read


def test_client_names_are_cut_to_forty(ask, submit, path, application):
    """The OIDF validators cap them (errata C3)."""
    body = {"ClientName": "N" * 41, "LogoUri": "https://a.example/l.png", "RedirectUri": ["https://a.example"]}
    ask("PUT", path, json=body)
    assert submit("rtstransport", csr_of(application)).json()["ClientName"] == "N" * 40


class TestFullNames:
    @pytest.fixture
    def options(self):
        return {"clientname_full": True}

    def test_they_can_be_kept_whole(self, ask, submit, path, application):
        """`clientname_full`."""
        body = {"ClientName": "N" * 41, "LogoUri": "https://a.example/l.png", "RedirectUri": ["https://a.example"]}
        ask("PUT", path, json=body)
        assert submit("rtstransport", csr_of(application)).json()["ClientName"] == "N" * 41
