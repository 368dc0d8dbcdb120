"""Terms and conditions: numbered documents with versions, for everybody or for those who hold a role (OpenAPI 1.39)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from app.directory.kinds import Change, Members, refused
from app.errors import Conflict
from app.store.records import Resource

KIND = "terms"
SPACE = UUID("5b7f0e64-8d0d-5a39-8f07-0b0e9c4d6a10")
SERVICE = "ExternalSigningService"
TEMPLATES = f"{SERVICE}SignerTemplateConfig"
SIGNERS = range(1, 7)
TEXTS = {f"{SERVICE}Name": 40, f"{SERVICE}Subject": 255, f"{SERVICE}EmailSubject": 100}
SERVICES = ("DocuSign",)


def terms(change: Change) -> Members:
    """The next number, or the next version where the text changed; name and type stay. Raises Invalid, Conflict."""
    body: dict[str, Any] = dict(change.values)
    if change.stored is None:
        body |= {"TnCId": 1 + len(change.uow.resources.of_kind(KIND)), "Version": 1}
    else:
        version = int(change.kept["Version"]) + (body["Content"] != change.kept["Content"])
        kept = {name: change.kept[name] for name in ("TnCId", "Name", "Type")}
        others = {name: change.kept[name] for name in (SERVICE, "RoleIds") if name in change.kept}
        body = {**others, **body, **kept, "Version": version}
    _require_alone(change, body)
    if "RoleIds" in body:
        body["RoleIds"] = _roles(change, body["RoleIds"])
    if change.values.get(SERVICE):
        body[SERVICE] = _service(body[SERVICE], change.kept.get(SERVICE, {}))
    return body


def envelope_at_once(document: Resource, signer_id: str) -> str:
    """The id of the envelope of a document that counts as signed without being sent (connect.md 3)."""
    return str(uuid5(SPACE, f"{document.resource_id} {signer_id} {document.body['Version']}"))


def number(_change: Change, body: Members) -> str:
    """Paths name a document by its number."""
    return str(body["TnCId"])


def _require_alone(change: Change, body: Members) -> None:
    """Two documents of one name in force at once would be one too many."""
    if change.status != "Active":
        return
    own = None if change.stored is None else change.stored.resource_id
    for other in change.uow.resources.of_kind(KIND):
        is_same = all(other.body[name] == body[name] for name in ("Name", "Type"))
        if is_same and other.is_active and other.resource_id != own:
            raise Conflict(f"document {other.body['TnCId']} of this name and type is in force")


def _roles(change: Change, wanted: list[str]) -> list[str]:
    found = list(dict.fromkeys(each.lower() for each in wanted))
    for role_id in found:
        if change.uow.resources.find("domain_role", role_id) is None:
            raise refused("RoleIds", "RoleIds must be those of domain roles", role_id)
    return found


def _service(told: Members, kept: Members) -> Members:
    """Its texts, and a version for each template that rises with every other template (OpenAPI 1.39)."""
    made: dict[str, Any] = {
        name: _text(f"{SERVICE}/{name}", told[name], most) for name, most in TEXTS.items() if told.get(name)
    }
    if made.get(f"{SERVICE}Name", SERVICES[0]) not in SERVICES:
        raise refused(f"{SERVICE}/{SERVICE}Name", f"{SERVICE}Name must be one of {', '.join(SERVICES)}")
    templates, before = told.get(TEMPLATES) or {}, kept.get(TEMPLATES, {})
    if not isinstance(templates, dict):
        raise refused(f"{SERVICE}/{TEMPLATES}", f"{TEMPLATES} must be an object", code="field.type")
    config: dict[str, Any] = {}
    for signer in SIGNERS:
        name, version = f"Signer{signer}TemplateId", f"Signer{signer}Version"
        if templates.get(name):
            config[name] = _text(f"{SERVICE}/{TEMPLATES}/{name}", templates[name], 255)
            is_same = before.get(name) == config[name]
            config[version] = before[version] if is_same else int(before.get(version, 0)) + 1
    return made | ({TEMPLATES: config} if config else {})


def _text(member: str, value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise refused(member, f"{member} must be a string", value, "field.type")
    if not value.strip() or len(value) > most or set("<>") & set(value):
        raise refused(member, f"{member} must have 1 to {most} characters without < and >", value)
    return value
