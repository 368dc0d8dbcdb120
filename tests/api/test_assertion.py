"""The software statement assertion at the REST door, verified as a bank would (connect.md 12)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from tests.api.test_applications import EVERYTHING
from tests.doors import APPLICATION, NOW, ORGANISATION, unchanged

BASE = "https://127.0.0.1:8443/keystore"
ROLES = (
    {"id": "c1", "domain": "Open Banking", "role": "DADOS", "status": "Active", "authority_id": "a1",
     "authority_name": "Banco Central", "authority_code": "BCB", "registration_id": "r1"},
    {"id": "c2", "domain": "Open Banking", "role": "PAGTO", "status": "Inactive", "authority_id": "a1",
     "registration_id": "r1"},
)  # fmt: skip


@pytest.fixture
def options():
    return {"ssa_issuer": "Open Banking Brasil mock SSA issuer"}


@pytest.fixture
def verify(nobody):
    """The claims of an assertion, by the key set that the directory publishes."""

    def checked(token, algorithms=("PS256", "ES256")):
        keys = KeySet.import_key_set(nobody("GET", "/keystore/openbanking.jwks").json())
        return jwt.decode(token, keys, algorithms=list(algorithms))

    return checked


@pytest.fixture
def assertion(ask, path):
    def get(**headers):
        answer = ask("GET", f"{path}/assertion", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    return get


def test_it_is_a_signed_jwt(assertion, verify, nobody):
    """`application/jwt`; header typ, alg and the kid of a published key; a changed one does not verify."""
    answer = assertion()
    assert answer.headers["content-type"] == "application/jwt"
    token = verify(answer.text)
    assert token.header == {
        "typ": "JWT",
        "alg": "ES256",
        "kid": nobody("GET", "/keystore/openbanking.jwks").json()["keys"][0]["kid"],
    }
    head, body, signature = answer.text.split(".")
    with pytest.raises(BadSignatureError):
        verify(f"{head}.{body[:-4]}AAAA.{signature}")


class TestRsa:
    @pytest.fixture
    def options(self):
        return {"ssa_key": "rsa-2048"}

    def test_an_rsa_key_signs_ps256(self, assertion, verify):
        """The default: consumers accept PS256 only [OFB DCR]."""
        assert verify(assertion().text, ("PS256",)).header["alg"] == "PS256"


def test_it_may_be_a_json_string(assertion, verify):
    """`Accept: application/json`: the same in quotes (errata A30)."""
    answer = assertion(accept="application/json")
    assert answer.headers["content-type"] == "application/json"
    assert verify(json.loads(answer.content)).claims["iss"] == "Open Banking Brasil mock SSA issuer"


def test_the_claims_of_a_bare_application(assertion, verify, application):
    """Every claim of the contract that has a value, and no other: no exp, no null."""
    organisation, software = application
    claims = verify(assertion().text).claims
    jti = claims.pop("jti")
    assert len(jti) == 36
    assert claims == {
        "iss": "Open Banking Brasil mock SSA issuer",
        "iat": int(NOW.timestamp()),
        "org_id": organisation,
        "org_name": "Acme Bank",
        "org_number": "01234567",
        "org_status": "Active",
        "organisation_competent_authority_claims": [],
        "organisation_flags": {},
        "software_id": software,
        "software_client_id": software,
        "software_client_name": "Acme App",
        "software_mode": "Live",
        "software_status": "Active",
        "software_redirect_uris": APPLICATION["RedirectUri"],
        "software_api_webhook_uris": [],
        "software_origin_uris": [],
        "software_logo_uri": APPLICATION["LogoUri"],
        "software_flags": {},
        "software_statement_roles": [],
        "software_roles": [],
        "software_jwks_uri": f"{BASE}/{organisation}/{software}/application.jwks",
        "software_jwks_inactive_uri": f"{BASE}/{organisation}/{software}/inactive/application.jwks",
        "software_jwks_transport_uri": f"{BASE}/{organisation}/{software}/transport.jwks",
        "software_jwks_transport_inactive_uri": f"{BASE}/{organisation}/{software}/inactive/transport.jwks",
        "org_jwks_uri": f"{BASE}/{organisation}/application.jwks",
        "org_jwks_inactive_uri": f"{BASE}/{organisation}/inactive/application.jwks",
        "org_jwks_transport_uri": f"{BASE}/{organisation}/transport.jwks",
        "org_jwks_transport_inactive_uri": f"{BASE}/{organisation}/inactive/transport.jwks",
    }


def test_its_addresses_lead_to_key_sets(assertion, verify, nobody):
    """Every *_uri of a key set is served."""
    claims = verify(assertion().text).claims
    addresses = [value for name, value in claims.items() if "_jwks_" in name]
    assert len(addresses) == 8
    for address in addresses:
        assert nobody("GET", address.removeprefix("https://127.0.0.1:8443")).json() == {"keys": []}


def test_the_claims_of_a_full_application(ask, path, assertion, verify):
    """Members of the application under their snake_case names; the version is text, from Version (errata A9)."""
    ask("PUT", path, json=EVERYTHING)
    claims = verify(assertion().text).claims
    assert {
        "software_client_description": "Reads accounts",
        "software_client_uri": "https://acme.example",
        "software_version": "1.1",
        "software_environment": "production",
        "software_mode": "Test",
        "software_api_webhook_uris": ["https://acme.example/api/hook"],
        "software_origin_uris": ["https://acme.example", "ios:bundle-id:com.acme.App"],
        "software_homepage_uri": "https://acme.example/home",
        "software_tos_uri": "https://acme.example/tos",
        "software_policy_uri": "https://acme.example/policy",
        "software_on_behalf_of": "a mediator",
    }.items() <= claims.items()
    ask("PUT", f"{path}/unlock", json={"Unlock": True})
    ask("PUT", path, json=APPLICATION | {"SoftwareVersion": "1.10.0"})
    assert verify(assertion().text).claims["software_version"] == "1.10.0"


@pytest.fixture
def with_roles(ask, sandbox, organisation):
    """An application with a role, below an organisation with two claims: its path."""
    with sandbox.store.write() as uow:
        stored = uow.organisations.get(organisation)
        uow.organisations.replace(replace(stored, roles=ROLES, revision=stored.revision + 1))
    body = APPLICATION | {"Roles": [{"OrganisationAuthorisationDomainRoleClaimID": "c1"}]}
    made = ask("POST", f"/organisations/{organisation}/softwarestatements", json=body).json()
    return f"/organisations/{organisation}/softwarestatements/{made['SoftwareStatementId']}"


def test_roles_of_organisation_and_application(ask, with_roles, verify):
    """Competent authority claims with their status; roles of the application as objects and as words."""
    claims = verify(ask("GET", f"{with_roles}/assertion").text).claims
    assert claims["organisation_competent_authority_claims"] == [
        {"authorisation_domain": "Open Banking", "authorisations": [], "registration_id": "r1", "authority_id": "a1",
         "authority_name": "Banco Central", "authorisation_role": "DADOS", "authority_code": "BCB", "status": "Active"},
        {"authorisation_domain": "Open Banking", "authorisations": [], "registration_id": "r1", "authority_id": "a1",
         "authorisation_role": "PAGTO", "status": "Inactive"},
    ]  # fmt: skip
    assert claims["software_statement_roles"] == [
        {"role": "DADOS", "authorisation_domain": "Open Banking", "status": "Active"}
    ]
    assert claims["software_roles"] == ["DADOS"]


class TestLegacy:
    @pytest.fixture
    def options(self):
        return {"ssa_claims": "legacy"}

    def test_the_older_generation(self, ask, with_roles, verify):
        """`ssa_claims=legacy`: the CamelCase of the prose, roles by domain (errata A28)."""
        claims = verify(ask("GET", f"{with_roles}/assertion").text).claims
        assert not [name for name in claims if name.startswith(("software_", "org"))]
        assert claims["SoftwareAuthorityClaims"] == {
            "AuthorisationDomains": [
                {"AuthorisationDomain": "Open Banking", "Roles": [{"Role": "DADOS", "Status": "Active"}]}
            ]
        }
        assert claims["OrganisationAuthorityClaims"] == [
            {
                "AuthorityId": "a1",
                "RegistrationId": "r1",
                "AuthorisationDomains": [
                    {
                        "AuthorisationDomain": "Open Banking",
                        "Roles": [{"Role": "DADOS", "Authorisations": []}, {"Role": "PAGTO", "Authorisations": []}],
                    }
                ],
            }
        ]
        assert claims["OrgJwksUri"] == f"{BASE}/acme/application.jwks"
        assert (claims["SoftwareMode"], claims["OrgStatus"], claims["SoftwareClientName"]) == (
            "Live",
            "Active",
            "Acme App",
        )


def test_a_second_one_is_a_new_one(assertion, verify, clock):
    """Another jti and the present moment (errata A29)."""
    first = verify(assertion().text).claims
    clock.advance(timedelta(minutes=3))
    second = verify(assertion().text).claims
    assert second["jti"] != first["jti"]
    assert second["iat"] == first["iat"] + 180


@pytest.mark.parametrize("status", ["Suspended", "Inactive"])
def test_an_inactive_application_gets_none(ask, path, sandbox, status):
    """400 with errors, and no lock."""
    if status == "Inactive":
        ask("DELETE", path)
    else:
        ask("PUT", path, json=APPLICATION | {"Status": status})
    with unchanged(sandbox):
        refused = ask("GET", f"{path}/assertion")
    assert refused.status_code == 400
    assert status in refused.json()["errors"][0]
    assert "software.not_active" in refused.headers["x-mock-reason"]
    assert ask("GET", path).json()["Locked"] is False


def test_below_a_pending_organisation_there_is_none(ask, organisation, path):
    """400: the bank would read org_status."""
    ask("PUT", f"/organisations/{organisation}", json=ORGANISATION | {"Status": "Pending"})
    refused = ask("GET", f"{path}/assertion")
    assert refused.status_code == 400
    assert "org.not_active" in refused.headers["x-mock-reason"]


def test_an_unknown_application_has_none(ask, organisation):
    """404 with errors (errata A31)."""
    unknown = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    absent = ask("GET", f"/organisations/{organisation}/softwarestatements/{unknown}/assertion")
    assert absent.status_code == 404
    assert set(absent.json()) == {"errors"}


@pytest.mark.case("api-A-04")
def test_it_is_for_its_owners_only(client, application, other, path, sandbox):
    """Its own token, its organisation: 200. Another participant's: 403, and nothing is locked."""
    with unchanged(sandbox):
        for owner in (other, other[:1]):
            refused = client(*owner)("GET", f"{path}/assertion")
            assert (refused.status_code, refused.content) == (403, b"")
    for owner in (application, application[:1]):
        assert client(*owner)("GET", f"{path}/assertion").status_code == 200


def test_xml_alone_is_not_acceptable(ask, path, sandbox):
    """406 before anything is signed or locked."""
    with unchanged(sandbox):
        assert ask("GET", f"{path}/assertion", headers={"accept": "text/html"}).status_code == 406
