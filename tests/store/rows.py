"""Records for the tests of the store: different from one another by a number."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from app.store.records import Application, AuditEvent, Certificate, Issuer, Organisation, Page, Token

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
ORGANISATION = "org-1"
APPLICATION = "app-1"
ISSUER = "issuing-1"
ALL = Page()


def organisation(organisation_id: str = ORGANISATION, **changed: Any) -> Organisation:
    values: dict[str, Any] = {
        "organisation_id": organisation_id,
        "name": "Acme",
        "legal_entity_name": "Acme Ltd",
        "country_of_registration": "GB",
        "registration_number": "12345678",
        "status": "Active",
        "created_at": NOW,
        "details": {"AddressLine1": "1 Rua da Conceição", "Flags": ["a"], "RequiresTerms": True},
        "roles": ({"id": "r1", "domain": "OB", "role": "PISP", "status": "Active"},),
    }
    return Organisation(**(values | changed))


def application(software_statement_id: str = APPLICATION, **changed: Any) -> Application:
    values: dict[str, Any] = {
        "software_statement_id": software_statement_id,
        "organisation_id": ORGANISATION,
        "client_id": f"client-{software_statement_id}",
        "client_name": "Acme App",
        "status": "Active",
        "locked": False,
        "created_at": NOW,
        "details": {"RedirectUri": ["https://acme.example/cb"]},
        "roles": ({"Role": "PISP"},),
    }
    return Application(**(values | changed))


def issuer(issuer_id: str = ISSUER, **changed: Any) -> Issuer:
    values: dict[str, Any] = {
        "issuer_id": issuer_id,
        "role": "issuing",
        "generation": 1,
        "certificate": b"\x30\x00certificate",
        "ocsp_certificate": b"\x30\x00responder",
        "crl_addresses": ("http://localhost:8080/crl/issuer.crl",),
        "created_at": NOW,
    }
    return Issuer(**(values | changed))


def certificate(number: int, **changed: Any) -> Certificate:
    """Issued `number` seconds after NOW, with key, CSR and serial of its own."""
    mark = hashlib.sha256(f"certificate {number}".encode()).digest()
    values: dict[str, Any] = {
        "certificate_id": f"certificate-{number}",
        "organisation_id": ORGANISATION,
        "software_statement_id": APPLICATION,
        "type": "rtstransport",
        "kid": base64.urlsafe_b64encode(mark).rstrip(b"=").decode(),
        "use": "enc",
        "jwks": "transport",
        "jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "BB"},
        "spki_sha256": hashlib.sha256(b"key" + mark).digest(),
        "created_at": NOW + timedelta(seconds=number),
        "der": b"\x30\x82" + mark,
        "sha256": mark,
        "serial": int.from_bytes(mark[:19]),
        "issuer_id": ISSUER,
        "subject_dn": "CN=Acme,O=Acme Ltd,C=GB",
        "csr_sha256": hashlib.sha256(b"csr" + mark).digest(),
        "not_before": NOW,
        "not_after": NOW + timedelta(days=395),
        "description": None,
    }
    return Certificate(**(values | changed))


def bare_key(number: int, **changed: Any) -> Certificate:
    """A public key without a certificate around it."""
    nothing = dict.fromkeys(
        ("der", "sha256", "serial", "issuer_id", "subject_dn", "csr_sha256", "not_before", "not_after")
    )
    own: dict[str, Any] = {"type": "sigkey", "use": "sig", "jwks": "application"}
    return certificate(number, **(nothing | own | changed))


def token(mark: bytes = b"a" * 32, **changed: Any) -> Token:
    values: dict[str, Any] = {
        "token_sha256": mark,
        "scopes": ("directory:software", "directory:website"),
        "issued_at": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Token(**(values | changed))


def event(object_id: str, **changed: Any) -> AuditEvent:
    values: dict[str, Any] = {
        "at": NOW,
        "actor": "test",
        "action": "create",
        "object_type": "organisation",
        "object_id": object_id,
        "organisation_id": ORGANISATION,
        "record": {"name": "Acmé", "number": 1, "nothing": None},
    }
    return AuditEvent(**(values | changed))
