"""Whom a client wants to have signed in, and how: id_token_hint, claims, acr_values (OpenID Connect Core, 3.1.2.1)."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest

from app.oauth.id_tokens import WITH_PASSWORD, WITH_SECOND_FACTOR
from tests.api.oauth.conftest import SECOND_FACTOR
from tests.api.oauth.relying_party import RelyingParty, answer_in, verified
from tests.api.oauth.test_authorise import allowed


def token_of(acme, location):
    """The ID token behind the address that the browser was sent to."""
    answer = answer_in(location)
    assert "code" in answer, answer
    return acme.redeem(answer["code"]).json()["id_token"]


def acr_of(acme, location):
    return verified(token_of(acme, location), acme.sandbox)["acr"]


def acr(*values, essential=True):
    """The parameter `claims` that asks for one of these."""
    return {"id_token": {"acr": {"essential": essential, "values": list(values)}}}


def sign_out(browser):
    browser.open("/sign_in")
    browser.send("/session/end")


@pytest.fixture
def bob(person):
    return person("bob@acme.example")


@pytest.fixture
def two(person):
    """Somebody with a second factor."""
    return person("two@acme.example", second_factor=SECOND_FACTOR)


class TestHint:
    def test_the_same_person(self, acme, browser, ana):
        """Whoever is signed in and is meant goes on, also without being asked anything."""
        hint = token_of(acme, allowed(browser, acme))
        browser.open(acme.address(acme.request_uri(id_token_hint=hint, prompt="none")))
        assert "code" in answer_in(browser.location)

    def test_another_person_is_signed_in(self, acme, browser, ana, bob):
        """The one who is meant has to sign in; with prompt=none the client hears login_required."""
        hint = token_of(acme, allowed(browser, acme))
        sign_out(browser)
        allowed(browser, acme, bob.email)
        browser.open(acme.address(acme.request_uri(id_token_hint=hint, prompt="none")))
        assert answer_in(browser.location)["error"] == "login_required"
        browser.open(acme.address(acme.request_uri(id_token_hint=hint)))
        browser.sign_in(ana.email)
        told = verified(token_of(acme, browser.location), acme.sandbox)
        assert told["sub"] == ana.email

    def test_another_person_signs_in(self, acme, browser, ana, bob):
        """Nobody else's ID token is answered: the client hears login_required, and no grant is made."""
        hint = token_of(acme, allowed(browser, acme))
        sign_out(browser)
        browser.open(acme.address(acme.request_uri(id_token_hint=hint)))
        browser.sign_in(bob.email)
        answer = answer_in(browser.location)
        assert (answer["error"], "code" in answer, answer["state"]) == ("login_required", False, "st-1")

    def test_an_old_one(self, acme, browser, ana, clock):
        """A hint may be over for long (3.1.2.1)."""
        hint = token_of(acme, allowed(browser, acme))
        clock.advance(timedelta(days=30))
        browser.open(acme.address(acme.request_uri(id_token_hint=hint)))
        browser.sign_in(ana.email)
        assert "code" in answer_in(browser.location)

    @pytest.mark.parametrize("change", ["cut", "made-up", "changed", "self-signed"])
    def test_what_is_none_of_ours(self, acme, browser, ana, change):
        """Refused at the push, by name, before anybody is asked."""
        hint = token_of(acme, allowed(browser, acme))
        head, body, signature = hint.split(".")
        given = {
            "cut": f"{head}.{body}",
            "made-up": "hint",
            "changed": f"{head}.{'A' if body[9] != 'A' else 'B'}{body[1:]}.{signature}",
            "self-signed": acme.sign({"sub": ana.email, "aud": acme.client_id}),
        }[change]
        refused = acme.push(acme.sign(acme.claims(id_token_hint=given)))
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
        assert "id_token_hint" in refused.json()["error_description"]

    def test_of_another_client(self, acme, rival, browser, ana):
        """An ID token that somebody else was given says nothing here."""
        hint = token_of(acme, allowed(browser, acme))
        refused = rival.push(rival.sign(rival.claims(id_token_hint=hint)))
        assert refused.status_code == 400
        assert "another client" in refused.json()["error_description"]


class TestSubject:
    @pytest.mark.parametrize("place", ["id_token", "userinfo"])
    def test_by_claims(self, acme, browser, ana, bob, place):
        """`sub` with a value is as binding as a hint (3.1.2.2 and 5.5.1)."""
        claims = {place: {"sub": {"value": ana.email}}}
        allowed(browser, acme, bob.email)
        browser.open(acme.address(acme.request_uri(claims=claims, prompt="none")))
        assert answer_in(browser.location)["error"] == "login_required"
        browser.open(acme.address(acme.request_uri(claims=claims)))
        browser.sign_in(ana.email)
        browser.send("/sign_in/consent", decision="allow")
        assert verified(token_of(acme, browser.location), acme.sandbox)["sub"] == ana.email

    def test_two_people(self, acme, browser, ana, bob):
        """Claims and hint, or the two members of claims, cannot mean two people."""
        hint = token_of(acme, allowed(browser, acme))
        for wrong in (
            {"claims": {"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"value": "b"}}}},
            {"claims": {"id_token": {"sub": {"value": bob.email}}}, "id_token_hint": hint},
        ):
            assert acme.push(acme.sign(acme.claims(**wrong))).status_code == 400


class TestStrength:
    @pytest.mark.parametrize(
        "wish",
        [
            {"acr_values": WITH_SECOND_FACTOR},
            {"acr_values": f"urn:unknown {WITH_SECOND_FACTOR}"},
            {"claims": acr(WITH_SECOND_FACTOR, essential=False)},
        ],
        ids=["acr_values", "among-others", "claims"],
    )
    def test_what_would_be_liked(self, acme, browser, ana, wish):
        """It is no error where a person cannot do it; the ID token tells what was reached (5.5.1.1)."""
        assert acr_of(acme, allowed(browser, acme, **wish)) == WITH_PASSWORD
        browser.open(acme.address(acme.request_uri(**wish)))
        assert "code" in answer_in(browser.location), "nor is he asked to sign in again for nothing"

    def test_a_second_factor_that_came_later(self, acme, browser, ana, sandbox):
        """Who could sign in more strongly than he has is asked to, where the client would like it."""
        allowed(browser, acme)
        with sandbox.store.write() as uow:
            stored = uow.accounts.find(ana.user_id)
            later = dataclasses.replace(stored, second_factor=SECOND_FACTOR, revision=stored.revision + 1)
            uow.accounts.replace(later)
        browser.open(acme.address(acme.request_uri(acr_values=WITH_SECOND_FACTOR)))
        assert browser.page.form("/sign_in")
        browser.open(acme.address(acme.request_uri(acr_values=WITH_PASSWORD)))
        assert "code" in answer_in(browser.location)

    def test_essential_and_reached(self, acme, browser, two):
        """With the second factor the class is reached, and the client gets its code."""
        browser.open(acme.address(acme.request_uri(claims=acr(WITH_SECOND_FACTOR))))
        browser.send("/sign_in", email=two.email, password="connect-mock")
        browser.send("/sign_in/second_factor", code="246810")
        browser.follow()
        browser.send("/sign_in/consent", decision="allow")
        assert acr_of(acme, browser.location) == WITH_SECOND_FACTOR

    def test_essential_and_not_reached(self, acme, browser, ana):
        """That is a failed authentication (5.5.1.1), told to the client with its state."""
        allowed(browser, acme)
        browser.open(acme.address(acme.request_uri(claims=acr(WITH_SECOND_FACTOR), prompt="none")))
        assert answer_in(browser.location)["error"] == "login_required"
        browser.open(acme.address(acme.request_uri(claims=acr(WITH_SECOND_FACTOR))))
        browser.sign_in(ana.email)
        answer = answer_in(browser.location)
        assert (answer["error"], answer["state"]) == ("unmet_authentication_requirements", "st-1")

    def test_any_of_several(self, acme, browser, ana):
        """One of the values is enough, and essential without a value is met by any."""
        assert acr_of(acme, allowed(browser, acme, claims=acr(WITH_SECOND_FACTOR, WITH_PASSWORD))) == WITH_PASSWORD
        browser.open(acme.address(acme.request_uri(claims={"id_token": {"acr": {"essential": True}}})))
        assert "code" in answer_in(browser.location)

    def test_the_answer_without_a_browser(self, acme, ana):
        """The control listener's sign-in keeps to it too."""
        answer = acme.scripted(ana.email, claims={"id_token": {"sub": {"value": "somebody@else.example"}}})
        assert answer["error"] == "login_required"


class TestClaims:
    def test_others_change_nothing(self, acme, browser, ana):
        """Claims that are asked for one by one come with the scopes, or not at all, and unknown ones are no error."""
        claims = {"id_token": {"email": {"essential": True}, "auth_time": None, "shoe_size": None}, "more": {}}
        told = verified(token_of(acme, allowed(browser, acme, claims=claims)), acme.sandbox)
        assert "auth_time" in told
        assert "email" not in told
        assert "shoe_size" not in told

    def test_as_text(self, acme, browser, ana):
        """In a form, and in request objects of those who do so, it is the text of JSON."""
        claims = json.dumps({"id_token": {"sub": {"value": ana.email}}})
        assert "code" in answer_in(allowed(browser, acme, claims=claims))

    @pytest.mark.parametrize(
        "claims",
        ["{", "[]", '"x"', "7", '{"id_token": []}', '{"id_token": {"acr": 1}}', '{"id_token": {"sub": {"value": 1}}}',
         '{"id_token": {"acr": {"values": [1]}}}', '{"id_token": {"acr": {"values": 7}}}', '{"a": 1, "a": 2}',
         '{"userinfo": {"sub": "ana"}}', "[" * 200],
        ids=range(12),
    )  # fmt: skip
    def test_what_cannot_be_read(self, acme, claims):
        """Refused at the push, by name."""
        refused = acme.push(acme.sign(acme.claims(claims=claims)))
        assert refused.status_code == 400
        assert "claims" in refused.json()["error_description"]

    def test_discovery_says_so(self, nobody):
        """What is honoured is announced."""
        told = nobody("GET", "/.well-known/openid-configuration").json()
        assert told["claims_parameter_supported"] is True
        assert told["acr_values_supported"] == [WITH_SECOND_FACTOR, WITH_PASSWORD]


def test_max_age_0_where_the_clock_stands(acme, browser, ana):
    """It means a new sign-in also at the very moment of the last one (3.1.2.1)."""
    allowed(browser, acme)
    browser.open(acme.address(acme.request_uri(max_age="0")))
    assert browser.page.form("/sign_in")


def test_of_an_unsigned_request(sandbox, door, browser, ana):
    """A client that need not sign its requests has the same, as parameters of the form."""
    acme = RelyingParty(sandbox, door, RequireSignedRequestObject=False)
    claims = json.dumps({"id_token": {"sub": {"value": "somebody@else.example"}}})
    pushed = acme.push(**acme.parameters(claims=claims))
    assert pushed.status_code == 201, pushed.text
    browser.open(acme.address(pushed.json()["request_uri"]))
    browser.sign_in(ana.email)
    assert answer_in(browser.location)["error"] == "login_required"
