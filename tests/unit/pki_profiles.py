"""Profiles and facts for tests of the pure rules."""

from __future__ import annotations

from typing import Any

from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest, RequestAttribute
from app.pki.strict import dotted, elements, first, inside
from tests.api import csr_kit as kit

ORGANISATION = "11111111-1111-4111-8111-111111111111"
APPLICATION = "22222222-2222-4222-8222-222222222222"

SUBJECT: tuple[dict[str, Any], ...] = (
    {"attribute": "C", "equals": ["{organisation.country}"]},
    {"attribute": "O", "equals": ["{organisation.legal_name}"]},
    {"attribute": "OU", "equals": ["{organisation.id}"]},
    {"attribute": "CN", "equals": ["{application.id}", "{application.client_id}"]},
)
FACTS = Facts(
    organisation_id=ORGANISATION,
    organisation_name="Acme",
    legal_name="Acme Ltd",
    country="United Kingdom",
    registration_number="01234567",
    application_id=APPLICATION,
    client_id="acme-client",
    client_name="Acme App",
)
GOOD = (("C", "GB"), ("O", "Acme Ltd"), ("OU", ORGANISATION), ("CN", APPLICATION))


def profile(**changed: Any) -> CertificateProfile:
    """A transport type of an application as the generic one; every field can be changed."""
    values: dict[str, Any] = {
        "type": "test",
        "label": "Test",
        "meaning": "For tests",
        "level": "application",
        "purpose": "transport",
        "use": "enc",
        "jwks": "transport",
        "key": {"ec": ["P-256"]},
        "subject": SUBJECT,
        "key_usage": ["digitalSignature", "keyEncipherment"],
    }
    return CertificateProfile.model_validate(values | changed)


def subject_rules(*more: dict[str, Any], **changed: dict[str, Any] | None) -> tuple[dict[str, Any], ...]:
    """The generic rules; by attribute name some changed or left out (None), others added."""
    rules = [rule | (changed.get(rule["attribute"]) or {}) for rule in SUBJECT if changed.get(rule["attribute"], 1)]
    return (*rules, *more)


def request(subject: bytes | None = None, *attributes: bytes) -> CertificateRequest:
    """A request as it is after its outer structure was read."""
    subject = kit.name(*GOOD) if subject is None else subject
    return CertificateRequest(b"", subject, kit.spki(kit.ec_key()), tuple(map(_attribute, attributes)))


def asking(*extensions: bytes) -> CertificateRequest:
    """A good subject, and these extensions."""
    return request(None, kit.extension_request(*extensions))


def _attribute(octets: bytes) -> RequestAttribute:
    oid, values = inside(octets)
    return RequestAttribute(dotted(oid.value), tuple(v.raw for v in elements(first(values.raw).value)), values.raw)
