"""Backchannel authentication (CIBA Core): the request, who may answer, and what the client is told when it asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.oauth.backchannel_grant import GRANT_TYPE
from tests.api.oauth.relying_party import verified
from tests.doors import Client

SCOPE = "openid directory:website"


def start(rp, **form):
    body = rp.assertion() | {"scope": SCOPE, "login_hint": "ana@acme.example"} | form
    return rp.ask("POST", "/backchannel", data={name: value for name, value in body.items() if value is not None})


@pytest.fixture
def request_id(acme, ana):
    answer = start(acme)
    assert answer.status_code == 200, answer.text
    return answer.json()["auth_req_id"]


@pytest.fixture
def decide(sandbox, ana):
    """Ana answers."""
    scripted = sandbox.people.scripted_login
    return lambda request_id, *, approve=True: scripted.answer_backchannel(request_id, ana.email, approve=approve)


def poll(rp, request_id):
    return rp.token(grant_type=GRANT_TYPE, auth_req_id=request_id)


def refused(answer, error, code):
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert f"[{code}]" in answer.headers["x-mock-reason"]


class TestRequest:
    def test_the_answer(self, acme, ana):
        """CIBA Core, 7.3; 200 (errata O3), and for nobody's cache."""
        answer = start(acme)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        told = answer.json()
        assert set(told) == {"auth_req_id", "expires_in", "interval"}
        assert (len(told["auth_req_id"]), told["expires_in"], told["interval"]) == (43, 120, 5)

    def test_by_the_id_of_the_person(self, acme, ana):
        """As well as by the address."""
        assert start(acme, login_hint=ana.user_id).status_code == 200

    def test_by_an_id_token_of_ours(self, acme, ana):
        """Also when it is over; one of somebody else's making is none."""
        token = acme.redeem(acme.scripted(ana.email)["code"]).json()["id_token"]
        assert start(acme, login_hint=None, id_token_hint=token).status_code == 200
        forged = acme.sign({"sub": ana.email})
        refused(start(acme, login_hint=None, id_token_hint=forged), "invalid_request", "backchannel.hint")
        refused(start(acme, login_hint=None, id_token_hint="a.b"), "invalid_request", "backchannel.hint")

    def test_in_a_signed_object(self, acme, ana):
        """Then the form beside it means nothing (CIBA Core, 7.1.1)."""
        claims = acme.claims() | {"login_hint": ana.email, "requested_expiry": 33}
        answer = start(acme, login_hint=None, request=acme.sign(claims))
        assert (answer.status_code, answer.json().get("expires_in")) == (200, 33), answer.text
        broken = acme.sign(claims)[:-6] + "AAAAAA"
        assert start(acme, request=broken).json()["error"] == "invalid_request_object"

    @pytest.mark.parametrize(
        ("form", "error", "code"),
        [
            ({"scope": "directory:website"}, "invalid_scope", "scope.invalid"),
            ({"scope": "openid directory:root"}, "invalid_scope", "scope.invalid"),
            ({"login_hint": None}, "invalid_request", "backchannel.hint"),
            ({"login_hint_token": "x"}, "invalid_request", "backchannel.hint"),
            ({"login_hint": None, "login_hint_token": "x"}, "invalid_request", "backchannel.hint"),
            ({"login_hint": "nobody@acme.example"}, "unknown_user_id", "backchannel.nobody"),
            ({"binding_message": "x" * 65}, "invalid_binding_message", "backchannel.message"),
            ({"binding_message": "two\nlines"}, "invalid_binding_message", "backchannel.message"),
            ({"requested_expiry": "0"}, "invalid_request", "backchannel.expiry"),
            ({"requested_expiry": "soon"}, "invalid_request", "backchannel.expiry"),
            ({"requested_expiry": "86401"}, "invalid_request", "backchannel.expiry"),
        ],
    )
    def test_what_is_refused(self, acme, ana, form, error, code):
        """In the words of CIBA Core, 13."""
        refused(start(acme, **form), error, code)

    def test_the_client_authenticates(self, acme, ana):
        """401; an assertion may name this very endpoint (CIBA Core, 7.1)."""
        bare = {"client_id": acme.client_id, "scope": SCOPE, "login_hint": ana.email}
        assert acme.ask("POST", "/backchannel", data=bare).status_code == 401
        assert start(acme, **acme.assertion(aud=f"{acme.issuer}/backchannel")).status_code == 200

    def test_discovery_tells_of_it(self, nobody, acme):
        """CIBA Core, 4."""
        told = nobody("GET", "/.well-known/openid-configuration").json()
        assert told["backchannel_authentication_endpoint"] == f"{acme.issuer}/backchannel"
        assert told["backchannel_token_delivery_modes_supported"] == ["poll"]
        assert GRANT_TYPE in told["grant_types_supported"]


class TestPolling:
    def test_pending_then_tokens_once(self, acme, ana, request_id, decide, clock, sandbox):
        """authorization_pending until the person has allowed it; then tokens, once."""
        refused(poll(acme, request_id), "authorization_pending", "backchannel.pending")
        decide(request_id)
        clock.advance(timedelta(seconds=5))
        answer = poll(acme, request_id)
        assert answer.status_code == 200, answer.text
        assert verified(answer.json()["id_token"], sandbox)["sub"] == ana.email
        assert Client(acme.ask.app, answer.json()["access_token"])("GET", "/me").json()["sub"] == ana.email
        clock.advance(timedelta(seconds=5))
        refused(poll(acme, request_id), "invalid_grant", "backchannel.used")

    def test_too_fast(self, acme, request_id):
        """slow_down (CIBA Core, 11)."""
        refused(poll(acme, request_id), "authorization_pending", "backchannel.pending")
        refused(poll(acme, request_id), "slow_down", "backchannel.slow_down")

    def test_denied(self, acme, request_id, decide):
        """access_denied."""
        decide(request_id, approve=False)
        refused(poll(acme, request_id), "access_denied", "backchannel.denied")

    def test_it_dies_at_the_sandboxs_clock(self, acme, request_id, clock):
        """expired_token."""
        clock.advance(timedelta(seconds=120))
        refused(poll(acme, request_id), "expired_token", "backchannel.expired")

    def test_of_others_and_made_up(self, acme, rival, request_id):
        """Another client's, nobody's, a device's; a missing one is named."""
        refused(poll(rival, request_id), "invalid_grant", "backchannel.client")
        refused(poll(acme, "A" * 43), "invalid_grant", "backchannel.unknown")
        refused(acme.token(grant_type=GRANT_TYPE), "invalid_request", "request.missing_parameter")
        device = acme.ask("POST", "/device/auth", data=acme.assertion() | {"scope": SCOPE}).json()["device_code"]
        refused(poll(acme, device), "invalid_grant", "backchannel.unknown")
        of_device = "urn:ietf:params:oauth:grant-type:device_code"
        refused(acme.token(grant_type=of_device, device_code=request_id), "invalid_grant", "device.unknown")


class TestAnswers:
    def test_the_control_listener_answers_one(self, acme, ana, person, request_id, control):
        """As the person that the hint named, and nobody else; once."""
        other = person("ben@acme.example")
        wrong = control("POST", "/_mock/login", json={"user": other.email, "auth_req_id": request_id})
        assert wrong.status_code == 422
        right = {"user": ana.email, "auth_req_id": request_id}
        assert control("POST", "/_mock/login", json=right).json() == {"auth_req_id": request_id, "approved": True}
        assert control("POST", "/_mock/login", json=right).status_code == 422
        assert poll(acme, request_id).status_code == 200

    def test_the_message_is_what_the_person_sees(self, acme, ana, control):
        """It comes with the answer, so that a test can compare it with what its client shows."""
        request_id = start(acme, binding_message="W4-17").json()["auth_req_id"]
        told = control("POST", "/_mock/login", json={"user": ana.email, "auth_req_id": request_id}).json()
        assert told["binding_message"] == "W4-17"

    @pytest.mark.parametrize(("approval", "status"), [("approve", 200), ("deny", 400)])
    def test_or_all_of_them(self, acme, request_id, control, approval, status):
        """From the next question on."""
        assert control("PUT", "/_mock/outside", json={"approval": approval}).status_code == 200
        assert poll(acme, request_id).status_code == status
