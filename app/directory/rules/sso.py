"""Sign-in by an identity provider of a participant: configurations, and versions that have to be approved.

OpenAPI 1.39, `sso-configuration`: only approved versions may be active, one of them at a time; what was approved once
keeps its content and is not deleted any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from app.access import require_right
from app.access_rules import Level, Need
from app.directory.kinds import Change, Members, refused
from app.directory.resources import note
from app.directory.rules.dates import moment
from app.errors import Conflict
from app.store.records import Resource
from app.store.store import UnitOfWork

ADDRESS = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,189}")
MOST = 10
"""Contacts of a configuration, domains of a version."""
APPROVED = frozenset({"Active", "Assignable"})
FREE = frozenset({"Status", "UpdatedAt", "Version", "Approved"})
"""What may differ between an approved version and a change of it."""
MOVES = {
    "Pending": {"Pending", "Rejected", "Inactive", *APPROVED},
    "Rejected": {"Rejected", "Pending", "Inactive"},
    "Inactive": {"Inactive", "Pending"},
}
"""From a status of a version that was never approved to others."""
MOVES_OF_APPROVED = {"Inactive", *APPROVED}


def configuration(change: Change) -> Members:
    """Raises Invalid for contacts that are none. The answer tells no suffix, so an absent one stays."""
    _require_at_most("Contacts", change.values["Contacts"], least=1)
    for index, address in enumerate(change.values["Contacts"]):
        if not ADDRESS.fullmatch(address):
            raise refused(f"Contacts/{index}", "Contacts must be e-mail addresses", address, "field.pattern")
    kept = {name: change.kept[name] for name in ("RedirectUriSuffix", "Approved") if name in change.kept}
    return {**kept, **change.values, "UpdatedAt": moment(change.now)}


def configuration_key(_change: Change, body: Members) -> str | None:
    """No two redirect addresses are one."""
    return body.get("RedirectUriSuffix")


def configuration_view(uow: UnitOfWork, record: Resource) -> Members:
    """What its server and its organisation say of it, for the list of all of them."""
    server = uow.resources.find("server", record.parent_id)
    organisation = uow.organisations.find(str(record.organisation_id))
    return {
        "ServerName": None if server is None else server.body.get("CustomerFriendlyName"),
        "ServerLogoURI": None if server is None else server.body.get("CustomerFriendlyLogoUri"),
        "OrganisationID": record.organisation_id,
        "OrganisationName": None if organisation is None else organisation.name,
        "TextRecord": f"connect-sso-configuration={record.resource_id}",
    }


def configuration_leaving(change: Change) -> None:
    """Raises Conflict for one that ever had an approved version; groups lose what bound them to it."""
    stored = _stored(change)
    if stored.body.get("Approved"):
        text = "a configuration that had an approved version cannot be deleted; deactivate it"
        raise Conflict(text, code="state.illegal")
    unbind(change, (stored,))


def server_leaving(change: Change) -> None:
    """Groups lose what bound them to the identity provider."""
    unbind(change, change.uow.resources.below(_stored(change).resource_id, "sso_configuration"))


def unbind(change: Change, configurations: Iterable[Resource]) -> None:
    """Take away the bindings of groups to these configurations."""
    gone = {each.resource_id for each in configurations}
    if not gone:
        return
    for binding in change.uow.resources.of_kind("group_idp_binding"):
        if binding.body["SsoConfigurationID"] in gone:
            change.uow.resources.remove((binding,))
            note(change, "delete", replace(binding, status="Inactive", revision=binding.revision + 1), binding)


def version(change: Change) -> Members:
    """A new one waits for its approval. Raises Invalid, Forbidden for who may not approve, Conflict for the rest."""
    for name in ("RestrictedDomains", "SupportedDomains"):
        _require_at_most(name, change.values[name])
    body: dict[str, Any] = {**change.values, "UpdatedAt": moment(change.now)}
    if change.stored is None:
        before = change.uow.resources.below(change.above[-1].resource_id, "sso_version")
        number = 1 + max((int(each.body["Version"]) for each in before), default=0)
        return body | {"Version": number, "Status": "Pending"}
    body["Version"] = change.kept["Version"]
    if change.kept.get("Approved"):
        _require_same(change, body)
        _require_move(change.stored.status, change.status, MOVES_OF_APPROVED)
        return body | {"Approved": True}
    _require_move(change.stored.status, change.status, MOVES.get(change.stored.status, MOVES["Pending"]))
    if change.status != change.stored.status and change.status in (*APPROVED, "Rejected"):
        require_right(change.caller, Need("ecosystem", Level.WRITE))
    return body | ({"Approved": True} if change.status in APPROVED else {})


def version_key(change: Change, body: Members) -> str:
    """In the order of versions."""
    return f"{change.above[-1].resource_id}\x1f{int(body['Version']):08d}"


def after_version(change: Change, record: Resource) -> None:
    """An active one suspends the one that was; an approved one marks its configuration for ever."""
    if record.status == "Active":
        for other in change.uow.resources.below(record.parent_id, "sso_version"):
            if other.resource_id != record.resource_id and other.is_active:
                _keep(change, other, status="Assignable")
    over = change.above[-1]
    if record.body.get("Approved") and not over.body.get("Approved"):
        _keep(change, over, body={**over.body, "Approved": True})


def version_leaving(change: Change) -> None:
    """Raises Conflict for one that was approved."""
    if _stored(change).body.get("Approved"):
        raise Conflict("an approved version cannot be deleted; deactivate it", code="state.illegal")


def _stored(change: Change) -> Resource:
    if change.stored is None:
        raise LookupError("only what is stored can leave")
    return change.stored


def _keep(change: Change, record: Resource, **changed: Any) -> None:
    kept = replace(record, **changed, revision=record.revision + 1)
    change.uow.resources.replace(kept)
    note(change, "update", kept, record)


def _require_at_most(member: str, values: list[str], *, least: int = 0) -> None:
    if not least <= len(values) <= MOST:
        text = f"{member} must hold {least} to {MOST} entries"
        raise refused(member, text, f"{len(values)} entries", "field.value")


def _require_same(change: Change, body: Members) -> None:
    """Raises Invalid for another content than the one that was approved."""
    defaults = {"GroupClaimPath": "$.", "AdditionalScopeValues": ""}
    for name, value in ({**defaults, **body}).items():
        if name not in FREE and change.kept.get(name) != value:
            text = f"{name} cannot be changed, since this version was approved; make another version"
            raise refused(name, text, value, "field.read_only")


def _require_move(before: str, after: str, allowed: set[str]) -> None:
    if after not in allowed:
        raise Conflict(f"a version that is {before} cannot become {after}", code="state.illegal")
