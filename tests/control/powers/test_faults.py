"""Faults: when they strike and whom, how several go together, how they end (control-cases.md B)."""

import json
import timeit
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.api.app import create_data_app
from app.errors import Invalid
from app.powers.faults.book import FaultBook
from app.powers.faults.effects import EFFECTS
from app.powers.faults.matching import ALIASES, MATCHERS
from app.powers.faults.templates import TEMPLATES
from app.powers.faults.triggers import TRIGGERS, chance
from app.runtime.clock import MovableClock
from app.sandboxes import Sandboxes
from tests.api.oauth.kit import Machine
from tests.doors import NOW, Client, open_for_tests

CRL = "/crl/issuer.crl"


@pytest.fixture
def statuses(nobody):
    """The statuses of some fetches of a file."""
    return lambda count, path=CRL: [nobody("GET", path).status_code for _ in range(count)]


class TestTriggers:
    @pytest.mark.case("control-B-01")
    def test_the_next_three_in_any_parallel_mix(self, faults, door):
        """Three of twelve parallel calls, whoever is first; then it is over, and tells what it did."""
        fault_id = faults({"status": 503, "retry_after": 30}, trigger={"next": 3}, match={"path": "/jwks"})
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda _: Client(door)("GET", "/jwks"), range(12)))
        struck = [answer for answer in answers if answer.status_code == 503]
        assert [answer.headers["retry-after"] for answer in struck] == ["30"] * 3
        told = faults.get(fault_id)
        assert (told["hits"], told["seen"], told["state"]) == (3, 3, "ended")

    @pytest.mark.case("control-B-01")
    def test_the_next_three_of_two_workers(self, tmp_path, clock, options, sandbox, control, faults):
        """A second process on the same store counts along."""
        other = open_for_tests(tmp_path, options, clock)
        doors = [Client(create_data_app(Sandboxes(each))) for each in (sandbox, other)]
        faults({"status": 503}, trigger={"next": 3}, match={"path": CRL})
        found = [doors[turn % 2]("GET", CRL).status_code for turn in range(6)]
        other.close()
        assert found == [503, 503, 503, 200, 200, 200]

    @pytest.mark.case("control-B-02")
    def test_from_the_fifth_on(self, faults, statuses):
        """Four are good."""
        faults({"status": 500}, trigger={"after": 4}, match={"path": CRL})
        assert statuses(7) == [200] * 4 + [500] * 3

    def test_every_third(self, faults, statuses):
        """And no other; with `next` only so often."""
        faults({"status": 500}, trigger={"every": 3, "next": 2}, match={"path": CRL})
        assert statuses(12) == [200, 200, 500] * 2 + [200] * 6

    @pytest.mark.case("control-B-03")
    def test_a_tenth_of_them_the_same_ones_each_time(self, faults, statuses):
        """A start value decides which calls: those that the generator names, twice over."""
        wanted = [500 if chance(7, turn) < 0.1 else 200 for turn in range(1, 61)]
        assert 1 <= wanted.count(500) <= 15
        for _run in range(2):
            fault_id = faults({"status": 500}, trigger={"probability": 0.1, "start": 7}, match={"path": CRL})
            assert statuses(60) == wanted
            faults.end(fault_id)

    def test_a_probability_without_start_value_gets_one(self, faults):
        """And tells it, so that the run can be repeated."""
        assert isinstance(faults.get(faults({"status": 500}, trigger={"probability": 0.5}))["trigger"]["start"], int)

    @pytest.mark.case("control-B-04")
    def test_at_most_five_a_second(self, faults, statuses, clock):
        """The sixth is 429 with Retry-After; a second later there are five more."""
        fault_id = faults(trigger={"rate": "5/s"}, match={"path": CRL})
        assert statuses(7) == [200] * 5 + [429] * 2
        clock.advance(timedelta(seconds=1))
        assert statuses(6) == [200] * 5 + [429]
        assert faults.get(fault_id)["hits"] == 3

    @pytest.mark.case("api-G-07", "control-B-04")
    def test_a_rate_is_exact_within_any_second(self, faults, nobody, clock):
        """Not only from one full second to the next: what was let through counts for a whole second."""
        faults(trigger={"rate": "2/s"}, match={"path": CRL})
        found = []
        for _ in range(8):
            answer = nobody("GET", CRL)
            found.append(answer.status_code)
            if answer.status_code == 429:
                assert answer.headers["retry-after"] == "1"
            clock.advance(timedelta(milliseconds=400))
        assert found == [200, 200, 429, 200, 200, 429, 200, 200]

    @pytest.mark.case("control-B-05")
    def test_between_two_moments_of_the_clock(self, faults, statuses, control):
        """Before and behind them nothing happens and nothing is counted; the sandbox's clock decides."""
        hour = [(NOW + timedelta(hours=each)).isoformat() for each in (1, 2)]
        fault_id = faults({"status": 503}, trigger={"between": hour}, match={"path": CRL})
        assert (statuses(2), faults.get(fault_id)["state"]) == ([200] * 2, "waiting")
        control("PUT", "/_mock/clock", json={"advance": "PT1H"})
        assert (statuses(2), faults.get(fault_id)["state"]) == ([503] * 2, "active")
        control("PUT", "/_mock/clock", json={"advance": "PT1H"})
        assert (statuses(2), faults.get(fault_id)["state"]) == ([200] * 2, "over")
        assert faults.get(fault_id)["seen"] == 2


class TestMatching:
    @pytest.mark.parametrize(
        ("match", "is_struck"),
        [
            ({"path": "/crl/issuer.crl"}, True),
            ({"path": "/crl/*"}, True),
            ({"path": "*"}, True),
            ({"path": "/crl/issuer.cr?"}, True),
            ({"path": ["/token", "/crl/*.crl"]}, True),
            ({"path": "/crl"}, False),
            ({"path": "/CRL/issuer.crl"}, False),
            ({"path": "/crl/issuer.[ck]rl"}, False),
            ({"service": "crl"}, True),
            ({"service": ["keystore", "crl"]}, True),
            ({"service": "ocsp"}, False),
            ({"method": "get"}, True),
            ({"method": "POST"}, False),
            ({"listener": "http"}, True),
            ({"listener": "mtls"}, False),
            ({"peer": "127.0.0.1"}, True),
            ({"peer": "192.0.2.1"}, False),
            ({"path": "/crl/*", "method": "POST"}, False),
        ],
        ids=str,
    )
    def test_every_condition_must_hold(self, faults, statuses, match, is_struck):
        """Path, service, method, listener, address of the other end; of several values any will do."""
        faults({"status": 503}, match=match)
        assert statuses(1) == [503 if is_struck else 200]

    def test_a_service_by_its_host_name(self, faults, nobody):
        """The path is known as it came and as it is inside."""
        faults({"status": 503}, match={"path": "/issuer.crl", "service": "crl"})
        faults({"status": 504}, match={"path": "/crl/root.crl"})
        hosts = {"headers": {"host": "crl.localhost"}}
        assert nobody("GET", "/issuer.crl", **hosts).status_code == 503
        assert nobody("GET", "/root.crl", **hosts).status_code == 504

    @pytest.mark.parametrize("name", ["organisation", "org"])
    def test_an_organisation_by_its_token(self, faults, client, organisation, other, name):
        """Whoever acts for it is struck, and nobody else."""
        faults({"status": 503}, match={name: organisation})
        assert client(organisation)("GET", "/organisations").status_code == 503
        assert client(other[0])("GET", "/organisations").status_code == 200

    def test_a_client_by_any_form_of_its_id(self, faults, client, application, other, sandbox):
        """Software statement or URL; its calls with a token are struck."""
        url = f"{sandbox.addresses.rp}/openid_relying_party/{application[1]}"
        path = "/organisations/{}/softwarestatements/{}"
        for form in (application[1], url):
            fault_id = faults({"status": 503}, match={"client": form})
            assert client(*application)("GET", path.format(*application)).status_code == 503
            assert client(*other)("GET", path.format(*other)).status_code == 200
            faults.end(fault_id)

    def test_a_client_at_the_token_endpoint(self, faults, sandbox, door):
        """By what the request says of itself; the body is still there for who is not struck."""
        one = Machine(sandbox, door)
        two = Machine(sandbox, door, organisation=one.organisation, key=ec.generate_private_key(ec.SECP256R1()))
        fault_id = faults({"status": 503}, match={"client": one.software, "path": "/token"})
        assert [one.token().status_code, two.token().status_code] == [503, 200]
        faults.end(fault_id)
        assert one.token().status_code == 200

    def test_a_client_certificate(self, faults, sandbox, door):
        """By its SHA-256, in hexadecimal or as x5t#S256; another one of the same client passes."""
        machine = Machine(sandbox, door)
        (asking, certificate), (another, _) = machine.transport(), machine.transport()
        for name, form in (("certificate", certificate.sha256.hex(":").upper()), ("cert", certificate.kid)):
            fault_id = faults({"status": 503}, match={name: form})
            assert asking("GET", "/jwks").status_code == 503
            assert another("GET", "/jwks").status_code == 200
            faults.end(fault_id)

    def test_a_public_file_of_an_organisation(self, faults, nobody, application, other):
        """Where nobody says who he is, the owner of what is asked for counts."""
        faults({"status": 503}, match={"organisation": application[0]})
        assert nobody("GET", "/keystore/{}/{}/application.jwks".format(*application)).status_code == 503
        assert nobody("GET", "/keystore/{}/{}/application.jwks".format(*other)).status_code == 200

    def test_the_portal_is_spared_unless_it_is_named(self, faults, door):
        """Whoever breaks everything must be able to end it there."""
        faults({"status": 503})
        assert Client(door)("GET", "/portal").status_code != 503
        faults({"status": 504}, match={"service": "web"})
        assert Client(door)("GET", "/portal").status_code == 504


class TestSeveral:
    @pytest.mark.case("control-B-16")
    def test_the_first_that_decides_wins(self, faults, nobody):
        """The one that was made first answers; the other keeps its count for later. The journal names who did it."""
        first = faults({"status": 503}, trigger={"next": 1}, match={"path": CRL})
        second = faults({"status": 504}, trigger={"next": 1}, match={"service": "crl"})
        assert [nobody("GET", CRL).status_code for _ in range(3)] == [503, 504, 200]
        assert [faults.get(each)["hits"] for each in (first, second)] == [1, 1]
        entries = faults.journal(CRL)
        assert [each.get("detail", {}).get("faults") for each in entries] == [None, [second], [first]]
        assert [each.get("code") for each in entries] == [None, "fault.injected", "fault.injected"]

    @pytest.mark.case("control-B-16")
    def test_changes_go_with_what_decides(self, faults, nobody):
        """A header and an answer come together; both are named."""
        one = faults({"headers": {"X-Cache": "stale"}}, match={"path": CRL})
        two = faults({"status": 502}, match={"path": CRL})
        answer = nobody("GET", CRL)
        assert (answer.status_code, answer.headers["x-cache"]) == (502, "stale")
        assert answer.headers["x-mock-fault"] == f"{one}, {two}"
        assert faults.journal(CRL)[0]["detail"]["faults"] == [one, two]


class TestEnd:
    def test_afterwards_everything_is_as_before(self, faults, nobody):
        """Octet for octet, headers too (R5): by DELETE of one, of all, and by its count."""

        def fetch():
            answer = nobody("GET", CRL)
            kept = [item for item in answer.headers.items() if item[0] != "x-fapi-interaction-id"]
            return answer.status_code, kept, answer.content

        nobody("GET", CRL)
        before = fetch()
        fault_id = faults({"bad_json": True, "headers": {"etag": "x"}}, match={"path": CRL})
        assert fetch() != before
        faults.end(fault_id)
        assert fetch() == before
        faults({"crl_stale": True})
        assert fetch() != before
        assert faults.control("DELETE", "/_mock/faults").json() == {"ended": 1}
        assert fetch() == before
        assert faults.all() == []

    def test_no_id_comes_twice(self, faults):
        """Also when the last fault has gone."""
        first = faults({"status": 500})
        faults.end(first)
        assert faults({"status": 500}) != first

    def test_what_is_not_there(self, control):
        """404 for one that never was."""
        for method in ("GET", "DELETE"):
            answer = control(method, "/_mock/faults/fault-9")
            assert (answer.status_code, answer.json()["code"]) == (404, "fault.not_there")

    def test_they_are_in_the_state(self, faults, control):
        """`/_mock/state` tells them with their hits (R2)."""
        fault_id = faults({"status": 500}, name="gateway", match={"path": "/jwks"})
        (told,) = control("GET", "/_mock/state").json()["faults"]
        assert (told["id"], told["name"], told["match"], told["hits"]) == (fault_id, "gateway", {"path": "/jwks"}, 0)

    def test_the_control_listener_is_never_struck(self, faults, control, nobody):
        """Nor what of it stands on the public listeners (R6)."""
        faults({"status": 503})
        assert control("GET", "/_mock/state").status_code == 200
        assert nobody("GET", "/_mock/bundle.pem").status_code == 200
        assert nobody("GET", "/repository/root-ca.pem").status_code == 503


class TestRefusals:
    @pytest.mark.case("control-B-17")
    def test_an_unknown_effect(self, faults):
        """422 with the list of all that there are."""
        found = faults.refused(effect={"explode": 1})["/effect/explode"]
        assert found["code"] == "fault.unknown"
        assert all(name in found["expected"] for name in EFFECTS)

    @pytest.mark.case("control-B-18")
    @pytest.mark.parametrize(
        "match",
        [
            {"path": "/_mock/*"},
            {"path": "/_mock/faults"},
            {"path": "/_mock"},
            {"path": "/_m*"},
            {"path": "*/_mock/state"},
            {"path": "/sandboxes/a/_mock/*"},
            {"path": ["/token", "/_mock/x"]},
            {"service": "control"},
        ],
        ids=str,
    )
    def test_a_fault_on_the_control_plane(self, faults, match):
        """422, whatever way it is said."""
        (found,) = faults.refused(match=match, effect={"status": 503}).values()
        assert found["code"] == "fault.control"

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "/effect", "fault.missing"),
            ({"effect": {}}, "/effect", "fault.missing"),
            ({"effect": [1]}, "/effect", "fault.value"),
            ({"effect": {"status": 503}, "when": "now"}, "/when", "fault.unknown"),
            ({"effect": {"status": 503}, "match": {"url": "/x"}}, "/match/url", "fault.unknown"),
            ({"effect": {"status": 503}, "match": {"path": "token"}}, "/match/path", "fault.value"),
            ({"effect": {"status": 503}, "match": {"path": []}}, "/match/path", "fault.value"),
            ({"effect": {"status": 503}, "match": {"service": "portal"}}, "/match/service", "fault.value"),
            ({"effect": {"status": 503}, "match": {"certificate": "ab"}}, "/match/certificate", "fault.value"),
            ({"effect": {"status": 503}, "match": {"org": "a", "organisation": "b"}}, None, "fault.combination"),
            ({"effect": {"status": 503}, "trigger": {"sometimes": 1}}, "/trigger/sometimes", "fault.unknown"),
            ({"effect": {"status": 503}, "trigger": {"next": 0}}, "/trigger/next", "fault.value"),
            ({"effect": {"status": 503}, "trigger": {"next": True}}, "/trigger/next", "fault.value"),
            ({"effect": {"status": 503}, "trigger": {"probability": 1.5}}, "/trigger/probability", "fault.value"),
            ({"effect": {"status": 503}, "trigger": {"start": 7}}, "/trigger/start", "fault.combination"),
            ({"effect": {"status": 503}, "trigger": {"rate": "5"}}, "/trigger/rate", "fault.value"),
            ({"effect": {"status": 503}, "trigger": {"rate": "0/s"}}, "/trigger/rate", "fault.value"),
            ({"effect": {"status": 503}, "trigger": {"between": ["x", "y"]}}, "/trigger/between", "fault.value"),
            ({"effect": {"status": 503}, "trigger": {"always": True, "next": 1}}, None, "fault.combination"),
            ({"effect": {"status": 99}}, "/effect/status", "fault.value"),
            ({"effect": {"status": "503"}}, "/effect/status", "fault.value"),
            ({"effect": {"body": "x"}}, "/effect/status", "fault.missing"),
            ({"effect": {"delay": "P1D"}}, "/effect/delay", "fault.value"),
            ({"effect": {"delay": {"mean": 1}}}, "/effect/delay/mean", "fault.unknown"),
            ({"effect": {"headers": {"Content-Length": "1"}}}, "/effect/headers/Content-Length", "fault.value"),
            ({"effect": {"headers": {"X": "a\r\nb"}}}, "/effect/headers/X", "fault.value"),
            ({"effect": {"reset": False}}, "/effect/reset", "fault.value"),
            ({"effect": {"reset": True, "drop": True}}, "/effect", "fault.combination"),
            ({"effect": {"reset": True, "bad_json": True}}, "/effect", "fault.combination"),
            ({"effect": {"crl_stale": True, "crl_future": True}}, "/effect", "fault.combination"),
            ({"effect": {"crl_stale": True, "ocsp_stale": True}}, "/effect", "fault.combination"),
            ({"effect": {"crl_stale": True}, "match": {"service": "ocsp"}}, "/match/service", "fault.combination"),
            ({"effect": {"crl_huge": 0}}, "/effect/crl_huge", "fault.value"),
            ({"effect": "crl_huge"}, "/effect/crl_huge", "fault.value"),
            ({"effect": "clock_skew:soon"}, "/effect/clock_skew", "fault.value"),
            ({"effect": {"tls_alert": "nonsense"}}, "/effect/tls_alert", "fault.value"),
            ({"effect": {"tls_alert": True}, "match": {"path": "/token"}}, "/match/path", "fault.combination"),
            ({"effect": {"status": 503}, "match": {"server_name": "x"}}, "/match/server_name", "fault.combination"),
            ({"template": "rain"}, "/template", "fault.value"),
        ],
        ids=json.dumps,
    )
    def test_whatever_is_wrong_is_named(self, faults, body, pointer, code):
        """Nothing accepted is ignored; nothing is made."""
        found = faults.refused(**body)
        assert code in {each["code"] for each in found.values()}
        assert pointer is None or found[pointer]["code"] == code
        assert faults.all() == []

    def test_all_at_once(self, faults):
        """Three mistakes, three findings."""
        found = faults.refused(match={"x": 1}, trigger={"next": -1}, effect={"status": 1})
        assert set(found) == {"/match/x", "/trigger/next", "/effect/status"}

    def test_not_more_than_can_be_looked_at(self, faults, monkeypatch, control):
        """409 beyond the limit."""
        monkeypatch.setattr("app.powers.faults.book.MOST", 1)
        faults({"status": 500})
        answer = control("POST", "/_mock/faults", json={"effect": {"status": 500}})
        assert (answer.status_code, answer.json()["code"]) == (409, "fault.too_many")


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_makes_a_fault(faults, control, name):
    """By its name alone; whoever wants can say otherwise."""
    assert name in control("GET", "/_mock/fault-templates").json()
    made = faults.get(faults(template=name, match={"listener": "https"}))
    assert (made["name"], made["match"]["listener"]) == (name, "https")


def test_a_store_with_a_movable_clock_counts_rates_by_the_host(tmp_path, options):
    """While the sandbox's clock is frozen the machine's ends a second."""
    machine = MovableClock(NOW)
    sandbox = open_for_tests(tmp_path, {"clock": NOW} | options, machine)
    ask = Client(create_data_app(Sandboxes(sandbox)))
    sandbox.faults.add({"trigger": {"rate": "1/s"}, "match": {"path": CRL}})
    assert [ask("GET", CRL).status_code for _ in range(2)] == [200, 429]
    machine.advance(timedelta(seconds=1))
    assert ask("GET", CRL).status_code == 200
    sandbox.close()


def test_the_page_names_every_word():
    """docs/faults.md has each matcher, trigger, effect and template in backticks."""
    page = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    words = (*MATCHERS, *ALIASES, *TRIGGERS, *EFFECTS, *TEMPLATES)
    assert [word for word in words if f"`{word}" not in page and f"`{word}`" not in page] == []


def test_tls_is_the_default_sandboxes(sandbox, clock):
    """Another one may break everything of its own, and no listener (rulings.md 18)."""
    book = FaultBook(sandbox.store, clock, sandbox.board, sandbox.registers.participants, has_listeners=False)
    book.add({"effect": "drop"})
    with pytest.raises(Invalid, match="default sandbox"):
        book.add({"effect": "tls_alert"})


def test_without_faults_an_exchange_pays_next_to_nothing(sandbox):
    """The look is one attribute; the board has followed the store anyway."""
    assert sandbox.faults.living == ()
    assert timeit.timeit(lambda: sandbox.faults.living, number=20_000) / 20_000 < 2e-6
