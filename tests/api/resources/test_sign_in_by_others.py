"""SSO configurations, their versions and user groups: who may approve, what an approval closes, who is a member."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.oauth.tokens import TokenRequest
from app.runtime.clock import MovableClock
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import NOW, Client, open_for_tests

GROUPS = "/references/users/groups"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    sandbox = open_for_tests(tmp_path, {}, MovableClock(NOW))
    yield World(sandbox)
    sandbox.close()


@pytest.fixture
def configuration(world: World) -> str:
    """The path of a new configuration."""
    servers = f"{world.own}/authorisationservers/{world.made('server')}/sso-configuration"
    return f"{servers}/{world.made('sso_configuration', servers)}"


def new_version(world: World, configuration: str, **members: Any) -> tuple[str, dict[str, Any]]:
    """The path of a new version and what it is."""
    made = world.admin("POST", f"{configuration}/versions", json=calls.new("sso_version", world) | members)
    assert made.status_code == 201, made.text
    return f"{configuration}/versions/{made.json()['ID']}", made.json()


def move(world: World, path: str, body: dict[str, Any], status: str) -> int:
    return int(world.admin("PUT", path, json=body | {"Status": status}).status_code)


def test_a_configuration_tells_its_address_and_its_record(world: World, configuration: str) -> None:
    """The redirect address holds the suffix, in any letters, and stays when a change does not name it."""
    one = world.admin("GET", configuration).json()
    assert one["RedirectUri"].startswith("https://")
    assert one["TextRecord"]
    body = {"DisplayName": "n", "Contacts": ["a@acme.example"], "Status": "Active"}
    changed = world.admin("PUT", configuration, json=body | {"RedirectUriSuffix": "two words/é"}).json()
    assert changed["RedirectUri"].endswith("/two%20words%2F%C3%A9")
    assert world.admin("PUT", configuration, json=body).json()["RedirectUri"] == changed["RedirectUri"]
    listed = world.admin("GET", "/references/users/sso-configurations").json()["content"]
    assert [(each["ServerName"], each["OrganisationID"]) for each in listed] == [("Acme Bank", world.organisation)]


@pytest.mark.parametrize("contacts", [[], ["none"], ["a@b.example"] * 11], ids=["none", "no address", "eleven"])
def test_contacts_are_one_to_ten_addresses(world: World, configuration: str, contacts: list[str]) -> None:
    """400 for what the publication does not allow."""
    body = {"DisplayName": "n", "Contacts": contacts, "Status": "Active"}
    assert world.admin("PUT", configuration, json=body).status_code == 400


def test_no_two_configurations_have_one_address(world: World, configuration: str) -> None:
    """The second with the same suffix is 409."""
    body = {"DisplayName": "n", "Contacts": ["a@acme.example"], "RedirectUriSuffix": "same"}
    servers = configuration.rpartition("/")[0]
    assert world.admin("POST", servers, json=body).status_code == 201
    assert world.admin("POST", servers, json=body).status_code == 409


def test_one_version_is_active_at_a_time(world: World, configuration: str) -> None:
    """A new one is pending; an approved one that becomes active suspends the other; the newest is listed first."""
    first, body = new_version(world, configuration)
    assert (body["Status"], body["Version"], body["GroupClaimPath"]) == ("Pending", 1, "$.")
    second, other = new_version(world, configuration)
    assert move(world, first, body, "Active") == 200
    assert move(world, second, other, "Assignable") == 200
    assert move(world, second, other, "Active") == 200
    listed = world.admin("GET", f"{configuration}/versions").json()["content"]
    assert [(each["Version"], each["Status"]) for each in listed] == [(2, "Active"), (1, "Assignable")]
    asked = world.admin("GET", f"{configuration}/versions?status=Active").json()["content"]
    assert [each["Version"] for each in asked] == [2]


def test_what_was_approved_keeps_its_content_and_stays(world: World, configuration: str) -> None:
    """Other members 400, the way back 409, deletion of version and configuration 409."""
    path, body = new_version(world, configuration)
    assert move(world, path, body, "Assignable") == 200
    assert move(world, path, body | {"ClientID": "another"}, "Active") == 400
    assert move(world, path, body, "Pending") == 409
    assert move(world, path, body, "Inactive") == 200
    assert world.admin("DELETE", path).status_code == 409
    assert world.admin("DELETE", configuration).status_code == 409


def test_what_was_never_approved_can_go(world: World, configuration: str) -> None:
    """A rejected version has to be pending again first; the configuration takes its versions along."""
    path, body = new_version(world, configuration)
    assert move(world, path, body, "Rejected") == 200
    assert move(world, path, body, "Active") == 409
    assert move(world, path, body, "Pending") == 200
    assert world.admin("DELETE", path).status_code == 204
    new_version(world, configuration)
    assert world.admin("DELETE", configuration).status_code == 204
    assert world.admin("GET", configuration).status_code == 404


def test_an_organisation_does_not_approve_itself(world: World, configuration: str) -> None:
    """403 for its administrator until somebody of the ecosystem has approved; then it may activate."""
    path, body = new_version(world, configuration)
    token = world.sandbox.tokens.issue(TokenRequest(scope="directory:website", organisation_id=world.organisation))
    own = Client(world.app, token.access_token)
    assert own("PUT", path, json=body | {"Status": "Active"}).status_code == 403
    assert move(world, path, body, "Assignable") == 200
    assert own("PUT", path, json=body | {"Status": "Active"}).status_code == 200


def test_a_group_is_bound_to_each_once(world: World) -> None:
    """A second binding to the same provider or organisation, or the same permission again, is 409."""
    group = f"{GROUPS}/{world.made('user_group')}"
    for kind, path in (
        ("group_idp_binding", "idp-binding"),
        ("group_organisation_binding", "organisation-binding"),
        ("group_permission", "permissions"),
    ):
        body = calls.new(kind, world)
        made = world.admin("POST", f"{group}/{path}", json=body)
        assert made.status_code == 201, made.text
        assert world.admin("POST", f"{group}/{path}", json=body).status_code == 409
        assert world.admin("DELETE", f"{group}/{path}/{made.json()['ID']}").status_code == 204
        assert world.admin("GET", f"{group}/{path}").json()["totalSize"] == 0


def test_a_domain_users_permission_names_what_it_is_made_of(world: World) -> None:
    """All four references are needed and told by name; an administrator's needs none."""
    path = f"{GROUPS}/{world.made('user_group')}/permissions"
    assert world.admin("POST", path, json={"PermissionType": "OrganisationAdministrator"}).status_code == 201
    assert world.admin("POST", path, json={"PermissionType": "DomainUser"}).status_code == 400
    made = world.admin("POST", path, json=calls.new("group_permission", world)).json()
    assert made["AuthorisationDomainUserTypeName"].startswith("user_type")
    assert made["AuthorisationDomainSystemName"].startswith("user_system")


def test_bindings_go_with_the_identity_provider(world: World, configuration: str) -> None:
    """Whether the configuration goes by itself or with its server."""
    path = f"{GROUPS}/{world.made('user_group')}/idp-binding"
    bound = {"SsoConfigurationID": configuration.rpartition("/")[2], "ExternalID": "x"}
    assert world.admin("POST", path, json=bound).status_code == 201
    assert world.admin("DELETE", configuration.partition("/sso-configuration")[0]).status_code == 204
    assert world.admin("GET", path).json()["totalSize"] == 0


def test_the_key_of_the_provider_is_the_one_that_signs(world: World) -> None:
    """A public key in PEM."""
    answer = world.admin("GET", "/references/resources/openid-provider-public-key")
    assert load_pem_public_key(answer.content)
    assert answer.headers["content-type"] == "application/x-pem-key"
