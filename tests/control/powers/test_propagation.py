"""Changes that are seen late: each view by itself, the hourly rescan and its known failure (control-cases.md C)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.x509 import ReasonFlags

from app.api.app import create_data_app
from app.runtime.propagation import CHANNELS, Delays
from app.sandboxes import Sandboxes
from app.store.late_changes import Change
from tests.api.oauth.kit import Machine
from tests.api.status_kit import STATUS, Held, Verifier, issue, revoke
from tests.doors import NOW, Client, open_for_tests

LONG = {"token_lifetime_seconds": 86_400}
"""Tokens that outlive every wait."""
NONE = dict.fromkeys(CHANNELS, "PT0S")


@pytest.fixture
def options():
    return LONG


@pytest.fixture
def verifier(nobody, sandbox):
    return Verifier(nobody, sandbox)


@pytest.fixture
def put(control):
    """Set the delays, which must work; what the answer says."""

    def change(**wanted):
        answer = control("PUT", "/_mock/propagation", json=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return change


@pytest.fixture
def advance(control):
    return lambda by: control("PUT", "/_mock/clock", json={"advance": by})


@pytest.fixture
def sights(verifier):
    """Which views show a certificate as revoked."""

    def look(held: Held):
        found = set()
        if verifier.status(held.serial).certificate_status is STATUS.REVOKED:
            found.add("ocsp")
        if held.serial in verifier.listed():
            found.add("crl")
        active, inactive = (held.object["kid"] in verifier.keys(held, active=each) for each in (True, False))
        assert active != inactive, "a key stands in exactly one of the two sets (status-cases.md R-04)"
        return found | ({"jwks"} if inactive else set())

    return look


def told(answer):
    """The moments of `x-mock-visible-at`."""
    parts = dict(part.split("=") for part in answer.headers["x-mock-visible-at"].split(", "))
    return {name: datetime.fromisoformat(text).astimezone(UTC) - NOW for name, text in parts.items()}


class TestChannels:
    @pytest.mark.case("control-C-01")
    def test_the_crl_four_hours_late_and_ocsp_at_once(self, put, ask, application, make_csr, sights, advance, control):
        """Until the clock passes `visible_at`, which the answer and the status by serial tell."""
        assert put(ocsp="0s", crl="PT4H") == {**NONE, "crl": "PT4H", "rescan": "off", "under_way": 0, "revision": 1}
        held = issue(ask, application, make_csr)
        answer = revoke(ask, held)
        assert answer.json()["Status"] == "Inactive"
        late = {name: length for name, length in told(answer).items() if length}
        assert late == {"crl": timedelta(hours=4)}
        status = control("GET", f"/_mock/cert-status/0x{held.serial:x}").json()
        assert status["status"] == "revoked"
        assert status["visible_at"] == {
            **dict.fromkeys(CHANNELS, "2026-06-01T12:00:00.000Z"),
            "crl": "2026-06-01T16:00:00.000Z",
        }
        assert sights(held) == {"ocsp", "jwks"}
        advance("PT3H59M59S")
        assert sights(held) == {"ocsp", "jwks"}
        advance("PT1S")
        assert sights(held) == {"ocsp", "jwks", "crl"}

    @pytest.mark.case("control-C-02", "status-R-08")
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_each_alone(self, put, ask, application, make_csr, sights, advance, channel):
        """Only that channel lags, and only until its moment."""
        put(**{channel: "PT1H"})
        held = issue(ask, application, make_csr)
        advance("PT2H")
        answer = revoke(ask, held)
        late = {name for name, length in told(answer).items() if length > timedelta(hours=2)}
        assert late == {"tokens" if channel == "token_status" else channel}
        everything = {"ocsp", "crl", "jwks"}
        assert sights(held) == everything - {channel}
        advance("PT1H")
        assert sights(held) == everything

    @pytest.mark.case("control-C-02")
    def test_token_status(self, put, sandbox, door, advance, ask):
        """A revoked certificate goes on working on the mtls listener, and a suspended client's token, for so long."""
        machine = Machine(sandbox, door)
        over_tls, certificate = machine.transport()
        token = machine.token(ask=over_tls).json()["access_token"]
        put(token_status="PT5M")
        path = f"/organisations/{machine.organisation}"
        url = f"{path}/softwarestatements/{machine.software}"
        held = Held({}, f"{url}/certificates/rtstransport/{certificate.kid}")
        assert revoke(ask, held).status_code == 200
        assert machine.api(token, path, ask=over_tls).status_code == 200
        assert machine.introspect(token).json()["active"] is True
        advance("PT5M")
        assert "mtls.revoked" in machine.api(token, path, ask=over_tls).headers["x-mock-reason"]
        assert machine.introspect(token).json()["active"] is False

    @pytest.mark.case("control-C-02")
    def test_a_suspension_and_its_end(self, put, ask, application, path, client, advance, verifier, make_csr):
        """Both are seen late: by tokens after five minutes, by key sets after ten; the API tells them at once."""
        held = issue(ask, application, make_csr)
        caller = client(*application)
        put(token_status="PT5M", jwks="PT10M")
        body = {"ClientName": "Acme App", "RedirectUri": ["https://acme.example/cb"]}

        def move(status):
            current = ask("GET", path).json()
            answer = ask("PUT", path, json={**current, **body, "Status": status})
            assert answer.status_code == 200, answer.text
            assert ask("GET", path).json()["Status"] == status

        def seen():
            return caller("GET", path).status_code == 200, held.object["kid"] in verifier.keys(held, active=True)

        move("Suspended")
        assert seen() == (True, True)
        advance("PT5M")
        assert seen() == (False, True)
        advance("PT5M")
        assert seen() == (False, False)
        caller.token = client(*application).token
        move("Active")
        assert seen() == (False, False)
        advance("PT5M")
        assert seen()[1] is False
        advance("PT5M")
        assert held.object["kid"] in verifier.keys(held, active=True)

    def test_a_new_key_is_seen_late_too(self, put, ask, application, make_csr, verifier, advance):
        """In neither set before; OCSP knows it from the start."""
        put(jwks="PT1M")
        held = issue(ask, application, make_csr)
        assert held.object["kid"] not in verifier.keys(held, active=True) | verifier.keys(held, active=False)
        assert verifier.status(held.serial).certificate_status is STATUS.GOOD
        advance("PT1M")
        assert held.object["kid"] in verifier.keys(held, active=True)

    def test_a_new_reason_is_seen_late(self, put, ask, application, make_csr, verifier, advance):
        """Until then the old one stands, on CRL and OCSP (status-cases.md O-21)."""
        held = issue(ask, application, make_csr)
        revoke(ask, held, "superseded")
        put(ocsp="PT1H", crl="PT2H")
        revoke(ask, held, "keycompromise")
        old, new = ReasonFlags.superseded, ReasonFlags.key_compromise
        assert (verifier.status(held.serial).revocation_reason, verifier.listed()[held.serial][1]) == (old, old)
        advance("PT1H")
        assert (verifier.status(held.serial).revocation_reason, verifier.listed()[held.serial][1]) == (new, old)
        advance("PT1H")
        assert verifier.listed()[held.serial][1] == new


class TestEnd:
    @pytest.mark.case("control-C-03")
    def test_flush(self, put, ask, application, make_csr, sights, control):
        """All channels agree at once; later changes are late again."""
        put(**dict.fromkeys(CHANNELS, "PT6H"))
        first = issue(ask, application, make_csr)
        control("POST", "/_mock/propagation:flush")
        revoke(ask, first)
        assert sights(first) == set()
        answer = control("POST", "/_mock/propagation:flush")
        assert (answer.status_code, answer.json()["flushed"], answer.json()["under_way"]) == (200, 1, 0)
        assert sights(first) == {"ocsp", "crl", "jwks"}
        second = issue(ask, application, make_csr)
        control("POST", "/_mock/propagation:flush")
        revoke(ask, second)
        assert sights(second) == set()

    def test_afterwards_everything_is_as_before(self, put, ask, application, make_csr, sights, control):
        """DELETE: nothing is late, nothing is under way (R5)."""
        before = control("GET", "/_mock/propagation").json()
        put(crl="PT1H", rescan="hourly")
        held = issue(ask, application, make_csr)
        revoke(ask, held)
        assert control("GET", "/_mock/propagation").json()["under_way"] == 1
        assert control("DELETE", "/_mock/propagation").json() == before
        assert sights(held) == {"ocsp", "crl", "jwks"}

    def test_what_is_shown_stays_where_the_clock_goes_back(self, put, ask, application, make_csr, advance, verifier):
        """A CRL never takes a revocation back (status-cases.md R5)."""
        put(crl="PT1H")
        held = issue(ask, application, make_csr)
        revoke(ask, held)
        advance("PT1H")
        assert held.serial in verifier.listed()
        advance("-PT30M")
        assert held.serial in verifier.listed()


class TestRescan:
    @pytest.mark.case("control-C-04")
    def test_the_key_moves_at_the_hour(self, put, ask, application, make_csr, sights, advance):
        """Not before, whatever OCSP and CRL say; with a late CRL at the first hour that sees it there."""
        put(rescan="hourly")
        advance("PT10M")
        held = issue(ask, application, make_csr)
        answer = revoke(ask, held)
        assert told(answer)["jwks"] == timedelta(hours=1)
        advance("PT49M59S")
        assert sights(held) == {"ocsp", "crl"}
        advance("PT1S")
        assert sights(held) == {"ocsp", "crl", "jwks"}
        put(rescan="hourly", crl="PT90M")
        other = issue(ask, application, make_csr)
        assert told(revoke(ask, other))["jwks"] == timedelta(hours=3)

    @pytest.mark.case("control-C-05")
    @pytest.mark.parametrize("options", [LONG | {"rescan_on_crl_failure": "deactivate"}])
    @pytest.mark.parametrize("effect", ["crl_down", "crl_stale", {"status": 500}])
    def test_a_crl_outage_loses_good_keys(self, put, faults, ask, application, make_csr, verifier, advance, effect):
        """At the hour they move to the inactive set, and come back with the first rescan behind the outage."""
        put(rescan="hourly")
        held = issue(ask, application, make_csr)

        def is_active():
            active, inactive = (held.object["kid"] in verifier.keys(held, active=each) for each in (True, False))
            assert active != inactive
            return active

        advance("PT10M")
        fault_id = faults(effect, match={"path": "/crl/*"})
        advance("PT49M59S")
        assert is_active()
        advance("PT1S")
        assert not is_active()
        faults.end(fault_id)
        assert faults.all() == []
        advance("PT59M59S")
        assert not is_active()
        advance("PT1S")
        assert is_active()
        assert verifier.status(held.serial).certificate_status is STATUS.GOOD

    @pytest.mark.case("control-C-05")
    def test_by_default_an_outage_does_no_harm(self, put, faults, ask, application, make_csr, verifier, advance):
        """`rescan_on_crl_failure: keep`."""
        put(rescan="hourly")
        held = issue(ask, application, make_csr)
        faults("crl_down")
        advance("PT3H")
        assert held.object["kid"] in verifier.keys(held, active=True)


class TestOrder:
    @pytest.mark.case("control-C-06")
    def test_two_revokes_during_one_delay(self, put, ask, application, make_csr, advance, sights):
        """Each has its own `visible_at`, and they are seen in their order."""
        put(crl="PT1H", ocsp="PT1H", jwks="PT1H")
        one, two = issue(ask, application, make_csr), issue(ask, application, make_csr)
        advance("PT2H")
        first = told(revoke(ask, one))["crl"]
        advance("PT10M")
        second = told(revoke(ask, two))["crl"]
        assert second - first == timedelta(minutes=10)
        advance("PT50M")
        assert (sights(one), sights(two)) == ({"ocsp", "crl", "jwks"}, set())
        advance("PT10M")
        assert sights(two) == {"ocsp", "crl", "jwks"}

    @pytest.mark.case("control-C-06")
    def test_none_overtakes_another(self, put, ask, application, make_csr, sights, advance):
        """A shorter delay that is set in between keeps the order; what was told of the first stands."""
        put(crl="PT1H")
        one, two = issue(ask, application, make_csr), issue(ask, application, make_csr)
        first = told(revoke(ask, one))["crl"]
        put()
        second = told(revoke(ask, two))
        assert (second["crl"], second["ocsp"]) == (first, timedelta())
        assert (sights(one), sights(two)) == ({"ocsp", "jwks"}, {"ocsp", "jwks"})
        advance("PT1H")
        assert (sights(one), sights(two)) == ({"ocsp", "crl", "jwks"}, {"ocsp", "crl", "jwks"})


class TestAsking:
    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"crl": "4 hours"}, "/crl", "field.value"),
            ({"crl": "-PT1S"}, "/crl", "field.value"),
            ({"crl": "P2000D"}, "/crl", "field.value"),
            ({"crl": 4}, "/crl", "field.type"),
            ({"rescan": "daily"}, "/rescan", "field.value"),
            ({"webhook": "PT1H"}, "/webhook", "field.unknown"),
        ],
        ids=str,
    )
    def test_whatever_is_wrong_is_named(self, control, body, pointer, code):
        """422 with the known ones; nothing is set (R3)."""
        answer = control("PUT", "/_mock/propagation", json=body)
        (finding,) = answer.json()["findings"]
        assert (answer.status_code, finding["pointer"], finding["code"]) == (422, pointer, code)
        assert control("GET", "/_mock/propagation").json()["revision"] == 0

    def test_it_is_in_the_state(self, put, control):
        """With the number of changes under way (R2)."""
        put(crl="PT4H")
        assert control("GET", "/_mock/state").json()["propagation"]["crl"] == "PT4H"

    def test_every_worker_sees_it(self, put, tmp_path, options, clock, ask, application, make_csr, sandbox):
        """What one process is told, another one on the same store does."""
        held = issue(ask, application, make_csr)
        put(crl="PT4H")
        other = open_for_tests(tmp_path, options, clock)
        verifier = Verifier(Client(create_data_app(Sandboxes(other))), other)
        revoke(ask, held)
        assert held.serial not in verifier.listed()
        assert verifier.status(held.serial).certificate_status is STATUS.REVOKED
        other.close()


def test_delays_are_a_pure_function():
    """Of what is set, the moment and what was told before."""
    delays = Delays({"crl": timedelta(hours=4)})
    found = delays.visible_at("revocation", NOW, {})
    assert found == {**dict.fromkeys(CHANNELS, NOW), "crl": NOW + timedelta(hours=4)}
    assert set(delays.visible_at("issue", NOW, {})) == {"jwks", "participants"}
    assert Delays.of(delays.kept()) == delays


class TestOnBothDatabases:
    @pytest.fixture
    def options(self, store_url):
        return LONG | {"database": store_url}

    @pytest.mark.case("control-C-01", "control-C-06")
    def test_one_late_life(self, put, ask, application, make_csr, sights, advance):
        """Two revocations, each seen by each view in its time and order."""
        put(crl="PT4H", jwks="PT1H")
        one, two = issue(ask, application, make_csr), issue(ask, application, make_csr)
        advance("PT1H")
        revoke(ask, one)
        advance("PT10M")
        revoke(ask, two)
        assert (sights(one), sights(two)) == ({"ocsp"}, {"ocsp"})
        advance("PT55M")
        assert (sights(one), sights(two)) == ({"ocsp", "jwks"}, {"ocsp"})
        advance("PT2H55M")
        assert (sights(one), sights(two)) == ({"ocsp", "jwks", "crl"}, {"ocsp", "jwks"})
        advance("PT10M")
        assert sights(two) == {"ocsp", "jwks", "crl"}

    @pytest.mark.case("control-B-01")
    def test_the_next_three_of_parallel_calls(self, faults, door):
        """Three, whichever database counts."""
        faults({"status": 503}, trigger={"next": 3}, match={"path": "/jwks"})
        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(lambda _: Client(door)("GET", "/jwks").status_code, range(12)))
        assert (found.count(503), found.count(200)) == (3, 9)


def test_the_oldest_late_change_decides(sandbox):
    """Of several of one object, what stood before the first of them is shown."""
    now, later = NOW, NOW + timedelta(hours=1)
    with sandbox.store.write() as uow:
        uow.powers.put("propagation", Delays({"ocsp": timedelta(hours=2)}).kept())
        for at, before in ((now, {}), (later, {"revoked_at": now.isoformat(), "revoke_reason": "superseded"})):
            uow.late.note(Change("revocation", "certificate", "c", "o", at, before, 1))
        moments = [now + timedelta(hours=each) for each in (0, 2, 3)]
        seen = [uow.late.first("ocsp", "c", moment) for moment in moments]
    assert [None if each is None else dict(each.change.before).get("revoke_reason") for each in seen] == [
        None,
        "superseded",
        None,
    ]
    assert [each is None for each in seen] == [False, False, True]
