"""Pushed authorisation requests: signed request objects, their rules, and what of an unsigned one is taken."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from tests.api.oauth.relying_party import CALLBACK, CHALLENGE, RelyingParty, unverified


def told(answer, status, error, code):
    """The refusal has this status, word and finding code, and says why."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert f"[{code}]" in answer.headers["x-mock-reason"]
    assert answer.json()["error_description"]
    assert answer.headers["cache-control"] == "no-store"


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class TestGood:
    def test_a_signed_request_is_kept(self, acme):
        """201 with a request_uri of RFC 9126 that is not to be guessed, good for 60 s."""
        answer = acme.push(acme.sign(acme.claims(), typ="oauth-authz-req+jwt"))
        assert answer.status_code == 201
        assert answer.json()["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
        assert len(answer.json()["request_uri"]) >= 34 + 43
        assert answer.json()["expires_in"] == 60
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        "header", [{"typ": None}, {"typ": "JWT"}, {"typ": "application/oauth-authz-req+jwt"}, {"x5c": ["AA=="]}]
    )
    def test_harmless_headers(self, acme, header):
        """No typ, a common one or the long form; a certificate in the header has no effect."""
        assert acme.push(acme.sign(acme.claims(), **header)).status_code == 201

    @pytest.mark.parametrize(
        "changed",
        [
            {"response_type": "id_token code"},
            {"response_mode": "form_post.jwt"},
            {"max_age": 0},
            {"max_age": "60"},
            {"prompt": "login consent"},
            {"state": None},
            {"nonce": None},
            {"colour": "blue"},
            {"claims": {"id_token": {}}},
            {"aud": ["https://127.0.0.1:8443"]},
        ],
        ids=str,
    )
    def test_what_may_stand_in_it(self, acme, changed):
        """Optional and unknown members do no harm."""
        answer = acme.push(acme.sign(acme.claims(**changed)))
        assert answer.status_code == 201, answer.text

    def test_the_audience_of_the_assertion_may_be_this_endpoint(self, acme):
        """The PAR endpoint itself is an audience of client assertions (rulings.md 16)."""
        form = acme.assertion(aud=f"{acme.issuer}/request") | {"request": acme.sign(acme.claims())}
        assert acme.ask("POST", "/request", data=form).status_code == 201

    def test_parameters_beside_the_object_mean_nothing(self, acme, browser, ana):
        """Only what is signed counts (RFC 9126, 3): the browser goes to the redirect URI of the object."""
        answer = acme.push(acme.sign(acme.claims()), redirect_uri="https://evil.example/", state="evil", scope="phone")
        assert answer.status_code == 201
        given = acme.sandbox.people.scripted_login.answer(
            acme.client_id, answer.json()["request_uri"], ana.email, approve=True
        )
        assert given.redirect_uri == CALLBACK
        assert given.parameters["state"] == "st-1"

    def test_an_application_may_be_let_off_the_object(self, sandbox, door):
        """With RequireSignedRequestObject false the form itself is the request."""
        lax = RelyingParty(sandbox, door, RequireSignedRequestObject=False)
        assert lax.push(**lax.parameters()).status_code == 201
        assert lax.push(lax.sign(lax.claims())).status_code == 201
        told(
            lax.push(**lax.parameters(redirect_uri="https://evil.example/")),
            400,
            "invalid_request",
            "redirect_uri.mismatch",
        )


class TestRefusedParameters:
    @pytest.mark.parametrize(
        ("changed", "error", "code"),
        [
            ({"redirect_uri": None}, "invalid_request", "request.missing_parameter"),
            ({"redirect_uri": CALLBACK + "/"}, "invalid_request", "redirect_uri.mismatch"),
            ({"redirect_uri": CALLBACK + "?x=1"}, "invalid_request", "redirect_uri.mismatch"),
            ({"redirect_uri": CALLBACK.upper()}, "invalid_request", "redirect_uri.mismatch"),
            ({"redirect_uri": "https://app.acme.example:443/callback"}, "invalid_request", "redirect_uri.mismatch"),
            ({"redirect_uri": "https://app.acme.example/callback/../x"}, "invalid_request", "redirect_uri.mismatch"),
            (
                {"redirect_uri": "https://app.acme.example@evil.example/callback"},
                "invalid_request",
                "redirect_uri.mismatch",
            ),
            ({"response_type": None}, "invalid_request", "request.missing_parameter"),
            ({"response_type": "token"}, "unsupported_response_type", "response_type.unknown"),
            ({"response_type": "code token"}, "unsupported_response_type", "response_type.unknown"),
            ({"response_type": "code id_token", "nonce": None}, "invalid_request", "request.missing_parameter"),
            ({"response_type": "code id_token", "scope": "directory:website"}, "invalid_request", "scope.invalid"),
            ({"response_type": "code id_token", "response_mode": "query"}, "invalid_request", "response_mode.unsafe"),
            (
                {"response_type": "code id_token", "response_mode": "query.jwt"},
                "invalid_request",
                "response_mode.unsafe",
            ),
            ({"response_mode": "web_message"}, "invalid_request", "response_mode.unknown"),
            ({"code_challenge": None}, "invalid_request", "pkce.missing"),
            ({"code_challenge_method": None}, "invalid_request", "pkce.method"),
            ({"code_challenge_method": "plain"}, "invalid_request", "pkce.method"),
            ({"code_challenge_method": "s256"}, "invalid_request", "pkce.method"),
            ({"code_challenge": CHALLENGE + "="}, "invalid_request", "pkce.challenge"),
            ({"code_challenge": "short"}, "invalid_request", "pkce.challenge"),
            ({"scope": None}, "invalid_scope", "scope.invalid"),
            ({"scope": "openid directory:root"}, "invalid_scope", "scope.invalid"),
            ({"scope": "directory:software:audit"}, "invalid_scope", "scope.invalid"),
            ({"prompt": "none login"}, "invalid_request", "request.parameter"),
            ({"prompt": "dance"}, "invalid_request", "request.parameter"),
            ({"max_age": "-1"}, "invalid_request", "request.parameter"),
            ({"max_age": "soon"}, "invalid_request", "request.parameter"),
            ({"max_age": "9" * 400}, "invalid_request", "request.parameter"),
            ({"state": "a\r\nSet-Cookie: x=1"}, "invalid_request", "request.parameter"),
            ({"state": "s" * 2001}, "invalid_request", "request.parameter"),
            ({"nonce": "\u202e"}, "invalid_request", "request.parameter"),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_told_at_once(self, acme, changed, error, code):
        """What a browser could not be sent with is refused to the client, before there is a browser."""
        told(acme.push(acme.sign(acme.claims(**changed))), 400, error, code)

    @pytest.mark.parametrize(
        "changed", [{"state": 7}, {"redirect_uri": [CALLBACK]}, {"scope": ["openid"]}, {"max_age": True}], ids=str
    )
    def test_members_of_another_type(self, acme, changed):
        """A parameter is a text; `max_age` may be a number."""
        told(acme.push(acme.sign(acme.claims(**changed))), 400, "invalid_request_object", "request_object.parameter")

    def test_a_request_uri_cannot_be_pushed(self, acme):
        """RFC 9126, 2.1: neither in the form nor inside the object."""
        told(acme.push(acme.sign(acme.claims()), request_uri="urn:x"), 400, "invalid_request", "request_uri.nested")
        nested = acme.sign(acme.claims(request_uri="urn:x"))
        told(acme.push(nested), 400, "invalid_request_object", "request_object.nested")
        nested = acme.sign(acme.claims(request="x.y.z"))
        told(acme.push(nested), 400, "invalid_request_object", "request_object.nested")

    def test_an_unsigned_request_is_refused(self, acme):
        """RequireSignedRequestObject is true unless the application says otherwise (connect.md 17.6)."""
        told(acme.push(**acme.parameters()), 400, "invalid_request", "request_object.missing")

    def test_a_parameter_given_twice(self, acme):
        """RFC 6749, 3.1."""
        body = "&".join(f"{name}={value}" for name, value in acme.assertion().items())
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = acme.ask("POST", "/request", content=f"{body}&request=a&request=b", headers=form)
        told(answer, 400, "invalid_request", "request.duplicate_parameter")


class TestRequestObjects:
    """As strict as client assertions: oauth-cases.md R1 to R5, in words of RFC 9101."""

    def test_not_a_jwt(self, acme):
        """What cannot be read is refused, however it is broken."""
        for text in ("x", "a.b", "a.b.c.d", "..", "{}", "é.é.é", "a" * 20_000):
            answer = acme.push(text)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object"), text[:20]

    @pytest.mark.parametrize("algorithm", ["none", "nOnE", "HS256", "RS256", "ES384", 7])
    def test_algorithm(self, acme, algorithm):
        """PS256 and ES256 alone; RS256 is not even let pass by lenient_assertions."""
        text = f"{encoded({'alg': algorithm, 'kid': acme.kid})}.{encoded(acme.claims())}."
        told(acme.push(text), 400, "invalid_request_object", "request_object.alg")

    @pytest.mark.parametrize(
        ("header", "code"),
        [
            ({"typ": "client-authentication+jwt"}, "typ"),
            ({"typ": "at+jwt"}, "typ"),
            ({"crit": ["exp"], "exp": 1}, "header"),
            ({"jwk": {"kty": "EC"}}, "header"),
            ({"jku": "https://evil.example/keys"}, "header"),
            ({"kid": None}, "kid.missing"),
            ({"kid": "unknown"}, "kid.unknown"),
            ({"kid": "../../etc/passwd"}, "kid.unknown"),
        ],
        ids=str,
    )
    def test_header(self, acme, header, code):
        """Only alg, kid and typ have an effect; keys come from the directory alone."""
        given = {k: v for k, v in ({"alg": "ES256", "kid": acme.kid} | header).items() if v is not None}
        text = f"{encoded(given)}.{encoded(acme.claims())}.{'A' * 86}"
        told(acme.push(text), 400, "invalid_request_object", f"request_object.{code}")

    def test_signature_of_another(self, acme, rival):
        """Neither a forged signature under our kid nor another application's key is taken."""
        forged = rival.sign(acme.claims(), kid=acme.kid)
        told(acme.push(forged), 400, "invalid_request_object", "request_object.signature")
        told(acme.push(rival.sign(acme.claims())), 400, "invalid_request_object", "request_object.kid.unknown")

    def test_revoked_key(self, acme, sandbox):
        """A key that was revoked signs nothing any more, though the client authenticates with another one."""
        revoked = acme.take_new_key()
        text = acme.sign(acme.claims())
        assert acme.push(text).status_code == 201
        acme.take_new_key()
        with sandbox.store.write() as uow:
            uow.certificates.revoke(revoked, sandbox.clock.now(), "superseded")
        told(acme.push(text), 400, "invalid_request_object", "request_object.key.inactive")

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"client_id": None}, "client_id"),
            ({"client_id": "00000000-0000-4000-8000-000000000000"}, "client_id"),
            ({"iss": None}, "iss"),
            ({"iss": "somebody"}, "iss"),
            ({"aud": None}, "aud"),
            ({"aud": "https://evil.example"}, "aud"),
            ({"aud": ["https://127.0.0.1:8443", "https://evil.example"]}, "aud"),
            ({"aud": "https://127.0.0.1:8443/"}, "aud"),
            ({"exp": None}, "exp"),
            ({"exp": "soon"}, "exp"),
            ({"nbf": None}, "nbf"),
            ({"nbf": True}, "nbf"),
        ],
        ids=str,
    )
    def test_claims(self, acme, changed, code):
        """Who sends it, to whom, and until when must stand in it."""
        told(acme.push(acme.sign(acme.claims(**changed))), 400, "invalid_request_object", f"request_object.{code}")

    def test_another_clients_object(self, acme, rival):
        """An object that names another client is refused, although that client signed it (RFC 9126, 3)."""
        stolen = acme.sign(rival.claims())
        told(acme.push(stolen), 400, "invalid_request_object", "request_object.client_id")

    @pytest.mark.parametrize(
        ("nbf", "exp", "code"),
        [
            (0, -11, "exp"), (0, -9, ""), (8, 60, ""), (61, 120, "nbf"), (-3500, 60, ""), (-3700, 60, "nbf"),
            (0, 3600, ""), (0, 4000, "lifetime"), (0, 10**12, "lifetime"),
        ],
    )  # fmt: skip
    def test_dates(self, acme, nbf, exp, code):
        """Against the sandbox's clock, 10 s of leeway, at most an hour between nbf and exp."""
        answer = acme.push(acme.sign(acme.claims(nbf=acme.now() + nbf, iat=acme.now(), exp=acme.now() + exp)))
        if code:
            told(answer, 400, "invalid_request_object", f"request_object.{code}")
        else:
            assert answer.status_code == 201, answer.text

    def test_the_clock_is_the_sandboxs(self, acme, clock):
        """An object dies when the sandbox's clock says so, while the machine's stands still."""
        text = acme.sign(acme.claims())
        clock.advance(timedelta(minutes=6))
        told(acme.push(text), 400, "invalid_request_object", "request_object.exp")
        assert acme.push(acme.sign(acme.claims())).status_code == 201

    def test_duplicate_members(self, acme):
        """Two `redirect_uri` in one object are no choice of the reader's."""
        good = json.dumps(acme.claims())
        doubled = good.replace('"state"', '"redirect_uri": "https://evil.example/", "state"', 1)
        payload = base64.urlsafe_b64encode(doubled.encode()).rstrip(b"=").decode()
        text = f"{encoded({'alg': 'ES256', 'kid': acme.kid})}.{payload}.{'A' * 86}"
        told(acme.push(text), 400, "invalid_request_object", "request_object.duplicate_member")


class TestClients:
    def test_only_clients_push(self, acme):
        """No authentication, a wrong one, an unknown client: 401."""
        request = acme.sign(acme.claims())
        assert acme.ask("POST", "/request", data={"request": request}).status_code == 401
        form = acme.assertion(exp=acme.now() - 60) | {"request": request}
        assert acme.ask("POST", "/request", data=form).json()["error"] == "invalid_client"

    def test_the_assertion_is_used_up(self, acme):
        """The same assertion pushes one request (oauth-cases.md R6)."""
        form = acme.assertion() | {"request": acme.sign(acme.claims())}
        assert acme.ask("POST", "/request", data=form).status_code == 201
        again = acme.ask("POST", "/request", data=form)
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client")

    def test_the_federation_url_is_the_same_client(self, acme):
        """The other form of the client id is taken in the object too (connect.md 4.3)."""
        url = f"{acme.sandbox.addresses.rp}/openid_relying_party/{acme.client_id}"
        assert acme.push(acme.sign(acme.claims(client_id=url, iss=url))).status_code == 201

    def test_only_post(self, acme):
        """The endpoint takes POST and names it."""
        answer = acme.ask("GET", "/request")
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]

    def test_what_the_assertion_says_is_not_a_request(self, acme):
        """The client assertion itself is no request object."""
        told(acme.push(acme.assertion()["client_assertion"]), 400, "invalid_request_object", "request_object.client_id")
        assert unverified(acme.assertion()["client_assertion"])["iss"] == acme.client_id
