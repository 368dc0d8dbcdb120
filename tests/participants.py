"""An organisation, an application and a good CSR for them, as most tests want them."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.runtime.entropy import new_id
from app.sandbox import Sandbox
from app.store.records import Application, Organisation
from tests.directories import NOW, ORGANISATION


def add_organisation(sandbox: Sandbox, organisation_id: str = ORGANISATION, **changed: Any) -> str:
    values: dict[str, Any] = {
        "organisation_id": organisation_id,
        "name": "Acme",
        "legal_entity_name": "Acme Ltd",
        "country_of_registration": "GB",
        "registration_number": "12345678",
        "status": "Active",
        "created_at": NOW,
    }
    with sandbox.store.write() as uow:
        uow.organisations.add(Organisation(**values | changed))
    return organisation_id


def add_application(sandbox: Sandbox, organisation_id: str = ORGANISATION, **changed: Any) -> str:
    software = new_id(sandbox.entropy)
    values: dict[str, Any] = {
        "software_statement_id": software,
        "organisation_id": organisation_id,
        "client_id": software,
        "client_name": "Acme App",
        "status": "Active",
        "locked": False,
        "created_at": NOW,
    }
    with sandbox.store.write() as uow:
        uow.applications.add(Application(**values | changed))
    return software


def good_csr(
    common_name: str | None, organisation_id: str = ORGANISATION, key: Any = None, legal_name: str = "Acme Ltd"
) -> bytes:
    """A PEM CSR that the generic types accept, on a new P-256 key unless one is given."""
    values = [
        (NameOID.COUNTRY_NAME, "GB"),
        (NameOID.ORGANIZATION_NAME, legal_name),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, organisation_id),
    ]
    if common_name:
        values.append((NameOID.COMMON_NAME, common_name))
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in values])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)
