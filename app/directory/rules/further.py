"""Metadata policies of federations, conformance configurations and custom claims (OpenAPI 1.39)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from app.directory.kinds import Change, Members, refused
from app.directory.resources import note
from app.directory.rules.dates import moment
from app.errors import Conflict
from app.json_path import Unreadable, read_path
from app.store.records import Resource

SEPARATOR = "\x1f"
OWN_CLAIMS = frozenset({
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "auth_time", "acr", "amr", "azp", "sid", "at_hash",
    "c_hash", "s_hash", "trust_framework_profile",
})  # fmt: skip
"""Claims that an ID token has of its own; none may take their place (OpenID Connect Core, 2)."""


def policy(change: Change) -> Members:
    """The next version of its type. Raises Invalid for a text that is no policy, Conflict for an illegal move."""
    _require_policy(change.values["Policy"])
    if change.stored is not None:
        if change.values["Type"] != change.kept["Type"]:
            raise refused("Type", "the type of a policy cannot be changed", change.values["Type"], "field.read_only")
        if change.stored.status == "rejected" and change.status not in ("rejected", "pending"):
            raise Conflict(f"a policy that is rejected cannot become {change.status}", code="state.illegal")
        return {**change.values, "Version": change.kept["Version"]}
    others = change.uow.resources.below(change.above[-1].resource_id, "metadata_policy")
    same = (int(each.body["Version"]) for each in others if each.body["Type"] == change.values["Type"])
    return {**change.values, "Version": 1 + max(same, default=0)}


def after_policy(change: Change, record: Resource) -> None:
    """One of a type is active in a federation; the one that was is assignable now."""
    if record.status != "active":
        return
    for other in change.uow.resources.below(record.parent_id, "metadata_policy"):
        is_same = other.body["Type"] == record.body["Type"] and other.resource_id != record.resource_id
        if is_same and other.status == "active":
            kept = replace(other, status="assignable", revision=other.revision + 1)
            change.uow.resources.replace(kept)
            note(change, "update", kept, other)


def _require_policy(text: str) -> None:
    """A JSON object with an object of operators for each parameter (OpenID Federation 1.0, 6.1)."""
    try:
        read: Any = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise refused("Policy", f"Policy must be JSON: {str(error)[:120]}", text) from None
    if not isinstance(read, dict) or not all(isinstance(operators, dict) for operators in read.values()):
        raise refused("Policy", "Policy must be a JSON object with an object of operators for each parameter", text)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def conformance_configuration(change: Change) -> Members:
    """Of the family that its path names. Raises Invalid."""
    family = change.above[-1].resource_id
    if str(change.values["ApiFamilyID"]).lower() != family:
        raise refused("ApiFamilyID", "ApiFamilyID must be that of the path", change.values["ApiFamilyID"])
    return {**change.values, "ApiFamilyID": family, "UpdatedAt": moment(change.now)}


def conformance_key(_change: Change, body: Members) -> str:
    """A family names a test plan once."""
    return f"{body['ApiFamilyID']}{SEPARATOR}{body['TestPlanName']}"


def custom_claim(change: Change) -> Members:
    """Raises Invalid for a path that cannot be read and for a claim that ID tokens have of their own; Conflict."""
    if change.application is not None and change.application.status == "Inactive":
        raise Conflict("a deleted application has no claims", code="state.illegal")
    name, path = change.values["Name"], change.values["Path"]
    if name in OWN_CLAIMS:
        raise refused("Name", f"{name} is a claim that the ID token has of its own", name)
    try:
        read_path(path)
    except Unreadable as error:
        raise refused("Path", f"Path must be a JSON Path: {error}", path, "field.pattern") from None
    return {**change.values, "ClaimKey": name, "UpdatedAt": moment(change.now)}


def custom_claim_key(change: Change, body: Members) -> str:
    """An application has a claim once."""
    above = "" if change.application is None else change.application.software_statement_id
    return f"{above}{SEPARATOR}{body['Name']}"
