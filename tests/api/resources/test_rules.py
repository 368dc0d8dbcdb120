"""What changes of plain resources mean: claims rest on each other, families get complete, participants follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.runtime.clock import MovableClock
from app.wire.contents import CONTENTS
from app.wire.entries import Resource
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import NOW, open_for_tests

NOBODYS = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
READS = [pytest.param(entry, id=entry.one) for entry in CONTENTS if "read" in entry.verbs]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    sandbox = open_for_tests(tmp_path, {}, MovableClock(NOW))
    yield World(sandbox)
    sandbox.close()


def claim(world: World) -> tuple[str, dict[str, Any]]:
    """A new role claim of the organisation: its path and what it is."""
    made = world.admin("POST", f"{world.own}/authorityclaims", json=calls.new("role_claim", world))
    assert made.status_code == 201, made.text
    return f"{world.own}/authorityclaims/{made.json()['OrganisationAuthorityClaimId']}", made.json()


@pytest.mark.parametrize("resource", READS)
def test_what_is_not_there_is_404(world: World, resource: Resource) -> None:
    """With the reason in `errors`, for every kind."""
    answer = world.admin("GET", f"{calls.path_of(resource, world)}/{NOBODYS}")
    assert answer.status_code == 404
    assert answer.json()["errors"]


def test_an_id_that_is_no_uuid_is_400(world: World) -> None:
    """And never 500 (connect.md 2.2)."""
    assert world.admin("GET", f"{world.own}/authorisationservers/none").status_code == 400


def test_a_role_claim_needs_its_domain(world: World) -> None:
    """Without an active domain claim 400; deactivating that takes the role claim along."""
    domain = world.new_domain()
    body = {"AuthorityId": world.authority(), "AuthorisationDomain": domain, "Role": world.new_role(domain),
            "RegistrationId": "1"}  # fmt: skip
    claims, domains = f"{world.own}/authorityclaims", f"{world.own}/authoritydomainclaims"
    assert world.admin("POST", claims, json=body).status_code == 400
    over = {"AuthorityId": world.authority(), "AuthorisationDomainName": domain}
    over_id = world.admin("POST", domains, json=over).json()["OrganisationAuthorityDomainClaimId"]
    made = world.admin("POST", claims, json=body).json()["OrganisationAuthorityClaimId"]
    assert world.admin("POST", claims, json=body).status_code == 409
    assert world.admin("DELETE", f"{domains}/{over_id}").status_code == 204
    assert world.admin("GET", f"{claims}/{made}").json()["Status"] == "Inactive"


def test_application_claims_go_with_the_organisations(world: World) -> None:
    """The application's roles come from its claims, and one that rests on an inactive claim is inactive."""
    path, made = claim(world)
    body = {"AuthorisationDomain": made["AuthorisationDomain"], "Role": made["Role"]}
    own = world.admin("POST", f"{world.software}/authorityclaims", json=body)
    assert own.status_code == 201
    assert own.json()["OrganisationAuthorisationDomainRoleClaimID"] == made["OrganisationAuthorityClaimId"]
    client = world.admin("GET", f"/clients/{world.application}").json()
    assert made["Role"] in client["roles"]
    assert world.admin("DELETE", path).status_code == 204
    (listed,) = world.admin("GET", f"{world.software}/authorityclaims").json()
    assert listed["Status"] == "Inactive"
    assert made["Role"] not in world.admin("GET", f"/clients/{world.application}").json()["roles"]


def test_a_locked_application_keeps_its_claims(world: World) -> None:
    """400 while the assertion locks it, 204 after."""
    _path, made = claim(world)
    body = {"AuthorisationDomain": made["AuthorisationDomain"], "Role": made["Role"]}
    own = world.admin("POST", f"{world.software}/authorityclaims", json=body).json()["SoftwareAuthorityClaimId"]
    one, off = f"{world.software}/authorityclaims/{own}", body | {"Status": "Inactive"}
    assert world.admin("GET", f"{world.software}/assertion").status_code == 200
    refused = world.admin("PUT", one, json=off)
    assert refused.status_code == 400
    assert "application.locked" in refused.headers["x-mock-reason"]
    assert world.admin("PUT", f"{world.software}/unlock", json={"Unlock": True}).status_code == 200
    assert world.admin("PUT", one, json=off).status_code == 204


def test_a_family_is_complete_when_every_expression_is_met(world: World) -> None:
    """And no more when an endpoint goes; one that fits nothing is 400."""
    path = calls.path_of(calls.entry("discovery_endpoint"), world)
    wrong = {"ApiEndpoints": [{"ApiEndpoint": "https://api.example/other"}]}
    assert world.admin("POST", path, json=wrong).status_code == 400
    tails = ("", "/{accountId}", "/{accountId}/balances")
    addresses = [{"ApiEndpoint": f"https://api.example/accounts/v1/accounts{tail}"} for tail in tails]
    made = world.admin("POST", path, json={"ApiEndpoints": addresses}).json()
    assert made["FamilyComplete"] is True
    one = made["ApiDiscoveryEndpoints"][0]["ApiDiscoveryId"]
    assert world.admin("DELETE", f"{path}/{one}").status_code == 204
    assert world.admin("GET", path.removesuffix("/apidiscoveryendpoints")).json()["FamilyComplete"] is False


def test_a_deleted_server_is_gone(world: World) -> None:
    """With all below it, and again is 404 (errata S1)."""
    path = f"{world.own}/authorisationservers/{world.made('server')}"
    resource = world.admin("POST", f"{path}/apiresources", json=calls.new("api_resource", world)).json()
    assert world.admin("DELETE", path).status_code == 204
    assert world.admin("DELETE", path).status_code == 404
    with world.sandbox.store.read() as uow:
        assert uow.resources.find("api_resource", resource["ApiResourceId"]) is None


def test_certifications_start_on_days_that_exist(world: World) -> None:
    """39/19/2999 passes the pattern and is 400 (errata S3); the variant says how long one is good."""
    path = calls.path_of(calls.entry("server_certification"), world)
    refused = world.admin("POST", path, json=calls.CERTIFICATION | {"CertificationStartDate": "39/19/2999"})
    assert refused.status_code == 400
    made = world.admin("POST", path, json=calls.CERTIFICATION).json()
    assert made["CertificationExpirationDate"] == "01/06/2027"


def test_participants_follow_every_change(world: World) -> None:
    """Who has an active server stands there; 304 for who knows it; omitted and deleted servers do not show."""
    assert world.nobody("GET", "/participants").json() == []
    path = f"{world.own}/authorisationservers/{world.made('server')}"
    first = world.nobody("GET", "/participants")
    (participant,) = first.json()
    assert participant["OrganisationId"] == world.organisation
    assert first.headers["cache-control"] == "public, max-age=900"
    known = {"if-none-match": first.headers["etag"]}
    assert world.nobody("GET", "/participants", headers=known).status_code == 304
    hidden = calls.SERVER | {"OmitFromEcosystem": True, "Status": "Active"}
    assert world.admin("PUT", path, json=hidden).status_code == 200
    assert world.nobody("GET", "/participants", headers=known).json() == []


def test_changes_are_audited_with_what_was_before(world: World) -> None:
    """Who, what, before and after; the list is called `items` (errata R1)."""
    path = calls.path_of(calls.entry("contact"), world)
    made = world.admin("POST", path, json=calls.new("contact", world)).json()["ContactId"]
    changed = calls.new("contact", world) | {"PhoneNumber": "+1"}
    assert world.admin("PUT", f"{path}/{made}", json=changed).status_code == 200
    newest = world.admin("GET", f"/audit?resourceId={made}").json()["items"][0]
    assert (newest["EntryType"], newest["ResourceType"]) == ("updated", "contact")
    assert newest["Record"]["body"]["PhoneNumber"] == "+1"
    assert newest["Record"]["before"]["body"]["PhoneNumber"] == "+4420"


def test_the_registry_is_asked_by_role_and_in_pages(world: World) -> None:
    """Those that have the role now; pages count what fits."""
    _path, made = claim(world)
    body = {"AuthorisationDomain": made["AuthorisationDomain"], "Role": made["Role"]}
    assert world.admin("POST", f"{world.software}/authorityclaims", json=body).status_code == 201
    for _ in range(2):
        world.new_application()
    whole = world.admin("GET", "/clients?page=1&size=2").json()
    assert (whole["totalSize"], whole["numberOfElements"]) == (3, 1)
    found = world.admin("GET", f"/clients?role={made['Role']}&size=1").json()
    assert (found["totalSize"], found["content"][0]["software_id"]) == (1, world.application)
    assert world.admin("GET", "/clients?role=nobody").json()["content"] == []
    assert world.admin("GET", "/clients?status=Suspended").json()["totalSize"] == 0
