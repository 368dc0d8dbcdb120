"""Identifiers, secrets and roles of applications (connect.md 4.2 and 4.3)."""

import re
from dataclasses import replace

import pytest

from tests.doors import APPLICATION, unchanged


@pytest.fixture
def claims(sandbox, organisation):
    """Role claims of the organisation, one of them inactive."""
    held = (
        {"id": "c1", "domain": "Open Banking", "role": "DADOS", "status": "Active"},
        {"id": "c2", "domain": "Open Banking", "role": "PAGTO", "status": "Inactive"},
    )
    with sandbox.store.write() as uow:
        stored = uow.organisations.get(organisation)
        uow.organisations.replace(replace(stored, roles=held, revision=stored.revision + 1))
    return held


# identifiers


@pytest.mark.parametrize("bad", ["x", "{0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d}", "0B1F2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.case("api-C-10")
def test_an_id_that_is_no_uuid_is_400(ask, applications, method, bad):
    """Malformed, in braces, in upper case: one canonical form; older releases of the product answered 500."""
    refused = ask(method, f"{applications}/{bad}", json=APPLICATION if method == "PUT" else None)
    assert refused.status_code == 400
    assert "field.pattern" in refused.headers["x-mock-reason"]


def test_the_client_id_may_be_chosen_once(ask, create, applications):
    """It is kept, given to nobody else, and cannot be changed."""
    made = create(ClientId="my-client").json()
    assert made["ClientId"] == "my-client"
    assert create(ClientId="my-client").status_code == 409
    one = f"{applications}/{made['SoftwareStatementId']}"
    assert ask("PUT", one, json=APPLICATION | {"ClientId": "my-client"}).status_code == 200
    refused = ask("PUT", one, json=APPLICATION | {"ClientId": "other"})
    assert (refused.status_code, refused.json()) == (400, {"errors": ["ClientId cannot be changed"]})


def test_nobody_can_be_called_like_another(create, sandbox):
    """The id of another application, and its federation address, are taken: the OAuth endpoints know both."""
    first = create().json()["SoftwareStatementId"]
    for name in (first, f"{sandbox.addresses.rp}/openid_relying_party/{first}"):
        refused = create(ClientId=name)
        assert (refused.status_code, refused.content) == (409, b"")


class TestUrlStyle:
    @pytest.fixture
    def options(self):
        return {"client_id_style": "url", "address_rp": "https://rp.directory.example"}

    def test_the_client_id_is_the_federation_address(self, create):
        """connect.md 4.3: `https://rp.<directory>/openid_relying_party/{SoftwareStatementId}`."""
        made = create().json()
        assert made["ClientId"] == f"https://rp.directory.example/openid_relying_party/{made['SoftwareStatementId']}"


class TestShortStyle:
    @pytest.fixture
    def options(self):
        return {"client_id_style": "short"}

    def test_the_client_id_is_short(self, create):
        """21 characters of the URL-safe alphabet, another one each time."""
        first, second = create().json()["ClientId"], create().json()["ClientId"]
        assert re.fullmatch(r"[A-Za-z0-9_-]{21}", first)
        assert first != second


# secrets


def test_a_client_secret_is_shown_once(ask, create, applications, sandbox):
    """In the answer that makes it, never again; a switch away and back makes another one."""
    made = create(TokenEndpointAuthMethod="client_secret_basic").json()
    secret, one = made["ClientSecret"], f"{applications}/{made['SoftwareStatementId']}"
    assert len(secret) == 43

    def put(**changed):
        return ask("PUT", one, json=APPLICATION | changed).json()

    assert "ClientSecret" not in put(Description="x")
    assert "ClientSecret" not in put(TokenEndpointAuthMethod="client_secret_basic")
    assert "ClientSecret" not in put(TokenEndpointAuthMethod="tls_client_auth")
    with sandbox.store.read() as uow:
        assert "ClientSecretSha256" not in uow.applications.find_any(made["SoftwareStatementId"]).details
    assert put(TokenEndpointAuthMethod="client_secret_basic")["ClientSecret"] not in ("", secret)
    for address in (one, applications):
        assert secret not in ask("GET", address).text
        assert "Secret" not in ask("GET", address).text.replace("client_secret_basic", "")
    with sandbox.store.read() as uow:
        assert secret not in repr(uow.audit.list(_all()).items)


def _all():
    from app.store.records import Page

    return Page()


# roles


@pytest.mark.parametrize(
    "choice",
    [
        {"OrganisationAuthorisationDomainRoleClaimID": "c1"},
        {"AuthorisationDomain": "Open Banking", "Role": "DADOS"},
    ],
)
def test_roles_are_taken_from_the_claims_of_the_organisation(create, claims, sandbox, choice):
    """By the id of the claim, or by domain and role; they are not shown in the application itself."""
    made = create(Roles=[choice, choice]).json()
    assert "Roles" not in made
    with sandbox.store.read() as uow:
        roles = uow.applications.find_any(made["SoftwareStatementId"]).roles
    assert roles == ({"AuthorisationDomain": "Open Banking", "Role": "DADOS", "Status": "Active"},)


@pytest.mark.parametrize(
    "choice",
    [
        {"OrganisationAuthorisationDomainRoleClaimID": "c2"},
        {"OrganisationAuthorisationDomainRoleClaimID": "c9"},
        {"AuthorisationDomain": "Open Banking", "Role": "PAGTO"},
        {"AuthorisationDomain": "Open Banking", "Role": "dados"},
        {"AuthorisationDomain": "Elsewhere", "Role": "DADOS"},
        {"AuthorisationDomain": "Open Banking"},
        {},
    ],
)
def test_a_role_that_the_organisation_lacks_is_refused(create, claims, sandbox, choice):
    """400 that names the roles it has; also for an inactive claim."""
    with unchanged(sandbox):
        refused = create(Roles=[choice])
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        "Roles[0] must be an active role claim of the organisation: it has Open Banking / DADOS"
    ]
    assert "role.missing" in refused.headers["x-mock-reason"]


def test_an_organisation_without_claims_takes_roles_as_given(create, sandbox):
    """It has not been given roles yet: domain and role pass, a claim id cannot."""
    made = create(Roles=[{"AuthorisationDomain": "Open Banking", "Role": "PAGTO"}])
    assert made.status_code == 201
    assert create(Roles=[{"OrganisationAuthorisationDomainRoleClaimID": "c1"}]).status_code == 400


def test_a_put_never_changes_roles(ask, create, claims, applications, sandbox):
    """Roles in a PUT are ignored and reported (connect.md 4.2)."""
    made = create(Roles=[{"OrganisationAuthorisationDomainRoleClaimID": "c1"}]).json()
    body = APPLICATION | {"Roles": []}
    changed = ask("PUT", f"{applications}/{made['SoftwareStatementId']}", json=body)
    assert changed.status_code == 200
    assert "Roles are not changed by PUT" in changed.headers["x-mock-warnings"]
    with sandbox.store.read() as uow:
        assert len(uow.applications.find_any(made["SoftwareStatementId"]).roles) == 1
