"""The form of an application: its groups of fields, which are the steps of the wizard too (connect.md 4 and 20)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.directory.drafts import ApplicationDraft, RoleChoice
from app.errors import Finding, Invalid
from app.portal.forms import Form
from app.portal.placeholder import PLACEHOLDER
from app.portal.schema_forms import Group, fields_of, form_of, members_of
from app.settings import Settings
from app.store.records import Application, Organisation
from app.wire import applications as wire

CLIENT = Group(
    "client",
    ("OpenidFederationEnabled", "OpenidFederationEntityManagementType", "ClientName", "LogoUri"),
    frozenset({"ClientName"}),
)
AUTHENTICATION = Group(
    "authentication",
    ("RedirectUri", "PolicyUri", "TermsOfServiceUri", "PostLogoutRedirectUris"),
    frozenset({"RedirectUri"}),
)
SECURITY = Group(
    "security",
    (
        "TokenEndpointAuthMethod",
        "IdTokenSignedResponseAlgorithm",
        "RequireSignedRequestObject",
        "TlsClientCertificateBoundAccessTokens",
    ),
)
DESCRIPTION = Group(
    "description",
    (
        "Description",
        "OnBehalfOf",
        "Environment",
        "Mode",
        "SoftwareVersion",
        "Version",
        "AdditionalSoftwareMetadata",
    ),
)
ADDRESSES = Group(
    "addresses",
    ("ClientUri", "HomepageUri", "OriginUri", "ApiWebhookUri", "NotificationWebhook", "RelatedAuthorisationServer"),
)
GROUPS = (CLIENT, AUTHENTICATION, SECURITY, DESCRIPTION, ADDRESSES)
FIELDS = fields_of(wire.CREATION, GROUPS)
ROLES = "Roles"
NAMES = (ROLES, *FIELDS)
"""Every input, in the order of the pages."""
DEFAULTS: Mapping[str, Any] = {
    "Mode": "Live",
    "IdTokenSignedResponseAlgorithm": "PS256",
    "TokenEndpointAuthMethod": "private_key_jwt",
    "RequireSignedRequestObject": True,
    "TlsClientCertificateBoundAccessTokens": True,
}
"""What a new form shows; the use case would choose the same."""


def empty_form() -> Form:
    return form_of(DEFAULTS, FIELDS.values())


def shown(application: Application) -> Mapping[str, Any]:
    """What is stored, by the names of the wire."""
    return wire.application_object(application)


def stored_form(application: Application) -> Form:
    """What is stored, to be changed."""
    form = form_of(shown(application), FIELDS.values())
    return form.replacing("revision", str(application.revision))


def held_roles(organisation: Organisation) -> list[Mapping[str, Any]]:
    """What an application of this organisation may choose from."""
    return [claim for claim in organisation.roles if claim.get("status", "Active") == "Active"]


def role_value(claim: Mapping[str, Any]) -> str:
    """A role as the value of a box."""
    return str(claim.get("id") or f"{claim['domain']}|{claim['role']}")


def read_creation(form: Form, settings: Settings) -> ApplicationDraft:
    """Raises Invalid with every finding. Where no logo was given the application gets a plain one of ours."""
    members = members_of(form, FIELDS.values())
    members.setdefault("LogoUri", PLACEHOLDER)
    draft = wire.application_draft(wire.read_application(members, wire.CREATION, settings).values)
    return ApplicationDraft(draft.client_name, details=draft.details, roles=tuple(_roles(form)))


def findings_of(form: Form, settings: Settings, names: Iterable[str]) -> tuple[Finding, ...]:
    """What is wrong with these inputs, whatever the others hold."""
    try:
        read_creation(form, settings)
    except Invalid as refusal:
        wanted = frozenset(names)
        return tuple(f for f in refusal.findings if f.pointer[1:].partition("/")[0] in wanted)
    return ()


def read_update(form: Form, settings: Settings) -> ApplicationDraft:
    """Raises Invalid with every finding."""
    members = members_of(form, FIELDS.values())
    return wire.application_draft(wire.read_application(members, wire.UPDATE, settings).values)


def read_redirects(form: Form, stored: Application, settings: Settings) -> ApplicationDraft:
    """Of a locked application: everything as stored, and these redirect URIs (connect.md 4.2). Raises Invalid."""
    known = {name: value for name, value in shown(stored).items() if name in FIELDS}
    members = known | members_of(form, [FIELDS["RedirectUri"]])
    return wire.application_draft(wire.read_application(members, wire.UPDATE, settings).values)


def _roles(form: Form) -> Iterable[RoleChoice]:
    for value in form.all(ROLES):
        domain, separator, role = value.partition("|")
        yield RoleChoice(domain=domain, role=role) if separator else RoleChoice(claim_id=value)
