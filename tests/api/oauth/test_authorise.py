"""The authorisation endpoint: only pushed requests, once, in one browser; never to an address of unknown origin."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from tests.api.oauth.browser import Browser, Page
from tests.api.oauth.relying_party import CALLBACK, RelyingParty, answer_in, header_of, verified


def refused(browser, code, status=400):
    """A page says what is wrong, and nothing goes anywhere."""
    response = browser.response
    assert response.status_code == status, response.text
    assert "location" not in response.headers
    assert code in browser.page.words, browser.page.words
    assert f"[{code}]" in response.headers["x-mock-reason"]
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def allowed(browser, acme, email="ana@acme.example", **changed):
    """From a new request to the address that the browser is sent to."""
    browser.open(acme.address(acme.request_uri(**changed)))
    browser.sign_in(email)
    browser.send("/sign_in/consent", decision="allow")
    return browser.location


class TestEntrance:
    def test_a_direct_request_is_told_what_is_wrong(self, acme, browser):
        """Parameters in the address are not answered, however good: they were never authenticated."""
        browser.ask("GET", "/auth", params=acme.parameters())
        refused(browser, "request_uri.missing")
        browser.ask("GET", "/auth", params=acme.parameters(redirect_uri="https://evil.example/"))
        refused(browser, "request_uri.missing")
        assert "evil.example" not in browser.response.text

    @pytest.mark.parametrize(
        "value", ["urn:ietf:params:oauth:request_uri:made-up", "https://evil.example/request", "x" * 5000, "é"]
    )
    def test_an_unknown_request_uri(self, acme, browser, value):
        """Nothing is fetched, nothing is redirected to."""
        browser.ask("GET", "/auth", params={"client_id": acme.client_id, "request_uri": value})
        refused(browser, "request_uri.unknown")

    def test_missing_and_doubled_parameters(self, acme, browser):
        """client_id is needed; a parameter given twice is refused (RFC 6749, 3.1)."""
        uri = acme.request_uri()
        browser.open(f"/auth?request_uri={uri}")
        refused(browser, "request.missing_parameter")
        browser.open(f"{acme.address(uri)}&client_id=x")
        refused(browser, "request.duplicate_parameter")
        assert browser.open(acme.address(uri)).status_code == 200, "none of it has used the request up"

    def test_the_request_uri_of_another_client(self, acme, rival, browser):
        """RFC 9126, 2.2: bound to the client that pushed it; and it is not used up by that."""
        uri = acme.request_uri()
        browser.open(f"/auth?client_id={rival.client_id}&request_uri={uri}")
        refused(browser, "request_uri.client")
        browser.open(f"/auth?client_id=nobody&request_uri={uri}")
        refused(browser, "client.unknown")
        assert browser.open(acme.address(uri)).status_code == 200

    def test_it_dies_at_the_sandboxs_clock(self, acme, browser, clock):
        """60 seconds, by the sandbox's clock."""
        first, second = acme.request_uri(), acme.request_uri()
        clock.advance(timedelta(seconds=59))
        assert browser.open(acme.address(first)).status_code == 200
        clock.advance(timedelta(seconds=1))
        browser.open(acme.address(second))
        refused(browser, "request_uri.expired")

    def test_the_person_has_ten_minutes(self, acme, browser, clock, ana):
        """Once begun it lives on its own time: `interaction_lifetime_seconds`."""
        browser.open(acme.address(acme.request_uri()))
        clock.advance(timedelta(minutes=9))
        assert browser.sign_in(ana.email).status_code == 200
        clock.advance(timedelta(minutes=2))
        browser.send("/sign_in/consent", decision="allow")
        refused(browser, "request_uri.expired")

    def test_another_browser_cannot_go_on(self, acme, browser, door):
        """The first browser has it; it may reload, another one may not (a stolen address gives nothing)."""
        uri = acme.request_uri()
        assert browser.open(acme.address(uri)).status_code == 200
        assert browser.open(acme.address(uri)).status_code == 200
        thief = Browser(door)
        thief.open(acme.address(uri))
        refused(thief, "request_uri.used")

    def test_it_is_answered_once(self, acme, browser, ana):
        """After the answer neither the address nor the form gives another code."""
        uri = acme.request_uri()
        browser.open(acme.address(uri))
        browser.sign_in(ana.email)
        page = browser.page
        browser.send("/sign_in/consent", decision="allow")
        form = page.form("/sign_in/consent")
        browser.ask("POST", form.action, data=form.fields | {"decision": "allow"})
        refused(browser, "request_uri.used")
        browser.open(acme.address(uri))
        refused(browser, "request_uri.used")

    def test_post_is_turned_into_get(self, acme, browser):
        """OpenID Connect Core, 3.1.2.1: both methods; cookies come with the second step only."""
        browser.ask("POST", "/auth", data={"client_id": acme.client_id, "request_uri": acme.request_uri()})
        assert browser.location.startswith("/auth?")
        assert browser.follow().status_code == 200

    def test_a_look_by_head_uses_nothing_up(self, acme, browser):
        """Link checkers ask with HEAD."""
        uri = acme.request_uri()
        assert browser.ask("HEAD", acme.address(uri)).status_code == 405
        assert browser.open(acme.address(uri)).status_code == 200

    def test_a_client_that_was_suspended_meanwhile(self, acme, browser, ana, sandbox):
        """The directory of this very moment counts, and then nothing is sent to the application."""
        uri = acme.request_uri()
        with sandbox.store.write() as uow:
            application = uow.applications.get(acme.organisation, acme.client_id)
            uow.applications.replace(dataclasses.replace(application, status="Suspended", revision=1))
        browser.open(acme.address(uri))
        refused(browser, "client.not_active")

    def test_a_redirect_uri_that_was_taken_away_meanwhile(self, acme, browser, ana, sandbox):
        """Nobody is sent to an address that is not registered any more."""
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(ana.email)
        with sandbox.store.write() as uow:
            application = uow.applications.get(acme.organisation, acme.client_id)
            details = {**application.details, "RedirectUri": ["https://app.acme.example/new"]}
            uow.applications.replace(dataclasses.replace(application, details=details, revision=1))
        browser.send("/sign_in/consent", decision="allow")
        refused(browser, "redirect_uri.mismatch")


class TestAnswers:
    def test_a_code_with_state_and_issuer(self, acme, browser, ana):
        """RFC 9207: `iss` tells the client who answered, against mix-up; the state comes back as it was sent."""
        location = allowed(browser, acme, state="a b&c=d#e")
        assert location.startswith(f"{CALLBACK}?")
        answer = answer_in(location)
        assert set(answer) == {"code", "state", "iss"}
        assert answer["state"] == "a b&c=d#e"
        assert answer["iss"] == acme.issuer
        assert len(answer["code"]) == 43
        assert browser.response.status_code == 303, "never 307, which would send the form on"
        assert browser.response.headers["cache-control"] == "no-store"
        assert browser.response.headers["referrer-policy"] == "no-referrer"

    def test_no_state_none_back(self, acme, browser, ana):
        """What was not sent does not come back."""
        assert set(answer_in(allowed(browser, acme, state=None))) == {"code", "iss"}

    def test_the_query_of_the_redirect_uri_stays(self, sandbox, door, browser, ana):
        """RFC 6749, 3.1.2: a registered query component is kept."""
        callback = "https://app.acme.example/cb?tenant=7"
        rp = RelyingParty(sandbox, door, RedirectUri=[callback])
        location = allowed(browser, rp, redirect_uri=callback)
        assert location.startswith(f"{callback}&code=")
        assert answer_in(location)["tenant"] == "7"

    def test_fragment(self, acme, browser, ana):
        """In the fragment alone."""
        location = allowed(browser, acme, response_mode="fragment")
        assert location.startswith(f"{CALLBACK}#")
        assert set(answer_in(location, "fragment")) == {"code", "state", "iss"}

    def test_form_post(self, acme, browser, ana):
        """A form that goes to the redirect URI; by a script of one line, or by its button."""
        browser.open(acme.address(acme.request_uri(response_mode="form_post")))
        browser.sign_in(ana.email)
        response = browser.send("/sign_in/consent", decision="allow")
        assert response.status_code == 200
        form = browser.page.form(CALLBACK)
        assert form.method == "post"
        assert set(form.fields) == {"code", "state", "iss"}
        assert "script-src 'self'" in response.headers["content-security-policy"]
        assert "'unsafe-inline'" not in response.headers["content-security-policy"]
        assert acme.redeem(form.fields["code"]).status_code == 200

    @pytest.mark.parametrize(("mode", "part"), [("jwt", "query"), ("query.jwt", "query"), ("fragment.jwt", "fragment")])
    def test_jarm(self, acme, browser, ana, mode, part, sandbox):
        """The answer is one signed JWT for this client, short-lived, with the same parameters."""
        location = allowed(browser, acme, response_mode=mode)
        answer = answer_in(location, part)
        assert set(answer) == {"response"}
        claims = verified(answer["response"], sandbox)
        assert claims["iss"] == acme.issuer
        assert claims["aud"] == acme.client_id
        assert 0 < claims["exp"] - acme.now() <= 600
        assert claims["state"] == "st-1"
        assert acme.redeem(claims["code"]).status_code == 200

    def test_jarm_by_form(self, acme, browser, ana, sandbox):
        """form_post.jwt carries the one parameter in a form."""
        browser.open(acme.address(acme.request_uri(response_mode="form_post.jwt")))
        browser.sign_in(ana.email)
        browser.send("/sign_in/consent", decision="deny")
        form = browser.page.form(CALLBACK)
        assert set(form.fields) == {"response"}
        claims = verified(form.fields["response"], sandbox)
        assert (claims["error"], claims["state"]) == ("access_denied", "st-1")

    def test_hybrid(self, acme, browser, ana, sandbox):
        """`code id_token` in the fragment: the ID token vouches for code and state and tells nothing of the person."""
        from app.oauth.id_tokens import half_hash

        answer = answer_in(allowed(browser, acme, response_type="code id_token"), "fragment")
        assert set(answer) == {"code", "id_token", "state", "iss"}
        claims, algorithm = verified(answer["id_token"], sandbox), header_of(answer["id_token"])["alg"]
        assert claims["nonce"] == "no-1"
        assert claims["c_hash"] == half_hash(answer["code"], algorithm)
        assert claims["s_hash"] == half_hash("st-1", algorithm)
        assert "email" not in claims
        assert "trust_framework_profile" not in claims

    def test_denied(self, acme, browser, ana):
        """access_denied with state and iss; no code was made."""
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(ana.email)
        browser.send("/sign_in/consent", decision="deny")
        answer = answer_in(browser.location)
        assert answer["error"] == "access_denied"
        assert (answer["state"], answer["iss"]) == ("st-1", acme.issuer)
        assert "code" not in answer

    def test_signed_with_ps256(self, tmp_path, clock):
        """With the default kind of key everything that is signed is PS256 (connect.md 17.1)."""
        from app.api.app import create_data_app
        from app.sandboxes import Sandboxes
        from tests.accounts import add_person
        from tests.doors import open_for_tests

        sandbox = open_for_tests(tmp_path, {}, clock)
        rp = RelyingParty(sandbox, create_data_app(Sandboxes(sandbox)))
        person = add_person(sandbox, "ana@acme.example")
        answer = rp.scripted(person.email, response_mode="jwt")
        assert header_of(answer["response"])["alg"] == "PS256"
        code = verified(answer["response"], sandbox)["code"]
        assert header_of(rp.redeem(code).json()["id_token"])["alg"] == "PS256"
        sandbox.close()


class TestPrompts:
    def test_none_without_a_session(self, acme, browser):
        """login_required goes back at once, without a page."""
        browser.open(acme.address(acme.request_uri(prompt="none")))
        assert answer_in(browser.location)["error"] == "login_required"

    def test_none_without_consent(self, acme, browser, ana):
        """Signed in but never asked: consent_required."""
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        browser.open(acme.address(acme.request_uri(prompt="none")))
        assert answer_in(browser.location)["error"] == "consent_required"

    def test_none_after_consent(self, acme, browser, ana):
        """Signed in and asked before: a code at once."""
        allowed(browser, acme)
        browser.open(acme.address(acme.request_uri(prompt="none")))
        assert "code" in answer_in(browser.location)

    def test_consent_is_remembered_for_what_was_allowed(self, acme, browser, ana):
        """The same scopes are not asked for again; more are, and `prompt=consent` always asks."""
        allowed(browser, acme)
        browser.open(acme.address(acme.request_uri(scope="openid")))
        assert "code" in answer_in(browser.location)
        assert browser.open(acme.address(acme.request_uri(scope="openid profile"))).status_code == 200
        assert browser.open(acme.address(acme.request_uri(prompt="consent"))).status_code == 200
        assert "Allow Acme App?" in browser.page.words

    def test_consent_of_one_client_is_not_anothers(self, acme, rival, browser, ana):
        """Each application is asked about for itself."""
        allowed(browser, acme)
        browser.open(rival.address(rival.request_uri()))
        assert "Allow Rival App?" in browser.page.words

    def test_login_asks_again(self, acme, browser, ana):
        """A session is not enough; a sign-in for this very request is, and no other one."""
        allowed(browser, acme)
        browser.open(acme.address(acme.request_uri(prompt="login")))
        assert browser.page.form("/sign_in")
        browser.sign_in(ana.email)
        assert "code" in answer_in(browser.location)
        browser.open(acme.address(acme.request_uri(prompt="login")))
        assert browser.page.form("/sign_in")

    def test_a_proof_of_another_request_counts_nothing(self, acme, browser, ana):
        """What shows that a person signed in for one request cannot be carried to another one."""
        browser.open(acme.address(acme.request_uri()))
        browser.send("/sign_in", email=ana.email, password="connect-mock")
        proof = answer_in(browser.location)["proof"]
        browser.open(f"{acme.address(acme.request_uri(prompt='login'))}&proof={proof}")
        assert browser.page.form("/sign_in")

    def test_max_age(self, acme, browser, ana, clock):
        """By the sandbox's clock; auth_time tells when it was."""
        allowed(browser, acme)
        clock.advance(timedelta(seconds=100))
        browser.open(acme.address(acme.request_uri(max_age="100")))
        assert "code" in answer_in(browser.location)
        browser.open(acme.address(acme.request_uri(max_age="99")))
        assert browser.page.form("/sign_in")
        signed_in_at = acme.now()
        browser.sign_in(ana.email)
        id_token = acme.redeem(answer_in(browser.location)["code"]).json()["id_token"]
        assert verified(id_token, acme.sandbox)["auth_time"] == signed_in_at

    def test_max_age_0_is_a_new_sign_in(self, acme, browser, ana, clock):
        """Also where no time has passed meanwhile but a second."""
        allowed(browser, acme)
        clock.advance(timedelta(seconds=1))
        browser.open(acme.address(acme.request_uri(max_age="0")))
        browser.sign_in(ana.email)
        assert "code" in answer_in(browser.location)

    def test_login_hint_fills_in(self, acme, browser):
        """The address stands in the form, as text."""
        browser.open(acme.address(acme.request_uri(login_hint='x"><script>@acme.example')))
        assert browser.page.form("/sign_in").fields["email"] == 'x"><script>@acme.example'
        assert not [tag for tag, _ in browser.page.tags if tag == "script"]


class TestConsent:
    def test_it_shows_who_asks_for_what(self, acme, browser, ana):
        """Client, organisation, scopes, and where the answer goes."""
        browser.open(acme.address(acme.request_uri(scope="openid directory:website offline_access")))
        browser.sign_in(ana.email)
        words = browser.page.words
        for shown in (
            "Acme App",
            "Acme",
            acme.client_id,
            "https://app.acme.example",
            "offline_access",
            "directory:website",
        ):
            assert shown in words

    def test_a_name_is_text(self, sandbox, door, browser, ana):
        """A client name cannot bring markup with it."""
        rp = RelyingParty(sandbox, door, ClientName='<script src="https://evil.example/x.js"></script><b>Bank</b>')
        browser.open(rp.address(rp.request_uri()))
        assert "<script" not in browser.response.text
        browser.sign_in(ana.email)
        assert "<script" not in browser.response.text
        assert "<b>Bank</b>" in browser.page.words

    def test_rights_that_the_person_lacks_are_not_given(self, acme, browser, person):
        """directory:admin is for super users and certification managers (connect.md 17.4)."""
        person("super@acme.example", SuperUser=True)
        person("plain@acme.example")
        scope = "openid directory:website directory:admin"
        answer = acme.scripted("plain@acme.example", scope=scope)
        assert acme.redeem(answer["code"]).json()["scope"] == "openid directory:website"
        answer = acme.scripted("super@acme.example", scope=scope)
        assert acme.redeem(answer["code"]).json()["scope"] == scope

    def test_nothing_left(self, acme, person):
        """Where the person can give none of it, the client is told so."""
        person("plain@acme.example")
        assert acme.scripted("plain@acme.example", scope="directory:admin")["error"] == "invalid_scope"

    def test_only_a_button_decides(self, acme, browser, ana):
        """A form without a decision is refused, and can be sent again."""
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(ana.email)
        page = Page(browser.response.text)
        browser.send("/sign_in/consent")
        refused(browser, "request.parameter")
        form = page.form("/sign_in/consent")
        assert form.buttons == [("decision", "allow"), ("decision", "deny")]
        browser.ask("POST", form.action, data=form.fields | {"decision": "allow"})
        assert "code" in answer_in(browser.location)

    def test_somebody_who_was_signed_out_meanwhile(self, acme, browser, ana, sandbox):
        """The session of this very moment counts: he signs in and is asked again."""
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(ana.email)
        with sandbox.store.write() as uow:
            uow.browser_sessions.end_all(ana.user_id)
        browser.send("/sign_in/consent", decision="allow")
        assert browser.page.form("/sign_in")
        browser.sign_in(ana.email)
        assert "Allow Acme App?" in browser.page.words

    def test_somebody_else_who_signed_in_meanwhile(self, acme, browser, ana, person):
        """What one person was shown is not allowed in the name of another."""
        person("eve@acme.example")
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(ana.email)
        form = browser.page.form("/sign_in/consent")
        browser.ask("POST", "/session/end", data=form.fields)
        browser.open("/sign_in")
        browser.sign_in("eve@acme.example")
        browser.ask("POST", form.action, data=form.fields | {"decision": "allow"})
        assert "eve@acme.example" in browser.page.words
        assert "Allow Acme App?" in browser.page.words
