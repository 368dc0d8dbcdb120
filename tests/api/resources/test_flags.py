"""Flags of organisations, applications and servers: ids in, objects out; and certifications of applications."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.runtime.clock import MovableClock
from tests.api.oauth.relying_party import unverified
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import APPLICATION, NOW, open_for_tests

FLAGS = "/references/flags"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    sandbox = open_for_tests(tmp_path, {}, MovableClock(NOW))
    yield World(sandbox)
    sandbox.close()


def flag(world: World, kind: str) -> dict[str, Any]:
    made = world.admin("POST", FLAGS, json=calls.new("flag", world) | {"Type": kind})
    assert made.status_code == 201, made.text
    return dict(made.json())


def bodies(world: World) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Type of a flag -> where such an object is, what a PUT of it is, and where its answer has it."""
    server = f"{world.own}/authorisationservers/{world.made('server')}"
    return {
        "Organisation": (world.own, world.organisation_body(world.organisation), "OrgDetails"),
        "Software_Statement": (world.software, dict(APPLICATION), ""),
        "Authorisation_Server": (server, calls.SERVER | {"Status": "Active"}, ""),
    }


def shown(world: World, path: str, part: str) -> list[dict[str, Any]]:
    read = world.admin("GET", path).json()
    return list((read[part] if part else read)["Flags"])


@pytest.mark.parametrize("kind", ["Organisation", "Software_Statement", "Authorisation_Server"])
def test_ids_in_objects_out(world: World, kind: str) -> None:
    """By PUT and GET; silence keeps them, an empty list takes them away, and what was read may be sent back."""
    path, body, part = bodies(world)[kind]
    made = flag(world, kind)
    changed = world.admin("PUT", path, json=body | {"Flags": [made["Id"]]})
    assert changed.status_code == 200, changed.text
    assert [each["Name"] for each in changed.json()["Flags"]] == [made["Name"]]
    assert world.admin("PUT", path, json=body).json()["Flags"] == changed.json()["Flags"]
    read = shown(world, path, part)
    assert read == changed.json()["Flags"]
    assert world.admin("PUT", path, json=body | {"Flags": read}).json()["Flags"] == read
    assert world.admin("PUT", path, json=body | {"Flags": []}).json()["Flags"] == []


@pytest.mark.parametrize("kind", ["Organisation", "Software_Statement", "Authorisation_Server"])
def test_what_is_no_flag_of_this_kind(world: World, kind: str) -> None:
    """400 for an unknown id and for a flag of another type."""
    path, body, _part = bodies(world)[kind]
    other = flag(world, "Organisation" if kind != "Organisation" else "Software_Statement")
    for wrong in (["none"], [other["Id"]]):
        assert world.admin("PUT", path, json=body | {"Flags": wrong}).status_code == 400


@pytest.mark.parametrize("cascade", [True, False])
def test_a_flag_that_is_deactivated(world: World, *, cascade: bool) -> None:
    """It is not shown any more; with `Cascade` it is gone for good, with an audit entry, else it comes back with it."""
    for kind, (path, body, part) in bodies(world).items():
        made = flag(world, kind)
        world.admin("PUT", path, json=body | {"Flags": [made["Id"]]})
        off = made | {"Status": "Inactive", "Cascade": cascade}
        assert world.admin("PUT", f"{FLAGS}/{made['Id']}", json=off).status_code == 200
        assert shown(world, path, part) == []
        world.admin("PUT", f"{FLAGS}/{made['Id']}", json=made | {"Status": "Active"})
        assert len(shown(world, path, part)) == (0 if cascade else 1), kind


def test_assertions_tell_them(world: World) -> None:
    """Values by name (connect.md 12)."""
    for kind, (path, body, _part) in bodies(world).items():
        world.admin("PUT", path, json=body | {"Flags": [flag(world, kind)["Id"]]})
    claims = unverified(world.admin("GET", f"{world.software}/assertion", headers={"accept": "application/jwt"}).text)
    assert [list(claims[name].values()) for name in ("organisation_flags", "software_flags")] == [[["yes"]], [["yes"]]]


def test_participants_tell_them(world: World) -> None:
    """Lists of values by name, of organisation and server; and no more once the flag is off (connect.md 13)."""
    flags = {}
    for kind, (path, body, _part) in bodies(world).items():
        flags[kind] = flag(world, kind)
        world.admin("PUT", path, json=body | {"Flags": [flags[kind]["Id"]]})
    own, of_server = flags["Organisation"], flags["Authorisation_Server"]
    (participant,) = world.nobody("GET", "/participants").json()
    assert participant["Flags"] == {own["Name"]: ["yes"]}
    assert participant["AuthorisationServers"][0]["Flags"] == {of_server["Name"]: ["yes"]}
    off = of_server | {"Status": "Inactive", "Cascade": False}
    assert world.admin("PUT", f"{FLAGS}/{of_server['Id']}", json=off).status_code == 200
    (participant,) = world.nobody("GET", "/participants").json()
    assert participant["AuthorisationServers"][0]["Flags"] == {}


def test_lists_have_them_too(world: World) -> None:
    """Of organisations, and of applications with their certifications."""
    of_organisation, of_application = flag(world, "Organisation"), flag(world, "Software_Statement")
    body = world.organisation_body(world.organisation) | {"Flags": [of_organisation["Id"]]}
    world.admin("PUT", world.own, json=body)
    world.admin("PUT", world.software, json=APPLICATION | {"Flags": [of_application["Id"]]})
    (organisation,) = world.admin("GET", "/organisations").json()["content"]
    assert organisation["Flags"][0]["Id"] == of_organisation["Id"]
    certification = world.admin("POST", f"{world.software}/certifications", json=calls.CERTIFICATION).json()
    (application,) = world.admin("GET", f"{world.own}/softwarestatements").json()
    assert application["Flags"][0]["Id"] == of_application["Id"]
    assert application["SoftwareStatementCertifications"] == [certification]
    assert world.admin("GET", world.software).json()["SoftwareStatementCertifications"] == [certification]
