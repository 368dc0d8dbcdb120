"""Signing in and out: passwords, second factors, sessions and cookies, and forms of other sites."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.api.oauth.browser import Browser
from tests.api.oauth.conftest import SECOND_FACTOR
from tests.api.oauth.relying_party import answer_in


def fault(browser, code, status=400):
    assert browser.response.status_code == status, browser.response.text
    assert code in browser.page.words


class TestPassword:
    def test_right(self, browser, ana):
        """The browser gets a session, and the page says whose."""
        browser.open("/sign_in")
        browser.sign_in("ANA@acme.example")
        assert "You are signed in" in browser.page.words
        assert "Ana Silva" in browser.page.words

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ana@acme.example", "wrong"),
            ("ana@acme.example", ""),
            ("ana@acme.example", "connect-mock" + "x" * 300),
            ("nobody@acme.example", "connect-mock"),
            ("", "connect-mock"),
            ("' or 1=1 --", "x"),
            ("a" * 5000 + "@acme.example", "connect-mock"),
        ],
    )
    def test_wrong(self, browser, ana, email, password):
        """One answer for a wrong password and for nobody; the address stays in the form, the password does not."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=email, password=password)
        fault(browser, "login.failed")
        assert "the e-mail address or the password is wrong" in browser.page.words.lower()
        assert browser.page.form("/sign_in").fields["email"] == email
        assert browser.page.form("/sign_in").fields["password"] == ""
        assert "connect_mock_session" not in browser.cookies

    def test_as_slow_for_nobody(self, sandbox, person, monkeypatch):
        """Where there is no account the same work is done."""
        from app.errors import Unauthenticated
        from app.oauth import passwords

        worked = []
        scrypt = passwords._scrypt
        monkeypatch.setattr(passwords, "_scrypt", lambda text, how: worked.append(how.log_n) or scrypt(text, how))
        with pytest.raises(Unauthenticated):
            sandbox.people.sign_in.by_password("nobody@acme.example", "x")
        assert worked == [passwords.LOG_N]

    def test_inactive(self, browser, ana, sandbox):
        """The right password of somebody who is not active opens nothing, and says no more than a wrong one."""
        import dataclasses

        with sandbox.store.write() as uow:
            uow.accounts.replace(dataclasses.replace(ana, status="Inactive", revision=1))
        browser.open("/sign_in")
        browser.send("/sign_in", email=ana.email, password="connect-mock")
        fault(browser, "login.failed")

    def test_too_many(self, browser, ana, clock):
        """After ten failures the right password waits, too; by the sandbox's clock."""
        browser.open("/sign_in")
        for _ in range(10):
            browser.send("/sign_in", email=ana.email, password="wrong")
        browser.send("/sign_in", email=ana.email, password="connect-mock")
        fault(browser, "rate.limited", 429)
        clock.advance(timedelta(minutes=5))
        browser.send("/sign_in", email=ana.email, password="connect-mock")
        assert "connect_mock_session" in browser.cookies

    def test_another_account_is_not_hindered(self, browser, ana, person):
        """Failures count per account."""
        person("bob@acme.example")
        browser.open("/sign_in")
        for _ in range(10):
            browser.send("/sign_in", email=ana.email, password="wrong")
        browser.sign_in("bob@acme.example")
        assert "You are signed in" in browser.page.words

    def test_the_password_is_in_no_journal(self, control, browser, ana):
        """Failures are told with their address; a password is never kept."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=ana.email, password="hunter2-hunter2")
        told = control("GET", "/_mock/journal").text
        assert '"login.failed"' in told
        assert ana.email in told
        assert "hunter2" not in told


class TestSecondFactor:
    @pytest.fixture
    def two(self, person):
        return person("two@acme.example", second_factor=SECOND_FACTOR)

    def test_both_are_asked_for(self, browser, two):
        """No session before the second."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=two.email, password="connect-mock")
        assert "Second factor" in browser.page.words
        assert "connect_mock_session" not in browser.cookies
        browser.send("/sign_in/second_factor", code="246810")
        assert "connect_mock_session" in browser.cookies

    def test_wrong(self, browser, two):
        """It can be tried again; failures count with those of the password."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=two.email, password="connect-mock")
        for _ in range(10):
            browser.send("/sign_in/second_factor", code="000000")
            fault(browser, "login.failed")
        browser.send("/sign_in/second_factor", code="246810")
        fault(browser, "rate.limited", 429)

    def test_not_without_the_password(self, browser, two):
        """The ticket of the password cannot be made up, or be used for somebody else, or in another browser."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=two.email, password="connect-mock")
        form = browser.page.form("/sign_in/second_factor")
        forged = form.fields["ticket"].replace(two.user_id, "somebody")
        for ticket in ("", "x", "a.b.c", forged, form.fields["ticket"] + "x"):
            browser.ask("POST", form.action, data=form.fields | {"ticket": ticket, "code": "246810"})
            fault(browser, "login.ticket", 403)
        thief = Browser(browser.app)
        thief.open("/sign_in")
        own = thief.page.form("/sign_in").fields["form_token"]
        thief.ask("POST", form.action, data=form.fields | {"form_token": own, "code": "246810"})
        fault(thief, "login.ticket", 403)

    def test_the_ticket_gets_old(self, browser, two, clock):
        """Five minutes, by the sandbox's clock."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=two.email, password="connect-mock")
        clock.advance(timedelta(minutes=5))
        browser.send("/sign_in/second_factor", code="246810")
        fault(browser, "login.ticket", 403)

    def test_on_the_way_to_an_application(self, acme, browser, two):
        """The way goes on behind it."""
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(two.email, code="246810")
        browser.send("/sign_in/consent", decision="allow")
        assert "code" in answer_in(browser.location)

    class TestBySetting:
        @pytest.fixture
        def options(self):
            return {"oauth_key": "ec-p256", "login_second_factor": "111111"}

        def test_everybody(self, browser, ana):
            """`login_second_factor` asks it of those who have none of their own."""
            browser.open("/sign_in")
            browser.send("/sign_in", email=ana.email, password="connect-mock")
            browser.send("/sign_in/second_factor", code="222222")
            fault(browser, "login.failed")
            browser.send("/sign_in/second_factor", code="111111")
            assert "connect_mock_session" in browser.cookies


class TestSession:
    def test_it_dies_at_the_sandboxs_clock(self, browser, ana, clock):
        """An hour by default."""
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        clock.advance(timedelta(minutes=59))
        assert "You are signed in" in browser.open("/sign_in").text
        clock.advance(timedelta(minutes=1))
        assert "You are signed in" not in browser.open("/sign_in").text

    def test_sign_out(self, browser, ana):
        """The session is gone in the store, too: a kept cookie opens nothing."""
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        kept = dict(browser.cookies)
        browser.send("/session/end")
        assert "You are signed out" in browser.page.words
        assert "connect_mock_session" not in browser.cookies
        browser.cookies = kept
        assert "You are signed in" not in browser.open("/sign_in").text

    def test_sign_out_on_the_way(self, acme, browser, ana):
        """Whoever is asked can go on as somebody else."""
        browser.open(acme.address(acme.request_uri()))
        browser.sign_in(ana.email)
        browser.send("/session/end")
        browser.follow()
        assert browser.page.form("/sign_in").fields["client_id"] == acme.client_id

    def test_a_session_that_was_there_before_is_not_taken(self, browser, ana):
        """Session fixation: a sign-in always makes a new one."""
        browser.cookies["connect_mock_session"] = "A" * 43
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        assert browser.cookies["connect_mock_session"] != "A" * 43

    def test_made_up_cookies(self, browser, ana):
        """Nothing breaks, nobody is signed in."""
        for value in ("x", "A" * 43, "A" * 5000, "%00", '"', "a,b"):
            browser.cookies = {"connect_mock_session": value, "connect_mock_browser": value}
            assert browser.open("/sign_in").status_code == 200
            assert "You are signed in" not in browser.page.words

    def test_cookies_on_plain_http(self, browser, ana):
        """HttpOnly and SameSite=Lax; without Secure, so that localhost works everywhere."""
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        assert len(browser.sent_cookies) == 2
        for line in browser.sent_cookies:
            assert re.match(r"connect_mock_(browser|session)=", line)
            attributes = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= attributes
            assert not any(part.startswith(("secure", "domain")) for part in attributes)

    @pytest.mark.parametrize("base", ["https://localhost:9000", "http://127.0.0.1:8443"])
    def test_cookies_over_tls(self, door, ana, base):
        """`__Host-` and Secure over our own TLS, and behind a proxy at the published address."""
        browser = Browser(door, base)
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        assert len(browser.sent_cookies) == 2
        for line in browser.sent_cookies:
            assert line.startswith("__Host-connect_mock_")
            attributes = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes


class TestForeignForms:
    """CSRF: what changes something must come from a page of ours in this very browser."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://localhost:9999"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "http://localhost:8080", "sec-fetch-site": "cross-site"},
        ],
        ids=str,
    )
    def test_of_another_site(self, browser, ana, headers):
        """Even with the right token."""
        browser.open("/sign_in")
        browser.send("/sign_in", headers=headers, email=ana.email, password="connect-mock")
        fault(browser, "form.foreign", 403)
        assert "connect_mock_session" not in browser.cookies

    @pytest.mark.parametrize("token", ["", "x", "A" * 43, "é"])
    def test_without_the_token(self, browser, ana, token):
        """Even from our own origin."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=ana.email, password="connect-mock", form_token=token)
        fault(browser, "form.foreign", 403)

    def test_the_token_of_another_browser(self, browser, ana):
        """Login CSRF: a token of the attacker's own browser does not fit the victim's cookie."""
        attacker = Browser(browser.app)
        attacker.open("/sign_in")
        form = attacker.page.form("/sign_in")
        browser.open("/sign_in")
        browser.ask("POST", "/sign_in", data=form.fields | {"email": ana.email, "password": "connect-mock"})
        fault(browser, "form.foreign", 403)
        fresh = Browser(browser.app)
        fresh.ask("POST", "/sign_in", data=form.fields | {"email": ana.email, "password": "connect-mock"})
        fault(fresh, "form.foreign", 403)

    @pytest.mark.parametrize(
        "path", ["/sign_in/consent", "/session/end", "/device", "/sign_in/device", "/sign_in/second_factor"]
    )
    def test_every_form(self, browser, ana, path):
        """None of them takes a form that is not ours."""
        browser.open("/sign_in")
        browser.sign_in(ana.email)
        browser.ask("POST", path, data={"decision": "allow", "user_code": "BCDFGHJK"})
        fault(browser, "form.foreign", 403)
        assert "connect_mock_session" in browser.cookies

    def test_a_client_that_is_no_browser(self, browser, ana):
        """Scripts that say nothing of where they come from need the token alone."""
        browser.open("/sign_in")
        browser.send("/sign_in", headers={}, email=ana.email, password="connect-mock")
        assert "connect_mock_session" in browser.cookies


class TestOpenRedirects:
    @pytest.mark.parametrize(
        "fields",
        [
            {"return_to": "https://evil.example/"},
            {"client_id": "https://evil.example/", "request_uri": "https://evil.example/"},
            {"client_id": "x", "request_uri": "//evil.example/"},
            {"device": "1", "user_code": "//evil.example/\r\nSet-Cookie: a=b"},
            {"proof": "\r\nLocation: https://evil.example/"},
        ],
        ids=str,
    )
    def test_after_signing_in(self, browser, ana, fields):
        """Whatever a form carries, the browser stays here, and no header is split."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=ana.email, password="connect-mock", **fields)
        assert browser.location.startswith(("/auth?", "/device?", "/sign_in"))
        assert "\r" not in browser.location
        assert "set-cookie: a=b" not in str(browser.response.headers).lower()


class TestPages:
    @pytest.mark.parametrize("path", ["/sign_in", "/device", "/session/end", "/auth"])
    def test_headers(self, browser, path):
        """Nothing foreign is let in, nobody may frame it, nothing is kept; no inline script or style is needed."""
        response = browser.open(path)
        policy = response.headers["content-security-policy"]
        for part in (
            "default-src 'none'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ):
            assert part in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "same-origin"
        for tag, given in browser.page.tags:
            assert tag != "script"
            assert "style" not in given
            assert not [name for name in given if name.startswith("on")]

    def test_structure(self, browser):
        """Language, title, one main heading, a label for each field, the word MOCK."""
        browser.open("/sign_in")
        tags = browser.page.tags
        assert ("html", {"lang": "en"}) in tags
        assert sum(tag == "h1" for tag, _ in tags) == 1
        assert sum(tag == "main" for tag, _ in tags) == 1
        labelled = {given["for"] for tag, given in tags if tag == "label"}
        inputs = {given["id"] for tag, given in tags if tag == "input" and given.get("type") != "hidden"}
        assert labelled == inputs == {"email", "password"}
        assert "MOCK" in browser.page.words
        ids = [given["id"] for _, given in tags if "id" in given]
        assert len(ids) == len(set(ids))

    def test_a_mistake_is_told_where_it_is(self, browser, ana):
        """A summary that is announced and leads to the field; the field says that it is wrong."""
        browser.open("/sign_in")
        browser.send("/sign_in", email=ana.email, password="wrong")
        tags = browser.page.tags
        assert any(given.get("role") == "alert" for _, given in tags)
        assert "#password" in browser.page.links
        field = next(given for tag, given in tags if tag == "input" and given.get("id") == "password")
        assert field["aria-invalid"] == "true"
        described = field["aria-describedby"].split()
        assert set(described) <= {given.get("id") for _, given in tags}
        assert browser.response.text.count("<title>Problem: ") == 1

    def test_users_of_the_mock(self, browser, ana, person):
        """Seeded users are offered; choosing one fills in the address and signs nobody in."""
        person("eve@acme.example", SuperUser=True)
        browser.open("/sign_in")
        assert "super user" in browser.page.words
        link = next(link for link in browser.page.links if "eve" in link)
        browser.open(link)
        assert browser.page.form("/sign_in").fields["email"] == "eve@acme.example"
        assert "connect_mock_session" not in browser.cookies

    class TestWithoutOffers:
        @pytest.fixture
        def options(self):
            return {"oauth_key": "ec-p256", "login_offers_users": False}

        def test_none(self, browser, ana):
            """`login_offers_users` off: nobody is named."""
            assert ana.email not in browser.open("/sign_in").text

    def test_files(self, browser):
        """The style sheet and the script of one line, with their types and a tag."""
        for name, kind in (("login.css", "text/css"), ("submit.js", "text/javascript")):
            response = browser.open(f"/sign_in/{name}")
            assert response.status_code == 200
            assert response.headers["content-type"].startswith(kind)
            assert (
                browser.open(f"/sign_in/{name}", headers={"if-none-match": response.headers["etag"]}).status_code == 304
            )
        assert browser.open("/sign_in/other.css").status_code == 404

    def test_a_name_is_text_everywhere(self, browser, person):
        """Names of people are text."""
        person("eve@acme.example", GivenName="<img src=x onerror=alert(1)>")
        assert "<img" not in browser.open("/sign_in").text
        browser.sign_in("eve@acme.example")
        assert "<img" not in browser.response.text
