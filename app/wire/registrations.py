"""A registered client on the wire (RFC 7591, 3.2.1; errata O22)."""

from __future__ import annotations

from typing import Any

from app.oauth.registered import SECRET
from app.oauth.registrations import Registration
from app.web.answers import present

BOUND = "tls_client_certificate_bound_access_tokens"
ALGORITHM = "PS256"


def registration_object(registration: Registration) -> dict[str, Any]:
    """The schema ClientCreationResponse."""
    record, client = registration.record, registration.client
    organisation, application = client.organisation, client.application
    assert organisation is not None
    assert application is not None
    body = record.body
    members = {
        "application_type": "web",
        "grant_types": body["grant_types"],
        "id_token_signed_response_alg": body.get("id_token_signed_response_alg", ALGORITHM),
        "require_auth_time": False,
        "subject_type": "public",
        "response_types": body["response_types"],
        "post_logout_redirect_uris": body["post_logout_redirect_uris"],
        BOUND.removesuffix("s"): body[BOUND],
        BOUND: body[BOUND],
        **{f"{each}_endpoint_auth_method": body["token_endpoint_auth_method"] for each in ENDPOINTS},
        "client_id_issued_at": int(registration.issued_at.timestamp()),
        "client_id": record.resource_id,
        "jwks_uri": body["jwks_uri"],
        "registration_client_uri": registration.address,
        "registration_access_token": registration.token,
        "redirect_uris": body["redirect_uris"],
        "organisation_id": organisation.organisation_id,
        "organisation_name": organisation.name,
        "organisation_number": organisation.registration_number,
        "software_roles": [str(role.get("Role")) for role in application.roles],
        "software_id": application.software_statement_id,
        "software_name": application.client_name,
        "software_description": application.details.get("Description"),
        "request_object_signing_alg": ALGORITHM,
        "require_signed_request_object": body["require_signed_request_object"],
        "require_pushed_authorization_requests": True,
        "authorization_signed_response_alg": ALGORITHM,
        "client_secret": registration.secret,
        "client_secret_expires_at": 0 if SECRET in body else None,
        "scope": body["scope"],
    }
    return present(members)


ENDPOINTS = ("token", "introspection", "revocation")
"""Clients authenticate alike at each."""
