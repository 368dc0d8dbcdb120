"""Whether a plain object that somebody brings is one that the API could have made (control-cases.md G-06).

Its body is held against the published schemas of its kind, and must have what readers of that kind rely on: a wrong one
would be an accident at the first request that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from app.errors import Finding, Invalid
from app.web.schemas import Field, Schema
from app.wire.contents import CONTENTS
from app.wire.published import request_schema

NOT_KEPT = frozenset({"Status", "Cascade"})
"""Members that are columns of their own, or wishes of one request."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "application_claim": ("AuthorisationDomainName", "AuthorisationDomainRoleName"),
    "custom_claim": ("ClaimKey",),
    "discovery_endpoint": ("ApiEndpoint",),
    "group_member": ("UserIdentifier",),
    "metadata_policy": ("Version",),
    "role_claim": ("AuthorisationDomain", "AuthorisationDomainRoleIdentifier", "Role"),
    "server_claim": ("AuthorisationDomainName", "AuthorisationDomainRoleName"),
    "sso_configuration": ("DisplayName",),
    "sso_version": ("Version",),
    "terms": ("TnCId", "Version"),
}
"""Members that the server sets itself, so that no schema asks for them, and relies on."""
NOT_PLAIN: Mapping[str, tuple[Field, ...]] = {
    "envelope": (
        Field("TnCId", "number", required=True),
        Field("Version", "number", required=True),
        Field("InitiatedBy", required=True),
        Field("InitiatedDate", required=True),
        Field("EnvelopeStatus", required=True),
    ),
    "registered_client": (
        Field("redirect_uris", "strings", required=True),
        Field("grant_types", "strings", required=True),
        Field("response_types", "strings", required=True),
        Field("post_logout_redirect_uris", "strings", required=True),
        Field("token_endpoint_auth_method", required=True),
        Field("scope", required=True),
        Field("jwks_uri", required=True),
        Field("require_signed_request_object", "boolean", required=True),
        Field("tls_client_certificate_bound_access_tokens", "boolean", required=True),
        Field("id_token_signed_response_alg"),
        Field("registration_token_sha256", required=True),
        Field("client_secret_sha256"),
    ),
    "conformance_test": (
        Field("ResourceUrl", required=True),
        Field("ApiFamilyID", required=True),
        Field("TestPlans", "strings", required=True),
        Field("errors", "strings", required=True),
    ),
}
"""Kinds that have no entry in the table of contents."""


def wrong(row: Mapping[str, Any]) -> Iterator[Finding]:
    """Every finding about a row of `resource`, with pointers into the row."""
    schema = _schemas().get(row["kind"])
    if schema is None:
        expected = f"one of {', '.join(_schemas())}"
        yield Finding("field.value", "there is no such kind", "/kind", expected, row["kind"][:60])
        return
    optional = {field.name for field in schema.fields if not field.required}
    for name, value in row["body"].items():
        if value is None and name in optional:
            yield Finding("field.missing", f"{name} is null; leave it out", f"/body/{name}", "a value")
    try:
        schema.read(row["body"])
    except Invalid as refused:
        yield from (replace(finding, pointer=f"/body{finding.pointer}") for finding in refused.findings)


@cache
def _schemas() -> Mapping[str, Schema]:
    """By kind: the members of all its schemas. What a creation says of one counts before an update, and that before
    an answer."""
    fields: dict[str, dict[str, Field]] = {}
    for which in ("answer", "update", "create"):
        for entry in CONTENTS:
            of_kind, name = fields.setdefault(entry.kind.name, {}), getattr(entry, which)
            if name:
                read = request_schema(name, entry.answer, (), entry.optional).fields
                of_kind.update({field.name: field for field in read})
    plain = {kind: Schema(tuple(_kept(kind, field) for field in found.values())) for kind, found in fields.items()}
    return plain | {kind: Schema(found) for kind, found in NOT_PLAIN.items()}


def _kept(kind: str, field: Field) -> Field:
    """As it is in a body."""
    is_required = field.required and field.name not in NOT_KEPT
    return replace(field, required=is_required or field.name in NEEDED.get(kind, ()))
