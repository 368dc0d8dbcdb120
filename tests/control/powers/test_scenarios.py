"""Rotation drills, step by step: what is done, what is seen where, and what may not be (control-cases.md H)."""

import base64
import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from app.store.records import Page, Token
from tests.contract import resource_calls
from tests.contract.world import World
from tests.doors import NOW, open_for_tests
from tests.questions import certificate_id, request
from tests.tools import need


@pytest.fixture
def drill(control):
    """`drill("jwks-rotate:start", **parameters)`, `drill("jwks-rotate")`; the answer."""

    def ask(what, status=None, **parameters):
        method = "POST" if ":" in what else "GET"
        options = {"json": parameters} if parameters else {}
        answered = control(method, f"/_mock/scenarios/{what}", **options)
        expected = status or (201 if what.endswith(":start") else 200)
        assert answered.status_code == expected, answered.text
        return answered.json()

    return ask


@pytest.fixture
def kids(nobody):
    """The kids of the key set of tokens."""
    return lambda: [key["kid"] for key in nobody("GET", "/jwks").json()["keys"]]


@pytest.fixture
def signs(sandbox):
    """The kid of a token that is signed now."""

    def sign():
        header = sandbox.oauth.parts.signing_keys.sign({}).partition(".")[0]
        return json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]

    return sign


@pytest.fixture
def make(control, application):
    """A certificate on demand."""

    def ask(**more):
        body = {"software": application[1], "type": "rtstransport", **more}
        return control("POST", "/_mock/certificates", json=body).json()

    return ask


class TestKeys:
    @pytest.mark.case("control-H-01")
    def test_no_token_is_ever_signed_by_a_key_that_nobody_can_see(self, drill, kids, signs):
        """Published before it signs; withdrawn after it signed."""
        (old,) = kids()
        facts = drill("jwks-rotate:start")["facts"]
        assert (signs(), set(kids())) == (old, {old, facts["new_kid"]})
        drill("jwks-rotate:advance")
        assert (signs(), set(kids())) == (facts["new_kid"], {old, facts["new_kid"]})
        ended = drill("jwks-rotate:advance")
        assert (signs(), kids()) == (facts["new_kid"], [facts["new_kid"]])
        assert (ended["state"], ended["step"]) == ("finished", {"number": 3, "of": 3, "name": "withdrawn"})

    @pytest.mark.case("control-H-02")
    def test_a_lost_key_is_gone_at_once_with_what_it_signed(self, drill, kids, signs, nobody, given, client_of):
        """Tokens of before open nothing; the assertion key is another one too."""
        (old,), assertions = kids(), nobody("GET", "/keystore/openbanking.jwks").json()
        token = given("a-client")
        assert client_of(token)("GET", "/organisations/acme").status_code == 200
        facts = drill("jwks-emergency:start")["facts"]
        assert (kids(), signs()) == ([facts["new_kid"]], facts["new_kid"])
        assert old not in kids()
        assert facts["revoked_tokens"] == 1
        assert client_of(token)("GET", "/organisations/acme").status_code == 401
        assert nobody("GET", "/keystore/openbanking.jwks").json() != assertions

    @pytest.mark.case("control-H-02")
    def test_the_keys_of_a_client_can_be_lost(self, drill, nobody, application, make, given, client_of):
        """They leave its active set at once; its tokens are refused."""
        made = make(type="rtssigning")
        token = given("a-client")
        drill("jwks-emergency:start", software=application[1])
        at = f"/keystore/{'/'.join(application)}"
        assert nobody("GET", f"{at}/application.jwks").json()["keys"] == []
        assert [key["kid"] for key in nobody("GET", f"{at}/inactive/application.jwks").json()["keys"]] == [made["kid"]]
        assert client_of(token)("GET", "/organisations/acme").status_code == 401

    @pytest.mark.case("control-H-03")
    def test_the_same_kid_with_another_key(self, drill, nobody, signs):
        """Kid equal, key and ETag not; tokens are signed by the new one."""
        before = nobody("GET", "/jwks")
        drill("same-kid-new-key:start")
        after = nobody("GET", "/jwks")
        (old,), (new,) = before.json()["keys"], after.json()["keys"]
        assert old["kid"] == new["kid"] == signs()
        assert {name: old.get(name) for name in "xyn"} != {name: new.get(name) for name in "xyn"}
        assert before.headers["etag"] != after.headers["etag"]
        drill("same-kid-new-key:advance")
        assert nobody("GET", "/jwks").json()["keys"][0]["kid"] != old["kid"]

    @pytest.fixture
    def given(self, sandbox, application):
        """A token as the authorisation server gives it; its text."""

        def give(client_id):
            text = f"text-of-{client_id}"
            with sandbox.store.write() as uow:
                uow.tokens.add(
                    Token(
                        token_sha256=sha256(text.encode()).digest(),
                        scopes=("directory:software",),
                        issued_at=NOW,
                        expires_at=NOW + timedelta(minutes=10),
                        organisation_id=application[0],
                        software_statement_id=application[1],
                        client_id=client_id,
                    )
                )
            return text

        return give

    @pytest.fixture
    def client_of(self, door):
        from tests.doors import Client

        return lambda token: Client(door, token)


class TestCas:
    @pytest.mark.case("control-H-04")
    def test_a_new_issuing_ca_is_trusted_before_it_issues(self, drill, nobody, make):
        """Bundle and CRLs of both; leaves come from the old one until the next step."""
        old = issuer_of(make())
        drill("ca-rollover:start")
        bundle = x509.load_pem_x509_certificates(nobody("GET", "/repository/bundle.pem").content)
        assert len(bundle) == 3
        for name in ("issuer.crl", "issuer-g2.crl"):
            assert nobody("GET", f"/crl/{name}").status_code == 200
        assert issuer_of(make()) == old
        assert (
            nobody("GET", "/repository/issuer-ca.pem").content.decode()
            in nobody("GET", "/repository/chain.pem").content.decode()
        )
        drill("ca-rollover:advance")
        assert issuer_of(make()) == bundle[-1].subject != old

    @pytest.mark.case("control-H-05")
    def test_both_chains_verify(self, drill, make, nobody, tmp_path):
        """By openssl, each with its own anchor, with every CRL; and OCSP knows the cross certificate."""
        leaf = make()
        told = drill("ca-cross-sign:start")
        names = ("issuer.crl", "root.crl", told["facts"]["cross_crl"])
        crls = "".join(nobody("GET", f"/crl/{name}.pem").text for name in names)
        for chain in told["facts"]["chains"]:
            files = {
                "leaf": leaf["certificate"],
                "anchor": chain["anchor"],
                "middle": chain["intermediates"],
                "crl": crls,
            }
            for name, content in files.items():
                (tmp_path / name).write_text(content)
            command = [
                need("openssl"),
                "verify",
                "-attime",
                str(int(NOW.timestamp())),
                "-x509_strict",
                "-crl_check_all",
            ]
            command += ["-CAfile", "anchor", "-untrusted", "middle", "-CRLfile", "crl", "leaf"]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        anchor, crossed = (
            x509.load_pem_x509_certificate(chain.encode()) for chain in told["facts"]["chains"][1].values()
        )
        question = request(certificate_id(anchor, crossed.serial_number))
        answered = nobody("POST", "/ocsp", content=question, headers={"content-type": "application/ocsp-request"})
        assert ocsp.load_der_ocsp_response(answered.content).certificate_status.name == "GOOD"


class TestRevocation:
    @pytest.mark.case("control-H-06")
    def test_all_are_on_ocsp_and_crl_and_the_numbers_are_told(self, drill, make, other, control, nobody):
        """Every certificate that stands; one that was revoked before keeps its reason."""
        revoked = {make()["serial"] for _ in range(3)}
        control("POST", "/_mock/certificates", json={"software": other[1], "type": "rtstransport"})
        told = drill("mass-revocation:start", reason="superseded")
        assert told["facts"]["revoked"] == 4
        assert told["facts"]["seconds"] >= 0
        checked = drill("mass-revocation:advance")["facts"]
        assert (checked["asked"], checked["on_ocsp"], checked["on_crl"]) == (4, 4, 4)
        crl = x509.load_der_x509_crl(nobody("GET", "/crl/issuer.crl").content)
        assert revoked <= {f"{entry.serial_number:x}" for entry in crl}
        assert checked["crls"]["issuer.crl"]["entries"] == 4

    @pytest.mark.case("control-H-06")
    def test_it_can_be_narrowed(self, drill, make, application, other, control):
        """To an organisation, an application, a type."""
        make()
        make(type="rtssigning")
        control("POST", "/_mock/certificates", json={"software": other[1], "type": "rtstransport"})
        narrow = {"organisation": application[0], "software": application[1], "type": "rtssigning"}
        assert drill("mass-revocation:start", **narrow)["facts"]["revoked"] == 1

    @pytest.mark.case("control-H-06")
    def test_more_than_one_slice(self, drill, make, monkeypatch):
        """Every slice is a transaction; none is forgotten."""
        monkeypatch.setattr("app.powers.scenarios.revocation_drill.SLICE", 2)
        for _ in range(5):
            make()
        assert drill("mass-revocation:start")["facts"]["revoked"] == 5

    @pytest.mark.case("control-H-06", "reliability-F-02")
    def test_one_incident_id_is_in_every_record(self, drill, make, sandbox):
        """As it was given, or one made of the moment; nobody else's revocations have it."""
        for _ in range(3):
            make()
        assert drill("mass-revocation:start", incident="INC 7/2026")["facts"]["incident"] == "INC 7/2026"
        drill("mass-revocation:advance")
        make()
        assert drill("mass-revocation:start")["facts"]["incident"] == "incident-20260601T120000Z"
        with sandbox.store.read() as uow:
            records = [each.record for each in uow.audit.list(Page(size=50)).items if each.action == "revoke"]
        assert sorted(each["IncidentId"] for each in records) == ["INC 7/2026"] * 3 + ["incident-20260601T120000Z"]

    @pytest.mark.case("reliability-F-02")
    def test_a_view_that_is_late_says_so(self, drill, make, control):
        """null seconds for that one, and none of the certificates is on it yet."""
        make()
        control("PUT", "/_mock/propagation", json={"crl": "PT1H", "jwks": "PT2H"})
        started = drill("mass-revocation:start")
        seconds = started["facts"]["seconds_to"]
        assert (seconds["crl"], seconds["jwks"]) == (None, None)
        assert seconds["ocsp"] >= 0
        assert "does not show the last of them yet" in started["visible"]["crl"]
        checked = drill("mass-revocation:advance")["facts"]
        assert (checked["on_ocsp"], checked["on_crl"], checked["out_of_jwks"]) == (1, 0, 0)

    @pytest.mark.parametrize("incident", ["x" * 101, "a\nb"])
    def test_an_incident_id_that_is_none(self, drill, incident):
        """422, and nothing is revoked."""
        drill("mass-revocation:start", 422, incident=incident)
        assert drill("mass-revocation")["state"] == "not_started"

    def test_a_reason_that_is_none(self, drill):
        """422 with those that there are."""
        refused = drill("mass-revocation:start", 422, reason="boredom")
        assert "superseded" in refused["findings"][0]["expected"]


class TestOutage:
    @pytest.fixture
    def options(self):
        return {"rescan_on_crl_failure": "deactivate"}

    @pytest.mark.case("control-H-07")
    def test_good_keys_fall_out_at_the_next_hour_and_come_back(self, drill, make, nobody, clock, application):
        """C-05 from a button: no CRL, then no keys; restored, then keys again."""
        make()
        sets = [f"/keystore/{'/'.join(application)}{part}/transport.jwks" for part in ("", "/inactive")]

        def sizes():
            return [len(nobody("GET", at).json()["keys"]) for at in sets]

        drill("crl-outage:start")
        assert nobody("GET", "/crl/issuer.crl").status_code == 503
        assert sizes() == [1, 0]
        clock.advance(timedelta(minutes=61))
        assert sizes() == [0, 1]
        drill("crl-outage:advance")
        assert nobody("GET", "/crl/issuer.crl").status_code == 200
        clock.advance(timedelta(minutes=61))
        assert sizes() == [1, 0]


class TestParticipants:
    @pytest.mark.parametrize("which", ["organisation", "software"])
    @pytest.mark.case("control-H-08")
    def test_keys_are_out_and_in_again(self, drill, make, nobody, application, which):
        """OCSP stays good; the revision rises with each step."""
        make()
        parameters = {which: application[which == "software"]}
        sets = [f"/keystore/{'/'.join(application)}{part}/transport.jwks" for part in ("", "/inactive")]

        def sizes():
            return [len(nobody("GET", at).json()["keys"]) for at in sets]

        assert sizes() == [1, 0]
        out = drill("participant-suspended:start", **parameters)
        assert sizes() == [0, 1]
        back = drill("participant-suspended:advance")
        assert sizes() == [1, 0]
        assert back["facts"]["revision"] > out["facts"]["revision"]

    @pytest.mark.case("control-H-08")
    def test_the_list_of_participants_is_told(self, drill, control, sandbox, nobody):
        """Whether the organisation stands there, and the tag of the list, at each step; late where that is late."""
        world = World(sandbox)
        path = f"{world.own}/authorisationservers"
        assert world.admin("POST", path, json=resource_calls.SERVER).status_code == 201

        def tag():
            return nobody("GET", "/participants").headers["etag"]

        before = tag()
        out = drill("participant-suspended:start", organisation=world.organisation)["facts"]
        assert (out["listed"], out["participants_etag"]) == (False, tag())
        assert tag() != before
        control("PUT", "/_mock/propagation", json={"participants": "PT15M"})
        back = drill("participant-suspended:advance")
        assert (back["facts"]["listed"], back["facts"]["revision"] > out["revision"]) == (False, True)
        assert "does not stand there" in json.dumps(back)
        control("PUT", "/_mock/clock", json={"advance": "PT15M"})
        assert tag() == before

    @pytest.mark.case("control-H-08")
    def test_who_is_out_already_comes_back(self, drill, ask, path, application, nobody):
        """As a scenario of its own; who is in cannot."""
        drill("participant-reactivated:start", 409, software=application[1])
        stored = ask("GET", path).json()
        body = {name: stored[name] for name in ("ClientName", "LogoUri", "RedirectUri")} | {"Status": "Suspended"}
        assert ask("PUT", path, json=body).status_code == 200
        assert drill("participant-reactivated:start", software=application[1])["state"] == "finished"
        assert ask("GET", path).json()["Status"] == "Active"

    @pytest.mark.parametrize("parameters", [{}, {"organisation": "acme", "software": "x"}])
    def test_one_participant_must_be_named(self, drill, application, parameters):
        """422 otherwise."""
        drill("participant-suspended:start", 422, **parameters)


class TestRules:
    @pytest.mark.case("control-H-09")
    def test_behind_the_end_there_is_nothing(self, drill):
        """409; nor before the beginning."""
        assert drill("same-kid-new-key:advance", 409)["code"] == "scenario.not_started"
        drill("same-kid-new-key:start")
        drill("same-kid-new-key:advance")
        assert drill("same-kid-new-key:advance", 409)["code"] == "scenario.ended"
        assert drill("same-kid-new-key")["state"] == "finished"

    @pytest.mark.case("control-H-09")
    def test_two_on_one_key_are_one_too_many(self, drill, control, kids):
        """409, and nothing is done; at the end of the first the second may begin."""
        drill("jwks-rotate:start")
        before = kids()
        assert drill("jwks-rotate:start", 409)["code"] == "scenario.running"
        assert drill("jwks-emergency:start", 409)["code"] == "scenario.rival"
        assert drill("same-kid-new-key:start", 409)["code"] == "scenario.rival"
        assert kids() == before
        assert control("DELETE", "/_mock/scenarios/jwks-rotate").json()["state"] == "finished"
        drill("jwks-emergency:start")

    def test_different_things_may_turn_at_once(self, drill, control, application):
        """A rotation of keys, a roll-over of the CA, a participant."""
        drill("jwks-rotate:start")
        drill("ca-rollover:start")
        drill("participant-suspended:start", software=application[1])
        running = [
            each["name"]
            for each in control("GET", "/_mock/scenarios").json()["scenarios"]
            if each["state"] == "running"
        ]
        assert running == ["jwks-rotate", "ca-rollover", "participant-suspended"]

    def test_all_are_listed(self, control):
        """Also those that were never begun, each with its steps."""
        told = control("GET", "/_mock/scenarios").json()["scenarios"]
        assert [each["name"] for each in told] == [
            "jwks-rotate", "jwks-emergency", "same-kid-new-key", "ca-rollover", "ca-cross-sign", "mass-revocation",
            "crl-outage", "participant-suspended", "participant-reactivated",
        ]  # fmt: skip
        assert all(each["state"] == "not_started" and each["steps"] and each["says"] for each in told)

    def test_every_step_says_what_should_be_visible(self, drill):
        """Where, and what."""
        told = drill("jwks-rotate:start")
        while told["state"] == "running":
            assert told["visible"]
            told = drill("jwks-rotate:advance")
        assert told["visible"]

    @pytest.mark.case("reliability-A-04")
    def test_it_goes_on_in_another_process(self, drill, tmp_path, options, clock, kids):
        """What was begun by one is ended by another; there is one key that signs."""
        drill("jwks-rotate:start")
        other = open_for_tests(tmp_path, options, clock)
        try:
            assert other.scenarios.get("jwks-rotate").step == 1
            other.scenarios.advance("jwks-rotate")
        finally:
            other.close()
        assert drill("jwks-rotate")["step"]["name"] == "used"
        assert len(kids()) == 2

    @pytest.mark.case("reliability-A-04")
    def test_a_step_that_was_cut_off_is_done_again(self, drill, sandbox, kids, signs):
        """As if the process had died in the middle of it."""
        told = drill("jwks-rotate:start")
        with sandbox.store.write() as uow:
            kept = uow.scenarios.find("jwks-rotate")
            state = dict(kept.state) | {"step": 2, "is_under_way": True}
            uow.scenarios.put("jwks-rotate", state)
        assert drill("jwks-rotate")["state"] == "under_way"
        assert drill("jwks-rotate:advance")["step"]["name"] == "used"
        assert signs() == told["facts"]["new_kid"]
        assert len(kids()) == 2

    def test_a_step_that_is_refused_was_not_done(self, drill, control, application, sandbox):
        """The scenario stands where it stood."""
        drill("participant-suspended:start", software=application[1])
        with sandbox.store.write() as uow:
            stored = uow.applications.get(*application)
            uow.applications.replace(replace(stored, status="Inactive", revision=stored.revision + 1))
        drill("participant-suspended:advance", 409)
        told = drill("participant-suspended")
        assert (told["state"], told["step"]["name"]) == ("running", "suspended")

    @pytest.mark.parametrize(
        ("what", "status", "parameters"),
        [
            ("nothing:start", 404, {}),
            ("nothing", 404, {}),
            ("nothing:advance", 404, {}),
            ("jwks-rotate:start", 422, {"colour": "red"}),
            ("jwks-emergency:start", 404, {"software": "nobody"}),
            ("mass-revocation:start", 404, {"organisation": "nobody"}),
        ],
    )
    def test_what_is_not_understood_is_refused(self, drill, what, status, parameters):
        """Unknown names 404, unknown members 422 (control-cases.md R3)."""
        drill(what, status, **parameters)

    @pytest.mark.case("control-I-02")
    def test_a_drill_counts_as_a_rotation(self, drill, control, nobody, ask, application):
        """Who read the key set before it has to read it again."""
        nobody("GET", "/jwks")
        ask("GET", "/organisations/acme")
        drill("jwks-emergency:start")
        wanted = {"assert": "jwks_refetched", "at_most": 2}
        assert control("POST", "/_mock/evidence", json=wanted).status_code == 409
        nobody("GET", "/jwks")
        assert control("POST", "/_mock/evidence", json=wanted).status_code == 200


def issuer_of(made):
    return x509.load_pem_x509_certificate(made["certificate"].encode()).issuer
