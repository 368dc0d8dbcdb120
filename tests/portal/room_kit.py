"""For tests of rooms: people's objects, made by the API, and forms filled in as a person does."""

import pytest

from tests.portal.conftest import inputs, words

OWN = "/portal/organisations/acme"
REFERENCES = "/portal/reference-data"
CONTACT = {"ContactType": "Technical", "EmailAddress": "jo@acme.example", "PhoneNumber": "+44 20 7946 0000"}
SERVER = {
    "CustomerFriendlyName": "Acme Login",
    "CustomerFriendlyDescription": "Sign in with Acme",
    "CustomerFriendlyLogoUri": "https://acme.example/logo.svg",
    "Issuer": "https://auth.acme.example",
}
DOMAIN, ROLE = "Open Banking", "DADOS"


@pytest.fixture
def authority(ask):
    return ask("GET", "/references/authorities").json()["content"][0]["AuthorityId"]


@pytest.fixture
def domain(ask, organisation, authority):
    """The id of the domain that Acme has."""
    every = ask("GET", "/references/authorisationdomains?size=500").json()["content"]
    domain_id = next(e["AuthorisationDomainID"] for e in every if e["AuthorisationDomainName"] == DOMAIN)
    body = {"AuthorityId": authority, "AuthorisationDomainID": domain_id}
    assert ask("POST", f"/organisations/{organisation}/authoritydomainclaims", json=body).status_code == 201
    return domain_id


@pytest.fixture
def role(ask, organisation, authority, domain):
    """The id of Acme's claim on a role."""
    body = {"AuthorityId": authority, "AuthorisationDomainID": domain, "Role": ROLE}
    made = ask("POST", f"/organisations/{organisation}/authorityclaims", json=body)
    assert made.status_code == 201, made.text
    return made.json()["OrganisationAuthorityClaimId"]


@pytest.fixture
def contact(ask, organisation):
    body = CONTACT | {"FirstName": "Jo", "LastName": "Doe"}
    return ask("POST", f"/organisations/{organisation}/contacts", json=body).json()["ContactId"]


@pytest.fixture
def server(ask, organisation):
    body = SERVER | {"AutoRegistrationSupported": True}
    made = ask("POST", f"/organisations/{organisation}/authorisationservers", json=body)
    assert made.status_code == 201, made.text
    return made.json()["AuthorisationServerId"]


def added(browser, path, **typed):
    """The object's page, after the form was filled in as a person does."""
    form = inputs(browser.get(f"{path}/new")) | {name: [value] for name, value in typed.items()}
    made = browser.post(f"{path}/new", form)
    while made.status_code == 200:
        made = browser.post(f"{path}/new", inputs(made))
    assert made.status_code == 303, words(made)
    return made.headers["location"]
