"""Authorisation servers, API resources, discovery endpoints and certifications (connect.md 14)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from app.directory.beside import flag_members, flags_of, known_flags
from app.directory.kinds import Change, Members, refused
from app.directory.rules.dates import after_days, day, moment
from app.store.records import Resource
from app.store.store import UnitOfWork

WELL_KNOWN = "/.well-known/openid-configuration"
SERVERS_OWN = ("NotificationWebhookStatus", "NotificationWebhookAddedDate")
LONGEST_TRIED = 2048
"""Characters of an address that expressions are tried on."""


def server(change: Change) -> Members:
    """Discovery follows from the issuer unless it is given; a new webhook address waits for its confirmation."""
    body = {"Flags": change.kept.get("Flags", []), **change.values}
    if change.values.get("Flags"):
        body["Flags"] = known_flags(change.uow, change.values["Flags"], "Authorisation_Server")
    if "Issuer" in body:
        body.setdefault("OpenIDDiscoveryDocument", str(body["Issuer"]).rstrip("/") + WELL_KNOWN)
    webhook = body.get("NotificationWebhook")
    if webhook and webhook == change.kept.get("NotificationWebhook"):
        body.update({name: change.kept[name] for name in SERVERS_OWN if name in change.kept})
    elif webhook:
        body.update(NotificationWebhookStatus="Pending", NotificationWebhookAddedDate=f"{change.now:%Y-%m-%d}")
    return body


def server_view(uow: UnitOfWork, record: Resource) -> Members:
    """What hangs below a server, as its readings have it."""
    below = uow.resources.below(record.resource_id)
    return {
        "ApiResources": [api_resource_object(uow, each) for each in below if each.kind == "api_resource"],
        "AuthorisationServerCertifications": [
            {**each.body, "CertificationId": each.resource_id, "AuthorisationServerId": record.resource_id,
             "Status": each.status}
            for each in below if each.kind == "server_certification"
        ],
        "Flags": [flag_members(each) for each in flags_of(uow, record.body)],
    }  # fmt: skip


def api_resource_object(uow: UnitOfWork, record: Resource) -> dict[str, Any]:
    hidden = {"ApiEndpoint", "ApiMetadata"}
    body = {name: value for name, value in record.body.items() if name not in hidden}
    return {
        "ApiResourceId": record.resource_id,
        **body,
        "Status": record.status,
        "ApiDiscoveryEndpoints": [endpoint_object(each) for each in endpoints(uow, record)],
    }


def endpoint_object(record: Resource) -> dict[str, Any]:
    return {"ApiDiscoveryId": record.resource_id, "ApiEndpoint": record.body["ApiEndpoint"]}


def api_resource(change: Change) -> Members:
    """By the family's id, or by type and version (errata S8); those of a known family follow it."""
    body = dict(change.values)
    family = _family(change)
    if family is None and not (body.get("ApiFamilyType") and body.get("ApiVersion")):
        raise refused(
            "ApiFamilyID", "ApiFamilyID, or ApiFamilyType and ApiVersion, must be provided", code="field.missing"
        )
    if family is not None:
        body |= {
            "ApiFamilyID": family.resource_id,
            "ApiFamilyType": family.body["Name"],
            "ApiVersion": family.body["Version"],
        }
    if start := body.get("CertificationStartDate"):
        day("CertificationStartDate", start)
    if endpoint := body.pop("ApiEndpoint", None):
        _require_fitting(family, endpoint, "ApiEndpoint")
        body["ApiEndpoint"] = endpoint
    if "ApiMetadata" in change.kept:
        body["ApiMetadata"] = change.kept["ApiMetadata"]
    if change.stored is None:
        body["FamilyComplete"] = is_complete(family, [endpoint] if endpoint else [])
    else:
        body["FamilyComplete"] = is_complete(family, addresses(change.uow, change.stored))
    return body


def api_resource_view(uow: UnitOfWork, record: Resource) -> Members:
    return api_resource_object(uow, record)


def family_of(uow: UnitOfWork, body: Members) -> Resource | None:
    """The family of an API resource, if reference data has it."""
    if body.get("ApiFamilyID"):
        return uow.resources.find("api_family", str(body["ApiFamilyID"]).lower())
    return uow.resources.by_key("api_family", family_key(body.get("ApiFamilyType"), body.get("ApiVersion")))


def family_key(name: object, version: object) -> str:
    return f"{name}\x1f{version}"


def _family(change: Change) -> Resource | None:
    found = family_of(change.uow, change.values)
    if change.values.get("ApiFamilyID") and (found is None or not found.is_active):
        raise refused("ApiFamilyID", "ApiFamilyID must be that of an active API family", change.values["ApiFamilyID"])
    return found


def endpoints(uow: UnitOfWork, record: Resource) -> tuple[Resource, ...]:
    return uow.resources.below(record.resource_id, "discovery_endpoint")


def addresses(uow: UnitOfWork, record: Resource) -> list[str]:
    return [str(each.body["ApiEndpoint"]) for each in endpoints(uow, record)]


def is_complete(family: Resource | None, given: Sequence[str]) -> bool:
    """Every expression of the family matches an endpoint; without a known family one endpoint is enough."""
    if family is None:
        return bool(given)
    return all(address for _expression, address in covered(family, given))


def covered(family: Resource, given: Sequence[str]) -> list[tuple[str, str]]:
    """Each expression of the family with the first of these endpoints that it matches, "" where none does."""
    wanted = [str(expression) for expression in family.body.get("Endpoints", ())]
    return [(each, next((address for address in given if fits(each, address)), "")) for each in wanted]


def _require_fitting(family: Resource | None, address: str, member: str) -> None:
    wanted = [] if family is None else [str(expression) for expression in family.body.get("Endpoints", ())]
    if wanted and not any(fits(expression, address) for expression in wanted):
        shown = ", ".join(wanted[:5])
        raise refused(member, f"ApiEndpoint must match an expression of its API family: {shown}", address)


def fits(expression: str, address: str) -> bool:
    """Expressions are checked when a family is kept; one that cannot be read fits nothing."""
    try:
        return re.search(expression, address[:LONGEST_TRIED]) is not None
    except re.error:
        return False


def api_family(change: Change) -> Members:
    """Raises Invalid for an expression that cannot be read."""
    for index, expression in enumerate(change.values.get("Endpoints", ())):
        try:
            re.compile(str(expression))
        except re.error as error:
            text = f"Endpoints[{index}] must be a regular expression: {error}"
            raise refused(f"Endpoints/{index}", text, expression, "field.pattern") from None
    return {**_without_cascade(change.values), "UpdatedAt": moment(change.now)}


def stamped(change: Change) -> Members:
    """Reference data that tells when it was changed, and by whom it was made."""
    by = change.kept.get("CreatedBy") or change.caller.name
    return {**_without_cascade(change.values), "UpdatedAt": moment(change.now), "CreatedBy": by}


def _without_cascade(values: Members) -> Members:
    """What is to be done with others is no part of the object."""
    return {name: value for name, value in values.items() if name != "Cascade"}


def certification(change: Change) -> Members:
    """It ends after the days of its variant, where reference data knows that (connect.md 14, inferred)."""
    body = dict(change.values)
    start = day("CertificationStartDate", body["CertificationStartDate"])
    variants = change.uow.resources.of_kind("certification_variant")
    variant = next((v for v in variants if v.is_active and v.body.get("VariantName") == body["ProfileVariant"]), None)
    if variant is not None:
        days = int(variant.body["CertificationDurationDays"])
        body["CertificationExpirationDate"] = after_days(start, days)
    return body


def after_api_resource(change: Change, record: Resource) -> None:
    """`ApiEndpoint` of a creation is its first discovery endpoint; at an update it is one more, if it is new."""
    address = record.body.get("ApiEndpoint")
    if not address or not record.is_active or address in addresses(change.uow, record):
        return
    change.uow.resources.add(
        Resource(
            resource_id=str(uuid5(UUID(record.resource_id), f"{record.revision} {address}")),
            kind="discovery_endpoint",
            organisation_id=record.organisation_id,
            parent_id=record.resource_id,
            key=None,
            status="Active",
            body={"ApiEndpoint": address},
            created_at=change.now,
        )
    )
    recalculated(change.uow, record)


def recalculated(uow: UnitOfWork, record: Resource) -> Resource:
    """The API resource with FamilyComplete as it now is, kept if that changed."""
    complete = is_complete(family_of(uow, record.body), addresses(uow, record))
    if record.body.get("FamilyComplete") == complete:
        return record
    changed = replace(record, body={**record.body, "FamilyComplete": complete}, revision=record.revision + 1)
    uow.resources.replace(changed)
    return changed


def endpoint(change: Change) -> Members:
    """One that an expression of its family matches (connect.md 14)."""
    address = str(change.values["ApiEndpoint"])
    _require_fitting(family_of(change.uow, change.above[-1].body), address, "ApiEndpoints")
    return {"ApiEndpoint": address}


def after_endpoint(change: Change, record: Resource) -> None:
    """Its API resource may be complete now, or no more."""
    over = change.uow.resources.find("api_resource", record.parent_id)
    if over is not None:
        recalculated(change.uow, over)
