"""Clients that have registered themselves beside the one that every application is (RFC 7591): how they are kept.

Keys, roles and standing are those of the application; the registration narrows what it may do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.store.records import Application, Organisation, Resource
from app.store.store import UnitOfWork

KIND = "registered_client"
TOKEN, SECRET = "registration_token_sha256", "client_secret_sha256"
"""Members of the record that no answer has."""
Holder = tuple[Organisation, Application]
DETAILS: Mapping[str, str] = {
    "id_token_signed_response_alg": "IdTokenSignedResponseAlgorithm",
    "require_signed_request_object": "RequireSignedRequestObject",
}
"""Members of the metadata -> details of an application that they stand in the place of."""


def find_registered(uow: UnitOfWork, client_id: str) -> tuple[Resource, Holder] | None:
    """A registration by the client id that it was given, with the application that it is for."""
    record = uow.resources.find(KIND, client_id)
    if record is None or record.organisation_id is None:
        return None
    found = uow.applications.with_organisation(record.organisation_id, record.parent_id)
    return None if found is None else (record, found)


def holder_of(uow: UnitOfWork, client_id: str) -> Holder | None:
    """The application of a client, by its own id or by that of a registration."""
    found = uow.applications.find_client(client_id, client_id)
    if found is not None:
        return found
    registered = find_registered(uow, client_id)
    return None if registered is None else registered[1]


def details_of(record: Resource, application: Application) -> dict[str, Any]:
    """The details of the application as this client has them."""
    changed = {ours: record.body[theirs] for theirs, ours in DETAILS.items() if theirs in record.body}
    return {**application.details, **changed}
