"""Role claims of applications and servers: some of those that their organisation holds (connect.md 4.2 and 15).

The record of an application holds its roles too, as assertions, tokens and rights read them; every change is repeated
there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.directory.history import snapshot
from app.directory.kinds import Change, Members, refused
from app.directory.resources import note
from app.errors import Conflict
from app.store.records import Application, AuditEvent, Resource

SEPARATOR = "\x1f"
LOCKED = "application.locked"
CLAIM_ID = "OrganisationAuthorisationDomainRoleClaimID"


def application_claim(change: Change) -> Members:
    """Raises Invalid (no such active claim of the organisation, a lock), Conflict (a deleted application)."""
    application = _application(change)
    if change.status == "Active" and application.status == "Inactive":
        raise Conflict("a claim of a deleted application cannot be active", code="state.illegal")
    if change.status != "Active" and change.stored is not None and change.stored.is_active and application.locked:
        raise refused("Status", "a role of a locked application cannot be deactivated", code=LOCKED)
    return _resting(change)


def server_claim(change: Change) -> Members:
    """Raises Invalid for what is no active claim of the organisation."""
    return _resting(change)


def claim_key(change: Change, body: Members) -> str:
    above = change.above[-1].resource_id if change.above else _application(change).software_statement_id
    return SEPARATOR.join((above, str(body["AuthorisationDomainName"]), str(body["AuthorisationDomainRoleName"])))


def after_application_claim(change: Change, record: Resource) -> None:
    """Repeat it in the application: tokens and assertions tell the roles from there."""
    _repeat(change, _application(change), record)


def rest_on(change: Change, claim: Resource) -> None:
    """Deactivate what rests on a role claim of the organisation that is no longer active, locked or not."""
    for resting in list(_resting_on(change, claim)):
        changed = replace(resting, status="Inactive", revision=resting.revision + 1)
        change.uow.resources.replace(changed)
        note(change, "update", changed, resting)
        if resting.kind == "application_claim":
            application = change.uow.applications.get(change.owner.organisation_id, resting.parent_id)
            _repeat(change, application, changed)


def _resting_on(change: Change, claim: Resource) -> Iterator[Resource]:
    wanted = claim.body["AuthorisationDomain"], claim.body["Role"]
    for each in change.uow.resources.of_organisation(change.owner.organisation_id):
        if each.kind in ("application_claim", "server_claim") and each.is_active:
            named = each.body.get("AuthorisationDomainName"), each.body.get("AuthorisationDomainRoleName")
            if named == wanted:
                yield each


def _application(change: Change) -> Application:
    if change.application is None:
        raise LookupError("this kind belongs to an application")
    return change.application


def _resting(change: Change) -> Members:
    """The body with what its role claim says; an inactive one may still be deactivated."""
    claim = _claim(change)
    if change.status == "Active" and not claim.is_active:
        raise refused(CLAIM_ID, f"{CLAIM_ID} must be that of an active role claim", claim.resource_id, "role.missing")
    authority = change.uow.resources.find("authority", str(claim.body.get("AuthorityId")))
    domain, role = claim.body["AuthorisationDomain"], claim.body["Role"]
    body: dict[str, Any] = {
        CLAIM_ID: claim.resource_id,
        "AuthorisationDomain": domain,
        "Role": role,
        "AuthorisationDomainName": domain,
        "AuthorisationDomainRoleName": role,
    }
    if authority is not None:
        body["AuthorityName"] = authority.body.get("AuthorityName", "")
    if change.stored is not None and claim_key(change, body) != change.stored.key:
        raise refused(CLAIM_ID, "the role of a claim cannot be changed; make another claim", code="field.read_only")
    return body


def _claim(change: Change) -> Resource:
    """The claim of the organisation, by its id or by domain and role; at an update the one that is there."""
    values = change.values
    if change.stored is not None and not (values.get(CLAIM_ID) or values.get("Role")):
        values = {**change.kept}
    identifier = values.get(CLAIM_ID)
    held = change.uow.resources.below(change.owner.organisation_id, "role_claim")
    if identifier:
        found = next((claim for claim in held if claim.resource_id == str(identifier).lower()), None)
    else:
        wanted = values.get("AuthorisationDomain"), values.get("Role")
        if None in wanted:
            text = f"{CLAIM_ID}, or AuthorisationDomain and Role, must be provided"
            raise refused(CLAIM_ID, text, code="field.missing")
        found = next((c for c in held if (c.body["AuthorisationDomain"], c.body["Role"]) == wanted), None)
    if found is None:
        shown = identifier or " / ".join(str(values.get(name)) for name in ("AuthorisationDomain", "Role"))
        raise refused(CLAIM_ID, "must be a role claim of the organisation", shown, "role.missing")
    return found


def _repeat(change: Change, application: Application, record: Resource) -> None:
    current = change.uow.applications.get(application.organisation_id, application.software_statement_id)
    role = {
        "AuthorisationDomain": record.body["AuthorisationDomainName"],
        "Role": record.body["AuthorisationDomainRoleName"],
        "Status": record.status,
    }
    named = role["AuthorisationDomain"], role["Role"]
    others = [r for r in current.roles if (r.get("AuthorisationDomain"), r.get("Role")) != named]
    changed = replace(current, roles=(*others, role), revision=current.revision + 1)
    change.uow.applications.replace(changed)
    change.uow.audit.add(
        AuditEvent(
            at=change.now,
            actor=change.caller.name,
            action="update",
            object_type="application",
            object_id=current.software_statement_id,
            organisation_id=current.organisation_id,
            record=snapshot(changed),
        )
    )
