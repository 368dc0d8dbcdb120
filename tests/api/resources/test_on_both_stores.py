"""Sign-in by others, groups, signing, flags, custom claims and backchannel requests on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.runtime.clock import MovableClock
from tests.accounts import add_person
from tests.api.oauth.relying_party import RelyingParty, verified
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import NOW, open_for_tests

CIBA = "urn:openid:params:grant-type:ciba"
UNUSUAL = ("a\0b", "x' OR '1'='1", "\U0001f600")


@pytest.fixture
def world(tmp_path: Path, store_url: str) -> Iterator[World]:
    sandbox = open_for_tests(tmp_path, {"database": store_url}, MovableClock(NOW))
    yield World(sandbox)
    sandbox.close()


def made(world: World, kind: str, path: str, **members: Any) -> dict[str, Any]:
    answer = world.admin("POST", path, json=calls.new_below(kind, path, world) | members)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_one_of_each(world: World) -> None:
    """Made, listed in their order, and taken away."""
    configuration = world.active_configuration()
    (listed,) = world.admin("GET", "/references/users/sso-configurations").json()["content"]
    assert listed["ID"] == configuration
    versions = f"{world.own}/authorisationservers/{listed['ServerID']}/sso-configuration/{configuration}/versions"
    made(world, "sso_version", versions)
    assert [each["Version"] for each in world.admin("GET", versions).json()["content"]] == [2, 1]
    group = f"/references/users/groups/{world.made('user_group')}"
    world.new_member(f"{group}/membership")
    for kind, name in (("group_organisation_binding", "organisation-binding"), ("group_permission", "permissions")):
        binding = made(world, kind, f"{group}/{name}")
        assert world.admin("GET", f"{group}/{name}").json()["totalSize"] == 1
        assert world.admin("DELETE", f"{group}/{name}/{binding['ID']}").status_code == 204
    assert world.admin("GET", f"{group}/membership").json()["totalSize"] == 1
    envelope = world.envelope()
    assert world.admin("GET", f"{world.own}/ess/poll/{envelope}").status_code == 200
    flag = made(world, "flag", "/references/flags", Type="Organisation")
    body = world.organisation_body(world.organisation) | {"Flags": [flag["Id"]]}
    assert world.admin("PUT", world.own, json=body).json()["Flags"][0]["Id"] == flag["Id"]


def test_claims_and_backchannel(world: World) -> None:
    """A person who is elsewhere allows it; the ID token has what the application asked for."""
    client = RelyingParty(world.sandbox, world.app)
    account = add_person(world.sandbox, "ana@acme.example", SuperUser=True)
    path = f"/organisations/{client.organisation}/softwarestatements/{client.client_id}/custom-claims"
    made(world, "custom_claim", path, Name="boss")
    form = {"scope": "openid", "login_hint": account.email, "binding_message": "W4"}
    request_id = client.ask("POST", "/backchannel", data=client.assertion() | form).json()["auth_req_id"]
    world.sandbox.people.scripted_login.answer_backchannel(request_id, account.email, approve=True)
    answer = client.token(grant_type=CIBA, auth_req_id=request_id)
    assert answer.status_code == 200, answer.text
    assert verified(answer.json()["id_token"], world.sandbox)["boss"] is True


@pytest.mark.parametrize("text", UNUSUAL, ids=["nul", "sql", "astral"])
def test_texts_that_a_database_does_not_take(world: World, text: str) -> None:
    """Refused in words, wherever they come."""
    client = RelyingParty(world.sandbox, world.app)
    for form in ({"login_hint": text}, {"login_hint": "x", "requested_expiry": text}, {"id_token_hint": text}):
        answer = client.ask("POST", "/backchannel", data=client.assertion() | {"scope": "openid"} | form)
        assert answer.status_code == 400, answer.text
    assert client.token(grant_type=CIBA, auth_req_id=text).json()["error"] == "invalid_grant"
    group = f"/references/users/groups/{world.made('user_group')}"
    assert world.admin("POST", f"{group}/organisation-binding", json={"OrganisationID": text}).status_code == 400
    body = world.organisation_body(world.organisation) | {"Flags": [text]}
    assert world.admin("PUT", world.own, json=body).status_code == 400
    test = {"ResourceUrl": text, "ApiFamilyType": text, "Version": text}
    assert world.admin("POST", f"{world.own}/conformancetest", json=test).status_code == 400
    assert world.admin("POST", f"{world.own}/ess/reissue/{text!a}").status_code == 404
