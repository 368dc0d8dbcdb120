"""The state in one answer, trust anchors, types, and a further generation of the issuing CA."""

import pytest
from cryptography import x509

from app.control.state import SHOWN
from app.settings import Settings
from tests.doors import Client, open_for_tests

PEM = {"content-type": "application/x-pem-file"}


@pytest.fixture
def get(control):
    return lambda path: control("GET", path)


class TestState:
    @pytest.fixture
    def options(self):
        return {"ecosystems": ["generic", "brasil"], "ra_mode": "strict", "ca_passphrase": "open sesame"}

    def test_it_tells_what_the_mock_is_set_to(self, get):
        """Version, clock, types, switches, CAs, addresses."""
        state = get("/_mock/state").json()
        assert state["version"]
        assert state["clock"].items() >= {"now": "2026-06-01T12:00:00.000Z", "frozen": True, "scale": 1}.items()
        assert state["ecosystems"] == ["generic", "brasil"]
        assert "rtstransport" in state["types"]["generic"]
        assert "brcac" in state["types"]["brasil"]
        assert state["settings"]["ra_mode"] == "strict"
        assert state["addresses"]["ocsp"] == "http://127.0.0.1:8080/ocsp"
        assert [(ca["role"], ca["generation"]) for ca in state["cas"]] == [("root", 1), ("issuing", 1)]
        assert all("MOCK" in ca["subject"] for ca in state["cas"])

    def test_it_holds_no_secret(self, get):
        """Neither passphrase nor key nor folder."""
        text = get("/_mock/state").text
        assert "sesame" not in text
        assert "PRIVATE" not in text
        assert "connect-mock.db" not in text


def test_only_settings_that_exist_and_are_harmless_are_shown():
    """A renamed setting is noticed; secrets and paths are not among them."""
    assert set(SHOWN) <= set(Settings.model_fields)
    assert not {"control_token", "ca_passphrase", "database", "data", "entropy_seed"} & set(SHOWN)


def test_it_counts(get, ask, path, application, make_csr, rsa_key):
    """Organisations, applications, certificates by their standing."""
    kids = []
    for type_ in ("rtstransport", "rtssigning"):
        csr = make_csr(application, key=rsa_key)
        made = ask("POST", f"{path}/certificates/{type_}", content=csr, headers=PEM)
        assert made.status_code == 201, made.text
        kids.append(made.json()["kid"])
    ask("PUT", f"{path}/certificates/rtstransport/{kids[0]}", json={"RevokeReason": "superseded"})
    assert get("/_mock/state").json()["counts"] == {
        "organisations": 1,
        "applications": 1,
        "certificates": {"active": 1, "inactive": 1, "revoked": 1},
        "certificates_with_defects": {},
    }


def test_the_newest_crl_of_each_ca_is_told(get, sandbox):
    """Number and dates, once there is one."""
    for issuer in sandbox.issuers.all():
        sandbox.status.crl(issuer.crl_name)
    for ca in get("/_mock/state").json()["cas"]:
        assert ca["crl"]["number"] == 1
        assert ca["crl"]["this_update"] == "2026-06-01T12:00:00.000Z"
        assert ca["crl"]["next_update"] == "2026-06-02T12:00:00.000Z"
        assert ca["ocsp"]["not_before"] <= "2026-06-01T12:00:00.000Z" < ca["ocsp"]["not_after"]


class TestTrust:
    @pytest.mark.case("control-K-04")
    @pytest.mark.parametrize("name", ["bundle.pem", "roots.pem"])
    def test_both_doors_give_the_trust_anchors(self, control, nobody, name):
        """Over plain HTTP, without a token; HTTP caches may keep them for a moment."""
        here, there = control("GET", f"/_mock/{name}"), nobody("GET", f"/_mock/{name}")
        assert here.content == there.content
        assert here.headers["content-type"] == "application/x-pem-file"
        found = x509.load_pem_x509_certificates(here.content)
        assert len(found) == (2 if name == "bundle.pem" else 1)
        assert found[0].subject == found[0].issuer
        again = control("GET", f"/_mock/{name}", headers={"if-none-match": here.headers["etag"]})
        assert again.status_code == 304

    def test_both_doors_list_the_types(self, control, nobody):
        """Errata C9: the types of the tenant at a public mock path."""
        body = control("GET", "/_mock/profiles").json()
        assert body == nobody("GET", "/_mock/profiles").json()
        (generic,) = body["ecosystems"]
        types = {each["type"]: each for each in generic["types"]}
        assert types["rtstransport"]["level"] == "application"
        assert types["rtstransport"]["in_use"] is True


class TestTwoEcosystems:
    @pytest.fixture
    def options(self, tmp_path):
        file = tmp_path / "mine.toml"
        file.write_text(
            'name = "mine"\ntitle = "Mine"\n[[profile]]\ntype = "rtstransport"\nlabel = "My transport"\n'
            'meaning = "Another"\nlevel = "application"\npurpose = "transport"\nuse = "enc"\njwks = "transport"\n'
            'key_usage = ["digitalSignature"]\nsubject = [{ attribute = "CN", equals = ["{application.id}"] }]\n'
        )
        return {"profile_files": [file]}

    def test_of_two_types_of_one_name_the_later_is_in_use(self, control):
        """And the other one says that it is not."""
        ecosystems = control("GET", "/_mock/profiles").json()["ecosystems"]
        in_use = {e["name"]: t["in_use"] for e in ecosystems for t in e["types"] if t["type"] == "rtstransport"}
        assert in_use == {"generic": False, "mine": True}


@pytest.fixture
def issue(ask, path, application, make_csr):
    """A new certificate of the application, on a new key."""

    def make():
        csr = make_csr(application)
        made = ask("POST", f"{path}/certificates/rtstransport", content=csr, headers=PEM)
        pem = f"-----BEGIN CERTIFICATE-----\n{made.json()['x5c'][0]}\n-----END CERTIFICATE-----\n"
        return x509.load_pem_x509_certificate(pem.encode())

    return make


class TestRollOver:
    @pytest.mark.case("control-H-04")
    def test_new_leaves_come_from_the_new_ca_and_old_ones_stay_good(self, control, nobody, issue):
        """The bundle has both, both CRLs are served, each leaf names its own issuer and CRL."""
        owners = {}
        for generation in (1, 2):
            owners[generation] = issue()
            if generation == 1:
                rolled = control("POST", "/_mock/ca/rollover")
                assert rolled.status_code == 201, rolled.text
        assert rolled.json()["generation"] == 2
        cas = x509.load_pem_x509_certificates(control("GET", "/_mock/bundle.pem").content)
        assert len(cas) == 3
        assert [owner.issuer for owner in owners.values()] == [ca.subject for ca in cas[1:]]
        for generation, name in ((1, "issuer.crl"), (2, "issuer-g2.crl")):
            points = owners[generation].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
            assert points[0].full_name[0].value.endswith(f"/crl/{name}")
            served = x509.load_der_x509_crl(nobody("GET", f"/crl/{name}").content)
            assert served.issuer == cas[generation].subject
            owners[generation].verify_directly_issued_by(cas[generation])

    def test_watchers_hear_of_it(self, control, sandbox):
        """A listener that trusts the leaves of a directory learns of the new CA before the answer is out."""
        heard = []
        sandbox.issuers.watch(heard.append)
        made = control("POST", "/_mock/ca/rollover", json={}).json()
        assert [loaded.pem.decode() for loaded in heard] == [made["certificate"]]

    def test_watchers_hear_of_what_another_process_did(self, sandbox, tmp_path, options, clock):
        """Whichever process founded it."""
        heard = []
        sandbox.issuers.watch(heard.append)
        other = open_for_tests(tmp_path, options, clock, seed="another")
        other.issuers.roll_over()
        sandbox.issuers.refresh()
        assert [loaded.record.generation for loaded in heard] == [2]
        other.close()

    @pytest.mark.parametrize("given", [{"json": {"generation": 7}}, {"json": {"a": 1}}, {"params": {"x": "1"}}])
    def test_what_it_does_not_know_is_refused(self, control, sandbox, given):
        """Nothing that is accepted is ignored; and nothing is founded."""
        refused = control("POST", "/_mock/ca/rollover", **given)
        assert (refused.status_code, refused.json()["code"]) == (422, "field.unknown")
        assert len(sandbox.issuers.all()) == 2


def test_every_client_of_the_command_line_understands_the_door(sandbox, readiness):
    """The members that app/cli reads are there."""
    from app.control.app import create_control_app
    from app.sandboxes import Sandboxes

    client = Client(create_control_app(Sandboxes(sandbox), readiness, listeners={"http": "http://127.0.0.1:1"}))
    assert client("GET", "/_mock/state").json()["listeners"] == {"http": "http://127.0.0.1:1"}
    assert client("POST", "/_mock/tokens", json={"user": "x"}).json()["access_token"]
