"""Codes become tokens once, for the client, the redirect URI and the verifier that they were made for."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.oauth.id_tokens import half_hash
from tests.accounts import administrator_of, contact_of
from tests.api.oauth.relying_party import CALLBACK, RelyingParty, header_of, verified
from tests.doors import Client


@pytest.fixture
def code(acme, ana):
    return acme.scripted(ana.email, scope="openid directory:website")["code"]


def refused(answer, code, error="invalid_grant", status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert f"[{code}]" in answer.headers["x-mock-reason"]


class TestTokens:
    def test_the_answer(self, acme, code):
        """RFC 6749, 5.1 with grant_id (connect.md 17.6); an hour, since a person allowed it (17.3)."""
        answer = acme.redeem(code)
        body = answer.json()
        assert answer.status_code == 200
        assert set(body) == {"access_token", "token_type", "expires_in", "scope", "id_token", "grant_id"}
        assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "openid directory:website")
        assert answer.headers["cache-control"] == "no-store"

    def test_what_comes_depends_on_the_scopes(self, acme, ana):
        """A refresh token with offline_access, an ID token with openid."""
        plain = acme.redeem(acme.scripted(ana.email, scope="directory:website", nonce=None)["code"]).json()
        assert "id_token" not in plain
        assert "refresh_token" not in plain
        full = acme.redeem(acme.scripted(ana.email, scope="openid offline_access")["code"]).json()
        assert len(full["refresh_token"]) == 43
        assert "id_token" in full

    def test_the_token_acts_for_the_person(self, sandbox, acme, person):
        """His rights are those of his account: an organisation administrator changes his own organisation only."""
        person("boss@acme.example", OrgAccessDetails=administrator_of(acme.organisation))
        token = acme.redeem(acme.scripted("boss@acme.example")["code"]).json()["access_token"]
        boss = Client(acme.ask.app, token)
        path = f"/organisations/{acme.organisation}/softwarestatements"
        body = {"ClientName": "New", "LogoUri": "https://a.example/l.svg", "RedirectUri": ["https://a.example/cb"]}
        assert boss("POST", path, json=body).status_code == 201
        assert boss("POST", "/organisations/other/softwarestatements", json=body).status_code in (403, 404)

    def test_rights_are_lost_at_once(self, sandbox, acme, person):
        """An account that is no longer active opens nothing, on tokens already given."""
        account = person("boss@acme.example", OrgAccessDetails=administrator_of(acme.organisation))
        token = acme.redeem(acme.scripted(account.email)["code"]).json()["access_token"]
        assert Client(acme.ask.app, token)("GET", "/me").status_code == 200
        with sandbox.store.write() as uow:
            uow.accounts.replace(dataclasses.replace(account, status="Inactive", revision=1))
        assert Client(acme.ask.app, token)("GET", "/me").status_code == 401


class TestIdToken:
    def test_claims(self, sandbox, acme, code):
        """Signed for this client, short-lived, with the nonce and what the sign-in was (OpenID Connect Core, 2)."""
        body = acme.redeem(code).json()
        claims, header = verified(body["id_token"], sandbox), header_of(body["id_token"])
        assert (claims["iss"], claims["aud"], claims["sub"]) == (acme.issuer, acme.client_id, "ana@acme.example")
        assert claims["exp"] - claims["iat"] == 3600
        assert (claims["nonce"], claims["amr"]) == ("no-1", ["pwd"])
        assert claims["auth_time"] == acme.now()
        assert claims["at_hash"] == half_hash(body["access_token"], header["alg"])
        assert claims["acr"].startswith("urn:")

    def test_the_second_factor_shows(self, sandbox, acme, person):
        """amr and acr tell that there was one."""
        person("two@acme.example", second_factor="246810")
        claims = verified(acme.redeem(acme.scripted("two@acme.example")["code"]).json()["id_token"], sandbox)
        assert claims["amr"] == ["pwd", "otp", "mfa"]
        assert claims["acr"] == "urn:mace:incommon:iap:silver"

    def test_trust_framework_profile(self, sandbox, acme, person):
        """connect.md 17.6, point 4: what the person is, by organisation."""
        access = administrator_of(acme.organisation) | contact_of("gone", "PTC")
        with sandbox.store.write() as uow:
            other = dataclasses.replace(uow.organisations.get(acme.organisation), organisation_id="gone", name="Gone")
            uow.organisations.add(other)
        account = person("boss@acme.example", OrgAccessDetails=access, SystemUser=True)
        claims = verified(acme.redeem(acme.scripted(account.email)["code"]).json()["id_token"], sandbox)
        profile = claims["trust_framework_profile"]
        assert profile["basic_information"] == {
            "user_id": account.user_id,
            "user_email": account.email,
            "status": "Active",
        }
        assert (profile["super_user"], profile["system_user"]) == (False, True)
        assert profile["org_access_details"][acme.organisation] == {
            "organisation_name": "Acme",
            "org_registration_number": "12345678",
            "org_admin": True,
            "domain_role_details": [],
        }
        assert profile["org_access_details"]["gone"]["domain_role_details"] == [
            {
                "authorisation_domain_name": "Open Banking",
                "authorisation_domain_role_name": "ASPSP",
                "contact_role": "PTC",
                "status": "Active",
            }
        ]

    def test_what_the_scopes_ask_for(self, sandbox, acme, person):
        """profile, email, phone: as at userinfo."""
        person("ana@acme.example", PhoneNumber="+44 1")
        answer = acme.scripted("ana@acme.example", scope="openid profile email phone")
        claims = verified(acme.redeem(answer["code"]).json()["id_token"], sandbox)
        assert (claims["name"], claims["email"], claims["phone_number"]) == ("Ana Silva", "ana@acme.example", "+44 1")

    def test_an_application_may_want_rs256(self, tmp_path, clock):
        """IdTokenSignedResponseAlgorithm of the application decides (connect.md 4.1)."""
        from app.api.app import create_data_app
        from app.sandboxes import Sandboxes
        from tests.accounts import add_person
        from tests.doors import open_for_tests

        sandbox = open_for_tests(tmp_path, {}, clock)
        rp = RelyingParty(sandbox, create_data_app(Sandboxes(sandbox)), IdTokenSignedResponseAlgorithm="RS256")
        answer = rp.scripted(add_person(sandbox, "ana@acme.example").email)
        assert header_of(rp.redeem(answer["code"]).json()["id_token"])["alg"] == "RS256"
        sandbox.close()


class TestRefusals:
    def test_once(self, acme, code):
        """A second use is refused and takes the tokens of the first with it (RFC 6749, 4.1.2)."""
        token = acme.redeem(code).json()["access_token"]
        assert Client(acme.ask.app, token)("GET", "/me").status_code == 200
        refused(acme.redeem(code), "code.used")
        assert Client(acme.ask.app, token)("GET", "/me").status_code == 401

    def test_once_for_all_who_come_at_once(self, sandbox, acme, code):
        """Eight threads, one code: one gets tokens, and the others take them away again."""
        from concurrent.futures import ThreadPoolExecutor

        from app.oauth.client_authentication import ClientCall
        from app.oauth.refusals import InvalidGrant
        from tests.api.oauth.relying_party import VERIFIER

        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}

        def redeem(assertion):
            try:
                return sandbox.oauth.token_endpoint.answer(ClientCall("/token", form | assertion)).value.access_token
            except InvalidGrant as refusal:
                return refusal.code

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(redeem, [acme.assertion() for _ in range(8)]))
        tokens = [each for each in told if each != "code.used"]
        assert len(tokens) == 1
        assert Client(acme.ask.app, tokens[0])("GET", "/me").status_code == 401

    def test_it_dies_at_the_sandboxs_clock(self, acme, ana, clock):
        """60 seconds."""
        early, late = acme.scripted(ana.email)["code"], acme.scripted(ana.email)["code"]
        clock.advance(timedelta(seconds=59))
        assert acme.redeem(early).status_code == 200
        clock.advance(timedelta(seconds=1))
        refused(acme.redeem(late), "code.expired")

    def test_injected_into_another_client(self, acme, rival, code):
        """A stolen code is of no use to another client, and is not burnt by the attempt."""
        refused(rival.redeem(code), "code.client")
        assert acme.redeem(code).status_code == 200

    def test_injected_into_another_session(self, acme, code):
        """Code injection: the verifier of another session does not fit (RFC 9700, 4.5)."""
        refused(acme.redeem(code, code_verifier="w" * 43), "pkce.verifier")
        refused(acme.redeem(code, code_verifier="v" * 42), "pkce.verifier")
        refused(acme.redeem(code, code_verifier="v" * 129), "pkce.verifier")
        refused(acme.redeem(code, code_verifier="é" * 43), "pkce.verifier")

    def test_pkce_downgrade(self, acme, code):
        """No verifier is no way around it, nor is the challenge itself."""
        from tests.api.oauth.relying_party import CHALLENGE

        refused(acme.redeem(code, code_verifier=None), "request.missing_parameter", "invalid_request")
        refused(acme.redeem(code, code_verifier=CHALLENGE), "pkce.verifier")

    def test_redirect_uri(self, acme, code):
        """The very one of the request (RFC 6749, 4.1.3)."""
        refused(acme.redeem(code, redirect_uri=CALLBACK + "/"), "code.redirect_uri")
        refused(acme.redeem(code, redirect_uri=None), "request.missing_parameter", "invalid_request")

    @pytest.mark.parametrize("made_up", ["x", "A" * 43, "é", "' or 1=1 --", "x" * 5000])
    def test_made_up(self, acme, made_up):
        """Nothing but what was given out."""
        refused(acme.redeem(made_up), "code.unknown")

    def test_no_code(self, acme):
        """A missing parameter is named."""
        answer = acme.redeem(None)
        refused(answer, "request.missing_parameter", "invalid_request")
        assert "code" in answer.json()["error_description"]

    def test_the_client_authenticates(self, acme, code):
        """A code alone is nothing: the client must be there, too."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": "v" * 43}
        answer = acme.ask("POST", "/token", data=form | {"client_id": acme.client_id})
        assert answer.status_code == 401

    def test_a_person_who_was_suspended(self, sandbox, acme, ana, code):
        """His standing counts when the code is redeemed."""
        with sandbox.store.write() as uow:
            uow.accounts.replace(dataclasses.replace(ana, status="Inactive", revision=1))
        refused(acme.redeem(code), "grant.person")

    def test_the_story_is_in_the_journal(self, control, acme, code):
        """Finding code, client and grant; never a code, a token or an assertion."""
        token = acme.redeem(code).json()["access_token"]
        acme.redeem(code)
        told = control("GET", "/_mock/journal").text
        assert '"code.used"' in told
        assert acme.client_id in told
        assert not [secret for secret in (code, token, "eyJ", "vvvvvvvv") if secret in told]
