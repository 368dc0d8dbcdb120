"""Custom claims of an application: what of the profile ID token and userinfo tell besides (OpenAPI 1.39)."""

from __future__ import annotations

import pytest

from app.oauth.tokens import TokenRequest
from tests.accounts import contact_of
from tests.api.oauth.relying_party import verified
from tests.doors import Client


@pytest.fixture
def add(sandbox, acme):
    """Adds a custom claim to the application: `add(name, path)`; the answer."""
    admin = Client(acme.ask.app, sandbox.tokens.issue(TokenRequest(scope="directory:website")).access_token)
    path = f"/organisations/{acme.organisation}/softwarestatements/{acme.client_id}/custom-claims"

    def added(name, wanted):
        body = {"Name": name, "Path": wanted, "Source": "TRUST_FRAMEWORK_PROFILE"}
        return admin("POST", path, json=body)

    return added


@pytest.fixture
def tokens(acme, person):
    """The answer of the token endpoint for somebody who is PTC."""
    access = contact_of(acme.organisation, "PTC")
    account = person("boss@acme.example", OrgAccessDetails=access)
    return lambda: acme.redeem(acme.scripted(account.email)["code"]).json()


def test_they_are_in_the_id_token_and_at_me(sandbox, acme, add, tokens):
    """One value for one place, a list for several, nothing where nothing is."""
    for name, path in {
        "boss": "$.super_user",
        "roles": "$.org_access_details.*.domain_role_details[*].contact_role",
        "nothing": "$.org_access_details.nobody",
    }.items():
        made = add(name, path)
        assert (made.status_code, made.json()["ClaimKey"]) == (201, name)
    body = tokens()
    claims = verified(body["id_token"], sandbox)
    assert (claims["boss"], claims["roles"]) == (False, ["PTC"])
    assert "nothing" not in claims
    me = Client(acme.ask.app, body["access_token"])("GET", "/me").json()
    assert (me["boss"], me["roles"], "nothing" in me) == (False, ["PTC"], False)


def test_another_application_does_not_get_them(sandbox, rival, add, person):
    """They belong to the application that asked for them."""
    assert add("boss", "$.super_user").status_code == 201
    claims = verified(rival.redeem(rival.scripted(person("b@acme.example").email)["code"]).json()["id_token"], sandbox)
    assert "boss" not in claims


@pytest.mark.parametrize("name", ["sub", "iss", "aud", "trust_framework_profile", "nonce"])
def test_what_an_id_token_has_of_its_own_stays(add, name):
    """400, so nobody is told to be somebody else."""
    assert add(name, "$.super_user").status_code == 400


def test_a_claim_never_replaces_what_a_scope_tells(sandbox, acme, add, tokens):
    """The e-mail address stays the person's."""
    assert add("email", "$.super_user").status_code == 201
    assert Client(acme.ask.app, tokens()["access_token"])("GET", "/me").json()["sub"] == "boss@acme.example"
    body = acme.redeem(acme.scripted("boss@acme.example", scope="openid email")["code"]).json()
    assert verified(body["id_token"], sandbox)["email"] == "boss@acme.example"


@pytest.mark.parametrize("path", ["super_user", "$..", "$.a[", "$[?@.a ==]"])
def test_a_path_that_cannot_be_read_is_refused(add, path):
    """400 with the place where reading ended, for those that pass the published pattern too."""
    assert add("boss", path).status_code == 400


def test_a_name_is_taken_once(add):
    """The second is 409."""
    assert add("boss", "$.super_user").status_code == 201
    assert add("boss", "$.system_user").status_code == 409
