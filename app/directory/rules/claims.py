"""Domain claims, role claims and their authorisations (connect.md 15).

The record of an organisation holds its role claims too, in the short form that seeds, assertions and new applications
read (app.directory.roles); every change of a claim is repeated there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.directory.history import snapshot
from app.directory.kinds import Change, Members, refused
from app.directory.resources import note
from app.directory.rules.application_claims import rest_on
from app.errors import Conflict
from app.store.records import AuditEvent, Resource
from app.store.resources import SEPARATOR, role_key
from app.store.store import UnitOfWork

ROLE_SEPARATOR = SEPARATOR
SETTLED = ("AuthorityId", "AuthorisationDomainID", "AuthorisationDomainRoleIdentifier")
"""What a claim is about; no update changes that."""


def domain_claim(change: Change) -> Members:
    """An active authority, mapped to an active domain, named by id or by its deprecated name (errata A21)."""
    authority, domain = _authority(change), _domain(change, "AuthorisationDomainName")
    _require_mapped(change, authority, domain)
    body = {
        **change.values,
        "AuthorityId": authority.resource_id,
        "AuthorityName": authority.body.get("AuthorityName"),
        "AuthorisationDomainID": domain.resource_id,
        "AuthorisationDomainName": domain.body["AuthorisationDomainName"],
    }
    return _settled(change, body)


def domain_claim_key(change: Change, body: Members) -> str:
    return ROLE_SEPARATOR.join((change.owner.organisation_id, body["AuthorityId"], body["AuthorisationDomainID"]))


def after_domain_claim(change: Change, record: Resource) -> None:
    """Without the domain none of its roles can be held: they go with it, and what rests on them."""
    if record.is_active:
        return
    for claim in change.uow.resources.below(change.owner.organisation_id, "role_claim"):
        is_inside = all(claim.body.get(n) == record.body[n] for n in ("AuthorityId", "AuthorisationDomainID"))
        if claim.is_active and is_inside:
            _deactivate(change, claim)


def role_claim(change: Change) -> Members:
    """A role of a domain that the organisation has claimed; an exclusive role stands alone."""
    authority, domain = _authority(change), _domain(change, "AuthorisationDomain")
    _require_mapped(change, authority, domain)
    role = _role(change, domain)
    if change.status == "Active":
        _require_domain_claim(change, authority, domain)
        _require_alone(change, role)
    body = {
        **change.values,
        "AuthorityId": authority.resource_id,
        "AuthorisationDomainID": domain.resource_id,
        "AuthorisationDomain": domain.body["AuthorisationDomainName"],
        "AuthorisationDomainRoleIdentifier": role.resource_id,
        "Role": role.body["AuthorisationDomainRoleName"],
        "RoleType": role.body.get("RoleType", "Federation"),
        "Exclusive": bool(role.body.get("Exclusive", False)),
    }
    return _settled(change, body)


def role_claim_key(change: Change, body: Members) -> str:
    return ROLE_SEPARATOR.join((change.owner.organisation_id, body["AuthorisationDomain"], body["Role"]))


def after_role_claim(change: Change, record: Resource) -> None:
    """Repeat it in the organisation; what rests on an inactive one goes too (connect.md 15)."""
    _repeat(change, record)
    if not record.is_active:
        rest_on(change, record)


def role_claim_view(uow: UnitOfWork, record: Resource) -> Members:
    """Authorisations, and the metadata of the role by claim name (errata A17)."""
    role = str(record.body.get("AuthorisationDomainRoleIdentifier", ""))
    return {
        "Authorisations": [
            {"Status": each.status, "MemberState": each.body["MemberState"]}
            for each in uow.resources.below(record.resource_id, "authorisation")
        ],
        "Metadata": {
            str(each.body["ClaimName"]): {"Value": each.body.get("Value"), "Values": each.body.get("Values")}
            for each in uow.resources.below(role, "role_metadata")
            if each.is_active
        },
    }


def authorisation_key(change: Change, body: Members) -> str:
    return ROLE_SEPARATOR.join((change.above[-1].resource_id, str(body["MemberState"]).upper()))


def authorisation(change: Change) -> Members:
    """Raises Conflict where the claim is inactive."""
    if change.stored is None and not change.above[-1].is_active:
        raise Conflict("an inactive claim gets no authorisations", code="state.illegal")
    return change.values


def after_authorisation(change: Change, _record: Resource) -> None:
    """The short form in the organisation names the member states too."""
    _repeat(change, change.above[-1])


def _deactivate(change: Change, claim: Resource) -> None:
    changed = replace(claim, status="Inactive", revision=claim.revision + 1)
    change.uow.resources.replace(changed)
    note(change, "update", changed, claim)
    after_role_claim(change, changed)


def _repeat(change: Change, record: Resource) -> None:
    """The claim in the short form, in the place of the one for the same role."""
    organisation = change.uow.organisations.get(change.owner.organisation_id)
    short = short_form(change.uow, record)
    others = [claim for claim in organisation.roles if not _is_same(claim, short)]
    roles = (*others, short) if len(others) < len(organisation.roles) or record.is_active else tuple(others)
    changed = replace(organisation, roles=roles, revision=organisation.revision + 1)
    change.uow.organisations.replace(changed)
    change.uow.audit.add(
        AuditEvent(
            at=change.now,
            actor=change.caller.name,
            action="update",
            object_type="organisation",
            object_id=organisation.organisation_id,
            organisation_id=organisation.organisation_id,
            record=snapshot(changed),
        )
    )


def short_form(uow: UnitOfWork, record: Resource) -> dict[str, Any]:
    """A role claim as the record of its organisation has it (app.directory.roles, assertion_claims)."""
    authority = uow.resources.find("authority", str(record.body["AuthorityId"]))
    told = {} if authority is None else authority.body
    return {
        "id": record.resource_id,
        "domain": record.body["AuthorisationDomain"],
        "role": record.body["Role"],
        "status": record.status,
        "registration_id": record.body.get("RegistrationId", ""),
        "authority_id": record.body["AuthorityId"],
        "authority_name": told.get("AuthorityName", ""),
        "authority_code": told.get("AuthorityCode", ""),
        "authorisations": [
            {"member_state": each.body["MemberState"], "status": each.status}
            for each in uow.resources.below(record.resource_id, "authorisation")
        ],
    }


def _is_same(claim: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (claim.get("domain"), claim.get("role")) == (other["domain"], other["role"])


def _authority(change: Change) -> Resource:
    wanted = str(change.values["AuthorityId"]).lower()
    found = change.uow.resources.find("authority", wanted)
    if found is None or not _is_usable(change, found):
        raise refused("AuthorityId", "AuthorityId must be that of an active authority", wanted)
    return found


def _domain(change: Change, name_member: str) -> Resource:
    """The id wins over the name (errata A21)."""
    identifier, name = change.values.get("AuthorisationDomainID"), change.values.get(name_member)
    if not identifier and not name:
        text = f"AuthorisationDomainID or {name_member} must be provided"
        raise refused("AuthorisationDomainID", text, code="field.missing")
    if identifier:
        member, found = "AuthorisationDomainID", change.uow.resources.find("domain", str(identifier).lower())
    else:
        member, found = name_member, change.uow.resources.by_key("domain", str(name))
    if found is None or not _is_usable(change, found):
        raise refused(member, f"{member} must name an active authorisation domain", identifier or name)
    return found


def _role(change: Change, domain: Resource) -> Resource:
    identifier, name = change.values.get("AuthorisationDomainRoleIdentifier"), change.values.get("Role")
    if not identifier and not name:
        text = "AuthorisationDomainRoleIdentifier or Role must be provided"
        raise refused("AuthorisationDomainRoleIdentifier", text, code="field.missing")
    if identifier:
        member = "AuthorisationDomainRoleIdentifier"
        found = change.uow.resources.find("domain_role", str(identifier).lower())
    else:
        member, key = "Role", role_key(str(domain.body["AuthorisationDomainName"]), str(name))
        found = change.uow.resources.by_key("domain_role", key)
    if found is None or not _is_usable(change, found) or found.parent_id != domain.resource_id:
        raise refused(member, f"{member} must name an active role of the domain", identifier or name)
    return found


def _require_mapped(change: Change, authority: Resource, domain: Resource) -> None:
    key = mapping_key(authority.resource_id, domain.resource_id)
    mapping = change.uow.resources.by_key("authority_domain", key)
    if mapping is None or not _is_usable(change, mapping):
        name = domain.body["AuthorisationDomainName"]
        raise refused("AuthorityId", f"AuthorityId must be that of an authority for the domain {name}")


def mapping_key(authority_id: str, domain_id: str) -> str:
    return f"{authority_id}{ROLE_SEPARATOR}{domain_id}"


def _require_domain_claim(change: Change, authority: Resource, domain: Resource) -> None:
    key = domain_claim_key(change, {"AuthorityId": authority.resource_id, "AuthorisationDomainID": domain.resource_id})
    claim = change.uow.resources.by_key("domain_claim", key)
    if claim is None or not claim.is_active:
        name = domain.body["AuthorisationDomainName"]
        raise refused("AuthorisationDomainID", f"the organisation must have an active claim on the domain {name}")


def _require_alone(change: Change, role: Resource) -> None:
    """An exclusive role excludes every other one of the organisation (connect.md 15)."""
    others = list(_others(change, role))
    if others and role.body.get("Exclusive"):
        raise refused("Role", f"an exclusive role cannot be claimed beside {others[0].body['Role']}")
    for other in others:
        if other.body.get("Exclusive"):
            raise refused("Role", f"no role can be claimed beside {other.body['Role']}, which is exclusive")


def _others(change: Change, role: Resource) -> Iterator[Resource]:
    for claim in change.uow.resources.below(change.owner.organisation_id, "role_claim"):
        if claim.is_active and claim.body.get("AuthorisationDomainRoleIdentifier") != role.resource_id:
            yield claim


def _is_usable(change: Change, record: Resource) -> bool:
    """An active claim needs active things; an inactive one may outlive them."""
    return record.is_active or change.status != "Active"


def _settled(change: Change, body: dict[str, Any]) -> Members:
    """Raises Invalid where an update names another authority, domain or role."""
    body = {name: value for name, value in body.items() if value is not None}
    for name in SETTLED:
        if change.stored is not None and change.kept.get(name) != body.get(name):
            raise refused(name, f"{name} cannot be changed; make another claim", body.get(name), "field.read_only")
    return body
