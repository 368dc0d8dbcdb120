"""Whoever was made by the API signs in like anybody, and the ID token tells what he is (connect.md 16 and 17.6)."""

from __future__ import annotations

import pytest

from tests.api.oauth.relying_party import answer_in, verified
from tests.doors import Client

ANA = "ana@acme.example"


def signed_in(browser, acme, password="connect-mock"):
    """The token answer, by pages, consent and code."""
    browser.open(acme.address(acme.request_uri()))
    browser.sign_in(ANA, password)
    browser.send("/sign_in/consent", decision="allow")
    return acme.redeem(answer_in(browser.location)["code"]).json()


def test_an_administrator_by_api_signs_in_and_acts(sandbox, ask, acme, browser):
    """With the password of the setting; the profile names his organisation, and switching him off is felt at once."""
    path = f"/organisations/{acme.organisation}/adminusers"
    user_id = ask("POST", path, json={"UserEmail": ANA}).json()["UserID"]
    body = signed_in(browser, acme)
    profile = verified(body["id_token"], sandbox)["trust_framework_profile"]
    assert profile["basic_information"] == {"user_id": user_id, "user_email": ANA, "status": "Active"}
    assert profile["org_access_details"][acme.organisation]["org_admin"] is True
    ana = Client(acme.ask.app, body["access_token"])
    assert ana("GET", path).json()[0]["UserID"] == user_id
    ask("PUT", f"{path}/{user_id}", json={"Status": "Inactive"})
    assert ana("GET", path).status_code == 403
    renewed = acme.redeem(acme.scripted(ANA)["code"]).json()
    profile = verified(renewed["id_token"], sandbox)["trust_framework_profile"]
    assert profile["org_access_details"][acme.organisation]["org_admin"] is False


def test_a_domain_user_by_api_is_in_the_profile(sandbox, ask, acme):
    """Domain, role, contact role and status, as the row has them now."""
    domain = "Open Banking"
    types = ask("GET", "/references/users/authorisationdomain/usertypes").json()["content"]
    kind = next(each for each in types if each["Name"] == "STC")
    body = {"Email": ANA, "UserTypeID": kind["AuthorisationDomainUserTypeID"], "SystemID": kind["SystemID"]}
    path = f"/organisations/{acme.organisation}/{domain}/users"
    made = ask("POST", path, json=body | {"AuthorisationDomainRole": "CONTA"})
    assert made.status_code == 201, made.text
    for status in ("Active", "Inactive"):
        one = f"{path}/{ANA}/{made.json()['AuthorisationDomainUserId']}"
        assert ask("PUT", one, json={"Status": status}).status_code == 200
        token = acme.redeem(acme.scripted(ANA)["code"]).json()["id_token"]
        access = verified(token, sandbox)["trust_framework_profile"]["org_access_details"][acme.organisation]
        assert access["domain_role_details"] == [
            {
                "authorisation_domain_name": domain,
                "authorisation_domain_role_name": "CONTA",
                "contact_role": "STC",
                "status": status,
            }
        ]


def test_the_sign_in_page_leads_to_signing_up(browser):
    """Under the prefix of the portal, at the very listener (connect.md 20)."""
    browser.open("/sign_in")
    assert "/portal/sign-up" in browser.page.links


class TestWithoutPassword:
    @pytest.fixture
    def options(self):
        return {"oauth_key": "ec-p256", "invited_password": "", "sign_up": False}

    def test_nobody_is_led_to_signing_up(self, browser):
        """Where nobody may."""
        browser.open("/sign_in")
        assert "/portal/sign-up" not in browser.page.links

    def test_nobody_new_signs_in(self, ask, acme, browser):
        """An empty setting: the account is there, and no password opens it."""
        path = f"/organisations/{acme.organisation}/adminusers"
        assert ask("POST", path, json={"UserEmail": ANA}).status_code == 201
        browser.open(acme.address(acme.request_uri()))
        for password in ("", "connect-mock"):
            browser.send("/sign_in", email=ANA, password=password)
            assert browser.response.status_code == 400
            assert "login.failed" in browser.page.words
