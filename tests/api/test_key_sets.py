"""The public keystore: key sets and PEM files in all their URL forms (connect.md 11)."""

import base64
import hashlib
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from tests.api.test_certificates import PEM, csr_of, new_key, public_pem
from tests.authorities import KEYS
from tests.doors import APPLICATION, ORGANISATION

ORG_SIGNING, ORG_TRANSPORT, ORG_ENCRYPTION = "rtssigning_rs", "rtstransport_rs", "rtsencryption_rs"


@pytest.fixture
def submit(ask, path, application):
    """Post a CSR, or a public key, for the application; `own=True` for its organisation. Gives the object."""

    def post(type_, body=None, *, own=False):
        body = body or csr_of(application[:1] if own else application)
        place = f"/organisations/{application[0]}" if own else path
        answer = ask("POST", f"{place}/certificates/{type_}", content=body, headers=PEM)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return post


@pytest.fixture
def kids(nobody):
    """The kids of a key set, newest first."""

    def of(file):
        answer = nobody("GET", f"/keystore/{file}")
        assert answer.status_code == 200, answer.text
        return [key["kid"] for key in answer.json()["keys"]]

    return of


def test_a_key_member_for_member(submit, nobody, application):
    """RFC 7517 names, no alg; x5u is the address of the API's object; x5dn most specific first."""
    key = load_pem_private_key((KEYS / "rsa-2048-a.pem").read_bytes(), None)
    made = submit("rtstransport", csr_of(application, key))
    (jwk,) = nobody("GET", "/keystore/{}/{}/transport.jwks".format(*application)).json()["keys"]
    assert jwk == {
        "kty": "RSA",
        "n": made["n"],
        "e": "AQAB",
        "use": "enc",
        "kid": made["kid"],
        "x5c": made["x5c"],
        "x5u": made["x5u"],
        "x5t#S256": made["kid"],
        "x5dn": f"CN={application[1]},OU=acme,O=Acme Bank Ltd,C=GB",
    }


def test_a_bare_key_has_no_certificate(submit, nobody, application):
    """kty, crv, x, y, use and kid alone."""
    made = submit("enckey", public_pem(new_key()))
    (jwk,) = nobody("GET", "/keystore/{}/{}/application.jwks".format(*application)).json()["keys"]
    assert jwk == {name: made[name] for name in ("kty", "crv", "x", "y", "use", "kid")}


def test_which_key_stands_where(submit, kids, application):
    """Signing and encryption keys, the organisation's signing keys too; transport keys apart (specs-seguranca #202)."""
    organisation, software = application
    signing, encryption = submit("rtssigning")["kid"], submit("rtsencryption")["kid"]
    transport, bare = submit("rtstransport")["kid"], submit("sigkey", public_pem(new_key()))["kid"]
    own_signing, own_encryption = submit(ORG_SIGNING, own=True)["kid"], submit(ORG_ENCRYPTION, own=True)["kid"]
    assert set(kids(f"{organisation}/{software}/application.jwks")) == {signing, encryption, bare, own_signing}
    assert kids(f"{organisation}/{software}/transport.jwks") == [transport]
    assert set(kids(f"{organisation}/application.jwks")) == {own_signing, own_encryption}
    assert kids(f"{organisation}/transport.jwks") == []
    for file in ("application", "transport"):
        assert kids(f"{organisation}/{software}/inactive/{file}.jwks") == []
        assert kids(f"{software}/{file}.jwks") == kids(f"{organisation}/{software}/{file}.jwks")
        assert kids(f"{software}/inactive/{file}.jwks") == []


def test_several_keys_of_a_kind_are_normal(submit, kids, application, clock):
    """Rotation: both are published beside each other, newest first."""
    first = submit("rtssigning")["kid"]
    clock.advance(timedelta(seconds=1))
    second = submit("rtssigning")["kid"]
    assert kids("{}/{}/application.jwks".format(*application)) == [second, first]


@pytest.mark.parametrize(("type_", "file"), [("rtssigning", "application"), ("rtstransport", "transport")])
def test_a_revoked_key_moves_to_the_inactive_set(ask, submit, kids, path, type_, file):
    """In one of the two sets at any time."""
    kid = submit(type_)["kid"]
    folder = path.replace("/softwarestatements", "").removeprefix("/organisations/")
    assert (kids(f"{folder}/{file}.jwks"), kids(f"{folder}/inactive/{file}.jwks")) == ([kid], [])
    ask("PUT", f"{path}/certificates/{type_}/{kid}", json={"RevokeReason": "superseded"})
    assert (kids(f"{folder}/{file}.jwks"), kids(f"{folder}/inactive/{file}.jwks")) == ([], [kid])


def test_the_organisations_signing_key_moves_in_both_places(ask, submit, kids, application):
    """Its revocation shows in its own sets and in those of its applications."""
    organisation, software = application
    kid = submit(ORG_SIGNING, own=True)["kid"]
    ask("PUT", f"/organisations/{organisation}/certificates/kid/{kid}", json={"RevokeReason": "keycompromise"})
    for folder in (organisation, f"{organisation}/{software}", software):
        assert kids(f"{folder}/application.jwks") == []
        assert kids(f"{folder}/inactive/application.jwks") == [kid]


def test_expiry_moves_a_key(submit, kids, application, clock):
    """At the second after its last, in either direction of the clock."""
    kid = submit("rtssigning")["kid"]
    folder = "{}/{}".format(*application)
    clock.advance(timedelta(days=395))
    assert kids(f"{folder}/application.jwks") == [kid]
    clock.advance(timedelta(seconds=1))
    assert kids(f"{folder}/application.jwks") == []
    assert kids(f"{folder}/inactive/application.jwks") == [kid]
    clock.advance(timedelta(days=-1))
    assert kids(f"{folder}/application.jwks") == [kid]


@pytest.mark.parametrize("how", ["suspend", "delete", "withdraw", "pending"])
@pytest.mark.case("api-E-03")
def test_the_standing_of_the_owner_moves_all_keys(ask, submit, kids, path, application, how):
    """Suspension, deletion, withdrawal: own and organisation's keys leave the active sets together."""
    organisation, software = application
    made = {submit("rtssigning")["kid"], submit("sigkey", public_pem(new_key()))["kid"]}
    shared, transport = submit(ORG_SIGNING, own=True)["kid"], submit("rtstransport")["kid"]
    steps = {
        "suspend": ("PUT", path, APPLICATION | {"Status": "Suspended"}),
        "delete": ("DELETE", path, None),
        "withdraw": ("DELETE", f"/organisations/{organisation}", None),
        "pending": ("PUT", f"/organisations/{organisation}", ORGANISATION | {"Status": "Pending"}),
    }
    method, url, body = steps[how]
    assert ask(method, url, json=body).status_code in (200, 204)
    folder, of_all = f"{organisation}/{software}", how in ("withdraw", "pending")
    assert kids(f"{folder}/application.jwks") == ([] if of_all else [shared])
    assert set(kids(f"{folder}/inactive/application.jwks")) == (made | {shared} if of_all else made)
    assert kids(f"{folder}/transport.jwks") == []
    assert kids(f"{folder}/inactive/transport.jwks") == [transport]
    assert kids(f"{organisation}/application.jwks") == ([] if of_all else [shared])


def test_reactivation_brings_the_living_keys_back(ask, submit, kids, path, application):
    """Those that are neither revoked nor expired (connect.md 4.2)."""
    kept, ended = submit("rtssigning")["kid"], submit("rtssigning")["kid"]
    ask("PUT", f"{path}/certificates/rtssigning/{ended}", json={"RevokeReason": "superseded"})
    ask("PUT", path, json=APPLICATION | {"Status": "Suspended"})
    assert set(kids("{}/{}/inactive/application.jwks".format(*application))) == {kept, ended}
    ask("PUT", path, json=APPLICATION | {"Status": "Active"})
    assert kids("{}/{}/application.jwks".format(*application)) == [kept]
    assert kids("{}/{}/inactive/application.jwks".format(*application)) == [ended]


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("acme/application.jwks", 200),
        ("acme/inactive/transport.jwks", 200),
        ("nobody/application.jwks", 404),
        ("acme/0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/application.jwks", 404),
        ("0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/application.jwks", 404),
        ("application.jwks", 404),
        ("acme/other.jwks", 404),
        ("acme/a/b/application.jwks", 404),
        ("acme//application.jwks", 404),
        ("acme/inactive/inactive/application.jwks", 404),
        ("", 404),
        ("acme/x.pem", 404),
    ],
)
def test_unknown_owners_are_404_known_ones_without_keys_are_empty(nobody, application, file, status):
    """404 with errors, 200 with `{"keys":[]}`."""
    answer = nobody("GET", f"/keystore/{file}")
    assert answer.status_code == status
    assert (answer.json() == {"keys": []}) if status == 200 else (set(answer.json()) == {"errors"})


def test_an_application_is_found_below_its_own_organisation_only(nobody, application, other):
    """A foreign pair is 404."""
    assert nobody("GET", f"/keystore/{other[0]}/{application[1]}/application.jwks").status_code == 404


def test_ids_with_slashes_in_escapes_stay_one_segment(ask, nobody):
    """Organisation ids are free text; their key sets are under the escaped id."""
    ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "a b/c"[:3] + "é%2F"})
    assert nobody("GET", "/keystore/a%20b%C3%A9%252F/application.jwks").json() == {"keys": []}
    assert nobody("GET", "/keystore/a%20b%C3%A9%2F/application.jwks").status_code == 404


def test_the_pem_of_a_certificate(ask, nobody, submit, path, application):
    """The target of x5u, whatever the status; of bare keys and at wrong places there is none."""
    made = submit("rtssigning")
    file = made["x5u"].removeprefix("https://127.0.0.1:8443")
    for _ in range(2):
        answer = nobody("GET", file)
        assert answer.headers["content-type"].startswith("application/x-pem-file")
        assert x509.load_pem_x509_certificate(answer.content).public_bytes(Encoding.DER) == base64.b64decode(
            made["x5c"][0]
        )
        assert ssl.PEM_cert_to_DER_cert(answer.text) == base64.b64decode(made["x5c"][0])
        ask("PUT", f"{path}/certificates/rtssigning/{made['kid']}", json={"RevokeReason": "superseded"})
    bare = submit("sigkey", public_pem(new_key()))["kid"]
    folder = "/keystore/{}/{}".format(*application)
    for wrong in (f"{folder}/{bare}.pem", f"/keystore/acme/{made['kid']}.pem", f"{folder}/x.pem"):
        assert nobody("GET", wrong).status_code == 404
    own = submit(ORG_SIGNING, own=True)
    assert nobody("GET", own["x5u"].removeprefix("https://127.0.0.1:8443")).status_code == 200
    assert nobody("GET", f"{folder}/{own['kid']}.pem").status_code == 404


@pytest.mark.case("api-D-08")
def test_key_sets_are_cached_by_tag(nobody, submit, application):
    """ETag and a short max-age; 304 without a body for the known tag, the new set after a change."""
    file = "/keystore/{}/{}/application.jwks".format(*application)
    first = nobody("GET", file)
    assert first.headers["cache-control"] == "public, max-age=5"
    assert first.headers["content-type"] == "application/jwk-set+json"
    known = {"if-none-match": f'"x", {first.headers["etag"]}'}
    again = nobody("GET", file, headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    submit("rtssigning")
    assert nobody("GET", file, headers=known).status_code == 200


@pytest.mark.case("api-D-11")
def test_head_is_get_without_a_body(nobody, application, ask):
    """Same status and headers; other methods are 405."""
    file = f"/keystore/{application[0]}/application.jwks"
    got, head = nobody("GET", file), nobody("HEAD", file)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.content))
    assert head.headers["etag"] == got.headers["etag"]
    for method in ("POST", "DELETE", "TRACE"):
        refused = ask(method, file)
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}
    options = nobody("OPTIONS", file)
    assert (options.status_code, set(options.headers["allow"].split(", "))) == (204, {"GET", "HEAD", "OPTIONS"})


def test_under_its_own_host_the_keystore_is_at_the_root(nobody, submit, application):
    """`keystore.<anything>` serves the same files without the prefix."""
    kid = submit("rtssigning")["kid"]
    host = {"host": "keystore.directory.example"}
    answer = nobody("GET", "/{}/{}/application.jwks".format(*application), headers=host)
    assert [key["kid"] for key in answer.json()["keys"]] == [kid]
    assert nobody("GET", "/openbanking.jwks", headers=host).json()["keys"][0]["use"] == "sig"
    assert nobody("GET", "/organisations", headers=host).status_code == 404


def test_the_directorys_own_key(nobody):
    """`/openbanking.jwks`: public members only, kid by RFC 7638."""
    (key,) = nobody("GET", "/keystore/openbanking.jwks").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "use", "kid"}
    text = f'{{"crv":"P-256","kty":"EC","x":"{key["x"]}","y":"{key["y"]}"}}'
    digest = hashlib.sha256(text.encode()).digest()
    assert key["kid"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class TestMisspelt:
    @pytest.fixture
    def options(self):
        return {"jwks_thumbprint_member": "x5t#256", "jwks_max_age": 0}

    def test_early_exports_misspelt_the_thumbprint(self, submit, nobody, application):
        """`jwks_thumbprint_member`."""
        kid = submit("rtssigning")["kid"]
        answer = nobody("GET", "/keystore/{}/{}/application.jwks".format(*application))
        (key,) = answer.json()["keys"]
        assert key["x5t#256"] == kid
        assert "x5t#S256" not in key
        assert answer.headers["cache-control"] == "public, max-age=0"


@pytest.mark.case("api-A-12")
def test_public_files_show_nothing_private(nobody, submit, application):
    """No token is needed, and nothing but keys is told: no description, no name of the client."""
    submit("rtssigning")
    text = nobody("GET", "/keystore/{}/{}/application.jwks".format(*application)).text
    for private in ("Acme App", "Description", "ClientName", "https://acme.example"):
        assert private not in text
