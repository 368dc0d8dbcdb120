"""The device flow (RFC 8628): codes, the person's page, and what the device is told when it asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.oauth.device_flow import LETTERS, new_user_code, typed
from app.runtime.entropy import SeededEntropy
from tests.api.oauth.relying_party import DEVICE_GRANT, verified
from tests.doors import Client

SCOPE = "openid directory:website"


def start(rp, **form):
    return rp.ask("POST", "/device/auth", data=rp.assertion() | {"scope": SCOPE} | form)


@pytest.fixture
def device(acme):
    answer = start(acme)
    assert answer.status_code == 200, answer.text
    return answer.json()


def poll(rp, device):
    return rp.token(grant_type=DEVICE_GRANT, device_code=device["device_code"])


def refused(answer, error, code):
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert f"[{code}]" in answer.headers["x-mock-reason"]


def answer_as(browser, person, device, decision="allow"):
    """A person types the code and answers."""
    browser.open("/device")
    browser.sign_in(person.email)
    browser.send("/device", user_code=device["user_code"])
    return browser.send("/sign_in/device", decision=decision)


class TestCodes:
    def test_the_answer(self, acme, device):
        """RFC 8628, 3.2."""
        assert set(device) == {
            "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
        }  # fmt: skip
        assert device["verification_uri"] == f"{acme.issuer}/device"
        assert device["verification_uri_complete"] == f"{acme.issuer}/device?user_code={device['user_code']}"
        assert (device["expires_in"], device["interval"]) == (600, 5)
        assert len(device["device_code"]) == 43

    def test_user_codes_are_for_people(self):
        """Eight letters without vowels, none likelier than another, whatever the dice say."""
        codes = [new_user_code(SeededEntropy(str(n))) for n in range(500)]
        assert all(len(code) == 8 and set(code) <= set(LETTERS) for code in codes)
        assert {letter for code in codes for letter in code} == set(LETTERS)
        assert len(set(codes)) == 500

    @pytest.mark.parametrize("text", ["bcdf-ghjk", " BCDF GHJK ", "bcdfghjk", "B-C-D-F-G-H-J-K", "b.c.d.f.g.h.j.k"])
    def test_how_they_are_typed_does_not_matter(self, text):
        """Case, dashes and blanks are forgiven."""
        assert typed(text) == "BCDFGHJK"

    def test_the_client_authenticates(self, acme):
        """As at the token endpoint; a scope that nobody can give is refused."""
        assert acme.ask("POST", "/device/auth", data={"client_id": acme.client_id, "scope": SCOPE}).status_code == 401
        refused(start(acme, scope="directory:root"), "invalid_scope", "scope.invalid")
        refused(start(acme, scope=""), "invalid_scope", "scope.invalid")


class TestPolling:
    def test_pending_then_tokens_once(self, acme, ana, browser, device, clock, sandbox):
        """authorization_pending until the person has allowed it; then tokens, once."""
        refused(poll(acme, device), "authorization_pending", "device.pending")
        assert "is connected" in answer_as(browser, ana, device).text
        clock.advance(timedelta(seconds=5))
        answer = poll(acme, device)
        assert answer.status_code == 200, answer.text
        assert answer.json()["scope"] == SCOPE
        assert verified(answer.json()["id_token"], sandbox)["sub"] == ana.email
        assert Client(acme.ask.app, answer.json()["access_token"])("GET", "/me").json()["sub"] == ana.email
        clock.advance(timedelta(seconds=5))
        refused(poll(acme, device), "invalid_grant", "device.used")

    def test_too_fast(self, acme, device, clock):
        """slow_down adds five seconds for good (RFC 8628, 3.5)."""
        refused(poll(acme, device), "authorization_pending", "device.pending")
        refused(poll(acme, device), "slow_down", "device.slow_down")
        clock.advance(timedelta(seconds=9))
        refused(poll(acme, device), "slow_down", "device.slow_down")
        clock.advance(timedelta(seconds=15))
        refused(poll(acme, device), "authorization_pending", "device.pending")

    def test_denied(self, acme, ana, browser, device):
        """access_denied."""
        assert "was refused" in answer_as(browser, ana, device, "deny").text
        refused(poll(acme, device), "access_denied", "device.denied")

    def test_it_dies_at_the_sandboxs_clock(self, acme, ana, browser, device, clock):
        """expired_token for the device; the person is told, too."""
        browser.open("/device")
        browser.sign_in(ana.email)
        clock.advance(timedelta(minutes=10))
        refused(poll(acme, device), "expired_token", "device.expired")
        browser.send("/device", user_code=device["user_code"])
        assert "device.expired" in browser.page.words

    def test_another_client(self, rival, device):
        """The code of another client's device."""
        refused(poll(rival, device), "invalid_grant", "device.client")

    def test_made_up(self, acme):
        """Nothing but what was given out; a missing one is named."""
        refused(poll(acme, {"device_code": "A" * 43}), "invalid_grant", "device.unknown")
        refused(acme.token(grant_type=DEVICE_GRANT), "invalid_request", "request.missing_parameter")


class TestPage:
    def test_a_code_in_the_address_is_only_filled_in(self, acme, ana, browser, device):
        """The person still has to press a button (RFC 8628, 5.4)."""
        browser.open(device["verification_uri_complete"].removeprefix(acme.issuer))
        browser.sign_in(ana.email)
        assert browser.page.form("/device").fields["user_code"] == device["user_code"]
        refused(poll(acme, device), "authorization_pending", "device.pending")

    def test_it_shows_who_asks_and_the_code(self, acme, ana, browser, device):
        """Client, organisation, scopes, and the code to compare."""
        browser.open("/device")
        browser.sign_in(ana.email)
        browser.send("/device", user_code=device["user_code"].lower())
        for shown in ("Acme App", device["user_code"], "directory:website"):
            assert shown in browser.page.words

    def test_a_wrong_code(self, ana, browser, device):
        """It is told beside the field; the code of the device stays as it is."""
        browser.open("/device")
        browser.sign_in(ana.email)
        response = browser.send("/device", user_code="BBBB-BBBB")
        assert response.status_code == 400
        assert "device.user_code" in browser.page.words
        assert ("aria-invalid", "true") in [item for _, given in browser.page.tags for item in given.items()]

    def test_trying_codes(self, ana, browser, device):
        """Nobody finds codes by trying: after ten wrong ones even the right one waits (RFC 8628, 5.1)."""
        browser.open("/device")
        browser.sign_in(ana.email)
        for _ in range(10):
            assert browser.send("/device", user_code="BBBB-BBBB").status_code == 400
        assert browser.send("/device", user_code=device["user_code"]).status_code == 429
        assert "rate.limited" in browser.page.words

    def test_trying_codes_at_the_answer(self, acme, ana, browser, device):
        """Nor by skipping the page that shows what is asked."""
        browser.open("/device")
        browser.sign_in(ana.email)
        form = browser.page.form("/device")
        for _ in range(10):
            browser.ask("POST", "/sign_in/device", data=form.fields | {"user_code": "BBBBBBBB", "decision": "allow"})
        browser.ask(
            "POST", "/sign_in/device", data=form.fields | {"user_code": device["user_code"], "decision": "allow"}
        )
        assert browser.response.status_code == 429
        refused(poll(acme, device), "authorization_pending", "device.pending")

    def test_answered_once(self, ana, browser, device):
        """A second answer changes nothing."""
        answer_as(browser, ana, device)
        browser.open("/device")
        browser.send("/device", user_code=device["user_code"])
        assert "device.used" in browser.page.words

    def test_nobody_decides_without_signing_in(self, acme, ana, browser, device):
        """The session may be over meanwhile."""
        browser.open("/device")
        browser.sign_in(ana.email)
        browser.send("/device", user_code=device["user_code"])
        form = browser.page.form("/sign_in/device")
        browser.cookies.pop("connect_mock_session")
        browser.ask("POST", "/sign_in/device", data=form.fields | {"decision": "allow"})
        assert browser.page.form("/sign_in")
        refused(poll(acme, device), "authorization_pending", "device.pending")

    def test_scopes_that_the_person_lacks(self, acme, ana, browser):
        """He can only give what he has."""
        device = start(acme, scope="openid directory:admin").json()
        answer_as(browser, ana, device)
        assert poll(acme, device).json()["scope"] == "openid"
