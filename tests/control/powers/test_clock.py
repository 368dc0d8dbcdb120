"""The movable clock: what it takes, what it refuses, and what goes by it (control-cases.md A)."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from app.api.app import create_data_app
from app.control.app import create_control_app
from app.errors import Rejected
from app.oauth.tokens import TokenRequest
from app.runtime.readiness import Readiness
from app.sandboxes import Sandboxes
from tests import questions
from tests.api.oauth.kit import Machine, code_of
from tests.doors import NOW, Client, open_for_tests

FAR = "2027-07-06T12:00:00.000Z"


@pytest.fixture
def options():
    return {"oauth_key": "ec-p256"}


@pytest.fixture
def put(control):
    """Change the clock; the answer."""
    return lambda **wanted: control("PUT", "/_mock/clock", json=wanted)


@pytest.fixture
def moved(put):
    """Change the clock, which must work; what it shows."""

    def change(**wanted):
        given = put(**wanted)
        assert given.status_code == 200, given.text
        return given.json()

    return change


@pytest.fixture
def machine(sandbox, door):
    return Machine(sandbox, door)


class TestChanges:
    def test_it_is_the_machines_at_first(self, control):
        """Nobody has touched it."""
        told = control("GET", "/_mock/clock").json()
        assert (told["now"], told["machine"], told["scale"], told["revision"]) == (
            "2026-06-01T12:00:00.000Z",
            "2026-06-01T12:00:00.000Z",
            1,
            0,
        )

    @pytest.mark.parametrize(
        ("wanted", "now"),
        [
            pytest.param({"advance": "P400D"}, FAR, id="control-A-01-iso"),
            pytest.param({"advance": "P1Y1M4DT1H"}, "2027-07-05T13:00:00.000Z", id="calendar"),
            pytest.param({"advance": "P1M"}, "2026-07-01T12:00:00.000Z", id="month"),
            pytest.param({"advance": "P2W"}, "2026-06-15T12:00:00.000Z", id="weeks"),
            pytest.param({"advance": "90s"}, "2026-06-01T12:01:30.000Z", id="short"),
            pytest.param({"advance": "PT0.5S"}, "2026-06-01T12:00:00.500Z", id="fraction"),
            pytest.param({"advance": "-P1D"}, "2026-05-31T12:00:00.000Z", id="control-A-05-back"),
            pytest.param({"advance": "-P1Y1M"}, "2025-05-01T12:00:00.000Z", id="calendar-back"),
            pytest.param({"set": "2049-12-31T23:59:50Z"}, "2049-12-31T23:59:50.000Z", id="control-A-03-set"),
            pytest.param({"set": "2030-01-01T01:00:00+01:00"}, "2030-01-01T00:00:00.000Z", id="zone"),
            pytest.param({"set": "2030-01-01T00:00:00Z", "advance": "PT1H"}, "2030-01-01T01:00:00.000Z", id="both"),
            pytest.param({"set": "2028-02-29T00:00:00Z", "advance": "P1Y"}, "2029-02-28T00:00:00.000Z", id="leap-day"),
            pytest.param({"set": "2038-01-19T03:14:08Z"}, "2038-01-19T03:14:08.000Z", id="reliability-D-02"),
            pytest.param({"set": "1970-01-01T00:00:00Z"}, "1970-01-01T00:00:00.000Z", id="first"),
            pytest.param({"set": "9899-12-31T23:59:59Z"}, "9899-12-31T23:59:59.000Z", id="last"),
        ],
    )
    def test_it_goes_where_it_is_told(self, control, moved, sandbox, wanted, now):
        """The answer, the next look and the sandbox agree; the machine's stays."""
        told = moved(**wanted)
        assert (told["now"], told["machine"], told["moved"], told["revision"]) == (
            now,
            "2026-06-01T12:00:00.000Z",
            True,
            1,
        )
        assert control("GET", "/_mock/clock").json() == told
        assert control("GET", "/_mock/state").json()["clock"] == told
        assert sandbox.clock.now() == datetime.fromisoformat(now)

    @pytest.mark.case("control-A-02")
    def test_it_stands_and_goes_on(self, moved, sandbox, clock):
        """Frozen it shows one moment; afterwards it goes on from there."""
        assert moved(freeze=True)["frozen"]
        clock.advance(timedelta(minutes=1))
        assert sandbox.clock.now() == NOW
        assert moved(advance="PT1H")["now"] == "2026-06-01T13:00:00.000Z"
        assert not moved(freeze=False)["frozen"]
        clock.advance(timedelta(minutes=1))
        assert sandbox.clock.now() == NOW + timedelta(hours=1, minutes=1)

    @pytest.mark.case("control-A-04")
    def test_it_goes_faster(self, moved, sandbox, clock):
        """At sixty times the speed ten seconds are ten minutes; a further change begins where it stands."""
        assert moved(scale=60)["scale"] == 60
        clock.advance(timedelta(seconds=10))
        assert sandbox.clock.now() == NOW + timedelta(minutes=10)
        moved(scale=0.5)
        clock.advance(timedelta(seconds=10))
        assert sandbox.clock.now() == NOW + timedelta(minutes=10, seconds=5)

    def test_it_stands_still_at_its_end(self, moved, sandbox, clock):
        """A fast clock that reaches the last moment stays there."""
        moved(set="9899-12-31T00:00:00Z", scale=1_000_000)
        clock.advance(timedelta(days=40_000))
        assert sandbox.clock.now() == datetime(9899, 12, 31, 23, 59, 59, tzinfo=UTC)

    def test_it_is_given_back(self, control, moved, sandbox, clock):
        """DELETE: the machine's again, wherever it was."""
        moved(advance="P1Y", freeze=True)
        clock.advance(timedelta(minutes=1))
        told = control("DELETE", "/_mock/clock").json()
        assert (told["now"], told["revision"]) == ("2026-06-01T12:01:00.000Z", 0)
        assert sandbox.clock.now() == NOW + timedelta(minutes=1)

    def test_it_may_be_set_to_the_machines(self, moved):
        """`now` is what the machine shows."""
        moved(advance="P1Y")
        assert moved(set="now", freeze=True)["now"] == "2026-06-01T12:00:00.000Z"

    def test_a_change_is_in_the_journal(self, control, put):
        """With what was asked for (R2)."""
        put(advance="P1D")
        (entry,) = control("GET", "/_mock/journal?path=/_mock/clock").json()["entries"]
        assert (entry["method"], entry["status"], entry["detail"]) == ("PUT", 200, {"advance": "P1D"})


class TestRefusals:
    @pytest.mark.parametrize(
        ("wanted", "code", "pointer"),
        [
            pytest.param({"set": "31/12/2049"}, "field.value", "/set", id="control-A-06"),
            pytest.param({"set": "0000-01-01T00:00:00Z"}, "clock.range", "/set", id="control-A-06-year-0"),
            pytest.param({"set": "10000-01-01T00:00:00Z"}, "clock.range", "/set", id="control-A-06-year-10000"),
            pytest.param({"set": "9999-12-31T23:59:59Z"}, "clock.range", "/set", id="no-room-for-an-end"),
            pytest.param({"set": "0001-01-01T00:00:00+23:59"}, "clock.range", "/set", id="before-all-years"),
            pytest.param({"set": "2049-12-31T23:59:50"}, "field.value", "/set", id="no-zone"),
            pytest.param({"set": "2049-12-31"}, "field.value", "/set", id="date"),
            pytest.param({"set": "2049-02-30T00:00:00Z"}, "field.value", "/set", id="no-such-day"),
            pytest.param({"set": "2016-12-31T23:59:60Z"}, "field.value", "/set", id="leap-second"),
            pytest.param({"set": ""}, "field.too_short", "/set", id="empty-set"),
            pytest.param({"set": 1}, "field.type", "/set", id="number"),
            pytest.param({"advance": "400 days"}, "field.value", "/advance", id="prose"),
            pytest.param({"advance": "P"}, "field.value", "/advance", id="nothing"),
            pytest.param({"advance": "P1YT"}, "field.value", "/advance", id="empty-time"),
            pytest.param({"advance": "P9000Y"}, "clock.range", "/advance", id="too-far"),
            pytest.param({"advance": "-P57Y"}, "clock.range", "/advance", id="too-far-back"),
            pytest.param({"advance": "P999999999D"}, "clock.range", "/advance", id="overflow"),
            pytest.param({"scale": 0}, "field.value", "/scale", id="standing"),
            pytest.param({"scale": -1}, "field.value", "/scale", id="backwards"),
            pytest.param({"scale": 1e300}, "field.value", "/scale", id="too-fast"),
            pytest.param({"scale": True}, "field.type", "/scale", id="scale-type"),
            pytest.param({"freeze": "yes"}, "field.type", "/freeze", id="freeze-type"),
            pytest.param({"jump": "P1D"}, "field.unknown", "/jump", id="control-R3"),
            pytest.param({}, "field.value", "", id="empty"),
            pytest.param({"set": "2030-01-01T00:00:00Z", "advance": "x"}, "field.value", "/advance", id="half-wrong"),
        ],
    )
    def test_nonsense_changes_nothing(self, control, put, wanted, code, pointer):
        """422 with the pointer of what is wrong, and the clock where it was."""
        before = control("GET", "/_mock/clock").json()
        refused = put(**wanted)
        assert refused.status_code == 422, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == code
        assert [finding.get("pointer", "") for finding in refused.json()["findings"]] == [pointer]
        assert control("GET", "/_mock/clock").json() == before

    def test_an_unknown_member_is_told_with_those_that_there_are(self, put):
        """R3: with the list."""
        assert put(jump="P1D").json()["findings"][0]["expected"] == "one of set, advance, freeze, scale"

    def test_a_parameter_is_refused(self, control):
        """Nothing accepted is ignored, wherever it stands."""
        assert control("GET", "/_mock/clock?at=now").status_code == 422


class TestSeveralProcesses:
    @pytest.mark.parametrize("embedded", [True, False], ids=["sqlite", "postgresql"])
    def test_the_next_request_of_another_process_sees_it(self, tmp_path, options, clock, request, embedded):
        """One changes, the other shows it at once, and goes on from there."""
        if not embedded:
            options = options | {"database": request.getfixturevalue("postgres_url")}
        opened = [open_for_tests(tmp_path, options, clock, seed=str(number)) for number in range(2)]
        one, two = (Client(create_control_app(Sandboxes(each), Readiness())) for each in opened)
        assert one("PUT", "/_mock/clock", json={"advance": "P400D"}).json()["now"] == FAR
        assert two("GET", "/_mock/clock").json()["now"] == FAR
        assert two("PUT", "/_mock/clock", json={"advance": "-P400D"}).json()["revision"] == 2
        door = create_data_app(Sandboxes(opened[0]))
        Client(door)("GET", "/crl/issuer.crl")
        assert opened[0].clock.now() == NOW
        for each in opened:
            each.close()

    def test_a_restart_changes_nothing(self, tmp_path, options, clock):
        """The state is in the store; the setting `clock` is for a clock that nobody has touched."""
        start = {"clock": datetime(2030, 1, 1, tzinfo=UTC)}
        first = open_for_tests(tmp_path, options | start, clock)
        assert first.clock.now() == start["clock"]
        assert first.clock.is_frozen
        Client(create_control_app(Sandboxes(first), Readiness()))("PUT", "/_mock/clock", json={"advance": "P1D"})
        first.close()
        second = open_for_tests(tmp_path, options | start, clock, seed="second")
        assert second.clock.now() == datetime(2030, 1, 2, tzinfo=UTC)
        second.close()


class TestWhatGoesByIt:
    @pytest.mark.case("control-A-01")
    def test_a_certificate_expires(self, moved, machine):
        """Inactive in the API, out of the key set, refused by mutual TLS; OCSP and CRL answer of now."""
        transport, made = machine.transport()
        refused_before = transport("GET", "/organisations")
        assert code_of(refused_before) == "token.missing"
        now = datetime.fromisoformat(moved(advance="P400D")["now"])
        listed = super_user(machine)("GET", certificates(machine)).json()
        assert {each["Status"] for each in listed} == {"Inactive"}
        assert made.kid not in kids(machine, "transport.jwks")
        assert made.kid in kids(machine, "inactive/transport.jwks")
        assert code_of(transport("GET", "/organisations")) == "mtls.expired"
        answer = ocsp_of(machine, made)
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert answer.this_update_utc <= now < answer.next_update_utc
        crl = crl_of(machine)
        assert crl.last_update_utc <= now < crl.next_update_utc

    @pytest.mark.case("control-A-02")
    def test_tokens_of_a_frozen_clock(self, moved, machine, clock):
        """A minute apart they are of the same moment."""
        moved(freeze=True)
        first = machine.token().json()
        clock.advance(timedelta(minutes=1))
        second = machine.token().json()
        told = [machine.introspect(each["access_token"]).json() for each in (first, second)]
        assert told[0]["iat"] == told[1]["iat"] == int(NOW.timestamp())

    @pytest.mark.case("control-A-03")
    def test_a_certificate_across_2050(self, moved, machine):
        """Its start is a UTCTime, its end a GeneralizedTime (RFC 5280, 4.1.2.5)."""
        moved(set="2049-12-31T23:59:50Z", freeze=True)
        _, made = machine.transport()
        assert b"\x17\x0d491231235950Z\x18\x0f20" in made.der

    @pytest.mark.case("control-A-08")
    def test_a_token_ends(self, moved, machine):
        """Eleven minutes on it is refused; a new one works at once."""
        old = machine.token().json()["access_token"]
        path = f"/organisations/{machine.organisation}/softwarestatements"
        assert Client(machine.door, old)("GET", path).status_code == 200
        moved(advance="PT11M")
        refused = Client(machine.door, old)("GET", path)
        assert (refused.status_code, code_of(refused)) == (401, "token.expired")
        new = machine.token().json()["access_token"]
        assert Client(machine.door, new)("GET", path).status_code == 200

    @pytest.mark.case("control-A-04")
    def test_a_token_of_a_fast_clock(self, moved, machine, clock):
        """Of 600 seconds, it ends after ten of the machine's."""
        moved(scale=60)
        token = machine.token().json()["access_token"]
        path = f"/organisations/{machine.organisation}/softwarestatements"
        clock.advance(timedelta(seconds=9))
        assert Client(machine.door, token)("GET", path).status_code == 200
        clock.advance(timedelta(seconds=2))
        assert Client(machine.door, token)("GET", path).status_code == 401


class TestBack:
    @pytest.mark.case("control-A-05")
    def test_no_date_is_of_the_future(self, moved, machine):
        """A day back: CRL and OCSP are of then, the number rises, what was revoked is revoked."""
        _, made = machine.transport()
        body = {"RevokeReason": "superseded"}
        path = f"{certificates(machine)}/rtstransport/{made.kid}"
        assert super_user(machine)("PUT", path, json=body).status_code == 200
        before = crl_of(machine)
        number = number_of(before)
        now = datetime.fromisoformat(moved(advance="-P1D")["now"])
        crl = crl_of(machine)
        assert number_of(crl) > number
        assert crl.last_update_utc <= now < crl.next_update_utc
        assert [entry.revocation_date_utc <= now for entry in crl] == [True]
        answer = ocsp_of(machine, made)
        assert answer.certificate_status == ocsp.OCSPCertStatus.REVOKED
        assert max(answer.this_update_utc, answer.produced_at_utc, answer.revocation_time_utc) <= now
        assert all(each.not_valid_before_utc <= now for each in answer.certificates)

    @pytest.mark.case("control-A-05")
    def test_certificates_are_issued_still(self, moved, machine):
        """The first CAs are five years old from the beginning."""
        moved(advance="-P4Y")
        _, made = machine.transport()
        leaf = x509.load_der_x509_certificate(made.der)
        assert leaf.not_valid_before_utc == datetime(2022, 6, 1, 12, tzinfo=UTC)

    @pytest.mark.case("control-A-05")
    def test_a_used_assertion_stays_used(self, moved, machine):
        """Also when another one was used in the future meanwhile."""
        first = machine.assertion()
        assert machine.token(first).status_code == 200
        moved(advance="P30D")
        assert machine.token().status_code == 200
        moved(advance="-P30D")
        again = machine.token(first)
        assert (again.status_code, code_of(again)) == (401, "assertion.replay")


class TestReadiness:
    @pytest.mark.parametrize("moment", ["1980-01-01T00:00:00Z", "2049-06-01T00:00:00Z", "2500-01-01T00:00:00Z"])
    def test_it_is_ready_whatever_the_clock_shows(self, control, moved, moment):
        """R6: who moves the clock does not make the server fail its health check."""
        moved(set=moment)
        assert control("GET", "/_mock/ready").status_code == 200

    def test_nothing_is_issued_outside_the_life_of_the_ca(self, moved, machine):
        """And the refusal says where the clock may stand."""
        moved(set="2500-01-01T00:00:00Z")
        with pytest.raises(Rejected) as refused:
            machine.transport()
        assert "ca.not_valid" in {finding.code for finding in refused.value.findings}


def super_user(machine):
    """A client whose token lives for years."""
    asked = TokenRequest(scope="directory:website", expires_in=300_000_000)
    return Client(machine.door, machine.sandbox.tokens.issue(asked).access_token)


def certificates(machine):
    return f"/organisations/{machine.organisation}/softwarestatements/{machine.software}/certificates"


def kids(machine, file):
    keys = machine.ask("GET", f"/keystore/{machine.organisation}/{machine.software}/{file}").json()["keys"]
    return {key["kid"] for key in keys}


def crl_of(machine):
    return x509.load_der_x509_crl(machine.ask("GET", "/crl/issuer.crl").content)


def number_of(crl):
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def ocsp_of(machine, made):
    issuing = machine.sandbox.issuers.all()[-1].signer.certificate
    body = questions.request(questions.certificate_id(issuing, made.serial))
    answered = machine.ask("POST", "/ocsp", content=body, headers={"content-type": "application/ocsp-request"})
    return ocsp.load_der_ocsp_response(answered.content)
