"""Metadata policies of federations and conformance configurations: versions, moves, what a policy must be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.runtime.clock import MovableClock
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import NOW, open_for_tests

POLICY = {"Type": "openid_provider", "Status": "active", "Policy": '{"contacts": {"add": ["a@acme.example"]}}'}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    sandbox = open_for_tests(tmp_path, {}, MovableClock(NOW))
    yield World(sandbox)
    sandbox.close()


@pytest.fixture
def policies(world: World) -> str:
    return f"/references/federations/{world.made('federation')}/metadata-policy"


def add(world: World, path: str, **members: Any) -> dict[str, Any]:
    made = world.admin("POST", path, json=POLICY | members)
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_versions_count_by_type_and_one_is_active(world: World, policies: str) -> None:
    """Another type begins at 1 and displaces nothing; filters find by type, status and version."""
    add(world, policies)
    add(world, policies, Type="oauth_client")
    add(world, policies)
    listed = world.admin("GET", policies).json()["content"]
    told = [(each["Type"], each["Version"], each["Status"]) for each in listed]
    provider = [("openid_provider", 1, "assignable"), ("openid_provider", 2, "active")]
    assert told == [provider[0], ("oauth_client", 1, "active"), provider[1]]
    found = world.admin("GET", f"{policies}?type=openid_provider&policyStatus=active&version=2").json()["content"]
    assert [each["Version"] for each in found] == [2]
    everywhere = "/dashboard/federation/referencedatapolicies?Status=assignable"
    assert world.admin("GET", everywhere).json()["totalSize"] == 1


@pytest.mark.parametrize("text", ["no json", "[]", '{"contacts": 1}', '{"a": NaN}', "[" * 100_000], ids=range(5))
def test_a_policy_is_an_object_of_operators(world: World, policies: str, text: str) -> None:
    """400 for every other text."""
    assert world.admin("POST", policies, json=POLICY | {"Policy": text}).status_code == 400


def test_a_rejected_policy_is_pending_before_it_is_anything_else(world: World, policies: str) -> None:
    """409 for the short cut; the type stays what it was, 400."""
    path = f"{policies}/{add(world, policies, Status='rejected')['ReferenceID']}"
    assert world.admin("PUT", path, json=POLICY).status_code == 409
    assert world.admin("PUT", path, json=POLICY | {"Status": "pending"}).status_code == 200
    assert world.admin("PUT", path, json=POLICY | {"Type": "oauth_client"}).status_code == 400
    changed = world.admin("PUT", path, json=POLICY)
    assert (changed.status_code, changed.json()["Version"]) == (200, 1)


def test_a_conformance_configuration_belongs_to_the_family_of_its_path(world: World) -> None:
    """400 for another family in the body; a test plan is named once, 409."""
    path = calls.path_of(calls.entry("conformance_configuration"), world)
    body = calls.new_below("conformance_configuration", path, world)
    assert world.admin("POST", path, json=body | {"ApiFamilyID": world.made("api_family")}).status_code == 400
    assert world.admin("POST", path, json=body).status_code == 201
    assert world.admin("POST", path, json=body).status_code == 409
