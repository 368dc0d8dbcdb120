"""Certificates and keys at the REST door: submission, the object member for member, lists (connect.md 5)."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import quote

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


@pytest.fixture
def organisation_path(application):
    return f"/organisations/{application[0]}"


@pytest.fixture
def submit(ask, path):
    """Post PEM for a type of the application."""

    def post(type_, body, **headers):
        return ask("POST", f"{path}/certificates/{type_}", content=body, headers=PEM | headers)

    return post


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


# submission


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/x-pem-file"}, 201),
        ({"content-type": "Application/X-PEM-File; charset=utf-8"}, 201),
        ({"content-type": "text/plain"}, 201),
        ({"content-type": "application/octet-stream"}, 201),
        ({}, 201),
        ({"content-type": "application/pkcs10"}, 415),
        ({"content-type": "application/jwt"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/x-pem-file; charset=utf-16"}, 415),
    ],
)
def test_the_media_type_of_a_submission(ask, path, application, sandbox, headers, status):
    """PEM under its own name, as text or octets, and without any; others are 415 in the gateway's form."""
    answer = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert answer.json() == {
            "errors": ["There is an issue with your request."],
            "requestId": answer.headers["x-fapi-interaction-id"],
        }


class TestStrictMedia:
    @pytest.fixture
    def options(self):
        return {"strict_media_types": True}

    @pytest.mark.parametrize(
        "headers", [{"content-type": "text/plain"}, {"content-type": "application/octet-stream"}, {}]
    )
    def test_only_the_published_types_pass(self, ask, path, application, headers):
        """`strict_media_types`: 415 with the code of the catalogue."""
        answer = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=headers)
        assert answer.status_code == 415
        assert "csr.content_type" in answer.headers["x-mock-reason"]


@pytest.mark.parametrize("encode", [quote, lambda pem: pem, lambda pem: quote(pem, safe="+/")])
@pytest.mark.parametrize("crlf", [False, True])
def test_the_json_form(ask, path, application, encode, crlf):
    """KeyMaterial percent-encoded or plain, plus signs kept, CRLF fine; the description comes back."""
    pem = csr_of(application).decode()
    while "+" not in pem.split("-----")[2]:
        pem = csr_of(application).decode()
    pem = pem.replace("\n", "\r\n") if crlf else pem
    body = {"KeyMaterial": encode(pem), "Description": "kept by <ops> 🔑"}
    answer = ask("POST", f"{path}/certificates/rtstransport", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["Description"] == "kept by <ops> 🔑"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "request.field.missing"),
        ({"KeyMaterial": None}, "request.field.missing"),
        ({"KeyMaterial": 7}, "request.field.type"),
        ({"KeyMaterial": "x", "Description": "d" * 256}, "request.field.too_long"),
        ({"KeyMaterial": ""}, "csr.empty"),
    ],
)
def test_a_broken_json_form_is_named(ask, path, sandbox, body, code):
    """400 with the code of the catalogue."""
    with unchanged(sandbox):
        refused = ask("POST", f"{path}/certificates/rtstransport", json=body)
    assert refused.status_code == 400
    assert code in refused.headers["x-mock-reason"]


@pytest.mark.parametrize("media_type", ["application/x-pem-file", "application/json"])
def test_a_submission_has_a_limit(ask, path, media_type):
    """Above `max_csr_bytes` it is 413 before it is parsed."""
    pem = b"A" * 65_537
    body = pem if media_type != "application/json" else b'{"KeyMaterial":"' + pem + b'"}'
    answer = ask("POST", f"{path}/certificates/rtstransport", content=body, headers={"content-type": media_type})
    assert answer.status_code == 413
    assert "request.too_large" in answer.headers["x-mock-reason"]


def test_an_unknown_type_is_refused_with_the_known_ones(ask, submit, organisation_path, application):
    """400 at both levels; types are compared with case, and a type of the other level is unknown here (errata C9)."""
    for wrong in ("nothing", "RTSTRANSPORT", "rtssigning_rs", "kid"):
        refused = submit(wrong, csr_of(application))
        assert refused.status_code == 400
        assert "csr.type.unknown" in refused.headers["x-mock-reason"]
        assert "rtstransport" in refused.json()["errors"][0]
    for wrong in ("rtstransport", "kid"):
        refused = ask("POST", f"{organisation_path}/certificates/{wrong}", content=csr_of(application), headers=PEM)
        assert refused.status_code == 400
        assert "rtssigning_rs" in refused.json()["errors"][0]


def test_an_unknown_owner_is_404_for_a_super_user(ask):
    """403 is for software tokens (connect.md 5.2)."""
    unknown = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    for url in (f"/organisations/nobody/softwarestatements/{unknown}/certificates/rtstransport",
                "/organisations/nobody/certificates/rtssigning_rs"):  # fmt: skip
        absent = ask("POST", url, content=b"x", headers=PEM)
        assert absent.status_code == 404
        assert set(absent.json()) == {"errors"}


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_request_tells_all_faults(ask, sandbox, path, application, status):
    """Every text starts with the published words and ends with its code."""
    with unchanged(sandbox):
        refused = ask(
            "POST",
            f"{path}/certificates/rtstransport",
            content=good_csr("other", "foreign", legal_name=LEGAL_NAME),
            headers=PEM,
        )
    assert refused.status_code == sandbox.settings.csr_rejection_status
    errors = refused.json()["errors"]
    assert [text.rpartition("[")[2].rstrip("]") for text in errors] == [
        "csr.subject.org_mismatch",
        "csr.subject.software_mismatch",
    ]
    assert all(text.startswith("Certificate Request Validation Error - ") for text in errors)


class TestRejectionStatus:
    @pytest.fixture
    def options(self):
        return {"csr_rejection_status": 422}

    def test_it_may_be_422(self, ask, path, submit):
        """Raidiam's own scripts accept either; other faults of a request stay 400."""
        assert submit("rtstransport", good_csr("other", "foreign")).status_code == 422
        assert ask("POST", f"{path}/certificates/rtstransport", json={}).status_code == 400


def test_the_answer_may_be_plain_json(submit, application):
    """`Accept: application/json` gets the same body under that type; XML alone is 406 and nothing is issued."""
    assert submit("rtstransport", csr_of(application), accept="application/json").headers["content-type"] == (
        "application/json"
    )
    refused = submit("rtstransport", csr_of(application), accept="application/xml")
    assert (refused.status_code, refused.content) == (406, b"")


# reading


def test_reading_gives_what_was_answered(ask, submit, path, application):
    """The same object under its type and kid; under another type, or another kid, 404 with errors."""
    made = submit("rtstransport", csr_of(application))
    url = f"{path}/certificates/rtstransport/{made.json()['kid']}"
    read = ask("GET", url)
    assert read.json() == made.json()
    assert read.headers["content-type"] == "application/jwk+json"
    assert read.headers["etag"] == made.headers["etag"]
    for wrong in (url.replace("rtstransport", "rtssigning"), url + "x", url.replace("rtstransport", "nothing")):
        absent = ask("GET", wrong)
        assert absent.status_code == 404
        assert set(absent.json()) == {"errors"}


@pytest.mark.case("api-A-03", "api-A-06")
def test_a_foreign_certificate_is_not_here(ask, submit, path, application, other):
    """Under the own path a foreign kid is absent for reading, amending and revoking; nothing changes."""
    theirs = "/organisations/{}/softwarestatements/{}".format(*other)
    csr = good_csr(other[1], other[0], legal_name="Other Ltd")
    foreign = ask("POST", f"{theirs}/certificates/rtstransport", content=csr, headers=PEM).json()
    url = f"{path}/certificates/rtstransport/{foreign['kid']}"
    assert ask("GET", url).status_code == 404
    for body in ({"Description": "x"}, {"RevokeReason": "superseded"}):
        assert ask("PUT", url, json=body).status_code == 404
    assert ask("GET", f"{theirs}/certificates/rtstransport/{foreign['kid']}").json() == foreign


def test_certificates_of_the_organisation_are_found_by_kid(ask, application, organisation_path, path):
    """Not under the application, and an application's not under the organisation."""
    made = ask(
        "POST", f"{organisation_path}/certificates/rtssigning_rs", content=csr_of(application[:1]), headers=PEM
    ).json()
    assert ask("GET", f"{organisation_path}/certificates/kid/{made['kid']}").json() == made
    assert ask("GET", f"{path}/certificates/rtssigning_rs/{made['kid']}").status_code == 404
    own = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=PEM).json()
    assert ask("GET", f"{organisation_path}/certificates/kid/{own['kid']}").status_code == 404


# lists


def kids(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jwk-set+json"
    body = answer.json()
    return [c["kid"] for c in (body["content"] if isinstance(body, dict) else body)]


@pytest.fixture
def three(ask, submit, path, application, organisation_path, clock):
    """Two of the application, one of the organisation between them."""
    made = [submit("rtstransport", csr_of(application)).json()]
    clock.advance(timedelta(seconds=1))
    made.append(
        ask(
            "POST", f"{organisation_path}/certificates/rtssigning_rs", content=csr_of(application[:1]), headers=PEM
        ).json()
    )
    clock.advance(timedelta(seconds=1))
    made.append(submit("rtssigning", csr_of(application)).json())
    return [c["kid"] for c in made]


def test_lists_are_arrays_newest_first(ask, path, organisation_path, three):
    """An array under the media type of key sets, active and inactive together; a page with page or size."""
    first, own, last = three
    assert kids(ask("GET", f"{path}/certificates")) == [last, first]
    assert kids(ask("GET", f"{organisation_path}/certificates")) == [own]
    ask("PUT", f"{path}/certificates/rtssigning/{last}", json={"RevokeReason": "superseded"})
    assert kids(ask("GET", f"{path}/certificates")) == [last, first]
    page = ask("GET", f"{path}/certificates?size=1&page=1").json()
    assert (page["totalSize"], [c["kid"] for c in page["content"]]) == (2, [first])
    assert kids(ask("GET", f"{path}/certificates?sort=ValidFromDateTime,asc")) == [first, last]
    assert ask("GET", f"{path}/certificates?sort=n").status_code == 400
    plain = ask("GET", f"{path}/certificates", headers={"accept": "application/json"})
    assert plain.headers["content-type"] == "application/json"


def test_the_organisations_can_be_shown_too(ask, path, application, three):
    """`showOrgLevelCertificates=true` adds them, with the members of their own level."""
    first, own, last = three
    url = f"{path}/certificates?showOrgLevelCertificates="
    assert kids(ask("GET", url + "true")) == [last, own, first]
    assert kids(ask("GET", url + "false")) == [last, first]
    assert ask("GET", url + "true&size=2").json()["totalSize"] == 3
    assert ask("GET", url + "perhaps").status_code == 400
    shown = ask("GET", url + "true").json()[1]
    assert "OrgJwkPath" in shown
    assert "ClientName" not in shown


def test_the_organisations_list_by_type(ask, organisation_path, three):
    """Of that type only; a known type without certificates is empty, an unknown one 400 with the known (errata C9)."""
    url = f"{organisation_path}/certificates"
    assert kids(ask("GET", f"{url}/rtssigning_rs")) == [three[1]]
    assert kids(ask("GET", f"{url}/rtstransport_rs")) == []
    for unknown in ("nothing", "rtstransport", "kid"):
        refused = ask("GET", f"{url}/{unknown}")
        assert refused.status_code == 400
        assert "rtssigning_rs" in refused.json()["errors"][0]


def test_lists_of_unknown_owners_are_404(ask, application):
    """An unknown organisation, an unknown application, and one of another organisation."""
    unknown = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    for url in ("/organisations/nobody/certificates",
                "/organisations/nobody/certificates/rtssigning_rs",
                f"/organisations/{application[0]}/softwarestatements/{unknown}/certificates",
                f"/organisations/nobody/softwarestatements/{application[1]}/certificates"):  # fmt: skip
        assert ask("GET", url).status_code == 404, url


@pytest.mark.parametrize(
    ("options", "fresh", "revoked"),
    [
        ({"date_style": "iso"}, "2026-06-01T12:00:00.000Z", "2026-06-01T12:00:00.000Z"),
        ({"date_style": "java"}, "Mon Jun 01 12:00:00 UTC 2026", "Mon Jun 01 12:00:00 UTC 2026"),
        ({"date_style": "sql"}, "2026-06-01 12:00:00.0", "2026-06-01 12:00:00.0"),
        ({"date_style": "observed"}, "Mon Jun 01 12:00:00 UTC 2026", "2026-06-01 12:00:00.0"),
    ],
)
def test_dates_have_four_styles(ask, submit, path, application, fresh, revoked):
    """`date_style` (connect.md 2.5), for all dates of the object."""
    made = submit("rtstransport", csr_of(application)).json()
    assert made["ValidFromDateTime"] == fresh
    url = f"{path}/certificates/rtstransport/{made['kid']}"
    ended = ask("PUT", url, json={"RevokeReason": "superseded"}).json()
    assert (ended["ValidFromDateTime"], ended["RevokedDateTime"]) == (revoked, revoked)
